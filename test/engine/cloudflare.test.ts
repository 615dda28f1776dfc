import { tokens } from "../../catalog";
import { type ApiToken } from "../../sandbox/vendors/cloudflare";
import { hash } from "../../sandbox/vendors/cloudflare/values";
import { day, TestSandbox, writes, type Ran } from "./support/sandbox";
import { secretsIn } from "./support/vault";

const first = day(0);
const second = `${day(0)}.2`;
const third = `${day(0)}.3`;
const name = "CF_DNS_EDIT_RAXX_APP";

/** All that Cloudflare issues as API tokens. */
const issued = tokens
  .filter(({ issuer }) => issuer.kind === "cloudflare-api-token")
  .map((token) => token.name);

let sandbox: TestSandbox;
let strangers: string;

beforeAll(async () => {
  sandbox = await TestSandbox.open(issued);
  strangers = foreign();
}, 600_000);

afterAll(() => sandbox.close());
afterEach(() => sandbox.clearFaults());

/** Other people's tokens, but for when they were used: the run's own credential is one of them. */
function foreign(): string {
  const theirs = sandbox.cloudflare().tokens.filter((token) => !token.name.startsWith("raxx:"));
  return JSON.stringify(theirs.map((token) => ({ ...token, last_used_on: null })));
}

function ours(): ApiToken[] {
  return sandbox.cloudflare().tokens.filter((token) => token.name.startsWith("raxx:"));
}

function tokenOf(generation: string): ApiToken | undefined {
  const found = ours().filter((token) => token.name === `raxx:prod:${name}:${generation}`);
  expect(found.length).toBeLessThanOrEqual(1);
  return found[0];
}

/** The generation whose value the vault holds, under both names. */
function held(): string[] {
  const secrets = secretsIn(sandbox.infisical(), "prod", "/MooseQuest/cloudflare");
  return [name, "CLOUDFLARE_EDIT_DNS"].map((key) => {
    const digest = hash(secrets.get(key)?.value ?? "");
    return (
      ours()
        .find((token) => token.value_hash === digest)
        ?.name.split(":")[3] ?? "nothing of ours"
    );
  });
}

async function rotate(generations: Record<string, unknown>): Promise<Ran> {
  sandbox.setGenerations("prod", generations, name);
  return sandbox.up("prod");
}

/** The calls that changed an API token at Cloudflare. */
async function writing(run: () => Promise<Ran>): Promise<string[]> {
  const mark = sandbox.mark("cloudflare");
  expect((await run()).code).toBe(0);
  return writes(sandbox.calls("cloudflare", mark))
    .map(({ method, path }) => `${method} ${path.replace(/[0-9a-f]{32}/, ":id")}`)
    .filter((call) => call.includes("/user/tokens"));
}

const post = "POST /client/v4/user/tokens";

