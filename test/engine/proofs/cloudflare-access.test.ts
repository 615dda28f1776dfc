import { join } from "node:path";

import { checkout } from "../../../sandbox/home";
import { type AccessServiceToken, verifyServiceToken } from "../../../sandbox/vendors/cloudflare";
import { hash } from "../../../sandbox/vendors/cloudflare/values";
import { GitHubPerson } from "../support/github";
import { day, run, TestSandbox, writes, type Ran } from "../support/sandbox";
import { secretsIn } from "../support/vault";
import { VaultPerson } from "../support/vault-person";
import { githubSecret } from "../support/vendors";

const name = "CF_ACCESS_SVC_VAULT";
const marker = `raxx:prod:${name}`;
const dayMs = 86_400_000;
const oldName = "CF_ACCESS_SERVICE_TOKEN_VAULT_PROBE";
const admitted = `${day(0)} Ada Lovelace`;

let sandbox: TestSandbox;
let strangers: string;

beforeAll(async () => {
  sandbox = await TestSandbox.open([name, "CF_ACCESS_SVC_CONSOLE"]);
  strangers = foreign();
  await giveOutByHand();
}, 600_000);

afterAll(() => sandbox.close());
afterEach(() => sandbox.clearFaults());

function foreign(): string {
  const all = sandbox.cloudflare().service_tokens;
  return JSON.stringify(all.filter((token) => !token.name.startsWith("raxx:")));
}

function ours(): AccessServiceToken[] {
  return sandbox.cloudflare().service_tokens.filter((token) => token.name.startsWith("raxx:"));
}

function issued(): AccessServiceToken {
  const [token, ...more] = ours().filter((one) => one.name === marker);
  if (token === undefined || more.length > 0) throw new Error(`not one token is called ${marker}`);
  return token;
}

/** The secret that the vault holds, and GitHub too, each with the id that goes with it. */
function heldSecret(): string {
  const inVault = secretsIn(sandbox.infisical(), "prod", "/MooseQuest/cloudflare");
  const secret = inVault.get(name)?.value ?? "";
  const inGitHub = githubSecret(sandbox.github(), undefined, "CF_ACCESS_CLIENT_SECRET") ?? "";
  expect(hash(inGitHub)).toBe(hash(secret));
  const clientId = inVault.get(`${name}__CLIENT_ID`)?.value;
  expect(clientId).toBe(issued().client_id);
  expect(githubSecret(sandbox.github(), undefined, "CF_ACCESS_CLIENT_ID")).toBe(clientId);
  return secret;
}

/** What stands at the places of the token, under its old name too. */
function places(): string[] {
  const inVault = [...secretsIn(sandbox.infisical(), "prod", "/MooseQuest/cloudflare")];
  return [
    ...inVault.filter(([key]) => key === oldName || key.startsWith(name)),
    ...["CF_ACCESS_CLIENT_ID", "CF_ACCESS_CLIENT_SECRET"].flatMap((key) => {
      const value = githubSecret(sandbox.github(), undefined, key);
      return value === undefined ? [] : [[key, value]];
    }),
  ].map((place) => hash(JSON.stringify(place)));
}

/** A pair that passes, as it was given out before us. */
async function giveOutByHand(): Promise<void> {
  const { CF_ACCESS_CLIENT_ID: clientId = "", CF_ACCESS_CLIENT_SECRET: secret = "" } =
    sandbox.session.world.credentials;
  const github = new GitHubPerson(sandbox);
  await github.setRepositorySecret("CF_ACCESS_CLIENT_ID", clientId);
  await github.setRepositorySecret("CF_ACCESS_CLIENT_SECRET", secret);
  const vault = new VaultPerson(sandbox);
  const place = { projectId: vault.projectId, environment: "prod", secretPath: "/MooseQuest/cloudflare" };
  await vault.call("POST", `/v4/secrets/${oldName}`, { ...place, secretValue: secret });
}

function heldExpiry(): string | undefined {
  const inVault = secretsIn(sandbox.infisical(), "prod", "/MooseQuest/cloudflare");
  return inVault.get(`${name}__EXPIRES_AT`)?.value;
}

/** Whether Access lets the token pass with this secret, so long from now. */
function passes(secret: string, inMs = 0): boolean {
  const now = new Date(Date.now() + inMs);
  return verifyServiceToken(sandbox.cloudflare(), issued().client_id, secret, now) !== undefined;
}

