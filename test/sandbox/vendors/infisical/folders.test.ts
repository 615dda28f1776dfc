import {
  createApprovalPolicy,
  createFolder,
  createSecret,
  folderAt,
} from "../../../../sandbox/vendors/infisical/entities";
import { dig, list, string, Vault, type Answer } from "./vault";

let vault: Vault;
beforeEach(async () => {
  vault = await Vault.start();
});
afterEach(() => vault.stop());

const make = (path: string, name: string): Promise<Answer> =>
  vault.call("POST", "/api/v2/folders", { ...vault.place, path, name });
const there = (path: string): boolean => folderAt(vault.state, vault.project.id, "prod", path) !== undefined;

it("creates one level per call", async () => {
  expect((await make("/", "a")).body).toMatchObject({ folder: { name: "a", path: "/a", version: 1 } });
  expect((await make("/a", "b")).body).toMatchObject({ folder: { name: "b", path: "/a/b" } });
  expect(there("/a/b")).toBe(true);
  expect(vault.running.log.read().at(-1)?.keys).toEqual(["b"]);
});

it("answers 404 where the parent is missing and makes nothing", async () => {
  const before = vault.state.folders.length;
  const answer = await make("/a/b", "c");
  expect(answer.status).toBe(404);
  expect(dig(answer, "error")).toBe("NotFound");
  expect(vault.state.folders).toHaveLength(before);
});

it("makes the parents in the variant of the newest source", async () => {
  vault.state.variants.missingParents = "created";
  expect((await make("/a/b", "c")).body).toMatchObject({ folder: { path: "/a/b/c" } });
  expect(there("/a/b")).toBe(true);
  expect((await make("/a", "b")).status).toBe(400);
});

it("refuses a folder that exists", async () => {
  await make("/", "a");
  const answer = await make("/", "a");
  expect(answer.status).toBe(400);
  expect(dig(answer, "message")).toBe("Folder with name 'a' already exists in path '/'");
  expect(
    (await vault.call("POST", "/api/v2/folders", { ...vault.place, environment: "staging", name: "a" }))
      .status,
  ).toBe(200);
});

it.each(["a b", "a.b", "a/b", "ä", ""])("refuses the name %p", async (name) => {
  const answer = await make("/", name);
  expect(answer.status).toBe(422);
  expect(dig(answer, "message", 0, "message")).toMatch(/^Invalid folder name/);
});

it("answers 404 for an unknown environment and 422 without a project", async () => {
  const elsewhere = { ...vault.place, environment: "none", name: "a" };
  expect((await vault.call("POST", "/api/v2/folders", elsewhere)).status).toBe(404);
  const answer = await vault.call("POST", "/api/v2/folders", { environment: "prod", name: "a" });
  expect(answer.status).toBe(422);
  expect(dig(answer, "message", 0, "path")).toEqual(["projectId"]);
});

it("lists one level, or all with their paths, sorted by name", async () => {
  for (const path of ["/b", "/a/x", "/a/y"]) createFolder(vault.state, { ...vault.place, path });
  const level = await vault.call("GET", `/api/v2/folders?${vault.query({ path: "/" })}`);
  expect(list(level, "folders").map((folder) => folder.name)).toEqual(["a", "b"]);
  const deep = await vault.call("GET", `/api/v2/folders?${vault.query({ path: "/a", recursive: "true" })}`);
  expect(list(deep, "folders").map((folder) => folder.relativePath)).toEqual(["/a/x", "/a/y"]);
});

it("lists a path that is not there as empty, and requires the path in v2", async () => {
  const missing = await vault.call("GET", `/api/v2/folders?${vault.query({ path: "/none" })}`);
  expect(missing.body).toEqual({ folders: [] });
  expect((await vault.call("GET", `/api/v2/folders?${vault.query()}`)).status).toBe(422);
});

it("is read by its id with environment and path", async () => {
  const folder = createFolder(vault.state, { ...vault.place, path: "/a/b" });
  const answer = await vault.call("GET", `/api/v2/folders/${folder.id}`);
  expect(answer.body).toMatchObject({
    folder: { path: "/a/b", projectId: vault.project.id, environment: { envSlug: "prod" } },
  });
});

it("is renamed, unless the name is taken", async () => {
  const folder = createFolder(vault.state, { ...vault.place, path: "/a" });
  createFolder(vault.state, { ...vault.place, path: "/b" });
  const rename = (name: string) =>
    vault.call("PATCH", `/api/v2/folders/${folder.id}`, { ...vault.place, name });
  expect((await rename("b")).status).toBe(400);
  expect((await rename("c")).body).toMatchObject({ folder: { name: "c", path: "/c", version: 2 } });
});

describe("deletion", () => {
  beforeEach(() => {
    createFolder(vault.state, { ...vault.place, path: "/a/b" });
    createSecret(vault.state, { ...vault.place, path: "/a/b", name: "KEY", value: "v" });
  });

  it("refuses a folder that holds something, in v2 without forceDelete", async () => {
    for (const [name, path] of [
      ["a", "/"],
      ["b", "/a"],
    ]) {
      const answer = await vault.call("DELETE", `/api/v2/folders/${name ?? ""}`, { ...vault.place, path });
      expect(answer.status).toBe(400);
      expect(dig(answer, "message")).toMatch(/because it contains resources/);
    }
    expect(vault.state.secrets).toHaveLength(1);
  });

  it("takes everything below with forceDelete", async () => {
    const answer = await vault.call("DELETE", "/api/v2/folders/a", { ...vault.place, forceDelete: true });
    expect(answer.status).toBe(200);
    expect(there("/a")).toBe(false);
    expect(vault.state.secrets).toEqual([]);
  });

  it("is always forced in v1", async () => {
    const body = { workspaceId: vault.project.id, environment: "prod", directory: "/a" };
    expect((await vault.call("DELETE", "/api/v1/folders/b", body)).status).toBe(200);
    expect(vault.state.secrets).toEqual([]);
    expect(there("/a")).toBe(true);
  });

  it("takes an empty folder by id, and answers 404 the second time", async () => {
    const folder = createFolder(vault.state, { ...vault.place, path: "/empty" });
    const remove = () => vault.call("DELETE", `/api/v2/folders/${folder.id}`, vault.place);
    expect((await remove()).status).toBe(200);
    expect((await remove()).status).toBe(404);
  });

  it("refuses secrets under a change policy", async () => {
    createApprovalPolicy(vault.state, { ...vault.place, secretPath: "/a/**" });
    const answer = await vault.call("DELETE", "/api/v2/folders/a", { ...vault.place, forceDelete: true });
    expect(answer.status).toBe(400);
    expect(dig(answer, "error")).toBe("DeleteFolderProtectedByPolicy");
  });
});

describe("v1", () => {
  it("creates and lists with workspaceId, and knows directory", async () => {
    const at = { workspaceId: vault.project.id, environment: "prod" };
    expect((await vault.call("POST", "/api/v1/folders", { ...at, name: "a" })).status).toBe(200);
    const nested = await vault.call("POST", "/api/v1/folders", { ...at, directory: "/a", name: "b" });
    expect(string(nested, "folder", "path")).toBe("/a/b");
    const query = new URLSearchParams({ ...at, path: "/a" }).toString();
    expect(list(await vault.call("GET", `/api/v1/folders?${query}`), "folders")).toHaveLength(1);
    expect((await vault.call("POST", "/api/v1/folders", { ...vault.place, name: "x" })).status).toBe(422);
  });
});
