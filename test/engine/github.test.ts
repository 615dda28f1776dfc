import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { herokuCli } from "./support/heroku-cli";
import { GitHubPerson } from "./support/github";
import { day, run, mainJob, TestSandbox, writes } from "./support/sandbox";
import { appsOf, configVars, foreign, foreignAtGitHub, githubSecret, releaseCount } from "./support/vendors";

const environments = { prod: "production", staging: "staging" } as const;
const stacks = ["prod", "staging"] as const;
const ingest = "CONSOLE_AUDIT_INGEST_TOKEN";
const flag = "FLAG_CONSOLE_DEPLOY_AUDIT_INGEST";

let sandbox: TestSandbox;
let person: GitHubPerson;
let before: string;
let atGitHub: unknown;

beforeAll(async () => {
  sandbox = await TestSandbox.open(mainJob);
  person = new GitHubPerson(sandbox);
  before = foreign(sandbox);
  atGitHub = foreignAtGitHub(sandbox);
  for (const stack of stacks) expect((await sandbox.up(stack)).code).toBe(0);
}, 900_000);

afterAll(() => sandbox.close());
afterEach(() => sandbox.clearFaults());

/** What GitHub holds for a stack: opened with the key that only GitHub has. */
function sealed(stack: (typeof stacks)[number]): string | undefined {
  return githubSecret(sandbox.github(), environments[stack], ingest);
}

function console(stack: (typeof stacks)[number], key = ingest): string | undefined {
  return configVars(sandbox.heroku(), `raxx-console-${stack}`)[key];
}

async function fromHerokuCli(app: string, key: string): Promise<string> {
  const home = join(sandbox.session.home.root, "cli-home");
  const environment = { ...sandbox.session.environment, HOME: home, XDG_CACHE_HOME: home };
  const { code, output } = await run(herokuCli, ["config:get", key, "-a", app], environment);
  expect(code).toBe(0);
  return output.split("\n").find((line) => /^\S{16,}$/.test(line)) ?? "";
}

/** The tests of this file are one story: each goes on where the one before it stopped. */
describe("what up gave to CI", () => {
  it.each(stacks)(
    "is the same value for %s in GitHub's store and in the console's config vars",
    async (stack) => {
      const value = sealed(stack);
      expect(value).toMatch(/^[\da-f]{64}$/);
      // Not compared by a matcher, which would print both.
      expect(value === console(stack)).toBe(true);
      expect(value === (await fromHerokuCli(`raxx-console-${stack}`, ingest))).toBe(true);
      expect(Object.keys(await person.environmentSecrets(environments[stack]))).toContain(ingest);
    },
    60_000,
  );

  it("differs between the environments", () => {
    expect(sealed("prod") === sealed("staging")).toBe(false);
  });

  it("is the platform token of prod in the repository, and of no other stack", async () => {
    expect(Object.keys(await person.repositorySecrets())).toEqual(["HEROKU_API_KEY", "SENTRY_AUTH_TOKEN"]);
    const held = githubSecret(sandbox.github(), undefined, "HEROKU_API_KEY");
    expect(held).toMatch(/^HRKU-/);
    expect(held === (await fromHerokuCli("raxx-api-prod", "HEROKU_API_KEY"))).toBe(true);
    expect(held === configVars(sandbox.heroku(), "raxx-api-staging")["HEROKU_API_KEY"]).toBe(false);
  }, 60_000);

  it("comes with the address and the flag that its consumers need", async () => {
    expect(await person.variable("production", "CONSOLE_INTERNAL_URL")).toBe("https://console.raxx.app");
    expect(await person.variable("staging", "CONSOLE_INTERNAL_URL")).toBe(
      "https://raxx-console-staging.herokuapp.com",
    );
    for (const stack of stacks) expect(console(stack, flag)).toBe("on");
    expect(configVars(sandbox.heroku(), "raxx-api-prod")[flag]).toBeUndefined();
  });

  it("went to each app in one write, and to each secret in one", () => {
    for (const app of [...appsOf.prod, ...appsOf.staging]) {
      // Initial release, the seeded config vars, a deploy, and ours.
      expect(releaseCount(sandbox.heroku(), app)).toBe(4);
    }
    const calls = writes(sandbox.calls("github"));
    expect(calls.map(({ method }) => method).sort()).toEqual(["POST", "POST", "PUT", "PUT", "PUT"]);
    expect(calls.filter(({ path }) => /environments\/[^/]+$/.test(path))).toEqual([]);
  });

  it.each(stacks)("works for the deploy workflow of %s", async (stack) => {
    expect(await person.deploy(environments[stack])).toEqual({
      conclusion: "success",
      steps: { "Log in to Heroku": "success", "Tell the console": "success" },
    });
  });

  it("left everything else as it was, the reviewers of production too", async () => {
    expect(foreignAtGitHub(sandbox)).toEqual(atGitHub);
    expect(await person.reviewers("production")).toEqual(["MooseQuest"]);
  });

  it("is not written again by a second up", async () => {
    const mark = sandbox.mark("github");
    for (const stack of stacks) {
      const { code, output } = await sandbox.up(stack);
      expect(code).toBe(0);
      expect(output).not.toMatch(/\d+ (created|updated|deleted|replaced)/);
    }
    expect(writes(sandbox.calls("github", mark))).toEqual([]);
  }, 120_000);
});

