import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { createSecret, secretValue } from "../../../../sandbox/vendors/github";
import { failure, found, Harness, seal } from "./harness";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

const repo = "/repos/raxx-app/console";
const kinds: [string, string, string | undefined][] = [
  ["the repository", `${repo}/actions/secrets`, undefined],
  ["an environment", `${repo}/environments/prod/secrets`, "prod"],
];

function randomValue(): string {
  return randomBytes(24).toString("base64url");
}

describe.each(kinds)("secrets of %s", (_kind, path, environment) => {
  const scope = () => (environment === undefined ? harness.repository : harness.prod).actions;
  const stored = (name: string) =>
    secretValue(harness.state, {
      repository: harness.repository,
      ...(environment !== undefined && { environment }),
      name,
    });

  async function publicKey(): Promise<{ key_id: string; key: string }> {
    return (await harness.call("GET", `${path}/public-key`)).body as { key_id: string; key: string };
  }

  async function put(name: string, value: string) {
    const { key_id, key } = await publicKey();
    return harness.call("PUT", `${path}/${name}`, {
      body: { encrypted_value: await seal(value, key), key_id },
    });
  }

  test("the public key is 32 bytes in base64", async () => {
    const { key, key_id } = await publicKey();
    expect(Buffer.from(key, "base64")).toHaveLength(32);
    expect(key_id).toMatch(/^\d{18}$/);
  });

  test("PUT answers 201 with {} for a new secret and 204 without a body for a known one", async () => {
    const [first, second] = [randomValue(), randomValue()];
    const created = await put("TOKEN", first);
    expect([created.status, created.body]).toEqual([201, {}]);
    expect(stored("TOKEN")).toBe(first);
    const updated = await put("TOKEN", second);
    expect([updated.status, updated.text]).toEqual([204, ""]);
    expect(stored("TOKEN")).toBe(second);
    expect(scope().secrets).toHaveLength(1);
  });

  test("what is stored is the box as it was sent", async () => {
    const { key_id, key } = await publicKey();
    const encrypted_value = await seal(randomValue(), key);
    await harness.call("PUT", `${path}/TOKEN`, { body: { encrypted_value, key_id } });
    expect(scope().secrets).toMatchObject([{ name: "TOKEN", encrypted_value }]);
  });

  test("GET and the list have names and times in whole seconds, and no value", async () => {
    const value = randomValue();
    await put("B", value);
    await put("A", value);
    const one = await harness.call("GET", `${path}/B`);
    const time: unknown = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(one.body).toEqual({ name: "B", created_at: time, updated_at: time });
    const list = await harness.call("GET", path);
    expect(list.body).toMatchObject({ total_count: 2, secrets: [{ name: "A" }, { name: "B" }] });
    expect(one.text + list.text).not.toContain(value);
  });

  test("every PUT moves updated_at, and leaves created_at", async () => {
    await put("A", "1");
    const before = found(structuredClone(scope().secrets)[0]);
    await sleep(1100);
    await put("A", "1");
    const after = found(scope().secrets[0]);
    expect(after.created_at).toBe(before.created_at);
    expect(after.updated_at > before.updated_at).toBe(true);
  });

  test("names are stored in upper case and found in any", async () => {
    await put("token", "1");
    expect((await harness.call("GET", `${path}/Token`)).body).toMatchObject({ name: "TOKEN" });
    expect((await put("Token", "2")).status).toBe(204);
  });

  test.each(["GITHUB_TOKEN", "github_x", "1A", "A-B", "A.B", "A%20B", "K%C3%84SE"])(
    "PUT of the name %p answers 422",
    async (name) => {
      expect((await put(name, "1")).status).toBe(422);
      expect(scope().secrets).toEqual([]);
    },
  );

  test("a box under another scope's key id, or for another key, answers 422 and changes nothing", async () => {
    const own = await publicKey();
    const [, other] = found(kinds.find(([, otherPath]) => otherPath !== path));
    const foreign = (await harness.call("GET", `${other}/public-key`)).body as typeof own;
    expect(foreign.key_id).not.toBe(own.key_id);
    expect(foreign.key).not.toBe(own.key);
    const attempt = async (key: string, key_id: string) =>
      harness.call("PUT", `${path}/A`, { body: { encrypted_value: await seal("1", key), key_id } });
    expect((await attempt(foreign.key, foreign.key_id)).status).toBe(422);
    expect((await attempt(foreign.key, own.key_id)).status).toBe(422);
    expect((await attempt(own.key, foreign.key_id)).status).toBe(422);
    expect(scope().secrets).toEqual([]);
    expect((await attempt(own.key, own.key_id)).status).toBe(201);
  });

  test("what is no sealed box answers 422, and is not repeated", async () => {
    const { key_id } = await publicKey();
    const plain = randomBytes(24).toString("base64");
    for (const encrypted_value of [plain, `${plain}!`, "", 7]) {
      const answer = await harness.call("PUT", `${path}/A`, { body: { encrypted_value, key_id } });
      expect(answer.status).toBe(422);
      expect(answer.text).not.toContain(plain);
    }
  });

  test("PUT without key_id answers 422 and says so, an unknown field as well", async () => {
    const { key_id, key } = await publicKey();
    const encrypted_value = await seal("1", key);
    const answer = await harness.call("PUT", `${path}/A`, { body: { encrypted_value } });
    expect([answer.status, answer.body]).toMatchObject([
      422,
      { message: `Invalid request.\n\n"key_id" wasn't supplied.` },
    ]);
    const body = { encrypted_value, key_id, value: "1" };
    expect((await harness.call("PUT", `${path}/A`, { body })).status).toBe(422);
  });

  test("48 KB fit, one byte more answers 422", async () => {
    expect((await put("BIG", "x".repeat(48 * 1024 + 1))).status).toBe(422);
    expect((await put("BIG", "x".repeat(48 * 1024))).status).toBe(201);
  });

  test("100 secrets fit, and one that is there can still be updated", async () => {
    for (let index = 0; index < 100; index += 1) {
      createSecret(harness.state, {
        repository: harness.repository,
        ...(environment !== undefined && { environment }),
        name: `S${index}`,
        value: "1",
      });
    }
    expect((await put("ONE_MORE", "1")).status).toBe(422);
    expect((await put("S7", "2")).status).toBe(204);
  });

  test("DELETE answers 204, and twice 404", async () => {
    await put("A", "1");
    expect((await harness.call("DELETE", `${path}/a`)).status).toBe(204);
    expect((await harness.call("DELETE", `${path}/A`)).status).toBe(404);
    expect((await harness.call("GET", `${path}/A`)).status).toBe(404);
    expect(stored("A")).toBeUndefined();
  });

  test("the call log names the secret and has neither its value nor its box", async () => {
    const value = randomValue();
    await put("TOKEN", value);
    const calls = harness.vendor.log.read();
    expect(calls.at(-1)).toMatchObject({
      method: "PUT",
      path: `${path}/TOKEN`,
      status: 201,
      keys: ["TOKEN"],
    });
    const box = found(found(scope().secrets[0]).encrypted_value ?? undefined);
    expect(JSON.stringify(calls)).not.toContain(value);
    expect(JSON.stringify(calls)).not.toContain(box);
  });
});

