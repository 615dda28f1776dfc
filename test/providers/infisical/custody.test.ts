import { createTag, type Secret } from "../../../sandbox/vendors/infisical/entities";
import { canary, failureOf, inject, snapshot, writesOf, writtenKeysOf } from "../support";
import { DrivenFolder } from "./driver";
import { VaultWorld } from "./world";

let world: VaultWorld;
let folder: DrivenFolder;
beforeEach(async () => {
  world = await VaultWorld.start();
  folder = new DrivenFolder(world);
  createTag(world.state, { projectId: world.project.id, slug: "theirs" });
});
afterEach(() => world.stop());

const batch = "/api/v4/secrets/batch";
const wanted = { custody: ["NEW"] };

/** All of a secret but what a write of its tags changes by itself. */
const saidOf = ({ value, tagIds, comment, metadata }: Secret): Partial<Secret> =>
  snapshot({ value, tagIds, comment, metadata });
const slugsOf = (name: string): string[] =>
  world.present(name).tagIds.map((id) => world.state.tags.find((tag) => tag.id === id)?.slug ?? "");

describe("a value that stands there", () => {
  it("gets tags, comment and companions, and stays as it is, unread", async () => {
    const value = canary();
    folder.person("NEW", value);
    expect(await folder.up(wanted)).toBe("created");
    expect(world.present("NEW")).toMatchObject({ value, comment: "ours", version: 2 });
    expect(slugsOf("NEW")).toEqual(["consumer-ci", "function-notify", "rotation-90d", "sensitivity-low"]);
    expect(world.present("NEW").metadata).toMatchObject([
      { key: "function", value: "notify" },
      { key: "generation", value: "2026-05-06" },
      { key: "value", value: "found" },
    ]);
    expect(world.present("TOKEN__EXPIRES_AT").value).toBe("non-expiring");
    expect(JSON.stringify(folder.state)).not.toContain(value);
    const reads = world.vendor.log.read().filter(({ method }) => method === "GET");
    expect(reads.map(({ path }) => path)).not.toContain("/api/v4/secrets/NEW");
  });

  it("takes one POST for the companions and one PATCH without a value", async () => {
    folder.person("NEW", canary());
    await folder.up(wanted);
    expect(writesOf(world.vendor)).toEqual([`POST ${batch}`, `PATCH ${batch}`]);
    expect(writtenKeysOf(world.vendor)).toEqual([["TOKEN__EXPIRES_AT"], ["NEW"]]);
  });

  it("costs no call in the next up, and one list in a refresh", async () => {
    folder.person("NEW", canary());
    await folder.up(wanted);
    const before = folder.mark;
    expect(await folder.up(wanted)).toBe("same");
    expect(folder.calls(before)).toEqual([]);
    await folder.refresh();
    expect(folder.calls(before)).toEqual(["GET /api/v4/secrets"]);
    expect(await folder.up(wanted)).toBe("same");
  });

  it("keeps what a person added beside ours: tags of no dimension, other metadata", async () => {
    const secret = folder.person("NEW", canary(), { tagSlugs: ["theirs", "function-notify"] });
    secret.metadata = [{ key: "owner", value: "somebody", isEncrypted: true }];
    await folder.up(wanted);
    expect(slugsOf("NEW")).toContain("theirs");
    expect(world.present("NEW").metadata).toContainEqual({
      key: "owner",
      value: "somebody",
      isEncrypted: true,
    });
  });

  it("a person may rotate it at any time: that is no drift", async () => {
    folder.person("NEW", canary());
    await folder.up(wanted);
    const value = canary();
    folder.rotate("NEW", value);
    await folder.refresh();
    expect(await folder.up(wanted)).toBe("same");
    expect(world.present("NEW").value).toBe(value);
  });

  it("has its tags put right after a refresh, and its value left alone", async () => {
    folder.person("NEW", canary());
    await folder.up(wanted);
    const value = canary();
    folder.rotate("NEW", value);
    world.present("NEW").tagIds.pop();
    await folder.refresh();
    expect(await folder.up(wanted)).toBe("updated");
    expect(slugsOf("NEW")).toHaveLength(4);
    expect(world.present("NEW").value).toBe(value);
  });

  it("is as it was after a destroy: value, tags, comment and metadata; the companions are gone", async () => {
    const secret = folder.person("NEW", canary(), {
      tagSlugs: ["theirs", "rotation-90d"],
      comment: "a person's",
    });
    secret.metadata = [{ key: "owner", value: "somebody", isEncrypted: true }];
    const before = saidOf(secret);
    await folder.up(wanted);
    await folder.up({ custody: ["NEW"], companions: { TOKEN__EXPIRES_AT: "2026-12-31T00:00:00Z" } });
    await folder.destroy();
    expect(saidOf(world.present("NEW"))).toEqual(before);
    expect(world.secret("TOKEN__EXPIRES_AT")).toBeUndefined();
  });

  it("keeps after a destroy what a person wrote since we did", async () => {
    folder.person("NEW", canary(), { comment: "before" });
    await folder.up(wanted);
    const secret = world.present("NEW");
    Object.assign(secret, { comment: "since", version: secret.version + 1 });
    const since = saidOf(secret);
    await folder.destroy();
    expect(saidOf(world.present("NEW"))).toEqual(since);
  });

  it("does not get back a tag that the project has no more", async () => {
    const secret = folder.person("NEW", canary(), { tagSlugs: ["theirs"] });
    createTag(world.state, { projectId: world.project.id, slug: "rotation-30d" });
    const gone = world.state.tags.at(-1);
    secret.tagIds.push(gone?.id ?? "");
    await folder.up(wanted);
    world.state.tags = world.state.tags.filter((tag) => tag !== gone);
    await folder.destroy();
    expect(slugsOf("NEW")).toEqual(["theirs"]);
  });

  it("comments of before us stand in the state only where it is encrypted", async () => {
    folder.person("NEW", canary(), { comment: "a comment that holds a password" });
    await folder.up(wanted);
    const { originals, values, uncertain, deleted, ...plain } = folder.state ?? {};
    expect(JSON.stringify({ originals, values, uncertain, deleted })).toContain("a password");
    expect(JSON.stringify(plain)).not.toContain("a password");
  });

  it.each(["POST", "PATCH"])(
    "is finished by the next up after a %s whose answer was lost",
    async (method) => {
      const value = canary();
      const before = saidOf(folder.person("NEW", value, { comment: "before" }));
      inject(world.vendor, { kind: "drop-after", method, path: batch, times: 0 });
      await failureOf(folder.up(wanted));
      world.vendor.faults.clear();
      expect(await folder.up(wanted)).toBe("updated");
      expect(world.present("NEW")).toMatchObject({ value, comment: "ours" });
      await folder.destroy();
      expect(saidOf(world.present("NEW"))).toEqual(before);
    },
  );
});