/** In whole seconds, as the stack file has it. */
function fromNow(ms: number): string {
  return new Date(Date.now() + ms).toISOString().replace(/\.\d+/, "");
}

function configure(version: number, previousExpiresAt?: string, generation = `${day(0)}.${version}`): void {
  const current = version === 1 ? day(0) : generation;
  const overlap = previousExpiresAt === undefined ? {} : { previousExpiresAt };
  sandbox.setGenerations("prod", { current, version, ...overlap, admitted }, name);
}

/** The calls that changed an Access service token, without ids. */
async function writing(run: () => Promise<Ran>, code = 0): Promise<string[]> {
  const mark = sandbox.mark("cloudflare");
  const ran = await run();
  expect({ failed: ran.code !== 0 }).toEqual({ failed: code !== 0 });
  return writes(sandbox.calls("cloudflare", mark))
    .map(({ method, path }) => `${method} ${path.split("/access/")[1] ?? path}`)
    .map((call) => call.replace(/[0-9a-f]{8}-[-0-9a-f]{27}/, ":id"));
}

async function refused(args: string[] = ["up", "--yes", "--skip-preview"]): Promise<string> {
  const marks = (["cloudflare", "github", "heroku", "infisical"] as const).map(
    (vendor) => [vendor, sandbox.mark(vendor)] as const,
  );
  const { code, output } = await sandbox.pulumi([...args, "--stack", "prod"]);
  expect(code).not.toBe(0);
  for (const [vendor, mark] of marks) {
    const logins = /universal-auth\/login$/;
    const made = writes(sandbox.calls(vendor, mark)).filter(({ path }) => !logins.test(path));
    expect(made).toEqual([]);
  }
  return output;
}

// `./raxx sandbox exec` would give the stack file all tokens again.
const status = (): Promise<Ran> => run(join(checkout, "raxx"), ["status"], sandbox.session.environment);
const up = (): Promise<Ran> => sandbox.up("prod");
const put = "PUT service_tokens/:id";
const post = "POST service_tokens";
const refresh = ["refresh", "--yes", "--skip-preview", "--stack", "prod"];

