import { randomUUID } from "node:crypto";

import { day, TestSandbox, writes, type Ran, type StackName } from "./support/sandbox";
import { secretsIn } from "./support/vault";
import {
  alive,
  attach,
  copies,
  foreignIdentities,
  grant,
  held,
  identityCalls,
  identityOf,
  join,
  key,
  livingToken,
  make,
  mint,
  remove,
  revoke,
  strangerWith,
} from "./support/vault-identities";
import { VaultPerson } from "./support/vault-person";
import { appsOf, foreign, releaseCount } from "./support/vendors";

const [first, second, third, fourth] = [day(-2), day(-1), day(0), `${day(0)}.2`];
const name = "INF_APP_READER";
const folder = "/MooseQuest/infisical";

let sandbox: TestSandbox;
let strangers: string;
let others: string;

beforeAll(async () => {
  sandbox = await TestSandbox.open();
  await strangerWith(sandbox, "raxx-prod-DASHBOARD", "member");
  strangers = foreignIdentities(sandbox.infisical());
  others = foreign(sandbox);
}, 600_000);

afterAll(() => sandbox.close());

const writing = (run: () => Promise<Ran>): Promise<string[]> => identityCalls(sandbox, run);

function rotate(generations: Record<string, unknown>, stack: StackName = "staging"): Promise<Ran> {
  sandbox.setGenerations(stack, generations, name);
  return sandbox.up(stack);
}

/** The tests of this file are one story: each goes on where the one before it stopped. */
describe("the vault's reader token", () => {
  it("is made with one call for each thing, and stands in every place with one release per app", async () => {
    expect(await writing(() => sandbox.up("prod"))).toEqual([make, join, grant, attach, mint]);
    expect(held(sandbox, "prod")).toBe(third);
    expect(copies(sandbox, "prod")).toHaveLength(4);
    // Initial release, the seeded config vars, a deploy, and ours.
    for (const app of appsOf.prod) expect(releaseCount(sandbox.heroku(), app)).toBe(4);
    expect(foreign(sandbox)).toBe(others);
    expect(foreignIdentities(sandbox.infisical())).toBe(strangers);
  }, 240_000);

  it("says when the vault expires it, and what it reads", () => {
    const secrets = secretsIn(sandbox.infisical(), "prod", folder);
    const { createdAt, ttlSeconds } = livingToken(sandbox.infisical(), "prod");
    expect(ttlSeconds).toBe(104 * 86_400);
    expect(secrets.get(`${name}__EXPIRES_AT`)?.value).toBe(
      new Date(Date.parse(createdAt) + ttlSeconds * 1000).toISOString(),
    );
    expect(secrets.get(`${name}__SCOPES`)?.value).toMatch(/^(read:\/[A-Za-z/]+ ?){7}$/);
  });

  it("leaves the old name in the vault to the dispatcher", () => {
    const secrets = secretsIn(sandbox.infisical(), "prod", folder);
    const old = secrets.get(key)?.value;
    expect(old).toBeDefined();
    expect(old === secrets.get("INF_SVC_DISPATCHER")?.value).toBe(true);
    expect(old === secrets.get(name)?.value).toBe(false);
  });

  it("reads the folders that it is for in its own environment, and nothing else", async () => {
    const reader = new VaultPerson(sandbox, copies(sandbox, "prod")[0]);
    const list = async (environment: string, secretPath: string): Promise<number> => {
      const query = new URLSearchParams({ projectId: reader.projectId, environment, secretPath });
      const answer = await reader.call("GET", `/v4/secrets?${query.toString()}`);
      return (answer as { secrets: unknown[] }).secrets.length;
    };
    const read = (environment: string, secretPath: string, secret: string): Promise<number> => {
      const query = new URLSearchParams({ projectId: reader.projectId, environment, secretPath });
      return reader.statusOf("GET", `/v4/secrets/${secret}?${query.toString()}`);
    };
    const write = (environment: string, secretPath: string): Promise<number> => {
      const place = { projectId: reader.projectId, environment, secretPath };
      return reader.statusOf("POST", "/v4/secrets/OURS_NOW", { ...place, secretValue: "x" });
    };
    expect(await list("prod", "/MooseQuest/stripe")).toBeGreaterThan(0);
    expect(await read("prod", "/MooseQuest/stripe", "STRIPE_RESTRICTED_KEY")).toBe(200);
    // The vault leaves out of a list what the caller may not know of.
    expect(await list("prod", "/MooseQuest/github")).toBe(0);
    expect(await list("dev", "/MooseQuest/stripe")).toBe(0);
    expect(await read("prod", "/MooseQuest/github", "GITHUB_API_READONLY_TOKEN")).toBe(403);
    expect(await read("prod", folder, name)).toBe(403);
    expect(await read("dev", "/MooseQuest/stripe", "STRIPE_RESTRICTED_KEY")).toBe(403);
    expect(await write("prod", "/MooseQuest/stripe")).toBe(403);
    expect(await write("dev", "/MooseQuest/stripe")).toBe(403);
    expect(await reader.statusOf("GET", `/v1/identities?orgId=${sandbox.infisical().orgId}`)).toBe(403);
  });

  it("is not written again by another up, and shows no difference in a preview", async () => {
    const { output } = await sandbox.pulumi(["preview", "--stack", "prod"]);
    expect(output).toMatch(/Resources:\s+\d+ unchanged/);
    const marks = (["heroku", "infisical", "github"] as const).map(
      (one) => [one, sandbox.mark(one)] as const,
    );
    expect((await sandbox.up("prod")).code).toBe(0);
    for (const [vendor, mark] of marks) expect(writes(sandbox.calls(vendor, mark))).toEqual([]);
  }, 120_000);

  it("rotates with one mint, one release per app and one write to GitHub", async () => {
    const [heroku, github] = [sandbox.mark("heroku"), sandbox.mark("github")];
    expect(await writing(() => rotate({ current: fourth, previous: third }, "prod"))).toEqual([mint]);
    expect(held(sandbox, "prod")).toBe(fourth);
    expect(alive(sandbox.infisical(), "prod")).toEqual([third, fourth]);
    const methods = writes(sandbox.calls("heroku", heroku)).map(({ method }) => method);
    expect(methods).toEqual(["PATCH", "PATCH"]);
    const secrets = writes(sandbox.calls("github", github)).map(({ method, keys }) => [method, ...keys]);
    expect(secrets).toEqual([["PUT", key]]);
  }, 120_000);
});

