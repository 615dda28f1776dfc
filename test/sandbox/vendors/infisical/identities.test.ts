import { createIdentity, createUniversalAuthIdentity } from "../../../../sandbox/vendors/infisical/entities";
import { dig, list, string, Vault, type Answer } from "./vault";

const path = "/api/v1/identities";
const orgId = (): string => vault.state.orgId;

let vault: Vault;
beforeEach(async () => {
  vault = await Vault.start();
});
afterEach(() => vault.stop());

const create = (body: object, token?: string): Promise<Answer> =>
  vault.call("POST", path, { organizationId: orgId(), ...body }, token === undefined ? {} : { token });
const statusOf = async (call: Promise<Answer>): Promise<number> => (await call).status;

describe("an identity", () => {
  it("is made without access and without a way to log in, and keeps its metadata", async () => {
    const answer = await create({ name: " reader ", metadata: [{ key: "raxx", value: "raxx:prod:X" }] });
    expect(answer.status).toBe(200);
    const id = string(answer, "identity", "id");
    expect(answer.body).toMatchObject({ identity: { name: "reader", orgId: orgId(), authMethods: [] } });
    const read = await vault.call("GET", `${path}/${id}`);
    expect(read.body).toMatchObject({
      identity: {
        role: "no-access",
        orgId: orgId(),
        identityId: id,
        metadata: [{ key: "raxx", value: "raxx:prod:X" }],
        identity: { id, name: "reader", authMethods: [] },
      },
    });
    // The outer id is that of the membership.
    expect(dig(read, "identity", "id")).not.toBe(id);
  });

  it("shares its name with others", async () => {
    const ids = [await create({ name: "twin" }), await create({ name: "twin" })].map((answer) =>
      string(answer, "identity", "id"),
    );
    expect(new Set(ids).size).toBe(2);
  });

  it("is listed by organization, without its metadata", async () => {
    await create({ name: "reader", metadata: [{ key: "a", value: "b" }] });
    const answer = await vault.call("GET", `${path}?orgId=${orgId()}`);
    expect(dig(answer, "totalCount")).toBe(2);
    const [admin, reader] = list(answer, "identities");
    expect(admin).toMatchObject({ role: "admin", identity: { authMethods: ["universal-auth"] } });
    expect(reader).toMatchObject({ role: "no-access", identity: { name: "reader" } });
    expect(reader).not.toHaveProperty("metadata");
  });

  it("is searched by name and role, page by page", async () => {
    for (const name of ["reader-b", "reader-a", "writer"]) await create({ name });
    const search = (body: object): Promise<Answer> => vault.call("POST", `${path}/search`, body);
    const names = (answer: Answer): unknown[] =>
      list(answer, "identities").map(({ identity }) => (identity as { name: string }).name);
    expect(names(await search({ search: { name: { $contains: "READER" } } }))).toEqual([
      "reader-a",
      "reader-b",
    ]);
    expect(names(await search({ search: { name: "writer" } }))).toEqual(["writer"]);
    expect(names(await search({ search: { name: { $in: ["writer", "reader-a"] } } }))).toHaveLength(2);
    const second = await search({ search: { role: { $eq: "no-access" } }, limit: 1, offset: 1 });
    expect(names(second)).toEqual(["reader-b"]);
    expect(dig(second, "totalCount")).toBe(3);
  });

  it("can't be searched by a name with a colon", async () => {
    const answer = await vault.call("POST", `${path}/search`, { search: { name: { $eq: "raxx:prod" } } });
    expect(answer.status).toBe(422);
  });

  it("is renamed, and its metadata are replaced", async () => {
    const { id } = createIdentity(vault.state, { name: "old", metadata: [{ key: "a", value: "b" }] });
    const metadata = [{ key: "c", value: "d" }];
    await vault.call("PATCH", `${path}/${id}`, { name: "new", metadata });
    const read = await vault.call("GET", `${path}/${id}`);
    expect(read.body).toMatchObject({ identity: { metadata, identity: { name: "new" } } });
    expect(dig(read, "identity", "metadata", 1)).toBeUndefined();
  });

  it("goes with its memberships and its sessions", async () => {
    const memberships = [{ projectId: vault.project.id, role: "viewer" as const }];
    const made = createUniversalAuthIdentity(vault.state, { name: "gone", memberships });
    const token = await vault.login(made);
    expect(await statusOf(vault.call("DELETE", `${path}/${made.identityId}`))).toBe(200);
    expect(await statusOf(vault.call("DELETE", `${path}/${made.identityId}`))).toBe(404);
    expect(await statusOf(vault.call("GET", `${path}/${made.identityId}`))).toBe(404);
    const list = `/api/v4/secrets?${vault.query()}`;
    expect(await statusOf(vault.call("GET", list, undefined, { token }))).toBe(401);
    const left = [...vault.state.memberships, ...vault.state.accessTokens];
    expect(left.some(({ identityId }) => identityId === made.identityId)).toBe(false);
  });
});

