import {
  type AccessServiceToken,
  createServiceToken,
  verifyServiceToken,
} from "../../../../sandbox/vendors/cloudflare";
import { all, dayMs, failed, failure, found, fromNow, Harness, success } from "./harness";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

interface Pair {
  id: string;
  client_id: string;
  client_secret: string;
}

const path = () => `/accounts/${harness.ids.account}/access/service_tokens`;

async function make(body: object = {}): Promise<Pair> {
  const answer = await harness.call("POST", path(), { body: { name: "vault", ...body } });
  expect(answer.body).toMatchObject(success);
  return answer.body.result as Pair;
}

async function send(method: string, rest: string, body?: object): Promise<Pair & Record<string, unknown>> {
  const answer = await harness.call(method, `${path()}/${rest}`, body === undefined ? {} : { body });
  expect(answer).toMatchObject({ status: 200, body: success });
  return answer.body.result as Pair & Record<string, unknown>;
}

function opens({ client_id }: Pair, secret: string, at = new Date()): boolean {
  return verifyServiceToken(harness.state, client_id, secret, at) !== undefined;
}

function record({ id }: Pair): AccessServiceToken {
  return found(harness.state.service_tokens.find((token) => token.id === id));
}

const inDays = (days: number) => new Date(Date.now() + days * dayMs);

test("POST answers 201 with the secret, which is in no other answer and not in the database", async () => {
  const answer = await harness.call("POST", path(), { body: { name: "vault" } });
  expect(answer.status).toBe(201);
  const made = answer.body.result as Pair;
  expect(made).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/) as unknown,
    name: "vault",
    client_id: expect.stringMatching(/^[0-9a-f]{32}\.access$/) as unknown,
    client_secret: expect.stringMatching(/^cfast_[A-Za-z0-9]{40}[0-9a-f]{8}$/) as unknown,
    duration: "8760h",
    enabled: true,
    expires_at: expect.any(String) as unknown,
    created_at: expect.any(String) as unknown,
    updated_at: expect.any(String) as unknown,
  });
  const texts = [
    (await harness.call("GET", path())).text,
    (await harness.call("GET", `${path()}/${made.id}`)).text,
    (await harness.call("PUT", `${path()}/${made.id}`, { body: { name: "new" } })).text,
    (await harness.call("POST", `${path()}/${made.id}/refresh`)).text,
    (await harness.call("DELETE", `${path()}/${made.id}`)).text,
  ];
  for (const text of texts) {
    expect(text).toContain(made.client_id);
    expect(text).not.toContain("secret");
  }
  expect(JSON.stringify(harness.state)).not.toContain(made.client_secret);
});

describe("the pair", () => {
  test("opens until it expires, and with nothing but its own secret", async () => {
    const [made, other] = [await make({ duration: "24h" }), await make()];
    expect(opens(made, made.client_secret)).toBe(true);
    expect(opens(made, other.client_secret)).toBe(false);
    expect(opens({ ...made, client_id: other.client_id }, made.client_secret)).toBe(false);
    expect(opens(made, made.client_secret, inDays(0.99))).toBe(true);
    expect(opens(made, made.client_secret, inDays(1.01))).toBe(false);
  });

  test("opens for ever where that is its duration", async () => {
    const made = await make({ duration: "forever" });
    expect(made).not.toHaveProperty("expires_at");
    expect(opens(made, made.client_secret, inDays(36_500))).toBe(true);
  });

  test("opens no more once it is deleted, and a second DELETE answers 404", async () => {
    const made = await make();
    await send("DELETE", made.id);
    expect(opens(made, made.client_secret)).toBe(false);
    for (const method of ["DELETE", "GET"]) {
      expect(await harness.call(method, `${path()}/${made.id}`)).toMatchObject(failed(404, 11021));
    }
    expect(await harness.call("GET", `${path()}/${"0".repeat(32)}`)).toMatchObject(failed(404, 7003));
  });

  test("does not open while it is disabled, the previous secret neither, and does again afterwards", async () => {
    const made = await make();
    const { client_secret } = await send("POST", `${made.id}/rotate`, {
      previous_client_secret_expires_at: fromNow(dayMs),
    });
    expect(await send("PUT", made.id, { enabled: false })).toMatchObject({ enabled: false });
    expect([opens(made, made.client_secret), opens(made, client_secret)]).toEqual([false, false]);
    await send("PUT", made.id, { enabled: true });
    expect([opens(made, made.client_secret), opens(made, client_secret)]).toEqual([true, true]);
  });

  test("of an older form opens as well", () => {
    const { account } = harness;
    const { token, clientSecret } = createServiceToken(harness.state, {
      account,
      name: "old",
      legacySecret: true,
    });
    expect(clientSecret).toMatch(/^[0-9a-f]{64}$/);
    expect(verifyServiceToken(harness.state, token.client_id, clientSecret, new Date())).toBe(token);
  });
});

