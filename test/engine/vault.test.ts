import { randomBytes } from "node:crypto";

import { vaultDestinations, vaultKeys } from "../../catalog";
import { day, TestSandbox, writes, type StackName } from "./support/sandbox";
import { foreignInVault, placed, secretsIn } from "./support/vault";
import { VaultPerson } from "./support/vault-person";
import { counted, firstCalls, foldersOf, inVault, standing } from "./support/vault-standing";

const stacks = ["prod", "staging"] as const;

let sandbox: TestSandbox;
let person: VaultPerson;
let before: string;

beforeAll(async () => {
  sandbox = await TestSandbox.open(inVault.map(({ name }) => name));
  person = new VaultPerson(sandbox);
  await seedForeign();
  before = foreign();
}, 600_000);

afterAll(() => sandbox.close());
afterEach(() => sandbox.clearFaults());

/** 200 secrets in twenty folders, half of them ours too, with tags, comments, metadata and versions. */
async function seedForeign(): Promise<void> {
  const { projectId } = person;
  const slugs = ["team-payments", "legacy-2024", "function-own", "rotation-weekly"];
  const tagIds: string[] = [];
  for (const slug of slugs) {
    const answer = await person.call("POST", `/v1/projects/${projectId}/tags`, { slug, color: "#00aa00" });
    tagIds.push((answer as { tag: { id: string } }).tag.id);
  }
  for (let team = 0; team < 10; team += 1) {
    const environment = team % 2 === 0 ? "prod" : "staging";
    const place = { projectId, environment };
    await person.call("POST", "/v2/folders", { ...place, name: `team-${team}` });
    const ours =
      environment === "prod" ? ["stripe", "alpaca", "heroku", "raxx-dev-bot", "github"] : ["alpaca"];
    const shared = `/MooseQuest/${ours[(team / 2) % ours.length] ?? "alpaca"}`;
    for (const secretPath of [`/team-${team}`, shared]) {
      const secrets = Array.from({ length: 10 }, (_, index) => ({
        secretKey: `FOREIGN_${team}_${index}`,
        secretValue: randomBytes(24).toString("hex"),
        secretComment: `of team ${team}`,
        secretMetadata: [{ key: "function", value: "theirs" }],
        tagIds: [tagIds[index % tagIds.length] ?? ""],
      }));
      await person.call("POST", "/v4/secrets/batch", { ...place, secretPath, secrets });
      await person.rotate(environment, secretPath, `FOREIGN_${team}_0`, randomBytes(24).toString("hex"));
    }
  }
}

function foreign(): string {
  return JSON.stringify(foreignInVault(sandbox.infisical()));
}

