import { randomUUID } from "node:crypto";

import {
  createFolder,
  createTag,
  secretAt,
  type Secret,
} from "../../../../sandbox/vendors/infisical/entities";
import { dig, list, randomValue, Vault, type Answer } from "./vault";

let vault: Vault;
beforeEach(async () => {
  vault = await Vault.start();
  createFolder(vault.state, { ...vault.place, path: "/app" });
});
afterEach(() => vault.stop());

const body = (more: object): object => ({ ...vault.place, secretPath: "/app", ...more });
const post = (name: string, more: object): Promise<Answer> =>
  vault.call("POST", `/api/v4/secrets/${encodeURIComponent(name)}`, body(more));
const patch = (name: string, more: object): Promise<Answer> =>
  vault.call("PATCH", `/api/v4/secrets/${encodeURIComponent(name)}`, body(more));
const get = (name: string, more: Record<string, string> = {}): Promise<Answer> =>
  vault.call(
    "GET",
    `/api/v4/secrets/${encodeURIComponent(name)}?${vault.query({ secretPath: "/app", ...more })}`,
  );
const stored = (name: string): Secret | undefined =>
  secretAt(vault.state, { ...vault.place, path: "/app", name });

describe("creation", () => {
  it("stores value, comment, metadata and tags as version 1", async () => {
    const tag = createTag(vault.state, { projectId: vault.project.id, slug: "owner-ops", color: "#1" });
    const secretValue = randomValue();
    const secretMetadata = [{ key: "function", value: "dns-edit" }];
    const answer = await post("KEY", {
      secretValue,
      secretComment: "why",
      secretMetadata,
      tagIds: [tag.id],
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      secret: {
        secretKey: "KEY",
        secretValue,
        secretComment: "why",
        version: 1,
        type: "shared",
        workspace: vault.project.id,
        environment: "prod",
      },
    });
    expect(stored("KEY")).toMatchObject({
      value: secretValue,
      metadata: [{ key: "function", value: "dns-edit", isEncrypted: false }],
      tagIds: [tag.id],
      actorId: vault.admin.identityId,
    });
  });

  it("answers neither tags nor metadata: only reads do", async () => {
    const secretMetadata = [{ key: "a", value: "b" }];
    const answer = await post("KEY", { secretValue: "v", secretMetadata });
    expect(Object.keys(dig(answer, "secret") as object)).toEqual(
      expect.not.arrayContaining(["tags", "secretMetadata", "secretPath"]),
    );
    expect((await get("KEY")).body).toMatchObject({
      secret: { secretMetadata, tags: [], secretPath: "/app" },
    });
  });

  it.each([
    ["  padded \n\t", "padded"],
    ["line\n", "line\n"],
    [" two lines\n\n", "two lines\n"],
    ["inner\nline", "inner\nline"],
    ["   ", ""],
  ])("trims the value %j to %j", async (secretValue, expected) => {
    await post("KEY", { secretValue });
    expect(stored("KEY")?.value).toBe(expected);
  });

  it("trims the name", async () => {
    await post("  KEY ", { secretValue: "v" });
    expect(stored("KEY")).toBeDefined();
  });

  it.each(["a:b", "a/b", " "])("refuses the name %p", async (name) => {
    const answer = await post(name, { secretValue: "v" });
    expect(answer.status).toBe(422);
    expect(dig(answer, "message", 0, "path")).toEqual(["secretName"]);
    expect(vault.state.secrets).toEqual([]);
  });

  it("refuses a name that exists and leaves the value", async () => {
    const secretValue = randomValue();
    await post("KEY", { secretValue });
    const answer = await post("KEY", { secretValue: "other" });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ error: "BadRequest", message: "Secret already exist" });
    expect(stored("KEY")).toMatchObject({ value: secretValue, version: 1 });
  });

  it("answers 404 where the folder is missing and makes none", async () => {
    const folders = vault.state.folders.length;
    const answer = await post("KEY", { secretValue: "v", secretPath: "/none" });
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({
      error: "CreateSecret",
      message: "Folder with path '/none' in environment with slug 'prod' not found",
    });
    expect((await post("KEY", { secretValue: "v", environment: "none" })).status).toBe(404);
    expect(vault.state.folders).toHaveLength(folders);
  });

  it("names each missing field in a 422", async () => {
    const answer = await vault.call("POST", "/api/v4/secrets/KEY", {});
    expect(answer.status).toBe(422);
    const issues = list(answer, "message");
    expect(issues.map((issue) => issue.path)).toEqual([["projectId"], ["environment"], ["secretValue"]]);
  });

  it("ignores fields it does not know", async () => {
    expect((await post("KEY", { secretValue: "v", version: 9, id: "mine", workspaceId: "x" })).status).toBe(
      200,
    );
    expect(stored("KEY")).toMatchObject({ version: 1 });
  });

  it("answers 404 for a tag that does not exist, or that another project has, and writes nothing", async () => {
    const foreign = createTag(vault.state, { projectId: "another", slug: "a" });
    const own = createTag(vault.state, { projectId: vault.project.id, slug: "b" });
    for (const tagIds of [[randomUUID()], [foreign.id], [own.id, randomUUID()], [own.id, own.id]]) {
      const answer = await post("KEY", { secretValue: "v", tagIds });
      expect(answer.status).toBe(404);
      expect(dig(answer, "message")).toMatch(/^Tag not found\. Found/);
    }
    expect(vault.state.secrets).toEqual([]);
  });

  it("has no personal secrets for a machine identity", async () => {
    expect((await post("KEY", { secretValue: "v", type: "personal" })).status).toBe(400);
  });

  it("refuses lower case where the project enforces capitals", async () => {
    vault.project.enforceCapitalization = true;
    expect((await post("key", { secretValue: "v" })).status).toBe(400);
    expect((await post("KEY", { secretValue: "v" })).status).toBe(200);
  });

  it("logs the name of the secret, never its value", async () => {
    const secretValue = randomValue();
    await post("KEY", { secretValue });
    expect(vault.running.log.read().at(-1)).toMatchObject({ status: 200, keys: ["KEY"] });
    expect(JSON.stringify(vault.running.log.read())).not.toContain(secretValue);
  });
});