describe("rotate", () => {
  test("without an end kills the old secret at once, and keeps id, client id and expiry", async () => {
    const made = await make();
    const { expires_at } = record(made);
    const rotated = await send("POST", `${made.id}/rotate`);
    expect(rotated).toMatchObject({ id: made.id, client_id: made.client_id, expires_at });
    expect(rotated.client_secret).toMatch(/^cfast_/);
    expect([opens(made, made.client_secret), opens(made, rotated.client_secret)]).toEqual([false, true]);
  });

  test("with an end leaves the old secret until then", async () => {
    const made = await make();
    const { client_secret } = await send("POST", `${made.id}/rotate`, {
      previous_client_secret_expires_at: fromNow(7 * dayMs),
    });
    expect([opens(made, made.client_secret), opens(made, client_secret)]).toEqual([true, true]);
    expect(opens(made, made.client_secret, inDays(7.01))).toBe(false);
    expect(opens(made, client_secret, inDays(7.01))).toBe(true);
  });

  test("twice leaves the last two secrets only", async () => {
    const made = await make();
    const end = { previous_client_secret_expires_at: fromNow(7 * dayMs) };
    const second = await send("POST", `${made.id}/rotate`, end);
    const third = await send("POST", `${made.id}/rotate`, end);
    const secrets = [made, second, third].map(({ client_secret }) => opens(made, client_secret));
    expect(secrets).toEqual([false, true, true]);
  });

  test("with an end in the past is as without one", async () => {
    const made = await make();
    await send("POST", `${made.id}/rotate`, { previous_client_secret_expires_at: fromNow(-1000) });
    expect(opens(made, made.client_secret)).toBe(false);
  });
});

describe("PUT", () => {
  test("with a higher version rotates, and only this answer has the new secret", async () => {
    const made = await make();
    const body = { client_secret_version: 2, previous_client_secret_expires_at: fromNow(dayMs) };
    const changed = await send("PUT", made.id, body);
    expect(changed.client_secret).toMatch(/^cfast_/);
    expect([opens(made, made.client_secret), opens(made, changed.client_secret)]).toEqual([true, true]);
    expect(await send("PUT", made.id, body)).not.toHaveProperty("client_secret");
    expect(opens(made, changed.client_secret)).toBe(true);
    expect(await send("GET", made.id)).not.toHaveProperty("client_secret");
  });

  test("with a higher version and no end kills the old secret at once", async () => {
    const made = await make();
    const { client_secret } = await send("PUT", made.id, { client_secret_version: 2 });
    expect([opens(made, made.client_secret), opens(made, client_secret)]).toEqual([false, true]);
  });

  test("with a lower version answers 400 and changes nothing", async () => {
    const made = await make({ client_secret_version: 3 });
    const answer = await harness.call("PUT", `${path()}/${made.id}`, {
      body: { client_secret_version: 2, name: "new" },
    });
    expect(answer).toMatchObject(failed(400, 12130));
    expect(record(made)).toMatchObject({ name: "vault", client_secret_version: 3 });
    expect(opens(made, made.client_secret)).toBe(true);
  });

  test("moves the end of the previous secret, into the past as well, and brings none back", async () => {
    const made = await make();
    const end = (ms: number) => ({ previous_client_secret_expires_at: fromNow(ms) });
    await send("POST", `${made.id}/rotate`, end(dayMs));
    await send("PUT", made.id, end(3 * dayMs));
    expect(opens(made, made.client_secret, inDays(2))).toBe(true);
    await send("PUT", made.id, end(-1000));
    expect(opens(made, made.client_secret)).toBe(false);
    await send("PUT", made.id, end(dayMs));
    expect(opens(made, made.client_secret)).toBe(false);
  });

  test("changes what it names only; another duration counts from now, the same one changes nothing", async () => {
    const made = await make({ duration: "2400h" });
    record(made).expires_at = fromNow(10 * dayMs);
    const { expires_at } = record(made);
    expect(await send("PUT", made.id, { name: "new", duration: "2400h" })).toMatchObject({
      name: "new",
      expires_at,
    });
    const changed = await send("PUT", made.id, { duration: "720h30m" });
    expect(changed).toMatchObject({ name: "new", enabled: true, duration: "720h30m" });
    const days = (new Date(changed.expires_at as string).getTime() - Date.now()) / dayMs;
    expect(days).toBeCloseTo(30 + 1 / 48, 2);
    expect(await send("PUT", made.id, { duration: "forever" })).not.toHaveProperty("expires_at");
  });

  test("does not move the expiry by a rotation", async () => {
    const made = await make();
    record(made).expires_at = fromNow(10 * dayMs);
    const { expires_at } = record(made);
    expect(await send("PUT", made.id, { client_secret_version: 2 })).toMatchObject({ expires_at });
  });
});