describe("a secret that somebody rewrote in GitHub", () => {
  it("is repaired by up alone, with one write", async () => {
    await person.rewriteSecret("staging", ingest, randomBytes(32).toString("hex"));
    const mark = sandbox.mark("github");
    expect((await sandbox.up("staging")).code).toBe(0);
    expect(sealed("staging") === console("staging")).toBe(true);
    const calls = writes(sandbox.calls("github", mark));
    expect(calls.map(({ method, keys }) => [method, ...keys])).toEqual([["PUT", ingest]]);
  }, 120_000);

  it("is noticed by refresh and repaired by up, with one write", async () => {
    await person.rewriteSecret("staging", ingest, randomBytes(32).toString("hex"));
    expect((await person.deploy("staging")).steps["Tell the console"]).toBe("failure");

    const refreshed = await sandbox.pulumi(["refresh", "--yes", "--stack", "staging"]);
    expect(refreshed.code).toBe(0);
    expect(refreshed.output).toMatch(/~ +1 updated/);
    const mark = sandbox.mark("github");
    expect((await sandbox.up("staging")).code).toBe(0);

    expect(sealed("staging") === console("staging")).toBe(true);
    const calls = writes(sandbox.calls("github", mark));
    expect(calls.map(({ method, keys }) => [method, ...keys])).toEqual([["PUT", ingest]]);
    expect((await person.deploy("staging")).conclusion).toBe("success");
  }, 120_000);

  it("is made again where it was deleted", async () => {
    await person.deleteSecret("staging", ingest);
    expect((await sandbox.pulumi(["refresh", "--yes", "--stack", "staging"])).code).toBe(0);
    expect((await sandbox.up("staging")).code).toBe(0);
    expect(sealed("staging") === console("staging")).toBe(true);
  }, 120_000);
});

describe("a rotation", () => {
  it("is one release per app and one PUT per secret, and deletes no secret that is in use", async () => {
    const [old, heroku, hub] = [sealed("prod"), sandbox.mark("heroku"), sandbox.mark("github")];
    const releases = appsOf.prod.map((app) => releaseCount(sandbox.heroku(), app));
    sandbox.setGenerations("prod", { current: day(1) });
    sandbox.setGenerations("prod", { current: day(1) }, "RAXX_AUDIT_INGEST");

    expect((await sandbox.up("prod")).code).toBe(0);

    expect(appsOf.prod.map((app) => releaseCount(sandbox.heroku(), app))).toEqual(releases.map((n) => n + 1));
    const calls = writes(sandbox.calls("github", hub));
    expect(calls.map(({ method, keys }) => [method, ...keys].join(" ")).sort()).toEqual([
      `PUT ${ingest}`,
      "PUT HEROKU_API_KEY",
    ]);
    expect(writes(sandbox.calls("heroku", heroku)).map(({ method }) => method)).toEqual([
      "POST",
      "PATCH",
      "PATCH",
      "DELETE",
    ]);
    expect(sealed("prod") === old).toBe(false);
    expect(sealed("prod") === console("prod")).toBe(true);
    expect((await person.deploy("production")).conclusion).toBe("success");
    expect(await person.reviewers("production")).toEqual(["MooseQuest"]);
    expect(foreignAtGitHub(sandbox)).toEqual(atGitHub);
  }, 120_000);

  it("goes back to the old value everywhere, and draws no new one", async () => {
    const first = sealed("prod");
    sandbox.setGenerations("prod", { current: day(2), previous: day(1) }, "RAXX_AUDIT_INGEST");
    expect((await sandbox.up("prod")).code).toBe(0);
    const second = sealed("prod");
    expect(second === first).toBe(false);
    sandbox.setGenerations("prod", { current: day(1), previous: day(2) }, "RAXX_AUDIT_INGEST");
    expect((await sandbox.up("prod")).code).toBe(0);
    expect(sealed("prod") === first).toBe(true);
    expect(console("prod") === first).toBe(true);
    sandbox.setGenerations("prod", { current: day(2), previous: day(1) }, "RAXX_AUDIT_INGEST");
    expect((await sandbox.up("prod")).code).toBe(0);
    expect(sealed("prod") === second).toBe(true);
  }, 180_000);
});