describe("a rotation", () => {
  it("begins with another token in the other environment, over what an app had under that key", async () => {
    await sandbox.setConfigVars("raxx-api-staging", { [key]: randomUUID() });
    expect(await writing(() => rotate({ current: first }))).toEqual([make, join, grant, attach, mint]);
    expect(held(sandbox, "staging")).toBe(first);
    expect(copies(sandbox, "staging")).toHaveLength(3);
  }, 120_000);

  it("keeps both alive for as long as previous is set", async () => {
    const releases = appsOf.staging.map((app) => releaseCount(sandbox.heroku(), app));
    expect(await writing(() => rotate({ current: second, previous: first }))).toEqual([mint]);
    expect(held(sandbox, "staging")).toBe(second);
    expect(alive(sandbox.infisical(), "staging")).toEqual([first, second]);
    expect(appsOf.staging.map((app) => releaseCount(sandbox.heroku(), app))).toEqual(
      releases.map((count) => count + 1),
    );
  }, 120_000);

  it("goes back with no mint: the value of before is everywhere again", async () => {
    expect(await writing(() => rotate({ current: first, previous: second }))).toEqual([]);
    expect(held(sandbox, "staging")).toBe(first);
    expect(alive(sandbox.infisical(), "staging")).toEqual([first, second]);
  }, 120_000);

  it("finishes with one revocation", async () => {
    expect((await rotate({ current: second, previous: first })).code).toBe(0);
    expect(await writing(() => rotate({ current: second }))).toEqual([revoke]);
    expect(held(sandbox, "staging")).toBe(second);
    expect(alive(sandbox.infisical(), "staging")).toEqual([second]);
  }, 180_000);
});

it("is gone with its identity after a destroy, and everything else is as it was", async () => {
  const prod = JSON.stringify(identityOf(sandbox.infisical(), "prod"));
  const destroy = ["destroy", "--yes", "--skip-preview", "--stack", "staging"];
  expect(await writing(() => sandbox.pulumi(destroy))).toEqual([revoke, remove]);
  expect(identityOf(sandbox.infisical(), "staging")).toBeUndefined();
  expect(copies(sandbox, "staging")).toEqual([undefined, undefined, undefined]);
  expect(JSON.stringify(identityOf(sandbox.infisical(), "prod"))).toBe(prod);
  expect(alive(sandbox.infisical(), "prod")).toEqual([third, fourth]);
  expect(foreignIdentities(sandbox.infisical())).toBe(strangers);
  expect(foreign(sandbox)).toBe(others);
}, 180_000);
