import { randomUUID } from "node:crypto";

import { unknownValue } from "../../../providers/boundary";
import {
  githubSecretReceipt,
  type GitHubSecretReceiptInputs,
  type GitHubSecretReceiptOutputs,
} from "../../../providers/github/secret-receipt";
import { createSecret, secretValue } from "../../../sandbox/vendors/github";
import { failureOf, writesOf } from "../support";
import { EmulatedGitHub } from "./emulated-github";

let world: EmulatedGitHub;
beforeEach(async () => {
  world = await EmulatedGitHub.start({ environments: "write", secrets: "write" });
});
afterEach(() => world.stop());

const resource = (): ReturnType<typeof githubSecretReceipt> => githubSecretReceipt(() => world.client());

const noon = "2026-11-22T12:00:00Z";
const later = "2026-11-22T12:00:09Z";
/** As the bridged provider records it. */
const go = (time: string): string => time.replace("T", " ").replace("Z", " +0000 UTC");

function inputs(changes: Partial<GitHubSecretReceiptInputs> = {}): GitHubSecretReceiptInputs {
  return {
    owner: "raxx-app",
    repository: "TradeMasterAPI",
    environment: "production",
    secretName: "A",
    value: "the first",
    source: "RAXX_AUDIT_INGEST@2026-05-06",
    writtenAt: go(noon),
    ...changes,
  };
}

/** What the bridged provider, or anybody, writes at a time. */
function written(value: string, time: string): void {
  createSecret(world.state, {
    repository: world.repository,
    environment: world.production,
    name: "A",
    value,
    now: new Date(time),
  });
}

const held = (): string | undefined =>
  secretValue(world.state, { repository: world.repository, environment: world.production, name: "A" });

/** One run of the engine: check, diff, and what they ask for. */
async function run(
  news: GitHubSecretReceiptInputs,
  olds?: GitHubSecretReceiptOutputs,
): Promise<GitHubSecretReceiptOutputs> {
  const { inputs: checked, failures } = await resource().check(olds ?? {}, news);
  if (checked === undefined || failures !== undefined) throw new Error("refused");
  if (olds === undefined) return (await resource().create(checked)).outs;
  const { changes } = await resource().diff("id", olds, checked);
  return changes === true ? (await resource().update("id", olds, checked)).outs : olds;
}

describe("a secret that the bridged provider wrote", () => {
  it("is confirmed by its time, without a write", async () => {
    written("the first", noon);
    expect(await run(inputs())).toEqual({ ...inputs({ writtenAt: noon }), foundAt: noon, confirmedAt: noon });
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("is of no further interest while nothing changes", async () => {
    written("the first", noon);
    const first = await run(inputs());
    expect(await run(inputs(), first)).toBe(first);
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("is confirmed again with its next value", async () => {
    written("the first", noon);
    const first = await run(inputs());
    written("the second", later);
    const next = await run(inputs({ value: "the second", source: "T@2", writtenAt: go(later) }), first);
    expect(next).toMatchObject({ value: "the second", source: "T@2", confirmedAt: later });
    expect(writesOf(world.vendor)).toEqual([]);
  });

  it("is that of the repository where no environment is named", async () => {
    createSecret(world.state, {
      repository: world.repository,
      name: "A",
      value: "the first",
      now: new Date(noon),
    });
    const { environment, ...own } = inputs();
    expect(environment).toBe("production");
    expect(await run(own)).toMatchObject({ confirmedAt: noon });
    expect(writesOf(world.vendor)).toEqual([]);
  });
});

describe("a value that is not proven to stand there is written", () => {
  const puts = ["PUT /api/v3/repos/raxx-app/TradeMasterAPI/environments/production/secrets/A"];

  it("where the provider's write failed and a refresh took it for done", async () => {
    written("the first", noon);
    const first = await run(inputs());
    const next = await run(inputs({ value: "the second", source: "T@2" }), first);
    expect(held()).toBe("the second");
    expect(next).toMatchObject({ source: "T@2" });
    expect(writesOf(world.vendor)).toEqual(puts);
    expect(await run(inputs({ value: "the second", source: "T@2" }), next)).toBe(next);
  });

  it("where a run was killed after its write, and the operator goes back", async () => {
    written("the first", noon);
    const first = await run(inputs());
    written("the second", later);
    await run(inputs(), first);
    expect(held()).toBe("the first");
    expect(writesOf(world.vendor)).toEqual(puts);
  });

  it("where somebody else wrote it", async () => {
    written("the first", noon);
    const first = await run(inputs());
    written(randomUUID(), later);
    const next = await run(inputs(), first);
    expect(held()).toBe("the first");
    expect(await run(inputs(), next)).toBe(next);
    expect(writesOf(world.vendor)).toEqual(puts);
  });

  it("where somebody deleted it", async () => {
    written("the first", noon);
    const first = await run(inputs());
    world.production.actions.secrets.length = 0;
    await run(inputs(), first);
    expect(held()).toBe("the first");
    expect(writesOf(world.vendor)).toEqual(puts);
  });

  it("where the provider recorded no time", async () => {
    written("the first", noon);
    await run(inputs({ writtenAt: "" }));
    expect(writesOf(world.vendor)).toEqual(puts);
  });
});

describe("in a preview and in a destroy", () => {
  it("GitHub may be silent, and values unknown", async () => {
    world.vendor.faults.add({
      kind: "status",
      path: "*",
      call: 1,
      times: 0,
      status: 503,
      retryAfterSeconds: 0,
      delayMs: 0,
    });
    const news = inputs({ value: unknownValue, writtenAt: unknownValue });
    const { inputs: checked, failures } = await resource().check({}, news);
    expect(failures).toBeUndefined();
    expect(checked).toMatchObject({ foundAt: "", writtenAt: "" });
    await resource().delete("id", { ...news, confirmedAt: noon });
    expect(writesOf(world.vendor)).toEqual([]);
  });
});

describe("what goes wrong", () => {
  it("an empty value is refused", async () => {
    const { failures } = await resource().check({}, inputs({ value: "" }));
    expect(failures?.[0]?.reason).toContain("the value for the GitHub secret A is empty");
  });

  it("a token that may not write is told in words, without the value", async () => {
    written("the first", noon);
    const value = randomUUID();
    world.vendor.faults.add({
      kind: "status",
      method: "PUT",
      path: "*",
      call: 1,
      times: 0,
      status: 403,
      retryAfterSeconds: 0,
      delayMs: 0,
    });
    const failure = await failureOf(resource().create(inputs({ value, writtenAt: "" })));
    expect(failure.message).toContain('"Environments: read and write"');
    expect(failure.message).not.toContain(value);
    expect(held()).toBe("the first");
  });

  it("another place replaces the receipt", async () => {
    const olds = { ...inputs(), confirmedAt: noon };
    const diff = resource().diff("id", olds, inputs({ secretName: "B", owner: "other" }));
    expect(await diff).toEqual({ changes: true, replaces: ["owner", "secretName"] });
  });
});
