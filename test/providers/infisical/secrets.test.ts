import fc from "fast-check";

import { unknownValue } from "../../../providers/boundary";
import { UserError } from "../../../providers/errors";
import { InfisicalClient } from "../../../providers/infisical/client";
import { type SecretWrite } from "../../../providers/infisical/records";
import { type SecretEntry, type SecretsInputs } from "../../../providers/infisical/secret-entry";
import { infisicalSecrets } from "../../../providers/infisical/secrets";
import {
  createApprovalPolicy,
  createFolder,
  createSecret,
  createTag,
  type Secret,
} from "../../../sandbox/vendors/infisical/entities";
import { canary, failureOf, inject, recordOf, snapshot, writesOf, writtenKeysOf } from "../support";
import { VaultWorld } from "./world";

const batch = "/api/v4/secrets/batch";

let world: VaultWorld;
let tagIds: Record<string, string>;
let foreign: Secret[];
beforeEach(async () => {
  world = await VaultWorld.start();
  const slugs = ["env-prod", "sensitivity-high", "theirs"];
  const { id: projectId } = world.project;
  tagIds = Object.fromEntries(slugs.map((slug) => [slug, createTag(world.state, { projectId, slug }).id]));
  const theirs = {
    projectId,
    value: canary(),
    comment: "theirs",
    tagSlugs: ["theirs"],
    metadata: [{ key: "owner", value: "somebody", isEncrypted: true }],
    previousValues: [canary(), canary()],
  };
  createSecret(world.state, { ...theirs, environment: "prod", path: "/MooseQuest", name: "THEIRS" });
  createSecret(world.state, { ...theirs, environment: "staging", path: "/MooseQuest", name: "OURS" });
  createSecret(world.state, { ...theirs, environment: "prod", path: "/", name: "OURS" });
  createFolder(world.state, { projectId, environment: "prod", path: "/MooseQuest/below" });
  createSecret(world.state, { ...theirs, environment: "prod", path: "/MooseQuest/below", name: "OURS" });
  foreign = snapshot(world.state.secrets);
});
afterEach(async () => {
  // Whatever a test did: other people's secrets are byte-identical, their versions too.
  const ids = foreign.map(({ id }) => id);
  expect(world.state.secrets.filter(({ id }) => ids.includes(id))).toEqual(foreign);
  await world.stop();
});

const resource = (client: InfisicalClient = world.client()): ReturnType<typeof infisicalSecrets> =>
  infisicalSecrets(() => client);

function entry(changes: Partial<SecretEntry> = {}): SecretEntry {
  return {
    tags: ["env-prod", "sensitivity-high"],
    metadata: { function: "dns:edit", token: "OURS" },
    comment: "rotate via: docs/rotation/ours.md",
    source: "OURS@2026-05-06",
    ...changes,
  };
}

function inputs(
  values: Record<string, string>,
  entries: Record<string, Partial<SecretEntry>> = {},
): SecretsInputs {
  return {
    ...world.place,
    entries: Object.fromEntries(Object.keys(values).map((name) => [name, entry(entries[name])])),
    values,
    tagIds,
  };
}

/** Checks a secret of ours against what stands in the vault. */
function expectWritten(name: string, value: string, changes: Partial<SecretEntry> = {}): void {
  const wanted = entry(changes);
  const { tagIds: actualTags, metadata, ...secret } = world.present(name);
  expect(secret).toMatchObject({ value, comment: wanted.comment });
  expect([...actualTags].sort()).toEqual(wanted.tags.map((slug) => tagIds[slug]).sort());
  expect(Object.fromEntries(metadata.map((pair) => [pair.key, pair.value]))).toEqual({
    ...wanted.metadata,
    value: "issued",
  });
}

/** What a person does to a secret: every write makes a version. */
function meddleWith(name: string, meddle: (secret: Secret) => unknown): void {
  const secret = world.present(name);
  meddle(secret);
  secret.version += 1;
}

/** The client of the world, but for what it writes. */
class Altering extends InfisicalClient {
  constructor(private readonly alter: (secret: SecretWrite) => SecretWrite | undefined) {
    super(world.environment);
  }

  override async writeSecrets(
    ...[method, folder, secrets]: Parameters<InfisicalClient["writeSecrets"]>
  ): Promise<void> {
    const altered = (secrets as SecretWrite[]).map(this.alter).filter((one) => one !== undefined);
    if (altered.length > 0) await super.writeSecrets(method, folder, altered);
  }
}