/** The tests of this file are one story: each goes on where the one before it stopped. */
describe("Cloudflare's tokens", () => {
  it("are minted with one call each, and stand in the vault under their names", async () => {
    expect(await writing(() => sandbox.up("prod"))).toEqual(issued.map(() => post));
    expect(ours()).toHaveLength(issued.length);
    expect(held()).toEqual([first, first]);
    expect(foreign()).toBe(strangers);
  }, 180_000);

  it("carry exactly the groups and zones that are named, and an expiry", () => {
    const token = tokenOf(first);
    const { zones, accounts } = sandbox.cloudflare();
    const zone = zones.find((one) => one.name === "raxx.app")?.id ?? "";
    expect(token?.policies).toMatchObject([
      {
        effect: "allow",
        resources: { [`com.cloudflare.api.account.zone.${zone}`]: "*" },
      },
    ]);
    expect(token?.expires_on).toBe(
      new Date(Date.parse(first) + 104 * 86_400_000).toISOString().replace(".000Z", "Z"),
    );
    const pages = ours().find((one) => one.name.includes("CF_PAGES_DEPLOY"));
    const resources = (pages?.policies ?? []).flatMap((policy) => Object.keys(policy.resources));
    expect(resources.sort()).toEqual(
      [
        `com.cloudflare.api.account.${accounts[0]?.id ?? ""}`,
        ...zones.map(({ id }) => `com.cloudflare.api.account.zone.${id}`),
      ].sort(),
    );
  });

  it("show no difference in a preview, and another up writes nothing", async () => {
    const { output } = await sandbox.pulumi(["preview", "--stack", "prod"]);
    expect(output).toMatch(/Resources:\s+\d+ unchanged/);
    expect(await writing(() => sandbox.up("prod"))).toEqual([]);
  }, 120_000);

  it("rotate with an overlap: one is minted, none revoked", async () => {
    expect(await writing(() => rotate({ current: second, previous: first }))).toEqual([post]);
    expect(held()).toEqual([second, second]);
    expect(tokenOf(first)).toBeDefined();
  }, 120_000);

  it("go back with no mint: the value of before is everywhere again", async () => {
    expect(await writing(() => rotate({ current: first, previous: second }))).toEqual([]);
    expect(held()).toEqual([first, first]);
  }, 120_000);

  it("finish with one revocation", async () => {
    await rotate({ current: second, previous: first });
    expect(await writing(() => rotate({ current: second }))).toEqual(["DELETE /client/v4/user/tokens/:id"]);
    expect(tokenOf(first)).toBeUndefined();
    expect(held()).toEqual([second, second]);
  }, 180_000);

  it("are put right in place where somebody gave one more than it should have", async () => {
    const before = tokenOf(second);
    await meddle(before?.id ?? "");
    expect((await sandbox.pulumi(["refresh", "--yes", "--skip-preview", "--stack", "prod"])).code).toBe(0);
    expect(await writing(() => sandbox.up("prod"))).toEqual(["PUT /client/v4/user/tokens/:id"]);
    expect(withoutIds(tokenOf(second))).toEqual(withoutIds(before));
    expect(held()).toEqual([second, second]);
  }, 180_000);

  it.each([
    { what: "refuses", fault: { kind: "status", status: 500 } as const },
    { what: "is not reached", fault: { kind: "drop-before" } as const },
  ])(
    "are neither minted nor revoked where Cloudflare $what; the next run finishes",
    async ({ fault }) => {
      await sandbox.fault("cloudflare", { ...fault, method: "POST", times: 0 });
      expect((await rotate({ current: third })).code).not.toBe(0);
      expect(tokenOf(second)).toBeDefined();
      expect(held()).toEqual([second, second]);
      await sandbox.clearFaults();
      expect((await rotate({ current: third })).code).toBe(0);
      expect(held()).toEqual([third, third]);
      expect((await rotate({ current: second })).code).toBe(0);
      expect(held()).toEqual([second, second]);
    },
    240_000,
  );

  it("are all gone after a destroy, and other people's are as they were", async () => {
    const destroy = ["destroy", "--yes", "--skip-preview", "--stack", "prod"];
    expect(await writing(() => sandbox.pulumi(destroy))).toEqual(
      issued.map(() => "DELETE /client/v4/user/tokens/:id"),
    );
    expect(ours()).toEqual([]);
    expect(foreign()).toBe(strangers);
  }, 180_000);
});

/** Its policies: Cloudflare gives a policy that is written another id. */
function withoutIds(token: ApiToken | undefined): unknown {
  return token?.policies.map(({ effect, permission_groups, resources }) => ({
    effect,
    permission_groups,
    resources,
  }));
}

/** Adds a group to a token's policy, as a person with the dashboard could. */
async function meddle(id: string): Promise<void> {
  const { CLOUDFLARE_API_TOKEN = "" } = sandbox.session.world.credentials;
  const url = `${sandbox.url("cloudflare")}/client/v4/user/tokens/${id}`;
  const headers = {
    authorization: `Bearer ${CLOUDFLARE_API_TOKEN}`,
    "content-type": "application/json",
    "user-agent": "a-person",
  };
  const { result } = (await (await fetch(url, { headers })).json()) as {
    result: { name: string; expires_on: string; policies: { permission_groups: { id: string }[] }[] };
  };
  const { name, expires_on, policies } = result;
  policies[0]?.permission_groups.push({ id: "82e64a83756745bbbb1c9c2701bf816b" });
  const body = JSON.stringify({ name, expires_on, policies });
  const answer = await fetch(url, { method: "PUT", headers, body });
  expect(answer.status).toBe(200);
}
