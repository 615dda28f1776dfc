import { unknownValue } from "../../../providers/boundary";
import { UserError } from "../../../providers/errors";
import {
  type EnvironmentVariable,
  githubRepository,
  type GitHubRepositoryInputs,
  type GitHubRepositoryOutputs,
} from "../../../providers/github/repository";
import { canary, failureOf, serve } from "../support";
import { GitHubClient } from "../../../providers/github/client";
import { GitHubWorld } from "./world";

let world: GitHubWorld;
beforeEach(async () => {
  world = await GitHubWorld.start();
});
afterEach(async () => {
  // It verifies, and writes nothing, ever.
  expect(world.calls().filter((call) => !call.startsWith("GET "))).toEqual([]);
  await world.stop();
});

const resource = (client = world.client()): ReturnType<typeof githubRepository> =>
  githubRepository(() => client);

const path = "/repos/raxx-app/TradeMasterAPI";
const adoptKey = "github/production/CONSOLE_URL";
const importId = "TradeMasterAPI:production:CONSOLE_URL";

function variable(changes: Partial<EnvironmentVariable> = {}): EnvironmentVariable {
  return { value: "https://console.raxx.app", importId, adoptKey, adopted: false, ...changes };
}

function inputs(changes: Partial<GitHubRepositoryInputs> = {}): GitHubRepositoryInputs {
  return {
    owner: "raxx-app",
    repository: "TradeMasterAPI",
    environment: "production",
    repositorySecrets: ["HEROKU_API_KEY"],
    environmentSecrets: ["QUEUE_SECRET"],
    environmentVariables: { CONSOLE_URL: variable() },
    ...changes,
  };
}

/** With nothing to write. */
function bare(changes: Partial<GitHubRepositoryInputs> = {}): GitHubRepositoryInputs {
  return inputs({ repositorySecrets: [], environmentSecrets: [], environmentVariables: {}, ...changes });
}

function outputs(changes: Partial<GitHubRepositoryOutputs> = {}): GitHubRepositoryOutputs {
  return { ...inputs(), repositoryId: world.repository.id, ...changes };
}

/** What `check` refused, line by line; none where it took all. */
async function faultsOf(
  news: GitHubRepositoryInputs,
  olds: Partial<GitHubRepositoryInputs> = {},
): Promise<string[]> {
  const { failures = [] } = await resource().check(olds, news);
  const text = failures.map(({ property, reason }) => property + reason).join("\n");
  expect(text).not.toContain(world.token);
  return text === "" ? [] : text.split("\n");
}

async function onlyFault(
  news: GitHubRepositoryInputs,
  olds: Partial<GitHubRepositoryInputs> = {},
): Promise<string> {
  const faults = await faultsOf(news, olds);
  expect(faults).toHaveLength(1);
  return faults[0] ?? "";
}

describe("check", () => {
  it("takes what is well, with five calls, and adds the repository's id", async () => {
    expect(await resource().check({}, inputs())).toEqual({
      inputs: { ...inputs(), repositoryId: world.repository.id, made: [] },
    });
    expect(world.calls().sort()).toEqual([
      `GET ${path}`,
      `GET ${path}/actions/secrets/public-key`,
      `GET ${path}/environments/production`,
      `GET ${path}/environments/production/secrets/public-key`,
      `GET ${path}/environments/production/variables?per_page=30&page=1`,
    ]);
  });

  it("asks only about what is to be written", async () => {
    expect(await faultsOf(bare())).toEqual([]);
    expect(world.calls()).toEqual([`GET ${path}`, `GET ${path}/environments/production`]);
  });

  it("names all faults that can be found at once", async () => {
    world.repository.archived = true;
    world.permissions.delete("secrets");
    world.variables["CONSOLE_URL"] = "x";
    const faults = await faultsOf(inputs(), { ...bare(), repositoryId: 1 });
    expect(faults).toHaveLength(4);
    expect(faults[0]).toContain("archived");
    expect(faults[1]).toContain("repository 1");
    expect(faults[2]).toContain("Secrets: read and write");
    expect(faults[3]).toContain("raxx:adopt");
  });
});