describe("create", () => {
  it("writes several secrets in one batch, with tags, metadata and comment", async () => {
    const values = { OURS: canary(), OURS__EXPIRES_AT: "2026-08-18T00:00:00Z" };
    const { id, outs } = await resource().create(inputs(values));
    expect(id).toBe("prod:/MooseQuest");
    expect(outs).toMatchObject(inputs(values));
    for (const [name, value] of Object.entries(values)) expectWritten(name, value);
    expect(writesOf(world.vendor)).toEqual([`POST ${batch}`]);
    expect(writtenKeysOf(world.vendor)).toEqual([["OURS", "OURS__EXPIRES_AT"]]);
  });

  it("writes nothing where all is as it should be", async () => {
    const wanted = inputs({ OURS: canary() });
    await resource().create(wanted);
    const before = snapshot(world.present("OURS"));
    await resource().create(wanted);
    expect(writesOf(world.vendor)).toHaveLength(1);
    expect(world.present("OURS")).toEqual(before);
  });

  it("makes one call for what is missing and one for what differs, and leaves what is right", async () => {
    const right = { RIGHT: canary() };
    await resource().create(inputs({ ...right, A: canary(), B: canary() }));
    const version = world.present("RIGHT").version;
    const values = { ...right, A: canary(), B: canary(), C: canary(), D: canary() };
    await resource().create(inputs(values));
    expect(writesOf(world.vendor).slice(1)).toEqual([`POST ${batch}`, `PATCH ${batch}`]);
    expect(writtenKeysOf(world.vendor).slice(1)).toEqual([
      ["C", "D"],
      ["A", "B"],
    ]);
    for (const [name, value] of Object.entries(values)) expectWritten(name, value);
    expect(world.present("RIGHT").version).toBe(version);
  });

  it("finds after a lost answer that all was written, and writes nothing more", async () => {
    const wanted = inputs({ OURS: canary() });
    inject(world.vendor, { kind: "drop-after", method: "POST", path: batch });
    expect(await failureOf(resource().create(wanted))).toMatchObject({ retryable: true });
    await resource().create(wanted);
    expect(writesOf(world.vendor)).toEqual([`POST ${batch}`]);
    expectWritten("OURS", wanted.values["OURS"] ?? "");
  });

  it.each(["drop-before", "status"] as const)(
    "has written nothing on %s, and says so by failing",
    async (kind) => {
      inject(world.vendor, { kind, method: "POST", path: batch });
      await failureOf(resource().create(inputs({ OURS: canary() })));
      expect(world.secret("OURS")).toBeUndefined();
      expect(writesOf(world.vendor)).toHaveLength(1);
    },
  );

  it("fails where the folder is missing", async () => {
    const elsewhere = { ...inputs({ OURS: canary() }), path: "/Nowhere" };
    expect(await failureOf(resource().create(elsewhere))).toMatchObject({ status: 404 });
  });

  it("does not take a change request for a write", async () => {
    const value = canary();
    const { id: projectId } = world.project;
    createApprovalPolicy(world.state, { projectId, environment: "prod", secretPath: "/MooseQuest" });
    const failure = await failureOf(resource().create(inputs({ OURS: value })));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain("nothing was written in /MooseQuest of prod");
    expect(failure.message).not.toContain(value);
    expect(world.secret("OURS")).toBeUndefined();
  });

  it.each<[string, (secret: SecretWrite) => SecretWrite | undefined]>([
    ["nothing", () => undefined],
    ["another value", (secret) => ({ ...secret, secretValue: "other" })],
    ["one tag less", (secret) => ({ ...secret, tagIds: secret.tagIds.slice(1) })],
    ["another comment", (secret) => ({ ...secret, secretComment: "other" })],
    ["no metadata", (secret) => ({ ...secret, secretMetadata: [] })],
  ])("fails where the vault took it and shows %s", async (_case, alter) => {
    const value = canary();
    const client = new Altering((secret) => (secret.secretKey === "OURS" ? alter(secret) : secret));
    const failure = await failureOf(resource(client).create(inputs({ OURS: value, FINE: canary() })));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain("the vault took OURS in /MooseQuest of prod, but shows something else");
    expect(failure.message).not.toContain(value);
  });

  it("refuses a tag that the project does not have, before anything is written", async () => {
    const failure = await failureOf(
      resource().create(inputs({ OURS: "a" }, { OURS: { tags: ["nowhere"] } })),
    );
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toMatch(/no tag nowhere: run pulumi up --stack prod first$/);
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("refuses a name without a value, before anything is written", async () => {
    const wanted = inputs({ A: "a", OURS: "b" });
    const failure = await failureOf(resource().create({ ...wanted, values: { A: "a" } }));
    expect(failure.message).toBe("OURS has no value: nothing is written");
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("keeps engine-internal properties out of what it returns", async () => {
    const { outs } = await resource().create({ ...inputs({ OURS: "a" }), ...{ __provider: "code" } });
    expect(outs).not.toHaveProperty("__provider");
  });
});

describe("update", () => {
  it("sends the metadata again with every change, since a write without it clears it", async () => {
    const olds = inputs({ OURS: canary() });
    const { id } = await resource().create(olds);
    const news = inputs({ OURS: canary() });
    expect(await resource().update(id, olds, news)).toMatchObject({ outs: news });
    expectWritten("OURS", news.values["OURS"] ?? "");
    expect(world.present("OURS").version).toBe(2);
  });

  it("replaces tags and metadata exactly: what is not named goes", async () => {
    const olds = inputs({ OURS: "a" });
    const { id } = await resource().create(olds);
    const changes = { tags: ["sensitivity-high"], metadata: { token: "OURS" } };
    await resource().update(id, olds, inputs({ OURS: "a" }, { OURS: changes }));
    expectWritten("OURS", "a", changes);
  });

  it.each<[string, (secret: Secret) => unknown]>([
    ["value", (secret) => (secret.value = "meddled")],
    ["tag", (secret) => secret.tagIds.push(tagIds["theirs"] ?? "")],
    ["missing tag", (secret) => secret.tagIds.pop()],
    ["metadata", (secret) => (secret.metadata = [])],
    ["comment", (secret) => (secret.comment = "meddled")],
  ])("puts a meddled %s right with one PATCH", async (_what, meddle) => {
    const wanted = inputs({ OURS: "a", OTHER: "b" });
    const { id } = await resource().create(wanted);
    meddleWith("OURS", meddle);
    await resource().update(id, wanted, wanted);
    expectWritten("OURS", "a");
    expect(writtenKeysOf(world.vendor).slice(1)).toEqual([["OURS"]]);
  });

  it("writes nothing where only the source is told anew", async () => {
    const olds = inputs({ OURS: "a" });
    const { id } = await resource().create(olds);
    const news = inputs({ OURS: "a" }, { OURS: { source: "OURS@2026-08-04" } });
    expect(await resource().update(id, olds, news)).toMatchObject({ outs: news });
    expect(writesOf(world.vendor)).toHaveLength(1);
  });

  it("removes what is no longer named, with one call, if it is still ours", async () => {
    const olds = inputs({ KEPT: "k", GONE_A: "a", GONE_B: "b", TAKEN: "t" });
    const { id } = await resource().create(olds);
    meddleWith("TAKEN", (secret) => (secret.value = "somebody else's"));
    await resource().update(id, olds, inputs({ KEPT: "k" }));
    expect([world.secret("GONE_A"), world.secret("GONE_B")]).toEqual([undefined, undefined]);
    expect(world.present("TAKEN").value).toBe("somebody else's");
    expect(writesOf(world.vendor).slice(1)).toEqual([`DELETE ${batch}`]);
    expect(writtenKeysOf(world.vendor)[1]).toEqual(["GONE_A", "GONE_B"]);
  });

  it("writes the right value although the answer was lost", async () => {
    const olds = inputs({ OURS: "a" });
    const { id } = await resource().create(olds);
    inject(world.vendor, { kind: "drop-after", method: "PATCH", path: batch });
    await resource().update(id, olds, inputs({ OURS: "b" }));
    expectWritten("OURS", "b");
  });
});

describe("read", () => {
  it("sees what was written, and nothing of other people's", async () => {
    const wanted = inputs({ OURS: canary(), OTHER: canary() });
    const { id, outs } = await resource().create(wanted);
    expect(await resource().read(id, outs)).toEqual({ id, props: outs });
  });

  it.each<[string, (secret: Secret) => unknown, string]>([
    // What somebody else put there counts as missing: it is not ours to keep in state, or to delete later.
    ["value", (secret) => (secret.value = "meddled"), "entries values"],
    ["cleared value", (secret) => (secret.value = ""), "entries values"],
    ["tag", (secret) => secret.tagIds.push(tagIds["theirs"] ?? ""), "entries"],
    ["missing tag", (secret) => secret.tagIds.pop(), "entries"],
    ["metadata", (secret) => (secret.metadata = []), "entries"],
    ["comment", (secret) => (secret.comment = ""), "entries"],
  ])("sees a meddled %s, so that the next up puts it right", async (_what, meddle, where) => {
    const { id, outs } = await resource().create(inputs({ OURS: "a" }));
    meddleWith("OURS", meddle);
    const { props = outs } = await resource().read(id, outs);
    const changed = Object.keys(outs).filter(
      (key) => JSON.stringify(Reflect.get(props, key)) !== JSON.stringify(Reflect.get(outs, key)),
    );
    expect(changed).toEqual(where.split(" "));
    expect(await resource().diff(id, props, outs)).toEqual({ changes: true, replaces: [] });
  });

  it("sees a secret that is gone", async () => {
    const { id, outs } = await resource().create(inputs({ OURS: "a", OTHER: "b" }));
    world.state.secrets = world.state.secrets.filter((one) => one !== world.secret("OURS"));
    const { props } = await resource().read(id, outs);
    expect(props).toMatchObject(inputs({ OTHER: "b" }));
    expect(props?.entries).not.toHaveProperty("OURS");
  });

  it("answers that all is gone where the folder is", async () => {
    const { id, outs } = await resource().create(inputs({ OURS: "a" }));
    world.state.folders = world.state.folders.filter(({ name }) => name !== "MooseQuest");
    expect(await resource().read(id, outs)).toEqual({});
  });

  it("does not take a refusal for gone", async () => {
    const { id, outs } = await resource().create(inputs({ OURS: "a" }));
    world.state.gate = "strict-403";
    expect(await failureOf(resource().read(id, outs))).toMatchObject({ status: 403 });
  });
});

describe("delete", () => {
  it("removes ours with one call, and is fine twice", async () => {
    const { id, outs } = await resource().create(inputs({ OURS: "a", OTHER: "b" }));
    await resource().delete(id, outs);
    await resource().delete(id, outs);
    expect(world.state.secrets).toEqual(foreign);
    expect(writesOf(world.vendor)).toEqual([`POST ${batch}`, `DELETE ${batch}`]);
  });

  it("leaves a foreign value under our name", async () => {
    const { id, outs } = await resource().create(inputs({ OURS: "a", OTHER: "b" }));
    meddleWith("OURS", (secret) => (secret.value = "somebody else's"));
    await resource().delete(id, outs);
    expect(world.present("OURS").value).toBe("somebody else's");
    expect(world.secret("OTHER")).toBeUndefined();
  });

  it("is fine where one of ours is gone already, and where the folder is", async () => {
    const { id, outs } = await resource().create(inputs({ OURS: "a", OTHER: "b" }));
    world.state.secrets = world.state.secrets.filter((one) => one !== world.secret("OURS"));
    await resource().delete(id, outs);
    expect(world.secret("OTHER")).toBeUndefined();
    world.state.folders = world.state.folders.filter(({ name }) => name !== "MooseQuest");
    await expect(resource().delete(id, outs)).resolves.toBeUndefined();
  });

  it("passes on a refusal, and removes nothing", async () => {
    const { id, outs } = await resource().create(inputs({ OURS: "a" }));
    inject(world.vendor, { kind: "status", status: 403, method: "DELETE" });
    expect(await failureOf(resource().delete(id, outs))).toMatchObject({ status: 403 });
    expectWritten("OURS", "a");
  });
});

describe("check", () => {
  const reasons = async (values: Record<string, string>): Promise<string | undefined> =>
    (await resource().check({}, inputs(values))).failures?.map(({ reason }) => reason).join();

  it.each(["", " x", "x ", "\nx", "x\n\n", "x\r\n", "x \n", "\tx", "x\u00a0"])(
    "refuses %j, which the vault would change",
    async (value) => {
      const other = canary();
      const reason = await reasons({ OURS: value, OTHER: other });
      expect(reason).toContain(
        `/MooseQuest of prod: the value of OURS ${value === "" ? "is empty" : "starts or ends with white space"}`,
      );
      expect(reason).not.toContain(other);
      expect(reason).not.toContain("OTHER");
    },
  );

  it("refuses a value by its name only, whatever stands in it", async () => {
    const value = canary();
    const { failures } = await resource().check({}, inputs({ OURS: `${value} ` }));
    expect(failures).toHaveLength(1);
    expect(failures?.[0]?.property).toBe("");
    expect(JSON.stringify(failures)).not.toContain(value);
  });

  it.each(["A:B", "A/B", "A B", "A\n"])("refuses the name %j", async (name) => {
    expect(await reasons({ [name]: "x" })).toContain("is no name for a secret");
  });

  it("takes values, several lines of them, and those that are unknown yet", async () => {
    const news = inputs({ A: "a b", PEM: "-----BEGIN\nX\n-----END\n", B: unknownValue });
    expect(await resource().check({}, news)).toEqual({ inputs: news });
    const allUnknown = { ...news, values: unknownValue as unknown as Record<string, string> };
    expect((await resource().check({}, allUnknown)).failures).toBeUndefined();
  });

  it("what it takes is stored unchanged", async () => {
    let count = 0;
    // The vault fills in references, so a value with one is refused by it, loudly.
    const value = fc
      .string({ minLength: 1, maxLength: 40, unit: "grapheme" })
      .filter((text) => !text.includes("${"));
    await fc.assert(
      fc.asyncProperty(value, async (text) => {
        const name = `OURS_${(count += 1)}`;
        fc.pre((await reasons({ [name]: text })) === undefined);
        await resource().create(inputs({ [name]: text }));
        expect(world.present(name).value).toBe(text);
      }),
      { numRuns: 40 },
    );
  });
});

describe("diff", () => {
  const diff = (changes: Partial<SecretsInputs>): Promise<unknown> =>
    resource().diff("id", inputs({ OURS: "a" }), { ...inputs({ OURS: "a" }), ...changes });

  it("sees nothing where nothing changed, or a place or the tag ids are not known yet", async () => {
    const same = { changes: false, replaces: [] };
    expect(await diff({})).toEqual(same);
    expect(await diff({ projectId: unknownValue })).toEqual(same);
    expect(await diff({ tagIds: { another: "id" } })).toEqual(same);
  });

  it("sees a value, a name and what is said of it, in place", async () => {
    const changed = { changes: true, replaces: [] };
    expect(await diff(inputs({ OURS: "b" }))).toEqual(changed);
    expect(await diff(inputs({ OURS: unknownValue }))).toEqual(changed);
    expect(await diff(inputs({ OURS: "a", OTHER: "b" }))).toEqual(changed);
    for (const change of [{ tags: [] }, { metadata: {} }, { comment: "" }, { source: "OURS@2026-08-04" }]) {
      expect(await diff(inputs({ OURS: "a" }, { OURS: change }))).toEqual(changed);
    }
  });

  it.each(["projectId", "environment", "path"])("replaces for another %s", async (key) => {
    expect(await diff({ [key]: "another" })).toEqual({ changes: true, replaces: [key] });
  });
});

describe("a write whose outcome is not known", () => {
  const lost = { kind: "drop-after", method: "PATCH", path: batch, times: 0 } as const;

  it("records what was wanted, and what stood there before", async () => {
    const { id, outs } = await resource().create(inputs({ OURS: "old", OTHER: "kept" }));
    inject(world.vendor, lost);
    const record = await recordOf(resource().update(id, outs, inputs({ OURS: "new" })));
    expect(record).toMatchObject({
      values: { OURS: "new", OTHER: "kept" },
      uncertain: { OURS: ["old"] },
      entries: { OURS: {}, OTHER: {} },
    });
  });

  it.each(["drop-after", "drop-before"] as const)(
    "is removed by a delete, whichever it was: %s",
    async (kind) => {
      const { id, outs } = await resource().create(inputs({ OURS: "old" }));
      inject(world.vendor, { ...lost, kind });
      const record = await recordOf(resource().update(id, outs, inputs({ OURS: "new" })));
      world.vendor.faults.clear();
      await resource().delete(id, record as SecretsInputs);
      expect(world.state.secrets).toEqual(foreign);
    },
  );
});
