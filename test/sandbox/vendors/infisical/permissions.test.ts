import { createFolder, createProject, createSecret } from "../../../../sandbox/vendors/infisical/entities";
import { dig, list, randomValue, Vault } from "./vault";

let vault: Vault;
beforeEach(async () => {
  vault = await Vault.start();
  for (const path of ["/open", "/open/deep", "/closed"]) {
    createFolder(vault.state, { ...vault.place, path });
    createSecret(vault.state, { ...vault.place, path, name: "KEY", value: randomValue() });
  }
});
afterEach(() => vault.stop());

describe("projects", () => {
  it("are read under both names with their environments", async () => {
    const environments = [
      { id: expect.any(String) as string, name: "prod", slug: "prod" },
      { id: expect.any(String) as string, name: "staging", slug: "staging" },
    ];
    const old = await vault.call("GET", `/api/v1/workspace/${vault.project.id}`);
    expect(old.body).toMatchObject({ workspace: { id: vault.project.id, name: "Raxx", environments } });
    const current = await vault.call("GET", `/api/v1/projects/${vault.project.id}`);
    expect(current.body).toMatchObject({ project: { id: vault.project.id, environments } });
  });

  it("answer 404 where there is none and 403 to a stranger", async () => {
    expect((await vault.call("GET", "/api/v1/projects/none")).status).toBe(404);
    const other = createProject(vault.state, { name: "Other", environments: ["prod"] });
    expect((await vault.call("GET", `/api/v1/projects/${other.id}`)).status).toBe(403);
  });
});

describe("a viewer", () => {
  it("reads values and writes nothing", async () => {
    const token = await vault.tokenOf({ role: "viewer" });
    const where = vault.query({ secretPath: "/open" });
    expect((await vault.call("GET", `/api/v4/secrets/KEY?${where}`, undefined, { token })).status).toBe(200);
    const before = JSON.stringify(vault.state.secrets);
    const body = { ...vault.place, secretPath: "/open", secretValue: "x" };
    const refused = [
      await vault.call("POST", "/api/v4/secrets/NEW", body, { token }),
      await vault.call("PATCH", "/api/v4/secrets/KEY", body, { token }),
      await vault.call("DELETE", "/api/v4/secrets/KEY", body, { token }),
      await vault.call("POST", "/api/v2/folders", { ...vault.place, name: "new" }, { token }),
      await vault.call(
        "POST",
        `/api/v1/projects/${vault.project.id}/tags`,
        { slug: "a", color: "" },
        { token },
      ),
    ];
    expect(refused.map((answer) => answer.status)).toEqual([403, 403, 403, 403, 403]);
    expect(refused.map((answer) => dig(answer, "message"))).toEqual([
      "You are not allowed to create on secrets",
      "You are not allowed to edit on secrets",
      "You are not allowed to delete on secrets",
      "You are not allowed to create on secret-folders",
      "You are not allowed to create on tags",
    ]);
    expect(refused.every((answer) => dig(answer, "error") === "PermissionDenied")).toBe(true);
    expect(dig(refused[0] ?? fail(), "details", 0, "subject")).toEqual(["secrets"]);
    expect(JSON.stringify(vault.state.secrets)).toBe(before);
  });
});

describe("an identity without access", () => {
  it("is refused every secret and the tags", async () => {
    const token = await vault.tokenOf({ role: "no-access" });
    const where = vault.query({ secretPath: "/open" });
    const answer = await vault.call("GET", `/api/v4/secrets?${where}`, undefined, { token });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      error: "PermissionDenied",
      message: "You are not allowed to describeSecret on secrets",
      details: [],
    });
    const tags = await vault.call("GET", `/api/v1/projects/${vault.project.id}/tags`, undefined, { token });
    expect(tags.status).toBe(403);
  });
});

