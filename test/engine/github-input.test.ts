import { join } from "node:path";

import { checkout } from "../../sandbox/home";
import { vendorNames } from "../../sandbox/worlds/world";
import { GitHubPerson } from "./support/github";
import { mainJob, TestSandbox, writes, type Ran, type StackName } from "./support/sandbox";
import { configVars, foreignAtGitHub, githubSecret } from "./support/vendors";

let sandbox: TestSandbox;
let person: GitHubPerson;

beforeAll(async () => {
  sandbox = await TestSandbox.open(mainJob);
  person = new GitHubPerson(sandbox);
}, 600_000);

afterAll(() => sandbox.close());
afterEach(() => sandbox.clearFaults());

/** One message, non-zero, no stack trace. */
function expectRefusal({ code, output }: Ran, message: string | RegExp): void {
  expect(output).toMatch(message);
  expect(code).not.toBe(0);
  expect(output).not.toMatch(/^\s+at .+:\d+:\d+/m);
}

/** How often each vendor was written to. */
function written(): number[] {
  return vendorNames.map((vendor) => writes(sandbox.calls(vendor)).length);
}

async function destroy(stack: StackName): Promise<void> {
  expect((await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", stack])).code).toBe(0);
}

/** The command that a message ends with, typed as it is. */
async function typed(output: string, start: string): Promise<void> {
  const line = output.split("\n").find((one) => one.includes(start)) ?? "";
  const command = line.slice(line.indexOf(start)).trim();
  const [, path = "", id = ""] = /--path '(raxx:adopt[^']+)' '([^']+)'/.exec(command) ?? [];
  expect((await sandbox.pulumi(["config", "set", "--path", path, id, "--stack", "staging"])).code).toBe(0);
}

describe("nothing is written anywhere where", () => {
  const readOnly = (): string =>
    sandbox
      .github()
      .tokens.find(({ grant }) => "permissions" in grant && grant.permissions.secrets === undefined)?.token ??
    "";
  const missing = { kind: "status", status: 404, path: "*/actions/secrets/public-key", times: 0 } as const;

  it.each([
    {
      what: "GitHub does not know the token",
      environment: () => ({ GITHUB_TOKEN: "github_pat_nobody" }),
      message: /github answered 401.*GITHUB_TOKEN/s,
    },
    {
      what: "the token may read only",
      environment: () => ({ GITHUB_TOKEN: readOnly() }),
      message: /github answered 403.*Secrets: read and write/s,
    },
    {
      what: "a missing permission hides the secrets",
      environment: () => ({}),
      fault: missing,
      message: /github answered 404.*Secrets: read and write/s,
    },
    {
      what: "nothing listens where GitHub should be",
      environment: () => ({ GITHUB_BASE_URL: "http://127.0.0.1:9/" }),
      message: /github gave no answer.*GITHUB_BASE_URL/s,
    },
  ])(
    "$what",
    async ({ environment, message, fault }) => {
      const before = written();
      if (fault !== undefined) await sandbox.fault("github", fault);
      expectRefusal(await sandbox.up("prod", environment()), message);
      expect(written()).toEqual(before);
    },
    60_000,
  );

  it.each([
    [
      "the repository does not exist",
      "raxx:githubRepository",
      "NoSuchRepository",
      /raxx-app\/NoSuchRepository.*raxx:githubRepository/s,
    ],
    ["its owner does not exist", "github:owner", "nobody", /nobody\/TradeMasterAPI.*github:owner/s],
    ["the environment does not exist", "raxx:githubEnvironment", "qa", /qa.*raxx:githubEnvironment/s],
  ])(
    "%s",
    async (_what, key, value, message) => {
      const before = written();
      sandbox.editStackFile("staging", ["config", key], value);
      try {
        expectRefusal(await sandbox.up("staging"), message);
        expectRefusal(await sandbox.pulumi(["preview", "--stack", "staging"]), message);
        expect(written()).toEqual(before);
      } finally {
        const right = { "raxx:githubRepository": "TradeMasterAPI", "github:owner": "raxx-app" }[key];
        sandbox.editStackFile("staging", ["config", key], right ?? "staging");
      }
    },
    60_000,
  );

  it("a variable is there that nobody took over; its line takes it over, and destroy keeps it", async () => {
    await person.setVariable("staging", "CONSOLE_INTERNAL_URL", "https://raxx-console-staging.herokuapp.com");
    const before = written();
    const refused = await sandbox.up("staging");
    expectRefusal(refused, /CONSOLE_INTERNAL_URL.*pulumi config set --path 'raxx:adopt/s);
    expect(written()).toEqual(before);

    expect((await sandbox.up("prod")).code).toBe(0);
    await typed(refused.output, "pulumi config set --path 'raxx:adopt");
    const mark = sandbox.mark("github");
    const ran = await sandbox.up("staging");
    expect(ran.output).toMatch(/imported/);
    expect(ran.code).toBe(0);
    expect(writes(sandbox.calls("github", mark)).map(({ method }) => method)).toEqual(["PUT"]);
    await destroy("staging");
    expect(await person.variable("staging", "CONSOLE_INTERNAL_URL")).toBe(
      "https://raxx-console-staging.herokuapp.com",
    );
  }, 180_000);

  it("a flag is set that nobody took over; its line takes it over, and destroy keeps it", async () => {
    const flag = "FLAG_CONSOLE_DEPLOY_AUDIT_INGEST";
    await sandbox.setConfigVars("raxx-console-staging", { [flag]: "off" });
    const before = written();
    const refused = await sandbox.up("staging");
    expectRefusal(refused, new RegExp(`${flag} that this stack did not make`));
    expect(written()).toEqual(before);
    await typed(refused.output, "pulumi config set --path 'raxx:adopt");
    expect((await sandbox.up("staging")).code).toBe(0);
    expect(configVars(sandbox.heroku(), "raxx-console-staging")[flag]).toBe("on");
    await destroy("staging");
    expect(configVars(sandbox.heroku(), "raxx-console-staging")[flag]).toBe("on");
  }, 120_000);
});

describe("where only the write can tell", () => {
  it("that the token may not write, the message names the secret, and the next run finishes", async () => {
    await sandbox.fault("github", { kind: "status", status: 403, method: "PUT", times: 0 });
    const refused = await sandbox.up("staging");
    expectRefusal(refused, /CONSOLE_AUDIT_INGEST_TOKEN.*403/s);
    await sandbox.clearFaults();
    expect((await sandbox.up("staging")).code).toBe(0);
    const held = githubSecret(sandbox.github(), "staging", "CONSOLE_AUDIT_INGEST_TOKEN");
    const expected = configVars(sandbox.heroku(), "raxx-console-staging")["CONSOLE_AUDIT_INGEST_TOKEN"];
    expect(held === expected).toBe(true);
    await destroy("staging");
  }, 180_000);
});

describe("a secret that GitHub would not take", () => {
  const project = join(checkout, "test", "engine", "fixtures", "github-secret");
  const up = (environment: Record<string, string>): Promise<Ran> =>
    sandbox.pulumi(["up", "--yes", "--skip-preview", "--stack", "fixture", "--cwd", project], environment);

  beforeAll(async () => {
    expect((await sandbox.pulumi(["stack", "init", "fixture"])).code).toBe(0);
    sandbox.editStackFile("fixture", ["config", "github:owner"], "raxx-app");
  }, 60_000);

  it("by its name, is refused before any resource is declared", async () => {
    const before = foreignAtGitHub(sandbox);
    expectRefusal(
      await up({ SECRET_NAME: "GITHUB_API_DISPATCH_TOKEN" }),
      /GitHub keeps names that begin with GITHUB_ for itself: give GITHUB_API_DISPATCH_TOKEN another name/,
    );
    expect(foreignAtGitHub(sandbox)).toEqual(before);
  }, 60_000);

  it("by its size, is refused before GitHub is asked, and its value is not shown", async () => {
    const mark = sandbox.mark("github");
    const ran = await up({ SECRET_BYTES: String(48 * 1024 + 2) });
    expectRefusal(ran, /its value has 49154 bytes, a GitHub secret takes 49152 \(48 KB\) at most/);
    expect(ran.output).not.toMatch(/[\da-f]{64}/);
    expect(writes(sandbox.calls("github", mark))).toEqual([]);
  }, 60_000);

  it("may be as long as GitHub takes", async () => {
    expect((await up({ SECRET_BYTES: String(48 * 1024) })).code).toBe(0);
    expect(githubSecret(sandbox.github(), undefined, "A_SECRET")).toHaveLength(48 * 1024);
  }, 60_000);
});
