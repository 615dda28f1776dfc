import { request } from "undici";

import { InfisicalClient } from "../../../providers/infisical/client";
import { type RenamePhase } from "../../../providers/infisical/secret-entry";
import { canary, failureOf, inject, serve } from "../support";
import { DrivenFolder, type WantedEntry } from "./driver";
import { VaultWorld } from "./world";

/*
 * What an adversary of this folder would try: renames of what we wrote, half-done runs, people who write at the
 * same time, and a vault that does not show everything.
 */

let world: VaultWorld;
let folder: DrivenFolder;
beforeEach(async () => {
  world = await VaultWorld.start();
  folder = new DrivenFolder(world);
});
afterEach(() => world.stop());

const batch = "/api/v4/secrets/batch";
const custody: WantedEntry = {};
const inPhase = (phase: RenamePhase): Record<string, WantedEntry> => ({
  NEW: { formerNames: { OLD: phase } },
});

/** What of the state stands in plain text. */
function plain(): string {
  const {
    originals: _originals,
    values: _values,
    uncertain: _uncertain,
    deleted: _deleted,
    ...rest
  } = folder.state ?? {};
  return JSON.stringify([rest, [_originals, _values, _uncertain, _deleted].length]);
}

/** A client that lets a person act just before a write. */
class Interrupted extends InfisicalClient {
  constructor(private readonly act: (method: string) => void) {
    super(world.environment);
  }

  override async writeSecrets(...args: Parameters<InfisicalClient["writeSecrets"]>): Promise<void> {
    this.act(args[0]);
    await super.writeSecrets(...args);
  }
}

describe("a token that we wrote and that gets another name", () => {
  it.each(["added", "consumers-moved"] as const)(
    "stands under the old one too in phase %s",
    async (phase) => {
      const [first, second] = [canary(), canary()];
      await folder.upOf({ OLD: { token: "OLD", value: first } });
      await folder.upOf({ NEW: { token: "NEW", value: second, formerNames: { OLD: phase } } });
      expect(folder.values).toEqual({ NEW: second, OLD: phase === "added" ? second : first });
    },
  );

  it("in phase old-deleted, is deleted under the old one, once", async () => {
    const value = canary();
    await folder.upOf({ OLD: { token: "OLD", value } });
    await folder.upOf({ NEW: { token: "NEW", value, formerNames: { OLD: "old-deleted" } } });
    expect(folder.values).toEqual({ NEW: value });
  });

  it("in custody, keeps our copy too", async () => {
    const value = canary();
    folder.person("OLD", value);
    await folder.upOf({ MID: { token: "MID", formerNames: { OLD: "added" } } });
    await folder.upOf({ NEW: { token: "NEW", formerNames: { OLD: "added", MID: "added" } } });
    expect(folder.values).toEqual({ NEW: value, MID: value, OLD: value });
  });
});

describe("what a person said of a secret comes back", () => {
  it("where the value was missing at first", async () => {
    await folder.upOf({ NEW: custody });
    folder.person("NEW", canary(), { comment: "theirs" });
    await folder.upOf({ NEW: custody });
    await folder.destroy();
    expect(world.present("NEW").comment).toBe("theirs");
  });

  it("where its names disagreed at first", async () => {
    const value = canary();
    folder.person("NEW", value, { comment: "theirs" });
    folder.person("OLD", canary());
    await folder.upOf(inPhase("added"));
    folder.rotate("OLD", value);
    await folder.upOf(inPhase("added"));
    expect(world.present("NEW").comment).toBe("ours");
    await folder.destroy();
    expect(world.present("NEW").comment).toBe("theirs");
  });

  it.each([true, false])("after a rotation under the old name and a refresh (up: %s)", async (up) => {
    const value = canary();
    folder.person("NEW", value, { comment: "theirs" });
    folder.person("OLD", value);
    await folder.upOf(inPhase("added"));
    folder.rotate("OLD", canary());
    await folder.refresh();
    if (up) await folder.upOf(inPhase("added"));
    await folder.destroy();
    expect(world.present("NEW").comment).toBe("theirs");
  });

  it("after a second generation that failed", async () => {
    folder.person("NEW", canary(), { comment: "theirs" });
    await folder.upOf({ NEW: custody });
    inject(world.vendor, { kind: "drop-before", method: "PATCH", path: batch, times: 0 });
    await failureOf(folder.upOf({ NEW: { generation: "2026-06-01" } }));
    world.vendor.faults.clear();
    await folder.destroy();
    expect(world.present("NEW").comment).toBe("theirs");
  });

  it("of the secret that stands there now, not of one that was deleted", async () => {
    folder.person("NEW", canary(), { comment: "first" });
    await folder.upOf({ NEW: custody });
    folder.remove("NEW");
    folder.person("NEW", canary(), { comment: "second" });
    await folder.refresh();
    await folder.upOf({ NEW: custody });
    await folder.destroy();
    expect(world.present("NEW").comment).toBe("second");
  });

  it("but not over what they wrote since", async () => {
    folder.person("NEW", canary(), { comment: "before" });
    await folder.upOf({ NEW: custody });
    folder.edit("NEW", { comment: "since" });
    await folder.refresh();
    await folder.destroy();
    expect(world.present("NEW").comment).toBe("since");
  });
});

