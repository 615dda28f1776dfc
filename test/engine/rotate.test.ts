import { type HerokuAuthorization } from "../../sandbox/vendors/heroku";
import { day, mainJob, TestSandbox, writes, type Ran } from "./support/sandbox";
import { secretsIn } from "./support/vault";
import { appsOf, configVars, foreign, releaseCount, tokensMarked } from "./support/vendors";

const first = day(-2);
const second = day(-1);
const third = `${day(-1)}.2`;
const fourth = day(0);
const fifth = `${day(0)}.2`;

let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await TestSandbox.open(mainJob);
  sandbox.setGenerations("staging", { current: first });
  expect((await sandbox.up("prod")).code).toBe(0);
  expect((await sandbox.up("staging")).code).toBe(0);
}, 600_000);

afterAll(() => sandbox.close());
afterEach(() => sandbox.clearFaults());

/** The one live token of a generation in staging, or undefined where it is not alive. */
function tokenOf(generation: string): string | undefined {
  const tokens = tokensMarked(sandbox.heroku(), `raxx:staging:HK_PLATFORM_FULL:${generation}`);
  expect(tokens.length).toBeLessThanOrEqual(1);
  return tokens[0];
}

/** What each place in staging holds. */
function held(): Record<string, string | undefined> {
  const apps = appsOf.staging.map((app) => [app, configVars(sandbox.heroku(), app)["HEROKU_API_KEY"]]);
  const vault = secretsIn(sandbox.infisical(), "staging", "/MooseQuest/heroku").get(
    "HK_PLATFORM_FULL",
  )?.value;
  return { ...(Object.fromEntries(apps) as Record<string, string>), vault };
}

function everywhere(token: string | undefined): Record<string, string | undefined> {
  return { "raxx-console-staging": token, "raxx-api-staging": token, vault: token };
}

function rotate(generations: Record<string, unknown>): Promise<Ran> {
  sandbox.setGenerations("staging", generations);
  return sandbox.up("staging");
}

/** The tests of this file are one story: each goes on where the one before it stopped. */
describe("a later generation in the stack file", () => {
  it("mints the new one, hands it to every place with one release per app, and revokes the old one last", async () => {
    const strangers = foreign(sandbox);
    const old = tokenOf(first);
    const releases = appsOf.staging.map((app) => releaseCount(sandbox.heroku(), app));
    const mark = sandbox.mark("heroku");

    expect((await rotate({ current: second })).code).toBe(0);

    expect(old).toBeDefined();
    expect(tokenOf(first)).toBeUndefined();
    expect(tokenOf(second)).toBeDefined();
    expect(held()).toEqual(everywhere(tokenOf(second)));
    expect(appsOf.staging.map((app) => releaseCount(sandbox.heroku(), app))).toEqual(
      releases.map((n) => n + 1),
    );
    const changes = writes(sandbox.calls("heroku", mark)).map(({ method }) => method);
    expect(changes).toEqual(["POST", "PATCH", "PATCH", "DELETE"]);
    expect(foreign(sandbox)).toBe(strangers);
  }, 120_000);

  it("keeps both alive for as long as previous is set", async () => {
    const old = tokenOf(second);
    expect((await rotate({ current: third, previous: second })).code).toBe(0);
    expect(tokenOf(second)).toBe(old);
    expect(tokenOf(third)).toBeDefined();
    expect(held()).toEqual(everywhere(tokenOf(third)));
  }, 120_000);

  it("goes back to the old value everywhere when the two are swapped, and mints nothing", async () => {
    const mark = sandbox.mark("heroku");
    const newer = tokenOf(third);
    expect((await rotate({ current: second, previous: third })).code).toBe(0);
    expect(held()).toEqual(everywhere(tokenOf(second)));
    expect(tokenOf(third)).toBe(newer);
    const changes = writes(sandbox.calls("heroku", mark));
    expect(changes.map(({ method }) => method)).toEqual(["PATCH", "PATCH"]);
  }, 120_000);

  it("revokes the previous one, alone, when it is dropped", async () => {
    const mark = sandbox.mark("heroku");
    const kept = tokenOf(second);
    expect((await rotate({ current: second })).code).toBe(0);
    expect(tokenOf(third)).toBeUndefined();
    expect(held()).toEqual(everywhere(kept));
    expect(writes(sandbox.calls("heroku", mark)).map(({ method }) => method)).toEqual(["DELETE"]);
  }, 120_000);
});

