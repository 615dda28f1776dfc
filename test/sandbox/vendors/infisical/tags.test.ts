import { createSecret, createTag } from "../../../../sandbox/vendors/infisical/entities";
import { dig, list, string, Vault, type Answer } from "./vault";

let vault: Vault;
beforeEach(async () => {
  vault = await Vault.start();
});
afterEach(() => vault.stop());

const path = (): string => `/api/v1/projects/${vault.project.id}/tags`;
const post = (body: unknown): Promise<Answer> => vault.call("POST", path(), body);

it("creates a tag and lists it under both addresses", async () => {
  const created = await post({ slug: "function-dns-edit", color: "#ff0000" });
  expect(created.status).toBe(200);
  expect(created.body).toMatchObject({
    tag: {
      slug: "function-dns-edit",
      color: "#ff0000",
      projectId: vault.project.id,
      createdBy: vault.admin.identityId,
      createdByActorType: "identity",
    },
  });
  for (const base of ["projects", "workspace"]) {
    const answer = await vault.call("GET", `/api/v1/${base}/${vault.project.id}/tags`);
    expect(list(answer, "tags").map((tag) => tag.slug)).toEqual(["function-dns-edit"]);
  }
  expect(vault.state.tags).toHaveLength(1);
  expect(
    vault.running.log.read().find((call) => call.method === "POST" && call.path === path())?.keys,
  ).toEqual(["function-dns-edit"]);
});

it("creates a tag through the older address", async () => {
  const answer = await vault.call("POST", `/api/v1/workspace/${vault.project.id}/tags`, {
    slug: "x-1",
    color: "",
  });
  expect(answer.status).toBe(200);
});

it.each([
  "function:dns-edit",
  "fn_dns",
  "env.prod",
  "dnsEdit",
  "a--b",
  "-a",
  "a-",
  "owner=team",
  "a/b",
  "",
  "a".repeat(65),
])("refuses the slug %p with a list of issues", async (slug) => {
  const answer = await post({ slug, color: "" });
  expect(answer.status).toBe(422);
  expect(answer.body).toMatchObject({ error: "ValidationFailure" });
  expect(dig(answer, "message", 0, "path")).toEqual(["slug"]);
  expect(vault.state.tags).toEqual([]);
});

it("takes a slug of 64 characters", async () => {
  expect((await post({ slug: "a".repeat(64), color: "" })).status).toBe(200);
});

it("requires a color, which may be empty", async () => {
  const answer = await post({ slug: "a" });
  expect(answer.status).toBe(422);
  expect(dig(answer, "message", 0, "path")).toEqual(["color"]);
  expect((await post({ slug: "a", color: "" })).status).toBe(200);
});

it("refuses a duplicate in the project and takes the same slug in another", async () => {
  await post({ slug: "a", color: "" });
  const answer = await post({ slug: "a", color: "#000000" });
  expect(answer.status).toBe(400);
  expect(answer.body).toMatchObject({ error: "BadRequest", message: "Tag already exist" });
  createTag(vault.state, { projectId: "another", slug: "b" });
  expect((await post({ slug: "b", color: "" })).status).toBe(200);
});

it("ignores fields it does not know", async () => {
  const answer = await post({ slug: "a", color: "", name: "Name", id: "mine" });
  expect(answer.status).toBe(200);
  expect(string(answer, "tag", "id")).not.toBe("mine");
});

it("is found by id and by slug, changed, and 404 elsewhere", async () => {
  const id = string(await post({ slug: "a", color: "" }), "tag", "id");
  expect((await vault.call("GET", `${path()}/${id}`)).body).toMatchObject({ tag: { slug: "a", name: "a" } });
  expect((await vault.call("GET", `${path()}/slug/a`)).body).toMatchObject({ tag: { id } });
  const changed = await vault.call("PATCH", `${path()}/${id}`, { color: "#123456" });
  expect(changed.body).toMatchObject({ tag: { slug: "a", color: "#123456" } });
  expect((await vault.call("PATCH", `${path()}/${id}`, { slug: "A" })).status).toBe(422);
  expect((await vault.call("GET", `${path()}/none`)).status).toBe(404);
  expect((await vault.call("GET", `${path()}/slug/none`)).status).toBe(404);
  expect((await vault.call("DELETE", `${path()}/none`)).status).toBe(404);
});

it("leaves the secrets when it is deleted", async () => {
  const tag = createTag(vault.state, { projectId: vault.project.id, slug: "a" });
  createSecret(vault.state, { ...vault.place, name: "KEY", value: "v", tagSlugs: ["a"] });
  expect((await vault.call("DELETE", `${path()}/${tag.id}`)).status).toBe(200);
  expect(vault.state.tags).toEqual([]);
  expect(vault.state.secrets[0]?.tagIds).toEqual([]);
});
