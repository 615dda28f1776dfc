import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { infisical } from "../../../../sandbox/vendors/infisical";
import {
  createFolder,
  createProject,
  createSecret,
  createUniversalAuthIdentity,
  emptyInfisical,
  folderAt,
  pathOfFolder,
  secretAt,
} from "../../../../sandbox/vendors/infisical/entities";
import { startVendor } from "../../../../sandbox/vendors/kit/vendor";
import { Vault } from "./vault";

describe("seeding", () => {
  it("makes folders with their parents, and each only once", () => {
    const state = emptyInfisical();
    const project = createProject(state, {
      name: "Raxx",
      environments: [{ name: "Production", slug: "prod" }],
    });
    const at = { projectId: project.id, environment: "prod" };
    const folder = createFolder(state, { ...at, path: "a/b/", description: "ours" });
    expect(pathOfFolder(state, folder)).toBe("/a/b");
    expect(folderAt(state, project.id, "prod", "/a")?.description).toBeNull();
    expect(createFolder(state, { ...at, path: "/a/b" })).toBe(folder);
    expect(state.folders).toHaveLength(3);
  });

  it("refuses what would contradict itself", () => {
    const state = emptyInfisical();
    const project = createProject(state, { name: "Raxx", environments: ["prod"] });
    const at = { projectId: project.id, environment: "prod", name: "KEY", value: "v" };
    createSecret(state, at);
    expect(() => createSecret(state, at)).toThrow(/already in/);
    expect(() => createSecret(state, { ...at, path: "/none" })).toThrow(/no folder/);
    expect(() => createSecret(state, { ...at, name: "B", tagSlugs: ["none"] })).toThrow(/no tag/);
    expect(() => createFolder(state, { ...at, environment: "none", path: "/a" })).toThrow(/no environment/);
  });

  it("gives versions to a secret that was changed before", () => {
    const state = emptyInfisical();
    const project = createProject(state, { name: "Raxx", environments: ["prod"] });
    const at = { projectId: project.id, environment: "prod" };
    createSecret(state, { ...at, name: "KEY", value: "3", previousValues: ["1", "2"] });
    const secret = secretAt(state, { ...at, path: "/", name: "KEY" });
    expect(secret).toMatchObject({
      version: 3,
      value: "3",
      history: [{ version: 1 }, { version: 2, value: "2" }],
    });
  });

  it("returns a client secret once and keeps its hash and first four characters", () => {
    const state = emptyInfisical();
    const { clientSecret } = createUniversalAuthIdentity(state, { name: "bot" });
    expect(JSON.stringify(state)).not.toContain(clientSecret);
    expect(state.identities[0]?.universalAuth?.clientSecrets[0]?.prefix).toBe(clientSecret.slice(0, 4));
  });
});

describe("as a vendor of the kit", () => {
  it("comes back with its data and its live tokens after it was stopped", async () => {
    const directory = mkdtempSync(join(tmpdir(), "infisical-"));
    const first = await startVendor(infisical, { directory });
    first.store.state.gate = "error-1010";
    first.store.save();
    const { signingKey } = first.store.state;
    await first.close();
    const second = await startVendor(infisical, { directory });
    expect(second.store.state).toMatchObject({ gate: "error-1010", signingKey });
    await second.close();
    rmSync(directory, { recursive: true });
  });

  it("answers injected faults in its own envelope", async () => {
    const vault = await Vault.start();
    await vault.call("POST", "/_sandbox/faults", { kind: "status", status: 500, path: "/api/v4/*" });
    const answer = await vault.call("POST", "/api/v4/secrets/KEY", { ...vault.place, secretValue: "v" });
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({
      statusCode: 500,
      error: "InternalServerError",
      message: "Something went wrong",
    });
    expect(vault.state.secrets).toEqual([]);
    await vault.stop();
  });

  it("answers 400 in its own envelope to a body that is no JSON", async () => {
    const vault = await Vault.start();
    const response = await fetch(`${vault.running.url}/api/v1/auth/universal-auth/login`, {
      method: "POST",
      headers: { ...vault.accessHeaders, "user-agent": "raxx-tests", "content-type": "application/json" },
      body: "{",
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ statusCode: 400, error: "BadRequest" });
    await vault.stop();
  });
});