describe("a person's words never stand in plain text", () => {
  const words = "password hunter2";

  it.each([{ value: canary() }, custody])("in a state that was refreshed", async (entry) => {
    if (entry.value === undefined) folder.person("NEW", canary());
    await folder.upOf({ NEW: entry });
    folder.edit("NEW", { comment: words, metadata: [{ key: "pin", value: words, isEncrypted: true }] });
    await folder.refresh();
    expect(plain()).not.toContain(words);
    expect(await folder.upOf({ NEW: entry })).toBe("updated");
  });

  it("after a first run that failed, and a refresh", async () => {
    const secret = folder.person("NEW", canary(), { comment: words });
    secret.metadata = [{ key: "pin", value: words, isEncrypted: true }];
    inject(world.vendor, { kind: "drop-before", method: "PATCH", path: batch, times: 0 });
    await failureOf(folder.upOf({ NEW: custody }));
    world.vendor.faults.clear();
    await folder.refresh();
    expect(plain()).not.toContain(words);
  });

  it("and what they keep beside ours is no drift", async () => {
    const secret = folder.person("NEW", canary());
    secret.metadata = [{ key: "pin", value: words, isEncrypted: true }];
    await folder.upOf({ NEW: custody });
    await folder.refresh();
    expect(await folder.upOf({ NEW: custody })).toBe("same");
  });
});

describe("a value is not lost", () => {
  it("under an old name that is handed off, when the new one is copied again", async () => {
    const precious = canary();
    const value = canary();
    folder.person("OLD", value);
    folder.person("OLDER", value);
    await folder.upOf({ NEW: { formerNames: { OLD: "added", OLDER: "consumers-moved" } } });
    folder.rotate("OLDER", precious);
    const wanted: Record<string, WantedEntry> = {
      NEW: { formerNames: { OLD: "added", OLDER: "old-deleted" } },
    };
    await folder.upOf(wanted);
    folder.remove("NEW");
    await folder.upOf(wanted);
    expect(Object.values(folder.values)).toContain(precious);
  });

  it("by halves: the old names of a pair go together, or stay together", async () => {
    folder.person("OLD_ID", canary());
    folder.person("OLD_KEY", canary());
    const pair = (phase: RenamePhase): Record<string, WantedEntry> => ({
      ID: { formerNames: { OLD_ID: phase } },
      KEY: { formerNames: { OLD_KEY: phase } },
    });
    await folder.upOf(pair("added"));
    await folder.upOf(pair("consumers-moved"));
    folder.rotate("OLD_KEY", canary());
    await folder.upOf(pair("old-deleted"));
    expect(folder.handOffs).toEqual([{ kind: "changed", names: ["OLD_KEY"] }]);
    expect(folder.values).toHaveProperty("OLD_ID");
  });

  it("to a destroy: a secret that a person made in the place of our copy is theirs", async () => {
    const value = canary();
    folder.person("OLD", value);
    await folder.upOf(inPhase("added"));
    folder.remove("NEW");
    folder.person("NEW", value, { comment: "theirs" });
    await folder.refresh();
    await folder.upOf(inPhase("added"));
    await folder.destroy();
    expect(folder.values).toEqual({ NEW: value, OLD: value });
    expect(world.present("NEW").comment).toBe("theirs");
  });

  it("to a destroy: a companion that we never wrote is not ours by chance", async () => {
    folder.person("TOKEN__EXPIRES_AT", "non-expiring");
    await folder.upOf({ NEW: custody, TOKEN__EXPIRES_AT: { companion: true, value: "non-expiring" } });
    await folder.destroy();
    expect(world.present("TOKEN__EXPIRES_AT").value).toBe("non-expiring");
  });

  it("where a person rotates the old name between our look and its deletion", async () => {
    const precious = canary();
    folder.person("OLD", canary());
    let written = false;
    folder.through(
      new Interrupted((method) => {
        if (method === "POST" && !written) folder.rotate("OLD", precious);
        written = true;
      }),
    );
    const failure = await failureOf(folder.upOf(inPhase("old-deleted")));
    expect(failure.message).toContain("OLD in /MooseQuest of prod was written to during this run");
    expect(Object.values(folder.values)).toContain(precious);
  });

  it("where a person rotates the new name between our look and our write of its tags", async () => {
    const value = canary();
    folder.person("OLD", canary());
    await folder.upOf(inPhase("added"));
    let rotated = false;
    folder.through(
      new Interrupted(() => {
        if (!rotated) folder.rotate("NEW", value);
        rotated = true;
      }),
    );
    await folder.upOf({ NEW: { formerNames: { OLD: "added" }, generation: "2026-06-01" } });
    await folder.refresh();
    await folder.upOf({ NEW: { formerNames: { OLD: "added" }, generation: "2026-06-01" } });
    expect(folder.values).toEqual({ NEW: value, OLD: value });
  });
});

