import {
  createApprovalPolicy,
  createFolder,
  createSecret,
  secretAt,
} from "../../../../sandbox/vendors/infisical/entities";
import { dig, list, randomValue, string, Vault, type Answer } from "./vault";

let vault: Vault;
beforeEach(async () => {
  vault = await Vault.start();
  createFolder(vault.state, { ...vault.place, path: "/app" });
  createSecret(vault.state, { ...vault.place, path: "/app", name: "HOST", value: "db.example" });
});
afterEach(() => vault.stop());

const body = (more: object): object => ({ ...vault.place, secretPath: "/app", ...more });
const post = (name: string, secretValue: string): Promise<Answer> =>
  vault.call("POST", `/api/v4/secrets/${name}`, body({ secretValue }));
const read = (name: string, more: Record<string, string> = {}): Promise<Answer> =>
  vault.call("GET", `/api/v4/secrets/${name}?${vault.query({ secretPath: "/app", ...more })}`);

describe("references in values", () => {
  it("are taken where the secret exists, and filled in on request only", async () => {
    expect((await post("URL", "pg://${HOST}/x")).status).toBe(200);
    expect(string(await read("URL"), "secret", "secretValue")).toBe("pg://${HOST}/x");
    const expanded = await read("URL", { expandSecretReferences: "true" });
    expect(string(expanded, "secret", "secretValue")).toBe("pg://db.example/x");
  });

  it("reach other folders and environments", async () => {
    const elsewhere = { projectId: vault.project.id, environment: "staging", path: "/a/b" };
    createFolder(vault.state, elsewhere);
    createSecret(vault.state, { ...elsewhere, name: "X", value: "there" });
    expect((await post("URL", "${staging.a.b.X}")).status).toBe(200);
    const expanded = await read("URL", { expandSecretReferences: "true" });
    expect(string(expanded, "secret", "secretValue")).toBe("there");
  });

  it.each([
    ["${NONE}", "Referenced secret(s) not found: NONE"],
    ["${staging.none.X}", "Referenced path /none doesn't exist"],
    ["${none.a.X}", "Referenced environment not found. Missing none"],
  ])("refuse %s and write nothing", async (value, message) => {
    const answer = await post("URL", value);
    expect(answer.status).toBe(400);
    expect(dig(answer, "message")).toBe(message);
    const patched = await vault.call("PATCH", "/api/v4/secrets/HOST", body({ secretValue: value }));
    expect(patched.status).toBe(400);
    const secrets = [{ secretKey: "URL", secretValue: value }];
    expect((await vault.call("POST", "/api/v4/secrets/batch", body({ secrets }))).status).toBe(400);
    expect(vault.state.secrets).toMatchObject([{ name: "HOST", value: "db.example", version: 1 }]);
  });

  it("are not what a dollar sign alone is", async () => {
    expect((await post("URL", "$HOST $ {HOST} ${not a name}")).status).toBe(200);
  });
});

