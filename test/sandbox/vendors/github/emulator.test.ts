import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  createRepository,
  createSecret,
  createUser,
  emptyGitHub,
  github,
  repositoryNamed,
  secretValue,
} from "../../../../sandbox/vendors/github";
import { startVendor } from "../../../../sandbox/vendors/kit/vendor";
import { failure, found, Harness, seal } from "./harness";

let harness: Harness;
const place = { owner: "raxx-app", repo: "console" };
const secrets = "/repos/raxx-app/console/actions/secrets";

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

async function arm(fault: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(fault);
  const { status } = await fetch(`${harness.vendor.url}/_sandbox/faults`, { method: "POST", headers, body });
  expect(status).toBe(201);
}

async function put(name: string, value: string) {
  const { actions } = harness.octokit();
  const { key, key_id } = (await actions.getRepoPublicKey(place)).data;
  const encrypted_value = await seal(value, key);
  return actions.createOrUpdateRepoSecret({ ...place, secret_name: name, encrypted_value, key_id });
}

test("a rate limit as a fault answers 429 with Retry-After in GitHub's envelope", async () => {
  await arm({ kind: "rate-limit", path: "/user", retryAfterSeconds: 7 });
  const answer = await harness.call("GET", "/user");
  expect(answer.status).toBe(429);
  expect(answer.headers["retry-after"]).toBe("7");
  expect(answer.body).toMatchObject({ message: "API rate limit exceeded", status: "429" });
  expect((await harness.call("GET", "/user")).status).toBe(200);
});

test("a status as a fault answers it, and the call is not carried out", async () => {
  await arm({ kind: "status", status: 500, method: "PUT" });
  expect(await failure(put("A", "1"))).toEqual({ status: 500, message: "Server Error" });
  expect(harness.repository.actions.secrets).toEqual([]);
});

test("a dropped answer leaves the secret written, a dropped call does not", async () => {
  await arm({ kind: "drop-before", method: "PUT", path: "*/A" });
  await arm({ kind: "drop-after", method: "PUT", path: "*/B" });
  await expect(put("A", "1")).rejects.toThrow();
  await expect(put("B", "1")).rejects.toThrow();
  expect(harness.repository.actions.secrets.map(({ name }) => name)).toEqual(["B"]);
});

test("what was written is there after a restart, under the same key", async () => {
  const value = randomBytes(16).toString("hex");
  await put("A", value);
  const before = structuredClone(harness.repository);
  await harness.restart();
  expect(harness.repository).toEqual(before);
  const { state, repository } = harness;
  expect(secretValue(state, { repository, name: "A" })).toBe(value);
  expect((await harness.call("GET", `${secrets}/A`)).status).toBe(200);
});

test("a secret of a world is sealed at the vendor's start, in its file as well", async () => {
  const value = randomBytes(16).toString("hex");
  const directory = mkdtempSync(join(tmpdir(), "github-"));
  const seed = () => {
    const state = emptyGitHub();
    const owner = createUser(state, { login: "operator" });
    const repository = createRepository(state, { owner, name: "console" });
    createSecret(state, { repository, name: "A", value });
    // As it is where a world is seeded before libsodium has loaded.
    const secret = found(repository.actions.secrets[0]);
    Object.assign(secret, { encrypted_value: null, unsealed_value: value });
    return state;
  };
  const vendor = await startVendor(github, { directory, seed });
  try {
    const { state } = vendor.store;
    const repository = repositoryNamed(state, "operator/console");
    expect(repository.actions.secrets).toMatchObject([{ encrypted_value: expect.any(String) as unknown }]);
    expect(secretValue(state, { repository, name: "A" })).toBe(value);
    expect(readFileSync(join(directory, "github.json"), "utf8")).not.toContain(value);
  } finally {
    await vendor.close();
    rmSync(directory, { recursive: true });
  }
});