/** The tests of this file are one story: each goes on where the one before it stopped. */
describe("the first up", () => {
  it("makes the fewest calls that prove what it wrote", async () => {
    const world = sandbox.infisical();
    const mark = sandbox.mark("infisical");
    for (const stack of stacks) expect((await sandbox.up(stack)).code).toBe(0);

    expect(counted(sandbox.calls("infisical", mark))).toEqual(firstCalls(world));
  }, 300_000);

  it("gives each token its folder, environment, four tags, metadata and companions, by the vendor's own client", async () => {
    const { projectId } = person;
    await person.withSdk(async (sdk) => {
      for (const { environment, folder, token, keys, companions } of stacks.flatMap(standing)) {
        const { secrets } = await sdk.secrets().listSecrets({ projectId, environment, secretPath: folder });
        for (const name of [...keys, ...companions]) {
          const secret = secrets.find(({ secretKey }) => secretKey === name);
          const slugs = ((secret?.tags ?? []) as unknown as { slug: string }[])
            .map(({ slug }) => slug)
            .filter((slug) => slug !== "legacy");
          const tags = Object.entries(token.tags).map((pair) => pair.join("-"));
          expect([name, slugs.sort()]).toEqual([name, tags.sort()]);
        }
        const value = (suffix: string): string =>
          secrets.find(({ secretKey }) => companions.includes(secretKey) && secretKey.endsWith(`__${suffix}`))
            ?.secretValue ?? "";
        // With milliseconds where the vault counts from the mint itself: its own tokens.
        expect(value("EXPIRES_AT")).toMatch(/^non-expiring$|^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/);
        expect(value("SCOPES")).toBe(token.vendorScopes.join(" "));
      }
    });
  }, 60_000);

  it("and by the API says the same in the metadata, where the taxonomy's words stand as they are", async () => {
    for (const { environment, folder, token, keys } of stacks.flatMap(standing)) {
      const query = new URLSearchParams({ projectId: person.projectId, environment, secretPath: folder });
      const { secrets } = (await person.call("GET", `/v4/secrets?${query.toString()}`)) as {
        secrets: { secretKey: string; secretMetadata: { key: string; value: string }[] }[];
      };
      for (const name of keys) {
        const pairs = secrets.find(({ secretKey }) => secretKey === name)?.secretMetadata ?? [];
        const metadata = Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
        expect(metadata).toMatchObject({ ...token.tags, generation: day(0) });
      }
    }
  }, 60_000);

  it("puts no copy of a prod value into staging", () => {
    const values = (environment: string): string[] =>
      placed(sandbox.infisical())
        .filter((one) => one.environment === environment && !/__(EXPIRES_AT|SCOPES)$/.test(one.secret.name))
        .map(({ secret }) => secret.value);
    const prod = new Set(values("prod"));
    expect(values("staging").filter((value) => prod.has(value))).toEqual([]);
  });

  it("leaves the bots' paths as they were", () => {
    for (const bot of ["dev", "ops", "pm"]) {
      const secrets = secretsIn(sandbox.infisical(), "prod", `/MooseQuest/raxx-${bot}-bot`);
      expect([...secrets.keys()]).toEqual(
        expect.arrayContaining(["APP_ID", "INSTALLATION_ID", "PRIVATE_KEY_PEM"]),
      );
      expect(secrets.get("PRIVATE_KEY_PEM")?.value).toMatch(
        /^-----BEGIN[^]+-----END RSA PRIVATE KEY-----\n$/,
      );
    }
  });

  it("leaves everything else byte for byte as it was", () => {
    expect(foreign()).toBe(before);
    expect((JSON.parse(before) as { secrets: unknown[] }).secrets.length).toBeGreaterThanOrEqual(200);
  });
});

