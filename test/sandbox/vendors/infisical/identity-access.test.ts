import {
  addMembership,
  attachTokenAuth,
  createFolder,
  createIdentity,
  createSecret,
  createTokenAuthToken,
  type Identity,
} from "../../../../sandbox/vendors/infisical/entities";
import { dig, list, randomValue, string, Vault, type Answer } from "./vault";

const privileges = "/api/v2/identity-project-additional-privilege";
const readOnly = (conditions: object): object => ({
  subject: "secrets",
  action: ["describeSecret", "readValue"],
  conditions,
});

let vault: Vault;
let reader: Identity;
let bearer: string;
beforeEach(async () => {
  vault = await Vault.start();
  for (const path of ["/open", "/open/deep", "/closed"]) {
    createFolder(vault.state, { ...vault.place, path });
    createSecret(vault.state, { ...vault.place, path, name: "KEY", value: randomValue() });
  }
  reader = createIdentity(vault.state, { name: "reader" });
  attachTokenAuth(reader);
  bearer = createTokenAuthToken(vault.state, reader, "t").bearer;
});
afterEach(() => vault.stop());

const memberships = (): string => `/api/v1/projects/${vault.project.id}/memberships/identities`;
const older = (): string => `/api/v2/workspace/${vault.project.id}/identity-memberships`;
const join = (body: object, token?: string): Promise<Answer> =>
  vault.call("POST", `${memberships()}/${reader.id}`, body, token === undefined ? {} : { token });
const statusOf = async (call: Promise<Answer>): Promise<number> => (await call).status;

async function grant(conditions: object, more: object = {}): Promise<Answer> {
  return vault.call("POST", privileges, {
    identityId: reader.id,
    projectId: vault.project.id,
    slug: "raxx-read",
    permissions: [readOnly(conditions)],
    type: { isTemporary: false },
    ...more,
  });
}

const read = (secretPath: string, environment = "prod"): Promise<number> =>
  statusOf(
    vault.call("GET", `/api/v4/secrets/KEY?${vault.query({ environment, secretPath })}`, undefined, {
      token: bearer,
    }),
  );

describe("a membership", () => {
  it.each([["today's"], ["the older"]])(
    "is made, read, changed and deleted under %s address",
    async (which) => {
      const path = `${which === "the older" ? older() : memberships()}/${reader.id}`;
      expect(await statusOf(vault.call("GET", path))).toBe(404);
      const roles = [{ role: "no-access" }];
      expect((await vault.call("POST", path, { roles })).body).toMatchObject({
        identityMembership: { identityId: reader.id },
      });
      expect((await vault.call("GET", path)).body).toMatchObject({
        identityMembership: {
          identityId: reader.id,
          roles: [{ role: "no-access", isTemporary: false }],
          identity: { id: reader.id, name: "reader" },
          project: { id: vault.project.id },
        },
      });
      const changed = await vault.call("PATCH", path, { roles: [{ role: "viewer" }] });
      expect(changed.body).toMatchObject({ roles: [{ role: "viewer" }] });
      expect(await read("/open")).toBe(200);
      expect(await statusOf(vault.call("DELETE", path))).toBe(200);
      expect(await read("/open")).toBe(403);
      expect(await statusOf(vault.call("DELETE", path))).toBe(400);
    },
  );

  it("is without access where no role is named, and lists with the others", async () => {
    await join({});
    const answer = await vault.call("GET", memberships());
    expect(dig(answer, "totalCount")).toBe(2);
    expect(list(answer, "identityMemberships")[1]).toMatchObject({ roles: [{ role: "no-access" }] });
  });

  it("is made once, of identities and roles that there are", async () => {
    await join({});
    expect(await statusOf(join({}))).toBe(400);
    expect(await statusOf(vault.call("POST", `${memberships()}/nobody`, {}))).toBe(400);
    expect(
      await statusOf(vault.call("PATCH", `${memberships()}/${reader.id}`, { roles: [{ role: "own" }] })),
    ).toBe(404);
  });

  it("is not for viewers to make, nor for members to raise", async () => {
    const viewer = await vault.managerToken("admin", "viewer");
    expect(dig(await join({}, viewer), "error")).toBe("PermissionDenied");
    const member = await vault.managerToken("admin", "member");
    expect(dig(await join({ role: "viewer" }, member), "error")).toBe("PermissionBoundaryError");
    expect(await statusOf(join({}, member))).toBe(200);
  });

  it("is not its own identity's to delete", async () => {
    expect(await statusOf(vault.call("DELETE", `${memberships()}/${vault.admin.identityId}`))).toBe(400);
    expect(vault.state.memberships).toHaveLength(1);
  });

  it("takes its privileges along when it goes", async () => {
    await join({});
    await grant({});
    await vault.call("DELETE", `${memberships()}/${reader.id}`);
    await join({});
    expect(await read("/open")).toBe(403);
  });
});