describe("update", () => {
  it("adds a version and leaves the old one readable", async () => {
    const values = [randomValue(), randomValue(), randomValue()];
    await post("KEY", { secretValue: values[0] });
    await patch("KEY", { secretValue: values[1] });
    await patch("KEY", { secretValue: values[2] });
    expect(stored("KEY")).toMatchObject({ version: 3, value: values[2] });
    for (const [index, value] of values.entries()) {
      const answer = await get("KEY", { version: String(index + 1) });
      expect(answer.body).toMatchObject({ secret: { version: index + 1, secretValue: value } });
      expect(dig(answer, "secret", "tags")).toBeUndefined();
    }
    expect((await get("KEY", { version: "4" })).status).toBe(404);
  });

  it("keeps what is not sent, and answers an empty value then", async () => {
    const secretValue = randomValue();
    await post("KEY", { secretValue, secretComment: "before" });
    const answer = await patch("KEY", { secretComment: "after" });
    expect(answer.body).toMatchObject({
      secret: { version: 2, secretValue: "", secretComment: "after", secretValueHidden: false },
    });
    expect(stored("KEY")).toMatchObject({ value: secretValue, comment: "after" });
  });

  it("clears metadata that is not sent again, or keeps it in the variant of the newest source", async () => {
    const secretMetadata = [{ key: "a", value: "b" }];
    await post("KEY", { secretValue: "v", secretMetadata });
    await patch("KEY", { secretMetadata });
    expect(stored("KEY")?.metadata).toMatchObject(secretMetadata);
    await patch("KEY", { secretValue: "w" });
    expect(stored("KEY")?.metadata).toEqual([]);

    vault.state.variants.patchWithoutMetadata = "keeps";
    await patch("KEY", { secretMetadata });
    await patch("KEY", { secretValue: "x" });
    expect(stored("KEY")?.metadata).toMatchObject(secretMetadata);
  });

  it("replaces the tags when they are sent and keeps them when they are not", async () => {
    const [a, b] = ["a", "b"].map((slug) => createTag(vault.state, { projectId: vault.project.id, slug }).id);
    await post("KEY", { secretValue: "v", tagIds: [a] });
    await patch("KEY", { secretValue: "w" });
    expect(stored("KEY")?.tagIds).toEqual([a]);
    await patch("KEY", { tagIds: [b] });
    expect(stored("KEY")?.tagIds).toEqual([b]);
    expect((await patch("KEY", { tagIds: [randomUUID()] })).status).toBe(404);
    await patch("KEY", { tagIds: [] });
    expect(stored("KEY")?.tagIds).toEqual([]);
  });

  it("renames, unless the name is taken or not one", async () => {
    await post("OLD", { secretValue: "v" });
    await post("TAKEN", { secretValue: "v" });
    expect((await patch("OLD", { newSecretName: "TAKEN" })).status).toBe(400);
    expect((await patch("OLD", { newSecretName: "a:b" })).status).toBe(422);
    expect((await patch("OLD", { newSecretName: "NEW" })).status).toBe(200);
    expect(stored("OLD")).toBeUndefined();
    expect(stored("NEW")?.version).toBe(2);
    expect((await get("OLD", { version: "1" })).status).toBe(200);
    expect((await get("NEW", { version: "1" })).status).toBe(404);
  });

  it("answers 404 for a secret or a folder that is missing", async () => {
    const missing = await patch("NONE", { secretValue: "v" });
    expect(missing.status).toBe(404);
    expect(dig(missing, "message")).toBe("Secret with name NONE not found");
    expect(dig(await patch("NONE", { secretValue: "v", secretPath: "/none" }), "error")).toBe("UpdateSecret");
  });
});

describe("deletion", () => {
  it("takes a JSON body and answers what it deleted", async () => {
    const secretValue = randomValue();
    await post("KEY", { secretValue });
    const answer = await vault.call("DELETE", "/api/v4/secrets/KEY", body({}));
    expect(answer.body).toMatchObject({
      secret: { secretKey: "KEY", secretValue, secretValueHidden: false },
    });
    expect(vault.state.secrets).toEqual([]);
  });

  it("answers 404 the second time and 422 without a body", async () => {
    await post("KEY", { secretValue: "v" });
    expect((await vault.call("DELETE", "/api/v4/secrets/KEY")).status).toBe(422);
    await vault.call("DELETE", "/api/v4/secrets/KEY", body({}));
    const again = await vault.call("DELETE", "/api/v4/secrets/KEY", body({}));
    expect(again.status).toBe(404);
    expect(dig(again, "message")).toBe("Secret not found");
  });
});