describe("a change policy", () => {
  const writes = (): Promise<Answer>[] => {
    const secretValue = randomValue();
    const secrets = [{ secretKey: "NEW", secretValue }];
    return [
      vault.call("POST", "/api/v4/secrets/NEW", body({ secretValue })),
      vault.call("PATCH", "/api/v4/secrets/HOST", body({ secretValue })),
      vault.call("DELETE", "/api/v4/secrets/HOST", body({})),
      vault.call("POST", "/api/v4/secrets/batch", body({ secrets })),
      vault.call("PATCH", "/api/v4/secrets/batch", body({ secrets: [{ secretKey: "HOST", secretValue }] })),
      vault.call("DELETE", "/api/v4/secrets/batch", body({ secrets: [{ secretKey: "HOST" }] })),
    ];
  };

  it("turns every write into 200 with a change request and writes nothing", async () => {
    const policy = createApprovalPolicy(vault.state, { ...vault.place, secretPath: "/app" });
    const before = JSON.stringify(vault.state.secrets);
    for (const answer of await Promise.all(writes())) {
      expect(answer.status).toBe(200);
      expect(dig(answer, "secret")).toBeUndefined();
      expect(dig(answer, "secrets")).toBeUndefined();
      expect(dig(answer, "approval")).toMatchObject({
        policyId: policy.id,
        status: "open",
        hasMerged: false,
      });
      expect(string(answer, "approval", "slug")).not.toBe("");
    }
    expect(JSON.stringify(vault.state.secrets)).toBe(before);
    expect(vault.state.approvals).toHaveLength(6);
  });

  it("leaves other paths and environments alone", async () => {
    createApprovalPolicy(vault.state, { ...vault.place, secretPath: "/other/**" });
    createApprovalPolicy(vault.state, { ...vault.place, environment: "staging", secretPath: "/app" });
    expect(dig(await post("NEW", "v"), "secret")).toBeDefined();
  });

  it.each(["/**", "/app/**", "/*", "/app"])("covers /app as %s", async (secretPath) => {
    createApprovalPolicy(vault.state, { ...vault.place, secretPath });
    expect(dig(await post("NEW", "v"), "approval")).toBeDefined();
  });

  it("still refuses what would be refused without it", async () => {
    createApprovalPolicy(vault.state, { ...vault.place, secretPath: "/app" });
    expect((await post("HOST", "v")).status).toBe(400);
    expect((await vault.call("PATCH", "/api/v4/secrets/NONE", body({ secretValue: "v" }))).status).toBe(404);
    expect(vault.state.approvals).toEqual([]);
  });
});

describe("v3 raw", () => {
  const old = (more: object = {}): object => ({
    workspaceId: vault.project.id,
    environment: "prod",
    secretPath: "/app",
    ...more,
  });
  const query = (more: Record<string, string> = {}): string =>
    new URLSearchParams({
      workspaceId: vault.project.id,
      environment: "prod",
      secretPath: "/app",
      ...more,
    }).toString();

  it("does what v4 does, with workspaceId for the project", async () => {
    const secretValue = randomValue();
    const made = await vault.call("POST", "/api/v3/secrets/raw/KEY", old({ secretValue }));
    expect(made.body).toMatchObject({
      secret: { secretKey: "KEY", secretValue, workspace: vault.project.id },
    });
    const again = await vault.call("POST", "/api/v3/secrets/raw/KEY", old({ secretValue }));
    expect(dig(again, "message")).toBe("Secret already exist");
    expect((await vault.call("PATCH", "/api/v3/secrets/raw/KEY", old({ secretValue: "w" }))).status).toBe(
      200,
    );
    const answer = await vault.call("GET", `/api/v3/secrets/raw/KEY?${query()}`);
    expect(answer.body).toMatchObject({ secret: { version: 2, secretValue: "w" } });
    expect(list(await vault.call("GET", `/api/v3/secrets/raw?${query()}`), "secrets")).toHaveLength(2);
    expect((await vault.call("DELETE", "/api/v3/secrets/raw/KEY", old())).status).toBe(200);
    expect(secretAt(vault.state, { ...vault.place, path: "/app", name: "KEY" })).toBeUndefined();
  });

  it("takes the project's slug, and names workspaceId in its issues", async () => {
    const slug = { workspaceId: undefined, projectSlug: vault.project.slug, secretValue: "v" };
    expect((await vault.call("POST", "/api/v3/secrets/raw/A", old(slug))).status).toBe(200);
    const unknown = { ...slug, projectSlug: "none" };
    expect((await vault.call("POST", "/api/v3/secrets/raw/B", old(unknown))).status).toBe(404);
    const answer = await vault.call("POST", "/api/v3/secrets/raw/B", {
      environment: "prod",
      secretValue: "v",
    });
    expect(answer.status).toBe(422);
    expect(dig(answer, "message", 0, "path")).toEqual(["workspaceId"]);
  });

  it("does not take projectId", async () => {
    const answer = await vault.call("POST", "/api/v3/secrets/raw/A", body({ secretValue: "v" }));
    expect(answer.status).toBe(422);
  });

  it("has the batch under its own address", async () => {
    const secrets = [{ secretKey: "A", secretValue: "v" }];
    expect((await vault.call("POST", "/api/v3/secrets/batch/raw", old({ secrets }))).status).toBe(200);
  });
});