describe("check of the names", () => {
  it.each(["GITHUB_KEY", "github_key", "GitHub_"])("refuses %s, which is GitHub's own", async (name) => {
    const news = inputs({
      repositorySecrets: [name],
      environmentSecrets: [name],
      environmentVariables: { [name]: variable() },
    });
    const faults = await faultsOf(news);
    expect(faults).toEqual([
      expect.stringContaining(`no secret ${name}, because names that start with GITHUB_`),
      expect.stringContaining(`no secret of the environment ${name}`),
      expect.stringContaining(`no variable ${name}`),
    ]);
    expect(faults.join()).toContain("give it another name in the catalog");
    expect(world.seen).toEqual([]);
  });

  it.each(["", "1KEY", "A-KEY", "A KEY", "KEY\n", "SCHLÜSSEL"])("refuses %j", async (name) => {
    const [fault = ""] = await faultsOf(inputs({ repositorySecrets: ["FINE", name] }));
    expect(fault).toContain("GitHub takes no secret");
    expect(world.seen).toEqual([]);
  });

  it("takes any case, digits and underscores", async () => {
    expect(await faultsOf(inputs({ repositorySecrets: ["_1", "a", "MY_GITHUB_KEY"] }))).toEqual([]);
  });

  it.each([
    ["owner", "", "github:owner"],
    ["repository", "..", "raxx:githubRepository"],
    ["environment", ".", "raxx:githubEnvironment"],
  ])("refuses the %s %j, which would be another address", async (part, name, key) => {
    expect(await onlyFault(inputs({ [part]: name }))).toContain(`pulumi config set ${key} NAME`);
    expect(world.seen).toEqual([]);
  });
});

describe("check of the repository", () => {
  it("refuses one that does not exist or cannot be seen, and asks nothing more", async () => {
    const fault = await onlyFault(inputs({ repository: "absent" }));
    expect(fault).toContain("raxx-app/absent does not exist, or GITHUB_TOKEN may not see it");
    expect(fault).toContain("pulumi config set raxx:githubRepository NAME");
    expect(fault).toContain("access to the repository");
    expect(world.seen).toHaveLength(1);
  });

  it("refuses one that the token may not see", async () => {
    world.refuse(path, 403);
    expect(await onlyFault(inputs())).toContain("access to the repository");
  });

  it("takes its name in another case", async () => {
    expect(await faultsOf(inputs({ owner: "RAXX-APP", repository: "trademasterapi" }))).toEqual([]);
  });

  it("refuses one that was renamed, with the command for its new name", async () => {
    world.repository.formerNames.push("raxx-app/Old");
    const fault = await onlyFault(inputs({ repository: "Old" }));
    expect(fault).toBe(
      "raxx-app/Old is called raxx-app/TradeMasterAPI now: pulumi config set raxx:githubRepository TradeMasterAPI",
    );
  });

  it("refuses one that was transferred, with the commands for owner and name", async () => {
    world.repository.formerNames.push("someone/Old", "someone/TradeMasterAPI");
    expect(await onlyFault(inputs({ owner: "someone", repository: "Old" }))).toContain(
      "now: pulumi config set github:owner raxx-app && pulumi config set raxx:githubRepository TradeMasterAPI",
    );
    expect(await onlyFault(inputs({ owner: "someone" }))).toMatch(
      /: pulumi config set github:owner raxx-app$/,
    );
  });

  it("refuses one that is archived", async () => {
    world.repository.archived = true;
    expect(await onlyFault(inputs())).toContain("is archived, so nothing can be written to it: unarchive it");
  });

  it("refuses another one under the recorded one's name, naming both ids", async () => {
    const fault = await onlyFault(inputs(), { ...inputs(), repositoryId: 7 });
    expect(fault).toContain(
      `is repository ${world.repository.id}, but this stack was made with repository 7`,
    );
    expect(fault).toContain("take this stack away with the old one named (pulumi destroy)");
  });

  it("refuses another one also under another name: what is written there stays behind", async () => {
    const olds = { ...inputs({ owner: "old-owner", repository: "Other" }), repositoryId: 7 };
    expect(await onlyFault(inputs(), olds)).toContain("this stack was made with repository 7");
  });

  it("takes the recorded one under another name", async () => {
    const olds = {
      ...inputs({ owner: "old-owner", repository: "Other" }),
      repositoryId: world.repository.id,
    };
    expect(await faultsOf(inputs(), olds)).toEqual([]);
  });
});