test("refresh gives one more year from now, with the same secret", async () => {
  const made = await make({ duration: "24h" });
  const refreshed = await send("POST", `${made.id}/refresh`);
  const days = (new Date(refreshed.expires_at as string).getTime() - Date.now()) / dayMs;
  expect(days).toBeCloseTo(365, 2);
  expect(opens(made, made.client_secret, inDays(364))).toBe(true);
});

test.each<[string, object]>([
  ["no name", {}],
  ["an empty name", { name: "" }],
  ["a duration with no unit", { name: "a", duration: "8760" }],
  ["a duration in days", { name: "a", duration: "365d" }],
  ["a duration of nothing", { name: "a", duration: "0h" }],
  ["a version of zero", { name: "a", client_secret_version: 0 }],
  ["an end that is no time", { name: "a", previous_client_secret_expires_at: "tomorrow" }],
  ["an unknown field", { name: "a", expires_at: "2099-01-01T00:00:00Z" }],
])("POST with %s answers 400 12130 and makes nothing", async (_what, body) => {
  expect(await harness.call("POST", path(), { body })).toMatchObject(failed(400, 12130));
  expect(harness.state.service_tokens).toEqual([]);
});

test("lists have pages and filters by name and by a part of it", async () => {
  for (const name of ["vault", "vault", "console"])
    createServiceToken(harness.state, { account: harness.account, name });
  const names = async (query: string) => {
    const { result } = (await harness.call("GET", `${path()}?${query}`)).body;
    return (result as { name: string }[]).map(({ name }) => name);
  };
  expect(await names("")).toEqual(["vault", "vault", "console"]);
  expect(await names("per_page=2&page=2")).toEqual(["console"]);
  expect(await names("name=vault")).toEqual(["vault", "vault"]);
  expect(await names("name=vaul")).toEqual([]);
  expect(await names("search=ONSO")).toEqual(["console"]);
});

test("an account without Access answers 403 9999, which no permission cures", async () => {
  harness.account.access_enabled = false;
  const answer = await harness.call("GET", path());
  expect(answer).toMatchObject(failed(403, 9999));
  expect(answer.text).toContain("access.api.error.not_enabled");
});

test("a full quota refuses the next token", async () => {
  harness.state.quotas.service_tokens = 1;
  await make();
  expect(await harness.call("POST", path(), { body: { name: "more" } })).toMatchObject(failed(400, 1001));
});

test("through the official client a service token lives", async () => {
  const { serviceTokens } = harness.client().zeroTrust.access;
  const account_id = harness.ids.account;
  const made = await serviceTokens.create({ account_id, name: "vault", duration: "2160h" });
  const id = found(made.id);
  const opensWith = (secret: string | undefined) =>
    verifyServiceToken(harness.state, found(made.client_id), found(secret), new Date())?.id === id;
  expect(opensWith(made.client_secret)).toBe(true);
  expect(await all(serviceTokens.list({ account_id }))).toMatchObject([{ id, name: "vault" }]);
  const rotated = await serviceTokens.rotate(id, {
    account_id,
    previous_client_secret_expires_at: fromNow(dayMs),
  });
  expect([opensWith(made.client_secret), opensWith(rotated.client_secret)]).toEqual([true, true]);
  expect(await serviceTokens.refresh(id, { account_id })).toMatchObject({ id });
  expect(await serviceTokens.update(id, { account_id, enabled: false })).toMatchObject({ enabled: false });
  expect(await serviceTokens.delete(id, { account_id })).toMatchObject({ id });
  expect(await failure(serviceTokens.get(id, { account_id }))).toEqual({ status: 404, codes: [11021] });
});