test.each(["", "/api/v3"])("the official client manages both kinds under %p", async (prefix) => {
  const { actions } = harness.octokit(harness.token, prefix);
  const place = { owner: "raxx-app", repo: "console", secret_name: "TOKEN" };
  const inEnvironment = { ...place, environment_name: "prod" };
  const value = randomValue();
  const key = (await actions.getRepoPublicKey(place)).data;
  const encrypted_value = await seal(value, key.key);
  const put = await actions.createOrUpdateRepoSecret({ ...place, encrypted_value, key_id: key.key_id });
  expect(put.status).toBe(201);
  expect((await actions.getRepoSecret(place)).data.name).toBe("TOKEN");
  expect((await actions.listRepoSecrets(place)).data.total_count).toBe(1);
  const envKey = (await actions.getEnvironmentPublicKey(inEnvironment)).data;
  await actions.createOrUpdateEnvironmentSecret({
    ...inEnvironment,
    encrypted_value: await seal("other", envKey.key),
    key_id: envKey.key_id,
  });
  expect((await actions.getEnvironmentSecret(inEnvironment)).data.name).toBe("TOKEN");
  expect((await actions.listEnvironmentSecrets(inEnvironment)).data.total_count).toBe(1);
  const { state, repository } = harness;
  expect(secretValue(state, { repository, name: "TOKEN" })).toBe(value);
  expect(secretValue(state, { repository, environment: "prod", name: "TOKEN" })).toBe("other");
  await actions.deleteEnvironmentSecret(inEnvironment);
  await actions.deleteRepoSecret(place);
  expect(await failure(actions.getRepoSecret(place))).toEqual({ status: 404, message: "Not Found" });
  expect(await failure(actions.deleteEnvironmentSecret(inEnvironment))).toMatchObject({ status: 404 });
});

test("secrets of an environment that does not exist are 404", async () => {
  expect((await harness.call("GET", `${repo}/environments/gone/secrets`)).status).toBe(404);
  expect((await harness.call("GET", `${repo}/environments/gone/secrets/public-key`)).status).toBe(404);
});