describe.each([403, 404] as const)("check of permissions that are missing, answered with %i", (status) => {
  beforeEach(() => {
    world.deniedStatus = status;
  });

  it("names that for secrets of the repository", async () => {
    world.permissions.delete("secrets");
    const fault = await onlyFault(inputs());
    expect(fault).toContain(`github answered ${status}`);
    expect(fault).toContain('give the token GH_SECRETS_WRITE "Secrets: read and write"');
    expect(fault).toContain("on raxx-app/TradeMasterAPI");
  });

  it("names that for secrets and variables of the environment", async () => {
    world.permissions.delete("environments");
    const faults = await faultsOf(inputs());
    expect(faults).toEqual([
      expect.stringContaining("read the public key for secrets of the environment production"),
      expect.stringContaining("list the variables of the environment production"),
    ]);
    for (const fault of faults) expect(fault).toContain('"Environments: read and write"');
  });

  it("names those for the environment itself", async () => {
    world.permissions.delete("actions");
    const fault = await onlyFault(inputs());
    expect(fault).toContain('"Actions: read" and "Environments: read and write"');
    expect(fault).toContain("pulumi config set raxx:githubEnvironment NAME");
  });
});

describe("check of the environment", () => {
  it("refuses one that does not exist, leaves making it to a person, and asks no more about it", async () => {
    const fault = await onlyFault(inputs({ environment: "prod/eu" }));
    expect(fault).toContain("there is no environment prod/eu, or GITHUB_TOKEN may not see it");
    expect(fault).toContain("create it in the settings of raxx-app/TradeMasterAPI");
    expect(fault).toContain("this program never creates or changes one");
    expect(fault).toContain("pulumi config set raxx:githubEnvironment NAME");
    expect(world.calls()).not.toContainEqual(expect.stringContaining("prod%2Feu/"));
  });
});

describe("check of a variable", () => {
  const named = (changes: Partial<EnvironmentVariable> = {}): GitHubRepositoryInputs =>
    inputs({ environmentVariables: { CONSOLE_URL: variable(changes) } });
  const adopting = `pulumi config set --path 'raxx:adopt["${adoptKey}"]' '${importId}'`;
  const removing = `pulumi config rm --path 'raxx:adopt["${adoptKey}"]'`;

  it("takes one that is not there yet", async () => {
    world.variables["OTHER"] = "x";
    expect(await faultsOf(named())).toEqual([]);
  });

  it("refuses one that somebody else made, with the line that takes it over", async () => {
    const theirs = canary();
    world.variables["CONSOLE_URL"] = theirs;
    const fault = await onlyFault(named());
    expect(fault).toContain(adopting);
    expect(fault).toContain("kept on destroy");
    expect(fault).not.toContain(theirs);
  });

  it("finds it on a later page, and under another case", async () => {
    for (let index = 0; index < 40; index += 1) world.variables[`V_${index}`] = "v";
    world.variables["CONSOLE_URL"] = "x";
    const news = inputs({ environmentVariables: { console_url: variable() } });
    expect(await onlyFault(news)).toContain(adopting);
  });

  it("takes one that this stack has already", async () => {
    world.variables["CONSOLE_URL"] = "x";
    expect(await faultsOf(named(), named())).toEqual([]);
    expect(await faultsOf(named({ adopted: true }), named({ adopted: true }))).toEqual([]);
  });

  it.each([{ environment: "staging" }])(
    "does not take it for ours where what is recorded is of %p",
    async (other) => {
      world.variables["CONSOLE_URL"] = "x";
      expect(await onlyFault(named(), { ...named(), ...other })).toContain(adopting);
    },
  );

  it("asks again where the line that took it over was dropped, which a destroy would not know of", async () => {
    world.variables["CONSOLE_URL"] = variable().value;
    expect(await onlyFault(named(), named({ adopted: true }))).toContain(adopting);
    expect(await faultsOf(named({ adopted: true }), named())).toEqual([]);
  });

  it("takes for ours what was wanted once when it was not there, also where it was not wanted since", async () => {
    const first = await resource().check({}, named());
    const dropped = await resource().check(first.inputs ?? {}, inputs());
    expect(dropped.inputs?.made).toEqual(["CONSOLE_URL"]);
    world.variables["CONSOLE_URL"] = "x";
    expect(await faultsOf(named(), dropped.inputs)).toEqual([]);
  });

  it("takes over one with the wanted value", async () => {
    world.variables["CONSOLE_URL"] = variable().value;
    expect(await faultsOf(named({ adopted: true }))).toEqual([]);
  });

  it("refuses to take over one that is not there, with the line to remove", async () => {
    expect(await onlyFault(named({ adopted: true }))).toContain(removing);
    expect(await onlyFault(named({ adopted: true }), named({ adopted: true }))).toContain(removing);
  });

  it("refuses to take over another value, with the command that sets ours and shows not theirs", async () => {
    const theirs = canary();
    world.variables["CONSOLE_URL"] = theirs;
    const fault = await onlyFault(named({ adopted: true, value: "it's ours" }));
    expect(fault).toContain(
      String.raw`gh variable set CONSOLE_URL --repo 'raxx-app/TradeMasterAPI' --env 'production' --body 'it'\''s ours'`,
    );
    expect(fault).not.toContain(theirs);
  });

  it("skips the value while it is not known", async () => {
    world.variables["CONSOLE_URL"] = "x";
    expect(await faultsOf(named({ adopted: true, value: unknownValue }))).toEqual([]);
  });
});

