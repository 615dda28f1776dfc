import { infisicalFolder } from "../../../providers/infisical/folder";
import {
  createFolder,
  createSecret,
  folderAt,
  type Folder,
} from "../../../sandbox/vendors/infisical/entities";
import { failureOf, inject, snapshot, writesOf } from "../support";
import { VaultWorld } from "./world";

let world: VaultWorld;
let before: Folder[];
beforeEach(async () => {
  world = await VaultWorld.start();
  before = snapshot(world.state.folders);
});
afterEach(() => world.stop());

const resource = (): ReturnType<typeof infisicalFolder> => {
  const client = world.client();
  return infisicalFolder(() => client);
};
const inputs = (path = "/MooseQuest/heroku"): { projectId: string; environment: string; path: string } => ({
  ...world.place,
  path,
});
const there = (path = "/MooseQuest/heroku"): Folder | undefined =>
  folderAt(world.state, world.project.id, "prod", path);

describe("create", () => {
  it.each(["/MooseQuest/heroku", "/TopLevel"])("makes %s, and says so", async (path) => {
    const { id, outs } = await resource().create(inputs(path));
    expect(there(path)?.id).toBe(id);
    expect(outs).toEqual({ ...inputs(path), created: true });
    expect(world.state.folders).toHaveLength(before.length + 1);
    expect(writesOf(world.vendor)).toEqual(["POST /api/v2/folders"]);
  });

  it("finds one that was there, and writes nothing", async () => {
    const found = createFolder(world.state, inputs());
    expect(await resource().create(inputs())).toEqual({
      id: found.id,
      outs: { ...inputs(), created: false },
    });
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("looks in its own environment, at its own depth", async () => {
    createFolder(world.state, { ...inputs(), environment: "staging" });
    createFolder(world.state, inputs("/heroku"));
    expect((await resource().create(inputs())).outs.created).toBe(true);
  });

  it("makes no second one after a crash: it finds what the lost answer made", async () => {
    inject(world.vendor, { kind: "drop-after", method: "POST", path: "/api/v2/folders" });
    await failureOf(resource().create(inputs()));
    expect((await resource().create(inputs())).id).toBe(there()?.id);
    expect(writesOf(world.vendor)).toEqual(["POST /api/v2/folders"]);
  });

  it("fails where its parent is missing", async () => {
    expect(await failureOf(resource().create(inputs("/Nowhere/heroku")))).toMatchObject({ status: 404 });
    expect(world.state.folders).toEqual(before);
  });

  it("keeps engine-internal properties out of what it returns", async () => {
    const { outs } = await resource().create({ ...inputs(), ...{ __provider: "code" } });
    expect(Object.keys(outs).sort()).toEqual(["created", "environment", "path", "projectId"]);
  });
});

describe("read", () => {
  it("finds it, and keeps whether it was there before", async () => {
    const { id, outs } = await resource().create(inputs());
    expect(await resource().read(id, outs)).toEqual({ id, props: outs });
    const found = { ...outs, created: false };
    expect((await resource().read(id, found)).props?.created).toBe(false);
  });

  it("answers that it is gone where it, its parent or its environment is", async () => {
    const { id, outs } = await resource().create(inputs());
    const gone = async (change: () => void): Promise<unknown> => {
      change();
      return resource().read(id, outs);
    };
    const all = world.state.folders;
    expect(
      await gone(() => {
        world.state.folders = all.filter((folder) => folder.id !== id);
      }),
    ).toEqual({});
    expect(
      await gone(() => {
        world.state.folders = all.filter(({ name }) => !["MooseQuest", "heroku"].includes(name));
      }),
    ).toEqual({});
    expect(
      await gone(() => {
        world.project.environments = [];
      }),
    ).toEqual({});
  });

  it("does not take a refusal for gone", async () => {
    const { id, outs } = await resource().create(inputs());
    inject(world.vendor, { kind: "status", status: 403, method: "GET" });
    expect(await failureOf(resource().read(id, outs))).toMatchObject({ status: 403 });
  });
});

describe("delete", () => {
  it("removes one that it made and that is empty", async () => {
    const { id, outs } = await resource().create(inputs());
    await resource().delete(id, outs);
    expect(world.state.folders).toEqual(before);
  });

  it("never removes one that was there before", async () => {
    createFolder(world.state, inputs());
    const { id, outs } = await resource().create(inputs());
    await resource().delete(id, outs);
    expect(there()?.id).toBe(id);
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("never removes one with a secret in it", async () => {
    const { id, outs } = await resource().create(inputs());
    createSecret(world.state, { ...inputs(), name: "THEIRS", value: "x" });
    await resource().delete(id, outs);
    expect(there()?.id).toBe(id);
    expect(world.state.secrets).toHaveLength(1);
  });

  it("never removes one with a folder in it", async () => {
    const { id, outs } = await resource().create(inputs());
    createFolder(world.state, inputs("/MooseQuest/heroku/theirs"));
    await resource().delete(id, outs);
    expect(there("/MooseQuest/heroku/theirs")).toBeDefined();
    expect(writesOf(world.vendor)).toEqual(["POST /api/v2/folders"]);
  });

  it("is fine twice", async () => {
    const { id, outs } = await resource().create(inputs());
    await resource().delete(id, outs);
    await resource().delete(id, outs);
    expect(writesOf(world.vendor)).toHaveLength(2);
  });

  it("is fine where its answer was lost", async () => {
    const { id, outs } = await resource().create(inputs());
    inject(world.vendor, { kind: "drop-after", method: "DELETE" });
    await resource().delete(id, outs);
    expect(world.state.folders).toEqual(before);
  });

  it("passes on a refusal", async () => {
    const { id, outs } = await resource().create(inputs());
    inject(world.vendor, { kind: "status", status: 403, method: "DELETE" });
    expect(await failureOf(resource().delete(id, outs))).toMatchObject({ status: 403 });
  });
});

describe("diff", () => {
  const diff = (changes: Partial<ReturnType<typeof inputs>>): Promise<unknown> =>
    resource().diff("id", { ...inputs(), created: true }, { ...inputs(), ...changes });

  it("sees nothing where nothing changed", async () => {
    expect(await diff({})).toEqual({ changes: false, replaces: [] });
  });

  it.each(["projectId", "environment", "path"])("replaces for another %s", async (key) => {
    expect(await diff({ [key]: "another" })).toEqual({ changes: true, replaces: [key] });
  });
});

it("check and update take what they get, and ask nothing of the vault", async () => {
  expect(await resource().check({}, inputs())).toEqual({ inputs: inputs() });
  const outs = { ...inputs(), created: true };
  expect(await resource().update("id", outs, inputs())).toEqual({ outs });
  expect(world.vendor.log.read()).toEqual([]);
});
