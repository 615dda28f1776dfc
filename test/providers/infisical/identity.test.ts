import { unknownValue } from "../../../providers/boundary";
import { PartialFailure, UserError } from "../../../providers/errors";
import { type InfisicalIdentityInputs } from "../../../providers/infisical/identity";
import {
  addPrivilege,
  createFolder,
  createIdentity,
  createSecret,
  createTokenAuthToken,
  type AccessToken,
} from "../../../sandbox/vendors/infisical/entities";
import { canary, failureOf, inject, recordOf, snapshot, writesOf } from "../support";
import { identityMarker, IdentityWorld, tokenMarker, ttlSeconds } from "./identity-world";
import { VaultWorld } from "./world";

let world: VaultWorld;
let identities: IdentityWorld;
beforeEach(async () => {
  world = await VaultWorld.start();
  identities = new IdentityWorld(world);
});
afterEach(() => world.stop());

const resource = (): ReturnType<IdentityWorld["identity"]> => identities.identity();
const inputs = (changes: Partial<InfisicalIdentityInputs> = {}): InfisicalIdentityInputs =>
  identities.identityInputs(changes);
const privileges = "/api/v2/identity-project-additional-privilege";

/** What the bearer may do with a secret of the folder: status of read and of write. */
async function reach(bearer: string, environment: string, path: string): Promise<number[]> {
  const headers = {
    authorization: `Bearer ${bearer}`,
    "content-type": "application/json",
    "cf-access-client-id": world.environment.accessClientId,
    "cf-access-client-secret": world.environment.accessClientSecret,
  };
  const place = { projectId: world.project.id, environment, secretPath: path };
  const url = `${world.vendor.url}/api/v4/secrets/KEY`;
  const read = await fetch(`${url}?${new URLSearchParams(place).toString()}`, { headers });
  const body = JSON.stringify({ ...place, secretValue: "x" });
  const write = await fetch(url, { method: "PATCH", headers, body });
  return [read.status, write.status];
}