describe("an identity limited to a path", () => {
  it("reads and writes below it and nowhere else", async () => {
    const token = await vault.tokenOf({ role: "member", pathPrefixes: ["/open"] });
    const read = (secretPath: string) =>
      vault.call("GET", `/api/v4/secrets/KEY?${vault.query({ secretPath })}`, undefined, { token });
    expect((await read("/open")).status).toBe(200);
    expect((await read("/open/deep")).status).toBe(200);
    expect((await read("/closed")).status).toBe(403);
    const write = (secretPath: string) =>
      vault.call("POST", "/api/v4/secrets/NEW", { ...vault.place, secretPath, secretValue: "x" }, { token });
    expect((await write("/open")).status).toBe(200);
    expect((await write("/closed")).status).toBe(403);
  });

  it("lists other folders as empty, and a recursive list without them", async () => {
    const token = await vault.tokenOf({ role: "member", pathPrefixes: ["/open"] });
    const closed = vault.query({ secretPath: "/closed" });
    const empty = await vault.call("GET", `/api/v4/secrets?${closed}`, undefined, { token });
    expect(empty.body).toEqual({ secrets: [], imports: [] });
    const all = vault.query({ recursive: "true" });
    const answer = await vault.call("GET", `/api/v4/secrets?${all}`, undefined, { token });
    expect(list(answer, "secrets").map((secret) => secret.secretPath)).toEqual(["/open", "/open/deep"]);
  });

  it("may make folders below it but not the folder itself", async () => {
    const token = await vault.tokenOf({ role: "member", pathPrefixes: ["/open"] });
    const make = (path: string) =>
      vault.call("POST", "/api/v2/folders", { ...vault.place, path, name: "new" }, { token });
    expect((await make("/open")).status).toBe(200);
    expect((await make("/")).status).toBe(403);
  });

  it("does not take a longer name for a folder below", async () => {
    createFolder(vault.state, { ...vault.place, path: "/opened" });
    createSecret(vault.state, { ...vault.place, path: "/opened", name: "KEY", value: randomValue() });
    const token = await vault.tokenOf({ role: "member", pathPrefixes: ["/open"] });
    const where = vault.query({ secretPath: "/opened" });
    expect((await vault.call("GET", `/api/v4/secrets/KEY?${where}`, undefined, { token })).status).toBe(403);
  });
});

it("an identity limited to an environment is refused in the others", async () => {
  const token = await vault.tokenOf({ role: "member", environments: ["staging"] });
  const body = { ...vault.place, secretValue: "x" };
  expect((await vault.call("POST", "/api/v4/secrets/NEW", body, { token })).status).toBe(403);
  const staging = { ...body, environment: "staging" };
  expect((await vault.call("POST", "/api/v4/secrets/NEW", staging, { token })).status).toBe(200);
});

describe("an identity that may not read values", () => {
  const path = (more: Record<string, string>) =>
    `/api/v4/secrets/KEY?${vault.query({ secretPath: "/open", ...more })}`;

  it("is refused a read that asks for the value, single and listed", async () => {
    const token = await vault.tokenOf({ role: "member", readValue: false });
    const single = await vault.call("GET", path({}), undefined, { token });
    expect(single.status).toBe(403);
    expect(dig(single, "error")).toBe("ForbiddenReadSecretError");
    const where = vault.query({ secretPath: "/open" });
    const listed = await vault.call("GET", `/api/v4/secrets?${where}`, undefined, { token });
    expect(listed.status).toBe(403);
    expect(dig(listed, "message")).toBe("You are not allowed to readValue on secrets");
  });

  it("sees the secret with a hidden value when it asks for no value", async () => {
    const token = await vault.tokenOf({ role: "member", readValue: false });
    const answer = await vault.call("GET", path({ viewSecretValue: "false" }), undefined, { token });
    expect(answer.body).toMatchObject({
      secret: { secretKey: "KEY", secretValue: "<hidden-by-infisical>", secretValueHidden: true },
    });
  });

  it("may write, and the answer hides the value", async () => {
    const token = await vault.tokenOf({ role: "member", readValue: false });
    const secretValue = randomValue();
    const body = { ...vault.place, secretPath: "/open", secretValue };
    const answer = await vault.call("PATCH", "/api/v4/secrets/KEY", body, { token });
    expect(answer.body).toMatchObject({
      secret: { version: 2, secretValue: "<hidden-by-infisical>", secretValueHidden: true },
    });
    expect(answer.text).not.toContain(secretValue);
    expect(vault.state.secrets[0]?.value).toBe(secretValue);
  });
});

function fail(): never {
  throw new Error("no answer");
}