describe("a value that is missing", () => {
  it("is a hand-off, and nothing is written", async () => {
    expect(await folder.up(wanted)).toBe("created");
    expect(folder.handOffs).toEqual([{ kind: "missing", names: ["NEW"] }]);
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("keeps nothing else of the folder waiting", async () => {
    const value = canary();
    await folder.up({ ...wanted, issued: { OTHER: value } });
    expect(world.present("OTHER").value).toBe(value);
    expect(folder.handOffs).toEqual([{ kind: "missing", names: ["NEW"] }]);
  });

  it("is looked for in each up with one list, and taken over when it is there, with no refresh", async () => {
    await folder.up(wanted);
    const before = folder.mark;
    expect(await folder.up(wanted)).toBe("same");
    expect(folder.calls(before)).toEqual(["GET /api/v4/secrets"]);
    folder.person("NEW", canary());
    expect(await folder.up(wanted)).toBe("updated");
    expect(folder.handOffs).toEqual([]);
    expect(world.present("NEW").comment).toBe("ours");
  });

  it("in a folder that is gone too stays a hand-off, and no change", async () => {
    await folder.up(wanted);
    world.state.folders = world.state.folders.filter(({ name }) => name !== "MooseQuest");
    expect(await folder.up(wanted)).toBe("same");
  });

  it("does not fail a run while the vault cannot be reached", async () => {
    await folder.up(wanted);
    world.state.gate = "access-login";
    expect(await folder.up(wanted)).toBe("same");
  });

  it("of two parts leaves the other one alone too", async () => {
    const before = saidOf(folder.person("KEY_ID", canary()));
    await folder.up({ custody: ["KEY_ID", "SECRET"] });
    expect(folder.handOffs).toEqual([{ kind: "missing", names: ["SECRET"] }]);
    expect(saidOf(world.present("KEY_ID"))).toEqual(before);
    expect(world.secret("TOKEN__EXPIRES_AT")).toBeUndefined();
  });

  it("that a person deleted is a hand-off after a refresh; the companions stay", async () => {
    folder.person("NEW", canary());
    await folder.up(wanted);
    folder.remove("NEW");
    await folder.refresh();
    expect(folder.handOffs).toEqual([{ kind: "missing", names: ["NEW"] }]);
    expect(await folder.up(wanted)).toBe("same");
    expect(world.present("TOKEN__EXPIRES_AT").value).toBe("non-expiring");
  });

  it("lets a destroy pass", async () => {
    await folder.up(wanted);
    await folder.destroy();
    expect(world.state.secrets).toEqual([]);
  });
});

describe("a write that a change policy holds back", () => {
  const policy = (): void => {
    const { project, state } = world;
    state.approvalPolicies.push({
      id: canary(),
      name: "guarded",
      projectId: project.id,
      environment: "prod",
      secretPath: "/MooseQuest",
    });
  };

  it("is a hand-off with the request, and is not asked for twice", async () => {
    policy();
    const issued = { OTHER: canary() };
    const failure = await failureOf(folder.up({ issued }));
    const slug = world.state.approvals[0]?.slug ?? "-";
    expect(failure.message).toContain(`approve request ${slug}`);
    expect(folder.state?.handOffs).toEqual([
      { kind: "approval", source: "", names: ["OTHER"], request: slug, operation: "POST" },
    ]);
    const again = await failureOf(folder.up({ issued }));
    expect(again.message).toContain(
      `the change request ${slug} for OTHER in /MooseQuest of prod is not merged yet`,
    );
    expect(world.state.approvals).toHaveLength(1);
  });

  it("is not asked for twice either where an earlier call of the run went through", async () => {
    folder.person("OTHER", canary());
    const issued = { OTHER: canary(), NEW: canary() };
    inject(world.vendor, { kind: "status", status: 500, method: "PATCH", path: batch, times: 0 });
    await failureOf(folder.up({ issued }));
    world.vendor.faults.clear();
    policy();
    await failureOf(folder.up({ issued }));
    const again = await failureOf(folder.up({ issued }));
    expect(again.message).toContain("for OTHER in /MooseQuest of prod is not merged yet");
    expect(world.state.approvals).toHaveLength(1);
  });

  it("is done when the request was merged", async () => {
    policy();
    const issued = { OTHER: canary() };
    await failureOf(folder.up({ issued }));
    world.state.approvalPolicies = [];
    const merged = new DrivenFolder(world);
    await merged.up({ issued });
    expect(await folder.up({ issued })).toBe("updated");
    expect(folder.handOffs).toEqual([]);
  });

  it("is asked for again after a refresh, for a request that was rejected", async () => {
    policy();
    const issued = { OTHER: canary() };
    await failureOf(folder.up({ issued }));
    await folder.refresh();
    await failureOf(folder.up({ issued }));
    expect(world.state.approvals).toHaveLength(2);
  });
});
