import { randomUUID } from "node:crypto";

import {
  createFolder,
  createSecret,
  createTag,
  secretAt,
} from "../../../../sandbox/vendors/infisical/entities";
import { dig, list, randomValue, Vault, type Answer } from "./vault";

let vault: Vault;
beforeEach(async () => {
  vault = await Vault.start();
  createFolder(vault.state, { ...vault.place, path: "/app" });
});
afterEach(() => vault.stop());

const batch = (method: string, secrets: object[], more: object = {}): Promise<Answer> =>
  vault.call(method, "/api/v4/secrets/batch", { ...vault.place, secretPath: "/app", secrets, ...more });
const valueOf = (name: string, path = "/app"): string | undefined =>
  secretAt(vault.state, { ...vault.place, path, name })?.value;

describe("POST", () => {
  it("creates all and answers them", async () => {
    const tag = createTag(vault.state, { projectId: vault.project.id, slug: "a" });
    const value = randomValue();
    const answer = await batch("POST", [
      { secretKey: "A", secretValue: value, tagIds: [tag.id], secretMetadata: [{ key: "k", value: "v" }] },
      { secretKey: "A__EXPIRES_AT", secretValue: "2026-12-01", tagIds: [tag.id] },
    ]);
    expect(answer.status).toBe(200);
    expect(list(answer, "secrets").map((secret) => secret.secretKey)).toEqual(["A", "A__EXPIRES_AT"]);
    expect(valueOf("A")).toBe(value);
    expect(vault.state.secrets[0]).toMatchObject({ tagIds: [tag.id], metadata: [{ key: "k", value: "v" }] });
    expect(vault.running.log.read().at(-1)?.keys).toEqual(["A", "A__EXPIRES_AT"]);
    expect(JSON.stringify(vault.running.log.read())).not.toContain(value);
  });

  it("writes nothing where one name exists", async () => {
    createSecret(vault.state, { ...vault.place, path: "/app", name: "B", value: "before" });
    const answer = await batch("POST", [
      { secretKey: "A", secretValue: "v" },
      { secretKey: "B", secretValue: "v" },
    ]);
    expect(answer.status).toBe(400);
    expect(dig(answer, "message")).toBe("Secret already exist: B");
    expect(vault.state.secrets).toHaveLength(1);
    expect(valueOf("B")).toBe("before");
  });

  it("writes nothing where one tag is unknown, one name is bad, or one name comes twice", async () => {
    const good = { secretKey: "A", secretValue: "v" };
    const statuses = [
      await batch("POST", [good, { secretKey: "B", secretValue: "v", tagIds: [randomUUID()] }]),
      await batch("POST", [good, { secretKey: "B:C", secretValue: "v" }]),
      await batch("POST", [good, good]),
      await batch("POST", []),
      await batch("POST", [{ secretKey: "A" }]),
    ].map((answer) => answer.status);
    expect(statuses).toEqual([404, 422, 400, 422, 422]);
    expect(vault.state.secrets).toEqual([]);
  });

  it("answers 404 where the folder is missing", async () => {
    const answer = await batch("POST", [{ secretKey: "A", secretValue: "v" }], { secretPath: "/none" });
    expect(answer.status).toBe(404);
    expect(dig(answer, "error")).toBe("CreateManySecret");
  });
});

describe("PATCH", () => {
  beforeEach(() => {
    for (const name of ["A", "B"]) {
      createSecret(vault.state, { ...vault.place, path: "/app", name, value: `old ${name}` });
    }
  });

  it("updates all and answers each value as stored", async () => {
    const value = randomValue();
    const answer = await batch("PATCH", [
      { secretKey: "A", secretValue: value },
      { secretKey: "B", secretComment: "only a comment" },
    ]);
    expect(answer.status).toBe(200);
    expect(list(answer, "secrets")).toMatchObject([
      { secretKey: "A", version: 2, secretValue: value },
      { secretKey: "B", version: 2, secretValue: "old B", secretComment: "only a comment" },
    ]);
    expect(valueOf("A")).toBe(value);
  });

  it("writes nothing where one name is missing", async () => {
    const answer = await batch("PATCH", [
      { secretKey: "A", secretValue: "new" },
      { secretKey: "NONE", secretValue: "new" },
    ]);
    expect(answer.status).toBe(404);
    expect(dig(answer, "message")).toBe("Secret does not exist: NONE in path /app");
    expect(valueOf("A")).toBe("old A");
    expect(vault.state.secrets.map((secret) => secret.version)).toEqual([1, 1]);
  });

  it("creates or passes over what is missing in the other modes", async () => {
    const secrets = [
      { secretKey: "A", secretValue: "new" },
      { secretKey: "C", secretValue: "new" },
    ];
    expect((await batch("PATCH", secrets, { mode: "ignore" })).status).toBe(200);
    expect(valueOf("C")).toBeUndefined();
    expect((await batch("PATCH", secrets, { mode: "upsert" })).status).toBe(200);
    expect(valueOf("C")).toBe("new");
    expect((await batch("PATCH", secrets, { mode: "overwrite" })).status).toBe(422);
  });

  it("reaches other folders of the environment, and none of them where one fails", async () => {
    createSecret(vault.state, { ...vault.place, name: "ROOT", value: "old" });
    const root = { secretKey: "ROOT", secretPath: "/", secretValue: "new" };
    const failed = await batch("PATCH", [root, { secretKey: "NONE", secretValue: "v" }]);
    expect(failed.status).toBe(404);
    expect(valueOf("ROOT", "/")).toBe("old");
    expect((await batch("PATCH", [root, { secretKey: "A", secretValue: "new" }])).status).toBe(200);
    expect([valueOf("ROOT", "/"), valueOf("A")]).toEqual(["new", "new"]);
  });

  it("treats tags and metadata as a single PATCH does", async () => {
    const tag = createTag(vault.state, { projectId: vault.project.id, slug: "a" });
    await batch("PATCH", [{ secretKey: "A", tagIds: [tag.id], secretMetadata: [{ key: "k", value: "v" }] }]);
    await batch("PATCH", [{ secretKey: "A", secretValue: "new" }]);
    expect(vault.state.secrets[0]).toMatchObject({ tagIds: [tag.id], metadata: [], version: 3 });
  });
});

describe("DELETE", () => {
  beforeEach(() => {
    for (const name of ["A", "B"]) {
      createSecret(vault.state, { ...vault.place, path: "/app", name, value: "v" });
    }
  });

  it("deletes all", async () => {
    const answer = await batch("DELETE", [{ secretKey: "A" }, { secretKey: "B" }]);
    expect(list(answer, "secrets")).toHaveLength(2);
    expect(vault.state.secrets).toEqual([]);
  });

  it("deletes nothing where one is missing, and then names those that exist", async () => {
    const answer = await batch("DELETE", [{ secretKey: "A" }, { secretKey: "NONE" }]);
    expect(answer.status).toBe(404);
    expect(dig(answer, "message")).toBe("One or more secrets does not exist: A");
    expect(vault.state.secrets).toHaveLength(2);
  });
});