describe("an additional privilege", () => {
  beforeEach(() => {
    addMembership(vault.state, reader.id, { projectId: vault.project.id, role: "no-access" });
  });

  it("reads the named paths of the named environment and nothing else", async () => {
    createFolder(vault.state, { projectId: vault.project.id, environment: "staging", path: "/open" });
    createSecret(vault.state, {
      projectId: vault.project.id,
      environment: "staging",
      path: "/open",
      name: "KEY",
      value: randomValue(),
    });
    expect(await read("/open")).toBe(403);
    expect(await statusOf(grant({ environment: { $eq: "prod" }, secretPath: { $in: ["/open"] } }))).toBe(200);
    expect(await read("/open")).toBe(200);
    expect(await read("/open/deep")).toBe(403);
    expect(await read("/closed")).toBe(403);
    expect(await read("/open", "staging")).toBe(403);
    const body = { ...vault.place, secretPath: "/open", secretValue: "x" };
    expect(await statusOf(vault.call("PATCH", "/api/v4/secrets/KEY", body, { token: bearer }))).toBe(403);
    expect(await statusOf(vault.call("DELETE", "/api/v4/secrets/KEY", body, { token: bearer }))).toBe(403);
  });

  it("lists what it may describe, and hides values that it may not read", async () => {
    await grant({}, { permissions: [{ subject: "secrets", action: "describeSecret" }] });
    const path = `/api/v4/secrets?${vault.query({ secretPath: "/open", viewSecretValue: "false" })}`;
    const answer = await vault.call("GET", path, undefined, { token: bearer });
    expect(list(answer, "secrets")).toMatchObject([{ secretKey: "KEY", secretValueHidden: true }]);
    expect(await read("/open")).toBe(403);
  });

  it.each([
    ["a text", "/open", [200, 403, 403]],
    ["everything below", { $glob: "/open/**" }, [200, 200, 403]],
    ["all others", { $ne: "/open" }, [403, 200, 200]],
    ["one of several", { $in: ["/closed", "/open/deep"] }, [403, 200, 200]],
  ])("takes %s for a path", async (_case, secretPath, expected) => {
    await grant({ secretPath });
    expect([await read("/open"), await read("/open/deep"), await read("/closed")]).toEqual(expected);
  });

  it("is listed without its permissions, and read with them", async () => {
    const conditions = { secretPath: { $in: ["/open"] } };
    const id = string(await grant(conditions), "privilege", "id");
    const query = `identityId=${reader.id}&projectId=${vault.project.id}`;
    const [listed] = list(await vault.call("GET", `${privileges}?${query}`), "privileges");
    expect(listed).toMatchObject({ id, slug: "raxx-read", identityId: reader.id });
    expect(listed).not.toHaveProperty("permissions");
    expect((await vault.call("GET", `${privileges}/${id}`)).body).toMatchObject({
      privilege: { id, slug: "raxx-read", permissions: [readOnly(conditions)] },
    });
  });

  it("is changed and deleted, with effect at once", async () => {
    const id = string(await grant({ secretPath: "/open" }), "privilege", "id");
    await vault.call("PATCH", `${privileges}/${id}`, {
      slug: "raxx-read",
      permissions: [readOnly({ secretPath: "/closed" })],
      type: { isTemporary: false },
    });
    expect([await read("/open"), await read("/closed")]).toEqual([403, 200]);
    expect(await statusOf(vault.call("DELETE", `${privileges}/${id}`))).toBe(200);
    expect(await read("/closed")).toBe(403);
    expect(await statusOf(vault.call("DELETE", `${privileges}/${id}`))).toBe(404);
    expect(await statusOf(vault.call("GET", `${privileges}/${id}`))).toBe(404);
  });

  it("has a name of its own, a membership under it, and only what is emulated in it", async () => {
    await grant({});
    expect(await statusOf(grant({}))).toBe(400);
    const stranger = createIdentity(vault.state, { name: "stranger" });
    expect(await statusOf(grant({}, { identityId: stranger.id }))).toBe(400);
    for (const bad of [
      { slug: "Has:Colon" },
      { type: { isTemporary: true } },
      { permissions: [{ subject: "tags", action: ["read"] }] },
      { permissions: [{ subject: "secrets", action: ["own"] }] },
      { permissions: [readOnly({ path: "/open" })] },
      { ttl: 60 },
    ]) {
      expect(await statusOf(grant({}, { slug: "other", ...bad }))).toBe(422);
    }
  });

  it("is an admin's to assign", async () => {
    const token = await vault.managerToken("admin", "member");
    const body = {
      identityId: reader.id,
      projectId: vault.project.id,
      permissions: [],
      type: { isTemporary: false },
    };
    const answer = await vault.call("POST", privileges, body, { token });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      error: "PermissionBoundaryError",
      details: { missingPermissions: [{ action: "assign-additional-privileges", subject: "identity" }] },
    });
  });
});