describe("bad input", () => {
  it.each([
    ["no name", { name: undefined }],
    ["a role that is none", { name: "a", role: "owner" }],
    ["empty metadata", { name: "a", metadata: [{ key: "", value: "b" }] }],
    ["a field that there is not", { name: "a", accessTokenTTL: 60 }],
  ])("refuses %s with 422, and makes nothing", async (_case, body) => {
    const answer = await create(body);
    expect(answer.status).toBe(422);
    expect(Array.isArray(dig(answer, "message"))).toBe(true);
    expect(vault.state.identities).toHaveLength(1);
  });

  it("refuses another organization with 403", async () => {
    expect(await statusOf(create({ name: "a", organizationId: "another" }))).toBe(403);
    expect(await statusOf(vault.call("GET", `${path}?orgId=another`))).toBe(403);
  });
});

it("the licence may limit their number", async () => {
  vault.state.identityLimit = 2;
  expect(await statusOf(create({ name: "a" }))).toBe(200);
  const answer = await create({ name: "b" });
  expect(answer.status).toBe(400);
  expect(dig(answer, "message")).toMatch(/^Failed to create identity due to identity limit reached/);
  expect(vault.state.identities).toHaveLength(2);
});

describe("who may", () => {
  it("is nobody without a role in the organization", async () => {
    const token = await vault.managerToken("no-access", "admin");
    const { id } = createIdentity(vault.state, { name: "target" });
    const answers = [
      await create({ name: "a" }, token),
      await vault.call("GET", `${path}?orgId=${orgId()}`, undefined, { token }),
      await vault.call("GET", `${path}/${id}`, undefined, { token }),
      await vault.call("POST", `${path}/search`, { search: {} }, { token }),
      await vault.call("PATCH", `${path}/${id}`, { name: "b" }, { token }),
      await vault.call("DELETE", `${path}/${id}`, undefined, { token }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403]);
    expect(answers[0]?.body).toMatchObject({
      error: "PermissionDenied",
      message: "You are not allowed to create on identity",
    });
  });

  it("as a member makes identities without access, and raises none", async () => {
    const token = await vault.managerToken("member");
    const made = await create({ name: "a" }, token);
    expect(made.status).toBe(200);
    const id = string(made, "identity", "id");
    const refused = await vault.call("PATCH", `${path}/${id}`, { role: "admin" }, { token });
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({
      error: "PermissionBoundaryError",
      details: { missingPermissions: [{ action: "grant-privileges", subject: "identity" }] },
    });
    expect(await statusOf(create({ name: "a", role: "member" }, token))).toBe(403);
  });

  it("as a member of an older organization grants what it has itself, and no more", async () => {
    vault.state.variants.privileges = "compared";
    const token = await vault.managerToken("member");
    expect(await statusOf(create({ name: "a", role: "member" }, token))).toBe(200);
    const refused = await create({ name: "a", role: "admin" }, token);
    expect(refused.status).toBe(403);
    expect(dig(refused, "message")).toMatch(/Actor privilege level is not high enough/);
  });

  it("is asked for a bearer first", async () => {
    expect(await statusOf(vault.call("GET", `${path}?orgId=${orgId()}`, undefined, { token: null }))).toBe(
      401,
    );
  });
});