describe("a rotation that fails half way", () => {
  const vaultFails = {
    kind: "status",
    status: 500,
    method: "PATCH",
    path: "*/secrets/batch",
    times: 0,
  } as const;

  it("keeps the old one alive while the vault fails, on the first try and on the next", async () => {
    const old = tokenOf(second);
    await sandbox.fault("infisical", vaultFails);
    const failed = await rotate({ current: fourth });
    expect(failed.code).not.toBe(0);
    expect(failed.output).toContain("the vault answered 500");
    expect(failed.output).not.toMatch(/\n\s+at /);
    expect(tokenOf(second)).toBe(old);

    const again = await sandbox.up("staging");
    expect(again.code).not.toBe(0);
    expect(tokenOf(second)).toBe(old);
    expect(tokenOf(fourth)).toBeDefined();
  }, 180_000);

  it("finishes in the next run without a second mint", async () => {
    const mark = sandbox.mark("heroku");
    const minted = tokenOf(fourth);
    expect((await sandbox.up("staging")).code).toBe(0);
    expect(tokenOf(fourth)).toBe(minted);
    expect(held()).toEqual(everywhere(minted));
    expect(tokenOf(second)).toBeUndefined();
    const methods = writes(sandbox.calls("heroku", mark)).map(({ method }) => method);
    expect(methods).not.toContain("POST");
    expect(methods.at(-1)).toBe("DELETE");
  }, 120_000);

  it("finds the authorization again whose answer was lost", async () => {
    await sandbox.fault("heroku", { kind: "drop-after", method: "POST", path: "/oauth/authorizations" });
    expect((await rotate({ current: fifth })).code).toBe(0);
    expect(tokenOf(fifth)).toBeDefined();
    expect(held()).toEqual(everywhere(tokenOf(fifth)));
  }, 120_000);

  it("keeps the authorization from before us alive through all of it", () => {
    const before = sandbox.heroku().authorizations.map(({ description }) => description);
    expect(before).toContain("GitHub Actions deploy (raxx-console + raxx-api)");
  });
});

describe("the authorization from before us", () => {
  const entry = ["config", "raxx:generations", "HK_PLATFORM_FULL", "previousAdopt"];
  const handOff = ["config", "raxx:handOffs"];
  const old = (): HerokuAuthorization => {
    const [id] = sandbox.session.world.previousAdopt["prod"]?.["HK_PLATFORM_FULL"] ?? [];
    const found = sandbox.heroku().authorizations.find((one) => one.id === id);
    if (found === undefined) throw new Error("it is revoked");
    return found;
  };

  it("stays while a person may still use a copy of it, and the run says what to do", async () => {
    const { id } = old();
    sandbox.editStackFile("prod", entry, undefined);
    const { code, output } = await sandbox.up("prod");
    expect(code).not.toBe(0);
    expect(output).toContain(
      `the authorization ${id} from before us is not revoked: somebody may still use a copy`,
    );
    expect(output).toContain(
      'pulumi config set --path raxx:handOffs.heroku-keychain "$(date -u +%F) NAME" --stack prod',
    );
    expect(old().id).toBe(id);
  }, 120_000);

  it("stays while an app holds it, also one of the other stack", async () => {
    const { id, access_token } = old();
    const [app] = appsOf.staging;
    const current = configVars(sandbox.heroku(), app)["HEROKU_API_KEY"] ?? "";
    sandbox.editStackFile("prod", handOff, { "heroku-keychain": `${day(0)} Ada Lovelace` });
    await sandbox.setConfigVars(app, { HEROKU_API_KEY: access_token.token });
    const { code, output } = await sandbox.up("prod");
    await sandbox.setConfigVars(app, { HEROKU_API_KEY: current });
    expect(code).not.toBe(0);
    expect(output).toContain(`its value is still in use: HEROKU_API_KEY of ${app}`);
    expect(output).not.toContain(access_token.token);
    expect(old().id).toBe(id);
  }, 120_000);

  it("is revoked, alone, once nothing holds it and nobody uses it", async () => {
    const { id } = old();
    const mark = sandbox.mark("heroku");
    expect((await sandbox.up("prod")).code).toBe(0);
    expect(sandbox.heroku().authorizations.some((one) => one.id === id)).toBe(false);
    expect(writes(sandbox.calls("heroku", mark)).map(({ method, path }) => [method, path])).toEqual([
      ["DELETE", `/oauth/authorizations/${id}`],
    ]);
    const again = sandbox.mark("heroku");
    expect((await sandbox.up("prod")).code).toBe(0);
    expect(writes(sandbox.calls("heroku", again))).toEqual([]);
  }, 120_000);
});
