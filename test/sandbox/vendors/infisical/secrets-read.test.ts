import { randomUUID } from "node:crypto";

import { createFolder, createSecret, createTag } from "../../../../sandbox/vendors/infisical/entities";
import { dig, list, randomValue, string, Vault, type Answer } from "./vault";

let vault: Vault;
beforeEach(async () => {
  vault = await Vault.start();
  createFolder(vault.state, { ...vault.place, path: "/app" });
});
afterEach(() => vault.stop());

const body = (more: object): object => ({ ...vault.place, secretPath: "/app", ...more });
const post = (name: string, more: object): Promise<Answer> =>
  vault.call("POST", `/api/v4/secrets/${encodeURIComponent(name)}`, body(more));
const get = (name: string, more: Record<string, string> = {}): Promise<Answer> =>
  vault.call(
    "GET",
    `/api/v4/secrets/${encodeURIComponent(name)}?${vault.query({ secretPath: "/app", ...more })}`,
  );

describe("reads", () => {
  it("answers 404 for what is missing, 400 without an environment and 422 without a project", async () => {
    expect((await get("NONE")).status).toBe(404);
    expect((await get("NONE", { secretPath: "/none" })).status).toBe(404);
    expect((await vault.call("GET", `/api/v4/secrets/K?projectId=${vault.project.id}`)).status).toBe(400);
    expect((await vault.call("GET", "/api/v4/secrets/K?environment=prod")).status).toBe(422);
  });

  it("hides the value on request", async () => {
    const secretValue = randomValue();
    await post("KEY", { secretValue });
    const answer = await get("KEY", { viewSecretValue: "false" });
    expect(answer.body).toMatchObject({
      secret: { secretValue: "<hidden-by-infisical>", secretValueHidden: true },
    });
    expect(answer.text).not.toContain(secretValue);
  });

  it("finds a secret by its id", async () => {
    const id = string(await post("KEY", { secretValue: "v" }), "secret", "id");
    expect((await vault.call("GET", `/api/v4/secrets/id/${id}`)).body).toMatchObject({
      secret: { id, secretPath: "/app" },
    });
    expect((await vault.call("GET", `/api/v4/secrets/id/${randomUUID()}`)).status).toBe(404);
  });

  it("finds other people's secrets with tags, comments and versions", async () => {
    createTag(vault.state, { projectId: vault.project.id, slug: "theirs", color: "#abc" });
    const values = [randomValue(), randomValue()];
    createSecret(vault.state, {
      ...vault.place,
      path: "/app",
      name: "THEIRS",
      value: values[1] ?? "",
      previousValues: [values[0] ?? ""],
      comment: "hands off",
      tagSlugs: ["theirs"],
    });
    expect((await get("THEIRS")).body).toMatchObject({
      secret: {
        version: 2,
        secretValue: values[1],
        secretComment: "hands off",
        tags: [{ slug: "theirs", name: "theirs", color: "#abc" }],
      },
    });
    expect((await get("THEIRS", { version: "1" })).body).toMatchObject({
      secret: { secretValue: values[0] },
    });
  });
});

describe("lists", () => {
  const names = async (more: Record<string, string>): Promise<unknown[]> =>
    list(await vault.call("GET", `/api/v4/secrets?${vault.query(more)}`), "secrets").map(
      (secret) => secret.secretKey,
    );

  beforeEach(() => {
    createTag(vault.state, { projectId: vault.project.id, slug: "a" });
    createTag(vault.state, { projectId: vault.project.id, slug: "b" });
    createFolder(vault.state, { ...vault.place, path: "/app/deep" });
    const one = { ...vault.place, path: "/app" };
    createSecret(vault.state, { ...one, name: "B", value: "1", tagSlugs: ["b"] });
    createSecret(vault.state, {
      ...one,
      name: "A",
      value: "2",
      tagSlugs: ["a"],
      metadata: [{ key: "k", value: "v" }],
    });
    createSecret(vault.state, { ...one, path: "/app/deep", name: "DEEP", value: "3" });
    createSecret(vault.state, { ...one, path: "/", name: "ROOT", value: "4" });
  });

  it("hold one folder, or with recursive everything below", async () => {
    expect(await names({})).toEqual(["ROOT"]);
    expect(await names({ secretPath: "/app" })).toEqual(["A", "B"]);
    expect(await names({ secretPath: "/app/" })).toEqual(["A", "B"]);
    expect(await names({ secretPath: "/app", recursive: "true" })).toEqual(["A", "B", "DEEP"]);
  });

  it("filter by any of the tags, which are not validated", async () => {
    expect(await names({ secretPath: "/app", tagSlugs: "a" })).toEqual(["A"]);
    expect(await names({ secretPath: "/app", tagSlugs: "a, b" })).toEqual(["A", "B"]);
    expect(await names({ secretPath: "/app", tagSlugs: "function:dns-edit" })).toEqual([]);
  });

  it("filter by all of the metadata", async () => {
    expect(await names({ secretPath: "/app", metadataFilter: "key=k,value=v" })).toEqual(["A"]);
    expect(await names({ secretPath: "/app", metadataFilter: "key=k,value=v|key=k,value=w" })).toEqual([]);
    expect(await names({ secretPath: "/app", metadataFilter: "key=k" })).toEqual(["A", "B"]);
  });

  it("hide all values on request", async () => {
    const query = vault.query({ secretPath: "/app", viewSecretValue: "false" });
    const secrets = list(await vault.call("GET", `/api/v4/secrets?${query}`), "secrets");
    expect(secrets.map((secret) => secret.secretValue)).toEqual([
      "<hidden-by-infisical>",
      "<hidden-by-infisical>",
    ]);
  });

  it("take flags as the words true and false only", async () => {
    expect((await vault.call("GET", `/api/v4/secrets?${vault.query({ recursive: "1" })}`)).status).toBe(422);
    expect(
      (await vault.call("GET", `/api/v4/secrets?${vault.query({ include_imports: "true" })}`)).body,
    ).toMatchObject({
      imports: [],
    });
  });

  it("answer 404 for a missing folder and 400 without project or environment", async () => {
    const missing = await vault.call("GET", `/api/v4/secrets?${vault.query({ secretPath: "/none" })}`);
    expect(missing.status).toBe(404);
    const nowhere = await vault.call("GET", "/api/v4/secrets");
    expect(nowhere.status).toBe(400);
    expect(dig(nowhere, "message")).toBe("Missing project id or environment");
  });
});