describe("a write to GitHub whose answer was lost", () => {
  it("strands nobody when the operator goes back", async () => {
    expect((await sandbox.up("prod")).code).toBe(0);
    const held = githubSecret(sandbox.github(), undefined, "HEROKU_API_KEY");
    await sandbox.fault("github", { kind: "drop-after", method: "PUT", path: "*/HEROKU_API_KEY", times: 0 });
    sandbox.setGenerations("prod", { current: day(2), previous: day(1) });
    const failed = await sandbox.up("prod");
    expect(failed.code).not.toBe(0);
    expect(failed.output).not.toMatch(/\n\s+at /);
    expect(githubSecret(sandbox.github(), undefined, "HEROKU_API_KEY") === held).toBe(false);
    await sandbox.clearFaults();

    sandbox.setGenerations("prod", { current: day(1), previous: day(2) });
    expect((await sandbox.up("prod")).code).toBe(0);
    expect(githubSecret(sandbox.github(), undefined, "HEROKU_API_KEY") === held).toBe(true);
    sandbox.setGenerations("prod", { current: day(1) });
    expect((await sandbox.up("prod")).code).toBe(0);
    expect((await person.deploy("production")).conclusion).toBe("success");
  }, 240_000);
});

describe("a write to GitHub that was never carried out", () => {
  it("is made up for after a refresh that took it for done, before anything is revoked", async () => {
    await sandbox.fault("github", {
      kind: "status",
      status: 500,
      method: "PUT",
      path: "*/HEROKU_API_KEY",
      times: 0,
    });
    sandbox.setGenerations("prod", { current: day(3) });
    expect((await sandbox.up("prod")).code).not.toBe(0);
    await sandbox.clearFaults();
    expect((await sandbox.pulumi(["refresh", "--yes", "--stack", "prod"])).code).toBe(0);
    const { output } = await sandbox.pulumi(["stack", "export", "--stack", "prod"]);
    expect(output).toContain(`HK_PLATFORM_FULL@${day(1)}`);

    expect((await sandbox.up("prod")).code).toBe(0);

    const held = githubSecret(sandbox.github(), undefined, "HEROKU_API_KEY");
    expect(held === configVars(sandbox.heroku(), "raxx-api-prod")["HEROKU_API_KEY"]).toBe(true);
    expect((await person.deploy("production")).conclusion).toBe("success");
  }, 240_000);
});

describe("destroy", () => {
  it("takes away what is ours, and leaves reviewers, secrets and variables of others", async () => {
    for (const stack of [...stacks].reverse()) {
      const args = ["destroy", "--yes", "--skip-preview", "--stack", stack];
      expect((await sandbox.pulumi(args)).code).toBe(0);
    }
    expect(foreign(sandbox)).toBe(before);
    expect(await person.reviewers("production")).toEqual(["MooseQuest"]);
    expect(Object.keys(await person.environmentSecrets("production"))).toEqual(["DATABASE_URL"]);
    expect(Object.keys(await person.environmentSecrets("staging"))).toEqual([]);
    expect(Object.keys(await person.repositorySecrets())).toEqual(["SENTRY_AUTH_TOKEN"]);
    await expect(person.variable("production", "CONSOLE_INTERNAL_URL")).rejects.toMatchObject({
      status: 404,
    });
    expect(await person.variable("production", "LOG_LEVEL")).toBe("info");
    expect(console("prod", flag)).toBeUndefined();
  }, 120_000);

  it("of what is gone already does no harm", async () => {
    for (let times = 0; times < 2; times += 1) {
      const ran = await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", "staging"]);
      expect(ran.output).not.toContain("integrity");
      expect(ran.code).toBe(0);
    }
    expect((await sandbox.up("staging")).code).toBe(0);
    expect(sealed("staging") === console("staging")).toBe(true);
  }, 120_000);

  it("works where the environment is gone too, after a refresh", async () => {
    await person.deleteEnvironment("staging");
    expect((await sandbox.pulumi(["refresh", "--yes", "--stack", "staging"])).code).toBe(0);
    const args = ["destroy", "--yes", "--skip-preview", "--stack", "staging"];
    expect((await sandbox.pulumi(args)).code).toBe(0);
    const alive = sandbox.heroku().authorizations.map(({ description }) => description);
    expect(alive.filter((description) => description.startsWith("raxx:staging:"))).toEqual([]);
  }, 120_000);
});