describe("create", () => {
  it("makes an identity of ours that has no role, only a read-only privilege, and Token Auth with the TTL", async () => {
    const { id, outs } = await resource().create(inputs());
    expect(outs).toEqual({ ...inputs(), drift: [] });
    expect(identities.only()).toMatchObject({
      id,
      name: "raxx-prod-INF_APP_READER",
      orgRole: "no-access",
      metadata: [{ key: "raxx", value: identityMarker }],
      universalAuth: null,
      tokenAuth: { accessTokenTtlSeconds: ttlSeconds, accessTokenMaxTtlSeconds: ttlSeconds },
    });
    expect(identities.membership()).toMatchObject({ projectId: world.project.id, role: "no-access" });
    expect(writesOf(world.vendor)).toEqual([
      "POST /api/v1/identities",
      `POST /api/v1/projects/${world.project.id}/memberships/identities/${id}`,
      `POST ${privileges}`,
      `POST /api/v1/auth/token-auth/identities/${id}`,
    ]);
  });

  it("lets its tokens read the named folders of the named environment, and nothing else", async () => {
    const folders = ["/MooseQuest/stripe", "/MooseQuest/stripe/deep", "/MooseQuest/heroku"];
    for (const environment of ["prod", "staging"]) {
      for (const path of folders) {
        const at = { projectId: world.project.id, environment, path };
        createFolder(world.state, at);
        createSecret(world.state, { ...at, name: "KEY", value: canary() });
      }
    }
    const { id } = await resource().create(inputs());
    const { outs } = await identities.mintedToken(id);
    expect(await reach(outs.token, "prod", "/MooseQuest/stripe")).toEqual([200, 403]);
    expect(await reach(outs.token, "prod", "/MooseQuest/stripe/deep")).toEqual([403, 403]);
    expect(await reach(outs.token, "prod", "/MooseQuest/heroku")).toEqual([403, 403]);
    expect(await reach(outs.token, "staging", "/MooseQuest/stripe")).toEqual([403, 403]);
  });

  it("finds its own by the mark, and writes nothing where all is as declared", async () => {
    const first = await identities.madeIdentity();
    const writes = writesOf(world.vendor).length;
    expect(await resource().create(inputs())).toEqual(first);
    expect(writesOf(world.vendor)).toHaveLength(writes);
  });

  it("refuses its own where that has a live token, which no half-made one has", async () => {
    const { id } = await identities.madeIdentity();
    await identities.mintedToken(id);
    const writes = writesOf(world.vendor).length;
    const failure = await failureOf(resource().create(inputs()));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain(
      `(${id}) with 1 live token(s), but the state of this stack never made it`,
    );
    expect(writesOf(world.vendor)).toHaveLength(writes);
  });

  it("takes folders in another order, or twice, for the same", async () => {
    await identities.madeIdentity();
    const writes = writesOf(world.vendor).length;
    const folders = ["/MooseQuest/alpaca", "/MooseQuest/stripe", "/MooseQuest/alpaca"];
    await resource().create(inputs({ folders }));
    expect(writesOf(world.vendor)).toHaveLength(writes);
  });

  it("touches no identity of the same name that it did not make, and says what to do", async () => {
    const metadata = [{ key: "raxx", value: "raxx:prod:ANOTHER" }];
    const theirs = createIdentity(world.state, {
      name: "raxx-prod-INF_APP_READER",
      orgRole: "member",
      metadata,
    });
    const before = snapshot(theirs);
    const failure = await failureOf(resource().create(inputs()));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain(theirs.id);
    expect(failure.message).toMatch(/rename or delete it .* and run again$/);
    expect(identities.only()).toEqual(before);
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("passes by a stranger of the same name where its own is there", async () => {
    const { id } = await identities.madeIdentity();
    createIdentity(world.state, { name: "raxx-prod-INF_APP_READER" });
    expect((await resource().create(inputs())).id).toBe(id);
  });

  it("refuses two of its own, naming both", async () => {
    const metadata = [{ key: "raxx", value: identityMarker }];
    const two = [1, 2].map(() => createIdentity(world.state, { name: "raxx-prod-INF_APP_READER", metadata }));
    const failure = await failureOf(resource().create(inputs()));
    for (const { id } of two) expect(failure.message).toContain(id);
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("makes one for each stack", async () => {
    const prod = await identities.madeIdentity();
    const staging = await resource().create(
      inputs({ marker: "raxx:staging:INF_APP_READER", environment: "staging" }),
    );
    expect(staging.id).not.toBe(prod.id);
    expect(identities.made()).toHaveLength(2);
  });

  it("keeps engine-internal properties out of what it returns", async () => {
    const { outs } = await resource().create({ ...inputs(), ...{ __provider: "code" } });
    expect(Object.keys(outs).sort()).toEqual([
      "drift",
      "environment",
      "folders",
      "marker",
      "projectId",
      "ttlSeconds",
    ]);
  });
});

describe("create that fails half way", () => {
  it("finds in the same run the identity whose answer was lost", async () => {
    inject(world.vendor, { kind: "drop-after", method: "POST", path: "/api/v1/identities" });
    expect((await resource().create(inputs())).id).toBe(identities.only().id);
  });

  it("makes none where the call never arrived, and asks once", async () => {
    inject(world.vendor, { kind: "drop-before", method: "POST", path: "/api/v1/identities" });
    const error: unknown = await resource()
      .create(inputs())
      .catch((thrown: unknown) => thrown);
    expect(error).not.toBeInstanceOf(PartialFailure);
    expect(identities.made()).toEqual([]);
    expect(writesOf(world.vendor)).toHaveLength(1);
  });

  it.each([
    ["the membership", "*/memberships/identities/*"],
    ["the privilege", privileges],
    ["Token Auth", "*/token-auth/identities/*"],
  ])("leaves a record that the next update finishes where %s fails", async (_case, path) => {
    inject(world.vendor, { kind: "status", status: 500, method: "POST", path });
    const record = await recordOf(resource().create(inputs()));
    expect(record).toEqual({ ...inputs(), drift: ["unfinished"] });
    const state = { ...inputs(), drift: ["unfinished"] };
    expect(await resource().diff("id", state, inputs())).toMatchObject({ changes: true, replaces: [] });
    const { outs } = await resource().update(identities.only().id, state, inputs());
    expect(outs.drift).toEqual([]);
    expect(identities.only().tokenAuth?.accessTokenTtlSeconds).toBe(ttlSeconds);
    expect(identities.membership().privileges).toHaveLength(1);
  });

  it.each([["*/memberships/identities/*"], [privileges], ["*/token-auth/identities/*"]])(
    "goes on after a lost answer to POST %s",
    async (path) => {
      inject(world.vendor, { kind: "drop-after", method: "POST", path });
      await failureOf(resource().create(inputs()));
      const { id, outs } = await resource().create(inputs());
      expect(await resource().read(id, outs)).toEqual({ id, props: outs });
      expect(identities.membership().privileges).toHaveLength(1);
    },
  );

  it("waits out a 429", async () => {
    inject(world.vendor, {
      kind: "rate-limit",
      retryAfterSeconds: 0,
      method: "POST",
      path: "/api/v1/identities",
    });
    await identities.madeIdentity();
    expect(identities.made()).toHaveLength(1);
  });

  it("says which right is missing where this run may not manage identities", async () => {
    const [provisioner] = world.state.identities;
    if (provisioner) provisioner.orgRole = "no-access";
    const failure = await failureOf(resource().create(inputs()));
    expect(failure).toMatchObject({ status: 403 });
    expect(failure.message).toContain("INF_PROVISIONER");
    expect(identities.made()).toEqual([]);
  });
});

describe("create that is refused", () => {
  it("names the limit of the organization's licence where it is reached", async () => {
    world.state.identityLimit = 1;
    const failure = await failureOf(resource().create(inputs()));
    expect(failure).toMatchObject({ status: 400 });
    expect(failure.message).toMatch(/as many identities as its licence allows: delete one .* and run again$/);
    expect(identities.made()).toEqual([]);
  });

  it("names the role that it takes to hand out rights", async () => {
    const [membership] = world.state.memberships;
    if (membership) membership.role = "member";
    const failure = await failureOf(resource().create(inputs()));
    expect(failure).toMatchObject({ status: 403 });
    expect(failure.message).toMatch(/make INF_PROVISIONER an admin of the organization and of the project/);
    expect(identities.membership().privileges).toEqual([]);
  });
});

describe("read", () => {
  it("finds nothing to say where all is as declared", async () => {
    const { id, outs } = await identities.madeIdentity();
    expect(await resource().read(id, outs)).toEqual({ id, props: outs });
  });

  it("answers that what is gone is gone", async () => {
    const { id, outs } = await identities.madeIdentity();
    world.state.identities = world.state.identities.slice(0, 1);
    expect(await resource().read(id, outs)).toEqual({});
  });

  it("does not believe a vault that does not show it the project", async () => {
    const { id, outs } = await identities.madeIdentity();
    const elsewhere = { ...outs, projectId: "another" };
    expect(await failureOf(resource().read(id, elsewhere))).toMatchObject({ status: 404 });
    expect(await failureOf(resource().delete(id, elsewhere))).toMatchObject({ status: 404 });
    expect(identities.made()).toHaveLength(1);
  });

  const rule = { subject: "secrets" as const, action: ["edit" as const] };
  it.each<[string, string, () => void]>([
    ["a role in the organization", "organization role", () => (identities.only().orgRole = "admin")],
    ["a role in the project", "project role", () => (identities.membership().role = "member")],
    [
      "another TTL",
      "token auth",
      () => Object.assign(identities.only().tokenAuth ?? {}, { accessTokenTtlSeconds: 0 }),
    ],
    [
      "a limit of uses",
      "token auth",
      () => Object.assign(identities.only().tokenAuth ?? {}, { accessTokenNumUsesLimit: 1 }),
    ],
    ["no Token Auth", "token auth", () => (identities.only().tokenAuth = null)],
    [
      "one folder more",
      "privilege",
      () => {
        const [permission] = identities.membership().privileges[0]?.permissions ?? [];
        if (permission?.conditions) permission.conditions.secretPath = { $in: ["/MooseQuest/heroku"] };
      },
    ],
    [
      "another right",
      "privilege",
      () => identities.membership().privileges[0]?.permissions[0]?.action.push("edit"),
    ],
    ["one rule more", "privilege", () => identities.membership().privileges[0]?.permissions.push(rule)],
    ["no privilege", "privilege", () => (identities.membership().privileges = [])],
    [
      "a privilege of somebody else's making",
      "privilege theirs",
      () => addPrivilege(identities.membership(), { slug: "theirs", permissions: [rule] }),
    ],
  ])("sees %s, and the next update ends it", async (_case, what, meddle) => {
    const { id, outs } = await identities.madeIdentity();
    const before = snapshot({ identity: identities.only(), membership: identities.membership() });
    meddle();
    const { props = outs } = await resource().read(id, outs);
    expect(props).toEqual({ ...outs, drift: [what] });
    expect(await resource().diff(id, props, inputs())).toMatchObject({ changes: true, replaces: [] });
    const writes = writesOf(world.vendor).length;
    const updated = await resource().update(id, props, inputs());
    expect(updated.outs).toEqual(outs);
    expect(writesOf(world.vendor)).toHaveLength(writes + 1);
    expect(await resource().read(id, outs)).toEqual({ id, props: outs });
    expect(identities.only().orgRole).toBe(before.identity.orgRole);
    expect(identities.membership().role).toBe("no-access");
    expect(identities.membership().privileges.map(({ permissions }) => permissions)).toEqual(
      before.membership.privileges.map(({ permissions }) => permissions),
    );
  });

  it("sees a membership that was taken away, and the update gives it back", async () => {
    const { id, outs } = await identities.madeIdentity();
    world.state.memberships = world.state.memberships.filter(({ identityId }) => identityId !== id);
    const { props = outs } = await resource().read(id, outs);
    expect(props.drift).toEqual(["membership", "privilege"]);
    await resource().update(id, props, inputs());
    expect(identities.membership().privileges).toHaveLength(1);
  });
});

describe("update", () => {
  it("changes folders, environment and TTL in place, with one write each", async () => {
    const { id, outs } = await identities.madeIdentity();
    const writes = writesOf(world.vendor).length;
    const news = inputs({ folders: ["/Raxx"], environment: "staging", ttlSeconds: 60 });
    expect((await resource().update(id, outs, news)).outs).toEqual({ ...news, drift: [] });
    expect(writesOf(world.vendor).slice(writes)).toHaveLength(2);
    expect(identities.membership().privileges[0]?.permissions[0]?.conditions).toEqual({
      environment: { $eq: "staging" },
      secretPath: { $in: ["/Raxx"] },
    });
    expect(identities.only().tokenAuth).toMatchObject({
      accessTokenTtlSeconds: 60,
      accessTokenMaxTtlSeconds: 60,
    });
  });

  it("names the command where the identity is gone", async () => {
    const { id, outs } = await identities.madeIdentity();
    world.state.identities = world.state.identities.slice(0, 1);
    expect((await failureOf(resource().update(id, outs, inputs()))).message).toMatch(
      /run pulumi refresh, then run again$/,
    );
  });
});

describe("delete", () => {
  it("deletes the identity that it made, and its revoked tokens with it", async () => {
    const { id, outs } = await identities.madeIdentity();
    const minted = await identities.mintedToken(id);
    await identities.token().delete(minted.id, minted.outs);
    await resource().delete(id, outs);
    expect(identities.made()).toEqual([]);
    await resource().delete(id, outs);
  });

  it.each([
    ["of somebody else's", "by hand", 0],
    ["under our marker that somebody uses", tokenMarker(), 1],
  ])("keeps it for the sake of a live token %s", async (_case, name, uses) => {
    const { id, outs } = await identities.madeIdentity();
    createTokenAuthToken(world.state, identities.only(), name).token.numUses = uses;
    await resource().delete(id, outs);
    expect(identities.only().id).toBe(id);
  });

  it.each<[string, Partial<AccessToken>]>([
    ["revoked", { revoked: true }],
    ["expired", { createdAt: "2020-01-01T00:00:00Z" }],
  ])("does not keep it for tokens that are %s, whoever used them", async (_case, changes) => {
    const { id, outs } = await identities.madeIdentity();
    for (const name of ["by hand", tokenMarker()]) {
      Object.assign(createTokenAuthToken(world.state, identities.only(), name).token, {
        ...changes,
        numUses: 1,
      });
    }
    await resource().delete(id, outs);
    expect(identities.made()).toEqual([]);
  });

  it("does not keep it for a token of ours that nobody ever had", async () => {
    const { id, outs } = await identities.madeIdentity();
    createTokenAuthToken(world.state, identities.only(), tokenMarker());
    await resource().delete(id, outs);
    expect(identities.made()).toEqual([]);
  });

  it("goes through where the answer was lost", async () => {
    const { id, outs } = await identities.madeIdentity();
    inject(world.vendor, { kind: "drop-after", method: "DELETE" });
    await resource().delete(id, outs);
    expect(identities.made()).toEqual([]);
  });

  it("passes on what is no 404", async () => {
    const { id, outs } = await identities.madeIdentity();
    inject(world.vendor, { kind: "status", status: 403, method: "DELETE" });
    expect(await failureOf(resource().delete(id, outs))).toMatchObject({ status: 403 });
  });
});

describe("check", () => {
  const reasons = async (changes: Partial<InfisicalIdentityInputs>): Promise<string[]> =>
    ((await resource().check({}, inputs(changes))).failures ?? []).map(({ reason }) => reason);

  it("takes what is right, and unknown values of previews", async () => {
    expect(await resource().check({}, inputs())).toEqual({ inputs: inputs() });
    const unknown = unknownValue as never;
    for (const key of ["projectId", "environment", "folders", "ttlSeconds", "marker"] as const) {
      expect(await reasons({ [key]: unknown })).toEqual([]);
    }
    expect(await reasons({ folders: [unknown] })).toEqual([]);
  });

  it.each<[string, Partial<InfisicalIdentityInputs>, RegExp]>([
    ["no folders", { folders: [] }, /has to have folders/],
    ["a relative path", { folders: ["MooseQuest/stripe"] }, /^MooseQuest\/stripe is no path of a folder/],
    ["everything", { folders: ["/"] }, /is no path of a folder/],
    ["a star", { folders: ["/MooseQuest/**"] }, /without stars/],
    ["a slash at the end", { folders: ["/MooseQuest/"] }, /is no path of a folder/],
    ["a way up", { folders: ["/MooseQuest/../Raxx"] }, /is no path of a folder/],
    ["no environment", { environment: "" }, /has to have an environment/],
    ["a TTL of 0", { ttlSeconds: 0 }, /0 would never expire/],
    ["a TTL below 0", { ttlSeconds: -1 }, /and is -1/],
    ["half a second", { ttlSeconds: 0.5 }, /whole number/],
    ["a TTL above ten years", { ttlSeconds: 315_360_001 }, /ten years/],
    ["a marker with a generation", { marker: tokenMarker() }, /has to be raxx:<stack>:<TOKEN>/],
    ["a marker of a name only", { marker: "INF_APP_READER" }, /has to be raxx:<stack>:<TOKEN>/],
  ])("refuses %s", async (_case, changes, message) => {
    const found = await reasons(changes);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
    expect(world.vendor.log.read()).toEqual([]);
  });

  it("takes the longest TTL that the vault takes", async () => {
    const longest = inputs({ ttlSeconds: 315_360_000 });
    expect(await reasons(longest)).toEqual([]);
    await resource().create(longest);
    expect(identities.only().tokenAuth?.accessTokenTtlSeconds).toBe(315_360_000);
  });
});

describe("diff", () => {
  const diff = (news: InfisicalIdentityInputs): Promise<unknown> =>
    resource().diff("id", { ...inputs(), drift: [] }, news);

  it("sees nothing where nothing changed, nor in the order of folders", async () => {
    expect(await diff(inputs())).toEqual({ changes: false, replaces: [] });
    expect(await diff(inputs({ folders: [...inputs().folders].reverse() }))).toEqual({
      changes: false,
      replaces: [],
    });
  });

  it.each([
    [{ folders: ["/Raxx"] }],
    [{ folders: unknownValue as never }],
    [{ environment: "staging" }],
    [{ ttlSeconds: 60 }],
  ])("updates in place for %j", async (changes) => {
    expect(await diff(inputs(changes))).toEqual({ changes: true, replaces: [] });
  });

  it.each([["marker"], ["projectId"]])("replaces for another %s", async (key) => {
    expect(await diff(inputs({ [key]: "another" }))).toEqual({ changes: true, replaces: [key] });
  });
});