describe("check of what is not known yet", () => {
  const unknown = unknownValue as never;

  it.each(["owner", "repository"] as const)("asks nothing without the %s", async (part) => {
    const news = inputs({ [part]: unknownValue });
    expect(await resource().check({}, news)).toEqual({ inputs: news });
    expect(world.seen).toEqual([]);
  });

  it("skips the environment, and still looks at the rest", async () => {
    world.permissions.delete("secrets");
    expect(await onlyFault(inputs({ environment: unknownValue }))).toContain("Secrets: read and write");
    expect(world.calls()).not.toContainEqual(expect.stringContaining("/environments/"));
  });

  it("skips lists, names and variables", async () => {
    world.variables["CONSOLE_URL"] = "x";
    const lists = {
      repositorySecrets: unknown,
      environmentSecrets: unknown,
      environmentVariables: unknown,
    };
    expect(await faultsOf(inputs(lists))).toEqual([]);
    expect(world.seen).toHaveLength(2);
    const parts = {
      repositorySecrets: [unknownValue],
      environmentVariables: { CONSOLE_URL: unknown },
    };
    expect(await faultsOf(inputs(parts))).toEqual([]);
    const adopted = { environmentVariables: { CONSOLE_URL: variable({ adopted: unknown }) } };
    expect(await faultsOf(inputs(adopted))).toEqual([]);
  });
});

describe("what is no fault of the configuration is passed on by check:", () => {
  it("a token that is not valid", async () => {
    const failure = await failureOf(resource(world.client("github_pat_wrong")).check({}, inputs()));
    expect(failure).toMatchObject({ status: 401 });
    expect(failure.message).toContain("GITHUB_TOKEN");
    expect(failure.message).not.toContain("github_pat_wrong");
  });

  it.each([
    ["the repository", path],
    ["the secrets", "/actions/secrets/public-key"],
    ["the environment", "/environments/production"],
    ["the environment's secrets", "/environments/production/secrets/public-key"],
    ["the variables", "/variables"],
  ])("a rate limit, a fault of GitHub's and a page instead, at %s", async (_case, part) => {
    world.refuse(part, 403, { "retry-after": "60" });
    expect(await failureOf(resource().check({}, inputs()))).toMatchObject({ trouble: "limited" });
    const page = await GitHubWorld.start();
    page.answer(part, (reply) => reply.code(404).type("text/html").send("<html>"));
    const failure = await failureOf(resource(page.client()).check({}, inputs()));
    await page.stop();
    expect(failure).toMatchObject({ trouble: "foreign" });
    expect(failure.message).toContain("check GITHUB_BASE_URL");
  });

  it("a network that is down", async () => {
    const server = await serve(() => undefined);
    await server.close();
    const client = new GitHubClient({ url: server.url, token: world.token, retryBaseMs: 1 });
    const failure = await failureOf(resource(client).check({}, inputs()));
    expect(failure.message).toContain("check the network and GITHUB_BASE_URL");
    expect(failure.message).not.toContain(world.token);
  });
});