/** The tests of this file are one story: each goes on where the one before it stopped. */
describe("Access service tokens", () => {
  let first = "";
  let second = "";
  let id: string;
  let overlap: string;

  it("are issued with one call each; one that no policy names yet is distributed nowhere, and every run says so", async () => {
    const before = places();
    expect(before).toHaveLength(3);
    sandbox.setGenerations("prod", { current: day(0), version: 1 }, name);
    const mark = sandbox.mark("cloudflare");
    const { code, output } = await up();
    expect(code).toBe(0);
    const calls = writes(sandbox.calls("cloudflare", mark)).map(({ path }) => path.split("/access/")[1]);
    expect(calls.filter((path) => path !== undefined)).toEqual(["service_tokens", "service_tokens"]);
    const waiting = `hand-off: ${name} is not distributed, because it is new`;
    // The engine shows each warning twice: when it comes, and below.
    const [, below = ""] = output.split("Diagnostics:");
    expect(below.split(waiting)).toHaveLength(2);
    expect(output).toContain(`add ${marker} (client id ${issued().client_id})`);
    expect(output).not.toContain(`${marker} was made just now`);
    expect(output).toContain("raxx:prod:CF_ACCESS_SVC_CONSOLE was made just now");
    expect(places()).toEqual(before);

    const { output: preview } = await sandbox.pulumi(["preview", "--stack", "prod"]);
    expect(preview).toMatch(/Resources:\s+\d+ unchanged/);
    expect(preview).toContain(waiting);
    let again: Ran = { code: 1, output: "" };
    expect(await writing(async () => (again = await up()))).toEqual([]);
    expect(again.output).toContain(waiting);
    expect(places()).toEqual(before);
    const { output: said } = await status();
    expect(said).toContain("not distributed: waits for an Access policy that names it");
    expect(said).toContain(waiting);
  }, 480_000);

  it("are distributed once somebody says that a policy names them, with no second mint", async () => {
    configure(1);
    expect(await writing(up)).toEqual([]);
    expect(
      ours()
        .map((token) => token.name)
        .sort(),
    ).toEqual(["raxx:prod:CF_ACCESS_SVC_CONSOLE", marker]);
    first = heldSecret();
    id = issued().id;
    expect(passes(first)).toBe(true);
    expect(heldExpiry()).toBe(issued().expires_at);
    expect(issued()).toMatchObject({ duration: "2496h", client_secret_version: 1, enabled: true });
    expect(foreign()).toBe(strangers);
  }, 240_000);

  it("stay at their places where that is taken back: it is refused, and nothing is deleted", async () => {
    const before = places();
    sandbox.setGenerations("prod", { current: day(0), version: 1 }, name);
    const message = new RegExp(`${name} was put into an Access policy \\(${admitted}\\)`);
    expect(await refused(["preview"])).toMatch(message);
    expect(await refused()).toMatch(message);
    expect(await refused(["up", "--yes", "--skip-preview", "--continue-on-error"])).toMatch(message);
    configure(1);
    expect(await writing(up)).toEqual([]);
    expect(places()).toEqual(before);
  }, 480_000);

  it("show no difference in a preview, and another up writes nothing", async () => {
    const { output } = await sandbox.pulumi(["preview", "--stack", "prod"]);
    expect(output).toMatch(/Resources:\s+\d+ unchanged/);
    expect(await writing(up)).toEqual([]);
  }, 240_000);

  it("are in the status, which says that neither guard nor back apply", async () => {
    const { output } = await status();
    expect(output).toMatch(/CF_ACCESS_SVC_VAULT +│ Access service token, in place/);
    expect(output).toContain("the guard of the revoke does not apply, and no going back");
  }, 120_000);

  it("are not rotated with an end in the past: nothing is written, previews refuse it too", async () => {
    configure(2, fromNow(-1000));
    const message = /the rotation of CF_ACCESS_SVC_VAULT would end the secret in use at once/;
    expect(await refused()).toMatch(message);
    expect(await refused(["preview"])).toMatch(message);
    expect(passes(first)).toBe(true);
  }, 240_000);

  it.each([
    ["another current at the same version", 1, `${day(0)}.2`, /nothing would be rotated: pulumi config set/],
    ["a higher version with the same current", 2, day(0), /its current is still .* pulumi config set/],
  ])(
    "are refused with %s",
    async (_what, version, current, message) => {
      const end = version === 1 ? {} : { previousExpiresAt: fromNow(dayMs) };
      sandbox.setGenerations("prod", { current, version, ...end, admitted }, name);
      expect(await refused()).toMatch(message);
    },
    120_000,
  );

  it("rotate with one call: the new secret is at every place, and the old one good until its end", async () => {
    overlap = fromNow(7 * dayMs);
    configure(2, overlap);
    const expiry = issued().expires_at ?? "";
    expect(await writing(up)).toEqual([put]);
    second = heldSecret();
    expect(second).not.toBe(first);
    expect(issued().id).toBe(id);
    expect([first, second].map((secret) => passes(secret))).toEqual([true, true]);
    expect([first, second].map((secret) => passes(secret, 8 * dayMs))).toEqual([false, true]);
    // Otherwise it would expire before the next rotation is due.
    expect(Date.parse(issued().expires_at ?? "")).toBeGreaterThan(Date.parse(expiry));
    expect(heldExpiry()).toBe(issued().expires_at);
  }, 180_000);

  it("show no difference after a rotation, and the status says until when the old secret is good", async () => {
    const { output } = await sandbox.pulumi(["preview", "--stack", "prod"]);
    expect(output).toMatch(/Resources:\s+\d+ unchanged/);
    const { output: said } = await status();
    expect(said).toContain(`also alive: the secret before, until ${overlap}`);
  }, 240_000);

  it("do not go back: it is refused, and nothing is written", async () => {
    configure(1);
    expect(await refused()).toMatch(/is at version 2 .* no secret can be brought back/);
    configure(2, overlap);
  }, 240_000);

  it("end the secret before earlier, where the end is moved into the past without a rotation", async () => {
    configure(2, fromNow(-1000));
    expect(await writing(up)).toEqual([put]);
    expect([first, second].map((secret) => passes(secret))).toEqual([false, true]);
    expect(hash(heldSecret())).toBe(hash(second));
    expect(await writing(up)).toEqual([]);
  }, 180_000);

  it("get their name back in place, with the same secret, where somebody renamed one", async () => {
    const { id: renamed } = issued();
    await asAPerson("PUT", renamed, { name: "somebody's" });
    expect((await sandbox.pulumi(refresh)).code).toBe(0);
    expect(await writing(up)).toEqual([put]);
    expect(issued().id).toBe(renamed);
    expect(hash(heldSecret())).toBe(hash(second));
    expect(passes(second)).toBe(true);
  }, 180_000);

  it("are issued anew where somebody deleted one, and the new pair is at every place", async () => {
    const { id: deleted } = issued();
    await asAPerson("DELETE", deleted);
    expect((await sandbox.pulumi(refresh)).code).toBe(0);
    expect(await writing(up)).toEqual([post]);
    expect(issued().id).not.toBe(deleted);
    expect(heldSecret()).not.toBe(second);
    expect(passes(heldSecret())).toBe(true);
  }, 180_000);

  it("whose answer was lost at the creation are found by their name and revoked, not left", async () => {
    await asAPerson("DELETE", issued().id);
    expect((await sandbox.pulumi(refresh)).code).toBe(0);
    await sandbox.fault("cloudflare", { kind: "drop-after", method: "POST", path: "*/service_tokens" });
    expect(await writing(up, 1)).toEqual([post]);
    const lost = issued().id;
    await sandbox.clearFaults();
    expect(await writing(up)).toEqual(["DELETE service_tokens/:id", post]);
    expect(issued().id).not.toBe(lost);
    expect(passes(heldSecret())).toBe(true);
  }, 240_000);

  it("whose answer was lost at a rotation are not handed out, and the run says what to do", async () => {
    const inUse = heldSecret();
    configure(3, fromNow(7 * dayMs));
    await sandbox.fault("cloudflare", { kind: "drop-after", method: "PUT", path: "*/service_tokens/*" });
    expect(await writing(up, 1)).toEqual([put]);
    await sandbox.clearFaults();
    expect(await writing(up, 1)).toEqual([put]);
    // The state has version 3 now, and a run must not take that for done.
    const { code, output } = await up();
    expect(code).not.toBe(0);
    expect(output).toMatch(/rotated CF_ACCESS_SVC_VAULT to version 3, but its answer was lost/);
    expect(output).toContain(`raxx:generations.${name}.version 4 --stack prod`);
    expect(hash(heldSecret())).toBe(hash(inUse));
    expect(passes(inUse)).toBe(true);

    configure(4, fromNow(7 * dayMs));
    expect(await writing(up)).toEqual([put]);
    expect(heldSecret()).not.toBe(inUse);
    expect(passes(heldSecret())).toBe(true);
    // Cloudflare keeps one earlier secret: that of the lost rotation.
    expect(passes(inUse)).toBe(false);
  }, 300_000);

  it.each([
    { what: "refuses", fault: { kind: "status", status: 400 } as const },
    { what: "is not reached", fault: { kind: "drop-before" } as const },
  ])(
    "stay as they are where Cloudflare $what at a rotation; the next run finishes it",
    async ({ fault }) => {
      const inUse = heldSecret();
      const version = issued().client_secret_version + 1;
      configure(version, fromNow(7 * dayMs));
      await sandbox.fault("cloudflare", { ...fault, method: "PUT", path: "*/service_tokens/*", times: 0 });
      expect((await up()).code).not.toBe(0);
      expect(hash(heldSecret())).toBe(hash(inUse));
      await sandbox.clearFaults();
      expect(await writing(up)).toEqual([put]);
      expect(heldSecret()).not.toBe(inUse);
      expect([inUse, heldSecret()].map((secret) => passes(secret))).toEqual([true, true]);
    },
    240_000,
  );

  it("are all gone after a destroy, with one call each, and other people's are as they were", async () => {
    const destroy = ["destroy", "--yes", "--skip-preview", "--stack", "prod"];
    const calls = await writing(() => sandbox.pulumi(destroy));
    expect(calls.filter((call) => call.includes("service_tokens"))).toEqual(
      Array(2).fill("DELETE service_tokens/:id"),
    );
    expect(ours()).toEqual([]);
    expect(foreign()).toBe(strangers);
  }, 180_000);
});

/** What somebody does with the dashboard. */
async function asAPerson(method: "PUT" | "DELETE", id: string, body: object = {}): Promise<void> {
  const { credentials, cloudflareAccount } = sandbox.session.world;
  const url = `${sandbox.url("cloudflare")}/client/v4/accounts/${cloudflareAccount}/access/service_tokens/${id}`;
  const answer = await fetch(url, {
    method,
    headers: {
      authorization: `Bearer ${credentials["CLOUDFLARE_API_TOKEN"] ?? ""}`,
      "content-type": "application/json",
      "user-agent": "a-person",
    },
    ...(method === "PUT" ? { body: JSON.stringify(body) } : {}),
  });
  expect(answer.status).toBe(200);
}