describe("two credentials are not merged", () => {
  it("where one of two old names that differ moves on", async () => {
    const theirs = canary();
    folder.person("OLD", canary());
    folder.person("OLDER", theirs);
    const wanted = (phase: RenamePhase): Record<string, WantedEntry> => ({
      NEW: { value: "ours", formerNames: { OLD: phase, OLDER: "added" } },
    });
    await folder.upOf(wanted("added"));
    await folder.upOf(wanted("consumers-moved"));
    expect(folder.values["OLDER"]).toBe(theirs);
  });

  it("where an old name joins one that is ours already", async () => {
    const theirs = canary();
    folder.person("OLD", canary());
    folder.person("OLDER", theirs);
    await folder.upOf({ NEW: { value: "ours", formerNames: { OLD: "added" } } });
    await folder.upOf({ NEW: { value: "ours", formerNames: { OLD: "added", OLDER: "added" } } });
    expect(folder.values["OLDER"]).toBe(theirs);
    expect(folder.handOffs).toEqual([{ kind: "unequal", names: ["OLD", "OLDER"] }]);
  });
});

describe("a value that cannot be copied as it is", () => {
  it.each(["line\n\n\n", "pa${GONE}ss"])(
    "is a hand-off, and keeps nothing else waiting: %j",
    async (value) => {
      const ours = canary();
      folder.person("OLD", value);
      await folder.upOf({ ...inPhase("added"), OTHER: { token: "OTHER", value: ours } });
      expect(folder.handOffs).toEqual([{ kind: "uncopyable", names: ["NEW"] }]);
      expect(folder.values).toEqual({ OLD: value, OTHER: ours });
    },
  );

  it("because the identity may not read it, is one too", async () => {
    const ours = canary();
    folder.person("OLD", canary());
    for (const membership of world.state.memberships) membership.readValue = false;
    // What we issue cannot be proven either: that fails, after it was written.
    await failureOf(folder.upOf({ ...inPhase("added"), OTHER: { token: "OTHER", value: ours } }));
    expect(folder.values["OTHER"]).toBe(ours);
    expect(world.secret("NEW")).toBeUndefined();
  });

  it.each(["added", "old-deleted"] as const)(
    "because the vault shows something in its place, is never taken for that: %s",
    async (phase) => {
      const [old, current] = [canary(), canary()];
      folder.person("OLD", old);
      folder.person("NEW", current);
      const hiding = await hidingVault();
      folder.through(hiding.client);
      await folder.upOf(inPhase(phase));
      expect(folder.handOffs).toEqual([{ kind: "uncopyable", names: ["NEW"] }]);
      expect(folder.values).toEqual({ OLD: old, NEW: current });
      await hiding.close();
    },
  );

  it("keeps how its lines are sent, where it is copied and where it comes back", async () => {
    folder.person("OLD", canary()).skipMultilineEncoding = true;
    await folder.upOf(inPhase("added"));
    expect(world.present("NEW").skipMultilineEncoding).toBe(true);
    await folder.upOf(inPhase("old-deleted"));
    await folder.upOf(inPhase("added"));
    expect(world.present("OLD").skipMultilineEncoding).toBe(true);
  });
});

