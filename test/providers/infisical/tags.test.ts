import { UserError } from "../../../providers/errors";
import { infisicalTags, type InfisicalTagsInputs } from "../../../providers/infisical/tags";
import { createTag, type Tag } from "../../../sandbox/vendors/infisical/entities";
import { failureOf, inject, snapshot, writesOf } from "../support";
import { VaultWorld } from "./world";

let world: VaultWorld;
let theirs: Tag;
beforeEach(async () => {
  world = await VaultWorld.start();
  theirs = createTag(world.state, { projectId: world.project.id, slug: "theirs", color: "#ff0000" });
});
afterEach(() => world.stop());

const resource = (): ReturnType<typeof infisicalTags> => {
  const client = world.client();
  return infisicalTags(() => client);
};
const inputs = (slugs: string[], create = true): InfisicalTagsInputs => ({
  projectId: world.project.id,
  slugs,
  create,
});
const idOf = (slug: string): string | undefined => world.state.tags.find((tag) => tag.slug === slug)?.id;

describe("create", () => {
  it("finds what is there and makes what is missing", async () => {
    const found = createTag(world.state, { projectId: world.project.id, slug: "vendor-heroku" });
    const wanted = inputs(["function-dns-edit", "vendor-heroku"]);
    const { id, outs } = await resource().create(wanted);
    expect(id).toBe(world.project.id);
    expect(outs).toEqual({
      ...wanted,
      ids: { "function-dns-edit": idOf("function-dns-edit"), "vendor-heroku": found.id },
    });
    expect(writesOf(world.vendor)).toHaveLength(1);
    expect(world.state.tags).toHaveLength(3);
    expect(world.state.tags[0]).toEqual(theirs);
  });

  it("writes nothing where all are there, as after a crash", async () => {
    const wanted = inputs(["a", "b"]);
    const first = await resource().create(wanted);
    expect(await resource().create(wanted)).toEqual(first);
    expect(writesOf(world.vendor)).toHaveLength(2);
  });

  it("finds on the next run what a lost answer made", async () => {
    inject(world.vendor, { kind: "drop-after", method: "POST", path: "*/tags" });
    await failureOf(resource().create(inputs(["a", "b"])));
    const { outs } = await resource().create(inputs(["a", "b"]));
    expect(outs.ids).toEqual({ a: idOf("a"), b: idOf("b") });
    expect(writesOf(world.vendor)).toHaveLength(2);
  });

  it("does not take another project's tag for the project's own", async () => {
    createTag(world.state, { projectId: "another", slug: "a" });
    const { outs } = await resource().create(inputs(["a"]));
    const own = world.state.tags.find((tag) => tag.slug === "a" && tag.projectId === world.project.id);
    expect(outs.ids).toEqual({ a: own?.id });
  });

  it("where another stack makes them names those that are missing and the command to run, and makes none", async () => {
    const failure = await failureOf(resource().create(inputs(["theirs", "vendor-heroku", "env-x"], false)));
    expect(failure).toBeInstanceOf(UserError);
    expect(failure.message).toContain("no tag vendor-heroku, env-x:");
    expect(failure.message).toMatch(/run pulumi up --stack prod first$/);
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("where another stack makes them finds those that are there", async () => {
    expect((await resource().create(inputs(["theirs"], false))).outs.ids).toEqual({ theirs: theirs.id });
  });

  it("keeps engine-internal properties out of what it returns", async () => {
    const { outs } = await resource().create({ ...inputs([]), ...{ __provider: "code" } });
    expect(Object.keys(outs).sort()).toEqual(["create", "ids", "projectId", "slugs"]);
  });
});

describe("update", () => {
  it("makes what is new, and deletes nothing that is no longer used", async () => {
    const { id, outs } = await resource().create(inputs(["a"]));
    const updated = await resource().update(id, outs, inputs(["b"]));
    expect(updated.outs).toEqual({ ...inputs(["b"]), ids: { b: idOf("b") } });
    expect(world.state.tags.map(({ slug }) => slug)).toEqual(["theirs", "a", "b"]);
  });
});

describe("read", () => {
  it("sees a tag that is gone, and the update makes it again", async () => {
    const { id, outs } = await resource().create(inputs(["a", "b"]));
    expect(await resource().read(id, outs)).toEqual({ id, props: outs });
    world.state.tags = world.state.tags.filter(({ slug }) => slug !== "a");
    const { props = outs } = await resource().read(id, outs);
    expect(props).toEqual({ ...inputs(["a", "b"]), ids: { b: idOf("b") } });
    expect(await resource().diff(id, props, inputs(["a", "b"]))).toEqual({ changes: true });
    const repaired = await resource().update(id, props, inputs(["a", "b"]));
    expect(repaired.outs.ids).toEqual({ a: idOf("a"), b: idOf("b") });
  });
});

it("delete leaves every tag as it is, and asks nothing of the vault", async () => {
  const { id, outs } = await resource().create(inputs(["a"]));
  const before = snapshot(world.state.tags);
  const calls = world.vendor.log.read().length;
  await resource().delete(id, outs);
  expect(world.state.tags).toEqual(before);
  expect(world.vendor.log.read()).toHaveLength(calls);
});

it("check takes what it gets", async () => {
  expect(await resource().check({}, inputs(["a"]))).toEqual({ inputs: inputs(["a"]) });
});

describe("diff", () => {
  const diff = (news: InfisicalTagsInputs): Promise<unknown> =>
    resource().diff("id", { ...inputs(["a", "b"]), ids: { a: "1", b: "2" } }, news);

  it("sees nothing where nothing changed", async () => {
    expect(await diff(inputs(["a", "b"]))).toEqual({ changes: false });
  });

  it("sees a tag that came or went, and who makes them", async () => {
    expect(await diff(inputs(["a", "b", "c"]))).toEqual({ changes: true });
    expect(await diff(inputs(["a"]))).toEqual({ changes: true });
    expect(await diff(inputs(["a", "b"], false))).toEqual({ changes: true });
  });

  it("replaces for another project", async () => {
    expect(await diff({ ...inputs(["a", "b"]), projectId: "another" })).toEqual({
      changes: true,
      replaces: ["projectId"],
    });
  });
});