describe("diff", () => {
  const diff = (news: GitHubRepositoryInputs): Promise<unknown> => resource().diff("id", outputs(), news);

  it("sees nothing where nothing changed", async () => {
    expect(await diff(inputs())).toEqual({ changes: false });
    expect(await diff(outputs())).toEqual({ changes: false });
    expect(world.seen).toEqual([]);
  });

  it.each<Partial<GitHubRepositoryInputs>>([
    { environment: "staging" },
    { repositorySecrets: [] },
    { environmentSecrets: ["A", "B"] },
    { environmentVariables: { CONSOLE_URL: variable({ adopted: true }) } },
    { environment: unknownValue, environmentSecrets: unknownValue as never },
  ])("sees %j, in place", async (changes) => {
    expect(await diff(inputs(changes))).toEqual({ changes: true });
  });

  it("replaces nothing for another owner or name: it has to be the same repository", async () => {
    expect(await diff(inputs({ owner: "other" }))).toEqual({ changes: true });
    expect(await diff(inputs({ repository: "Other" }))).toEqual({ changes: true });
  });

  it("replaces nothing for a name that is not known yet", async () => {
    expect(await diff(inputs({ owner: unknownValue, repository: unknownValue }))).toEqual({ changes: true });
  });

  it("stops at another repository under the recorded one's name", async () => {
    const failure = await failureOf(diff(outputs({ repositoryId: 7 })));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain("is repository 7, but");
  });
});

describe("create", () => {
  it("records the id of the repository, and nothing of the engine's", async () => {
    const news = { ...inputs(), __provider: "code" };
    expect(await resource().create(news)).toEqual({
      id: String(world.repository.id),
      outs: outputs(),
    });
    expect(world.calls()).toEqual([`GET ${path}`]);
  });

  it("refuses one that went away, was renamed or archived since", async () => {
    expect(await failureOf(resource().create(inputs({ repository: "absent" })))).toMatchObject({
      status: 404,
    });
    world.repository.archived = true;
    const failure = await failureOf(resource().create(inputs()));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain("archived");
    world.repository.name = "New";
    world.repository.formerNames.push("raxx-app/TradeMasterAPI");
    expect((await failureOf(resource().create(inputs()))).message).toContain(
      "pulumi config set raxx:githubRepository New",
    );
  });
});

describe("update", () => {
  it("records what is new, of the same repository", async () => {
    const { outs } = await resource().update("id", outputs(), inputs({ environmentSecrets: [] }));
    expect(outs).toEqual(outputs({ environmentSecrets: [] }));
  });

  it("refuses another repository than the recorded one, naming both", async () => {
    const failure = await failureOf(resource().update("7", outputs({ repositoryId: 7 }), inputs()));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain(`is repository ${world.repository.id}, but`);
    expect(failure.message).toContain("with repository 7");
  });
});

describe("read", () => {
  it("keeps what was recorded", async () => {
    const id = String(world.repository.id);
    expect(await resource().read(id, outputs())).toEqual({ id, props: outputs() });
  });

  it("keeps it after a rename, which check is to tell of", async () => {
    world.repository.name = "New";
    world.repository.formerNames.push("raxx-app/TradeMasterAPI");
    expect((await resource().read("id", outputs())).props).toEqual(outputs());
  });

  it("takes a repository that cannot be seen for an error, not for gone", async () => {
    world.permissions.clear();
    const failure = await failureOf(resource().read("id", outputs()));
    expect(failure).toMatchObject({ status: 404 });
    expect(failure.message).toContain("access to the repository");
  });

  it("takes another repository for an error", async () => {
    const failure = await failureOf(resource().read("7", outputs({ repositoryId: 7 })));
    expect(failure.message).toContain("this stack was made with repository 7");
  });
});

it("delete asks nothing of the vendor", async () => {
  await resource().delete("id", outputs());
  expect(world.seen).toEqual([]);
});