describe("what is known stays true", () => {
  it("of a companion that changed while its token was missing", async () => {
    const wanted = (text: string): Record<string, WantedEntry> => ({
      NEW: custody,
      TOKEN__SCOPES: { companion: true, value: text },
    });
    folder.person("NEW", canary());
    await folder.upOf(wanted("read"));
    const gone = world.present("NEW");
    folder.remove("NEW");
    await folder.refresh();
    await folder.upOf(wanted("write"));
    world.state.secrets.push(gone);
    await folder.upOf(wanted("write"));
    expect(world.present("TOKEN__SCOPES").value).toBe("write");
  });

  it("of the tags of a token whose removal failed: a refresh passes", async () => {
    const kept: WantedEntry = { token: "B", value: canary() };
    await folder.upOf({ A: { token: "A", value: canary(), tags: ["function-a"] }, B: kept });
    inject(world.vendor, { kind: "drop-before", method: "DELETE", path: batch, times: 0 });
    await failureOf(folder.upOf({ B: kept }));
    world.vendor.faults.clear();
    await folder.refresh();
    expect(folder.state).toBeDefined();
  });

  it("of names that a refresh compared: a later rotation is followed, and nothing is read twice", async () => {
    folder.person("OLD", canary());
    await folder.upOf(inPhase("added"));
    folder.edit("OLD", { comment: "still in use" });
    await folder.refresh();
    const from = folder.mark;
    await folder.refresh();
    expect(folder.calls(from)).toEqual(["GET /api/v4/secrets"]);
    const value = canary();
    folder.rotate("NEW", value);
    await folder.refresh();
    await folder.upOf(inPhase("added"));
    expect(folder.handOffs).toEqual([]);
    expect(folder.values).toEqual({ NEW: value, OLD: value });
  });

  it("of an old name that the catalog forgot: a destroy takes our value from it", async () => {
    folder.person("OLD", canary());
    const value = canary();
    await folder.upOf({ NEW: { value, formerNames: { OLD: "added" } } });
    await folder.upOf({ NEW: { value } });
    await folder.destroy();
    expect(folder.values).toEqual({});
  });

  it("of a change request that was merged: the next change is not taken for it", async () => {
    world.state.approvalPolicies.push({
      id: canary(),
      name: "guarded",
      projectId: world.project.id,
      environment: "prod",
      secretPath: "/MooseQuest",
    });
    const [first, second] = [canary(), canary()];
    await failureOf(folder.upOf({ NEW: { value: first } }));
    world.state.approvalPolicies = [];
    await new DrivenFolder(world).upOf({ NEW: { value: first } });
    await folder.upOf({ NEW: { value: second } });
    expect(folder.values).toEqual({ NEW: second });
  });
});

/** The vault, but that it shows no value: older releases say so in place of it. */
async function hidingVault(): Promise<{ client: InfisicalClient; close: () => Promise<void> }> {
  const server = await serve(async (response, call) => {
    const { authorization, "content-type": type, "user-agent": agent } = call.headers;
    const answer = await request(`${world.vendor.url}${call.url}`, {
      method: call.method as "GET",
      headers: {
        "user-agent": String(agent),
        "cf-access-client-id": world.environment.accessClientId,
        "cf-access-client-secret": world.environment.accessClientSecret,
        ...(authorization === undefined ? {} : { authorization }),
        ...(type === undefined ? {} : { "content-type": type }),
      },
      body: call.body === "" ? null : call.body,
      // A connection that is kept would outlive the vault of its test.
      reset: true,
    });
    const text = (await answer.body.text())
      .replaceAll(/"secretValue":"(?:[^"\\]|\\.)*"/g, '"secretValue":"<hidden-by-infisical>"')
      .replaceAll('"secretValueHidden":false', '"secretValueHidden":true');
    response.writeHead(answer.statusCode, { "content-type": String(answer.headers["content-type"]) });
    response.end(text);
  });
  const client = new InfisicalClient({ ...world.environment, url: server.url });
  return { client, close: () => server.close() };
}