describe("after it", () => {
  it("another up asks the vault nothing", async () => {
    const mark = sandbox.mark("infisical");
    for (const stack of stacks) expect((await sandbox.up(stack)).code).toBe(0);
    expect(sandbox.calls("infisical", mark)).toEqual([]);
  }, 240_000);

  it.each(stacks)(
    "a refresh of %s is one list per folder, and reads no value",
    async (stack) => {
      const mark = sandbox.mark("infisical");
      const refresh = ["refresh", "--yes", "--skip-preview", "--expect-no-changes", "--stack", stack];
      expect((await sandbox.pulumi(refresh)).code).toBe(0);
      expect(counted(sandbox.calls("infisical", mark))).toEqual({
        "POST /v1/auth/universal-auth/login": 1,
        "GET /v1/tags": 1,
        "GET /v2/folders": stack === "prod" ? 2 : 1,
        "GET /v4/secrets": foldersOf(stack).length,
      });
      expect(foreign()).toBe(before);
    },
    120_000,
  );

  it("a rotation writes what is issued under every name that is read, and nothing else", async () => {
    sandbox.setGenerations("prod", { current: `${day(0)}.2`, previous: day(0) });
    expect((await sandbox.up("prod")).code).toBe(0);
    const secrets = secretsIn(sandbox.infisical(), "prod", "/MooseQuest/heroku");
    const names = ["HK_PLATFORM_FULL", "HEROKU_API_KEY", "HEROKU_PLATFORM_API_TOKEN"];
    expect(new Set(names.map((name) => secrets.get(name)?.value)).size).toBe(1);
    expect(secrets.get("HK_PLATFORM_FULL")?.version).toBe(2);
    expect(foreign()).toBe(before);
  }, 120_000);

  it.each(["status", "drop-before", "drop-after"] as const)(
    "a run that fails at the vault (%s) changes nothing else, and the next one finishes",
    async (kind) => {
      const generation = `${day(0)}.${{ status: 3, "drop-before": 4, "drop-after": 5 }[kind]}`;
      sandbox.setGenerations("staging", { current: generation });
      await sandbox.fault("infisical", {
        kind,
        ...(kind === "status" ? { status: 500 } : {}),
        method: "PATCH",
        times: 0,
      });
      expect((await sandbox.up("staging")).code).not.toBe(0);
      expect(foreign()).toBe(before);
      await sandbox.clearFaults();
      expect((await sandbox.up("staging")).code).toBe(0);
      expect(foreign()).toBe(before);
    },
    180_000,
  );

  it("what a person changed of ours is put right, and their own things are left", async () => {
    const place = { projectId: person.projectId, environment: "prod", secretPath: "/MooseQuest/slack" };
    await person.call("PATCH", "/v4/secrets/SL_BOT_NOTIFY", { ...place, secretComment: "mine", tagIds: [] });
    await person.call("POST", "/v4/secrets/MY_OWN", {
      ...place,
      secretValue: randomBytes(24).toString("hex"),
    });
    const now = foreign();
    expect((await sandbox.pulumi(["refresh", "--yes", "--skip-preview", "--stack", "prod"])).code).toBe(0);
    expect((await sandbox.up("prod")).code).toBe(0);
    expect(
      secretsIn(sandbox.infisical(), "prod", "/MooseQuest/slack").get("SL_BOT_NOTIFY")?.tagIds,
    ).toHaveLength(4);
    expect(foreign()).toBe(now);
    await person.remove("prod", "/MooseQuest/slack", "MY_OWN");
  }, 180_000);

  it("destroy takes away what is ours, and leaves every value in custody with what it had", async () => {
    for (const stack of [...stacks].reverse()) await destroy(stack);
    expect(foreign()).toBe(before);
    const state = sandbox.infisical();
    const ours = stacks
      .flatMap(standing)
      // What a person made under its own name stays.
      .filter(({ token }) => token.issuer.kind !== "custody" || token.formerNames.length > 0)
      .flatMap(({ keys }) => keys);
    const left = placed(state).filter(
      ({ secret }) => ours.includes(secret.name) || /^[A-Z]+_.*__/.test(secret.name),
    );
    // Copies of values in custody stay: somebody may read them by now.
    const copies = left.map(({ environment, path, secret }) => {
      const { name: former } = formerOf(secret.name);
      return [secret.name, secretsIn(state, environment, path).get(former)?.value === secret.value];
    });
    expect(copies.filter(([, same]) => same !== true)).toEqual([]);
    expect(left.length).toBeGreaterThan(0);
    expect(secretsIn(state, "prod", "/MooseQuest/heroku").has("HK_PLATFORM_FULL")).toBe(false);
    const pem = secretsIn(state, "prod", "/MooseQuest/raxx-dev-bot").get("PRIVATE_KEY_PEM");
    const legacy = state.tags.find(({ slug }) => slug === "legacy")?.id;
    expect(pem).toMatchObject({ comment: "", metadata: [], tagIds: [legacy] });
  }, 240_000);
});

async function destroy(stack: StackName): Promise<void> {
  const mark = sandbox.mark("infisical");
  const { code } = await sandbox.pulumi(["destroy", "--yes", "--skip-preview", "--stack", stack]);
  expect(code).toBe(0);
  expect(writes(sandbox.calls("infisical", mark)).length).toBeGreaterThan(0);
}

/** The old name of a token in custody, or of one of its parts. */
function formerOf(name: string): { name: string } {
  for (const token of inVault.filter(({ issuer }) => issuer.kind === "custody")) {
    for (const place of vaultDestinations(token)) {
      const part = vaultKeys(token, place).indexOf(name);
      const former = token.formerNames.find((one) => one.part === token.parts[part]);
      if (part >= 0 && former !== undefined) return former;
    }
  }
  return { name: "" };
}
