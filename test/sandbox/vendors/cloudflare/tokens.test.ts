import { dayMs, failed, fromNow, groupId, Harness, policy, scopes, success } from "./harness";
import { kindOf, makeToken, reach, tokenBody, tokenRecord } from "./token-kinds";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

describe.each(["user", "account"])("%s tokens", (name) => {
  test("POST answers 200 with the value, which is in no other answer and not in the database", async () => {
    const kind = kindOf(harness, name);
    const made = await makeToken(harness, kind);
    expect(made).toMatchObject({
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
      name: "made",
      status: "active",
      policies: [
        {
          id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
          effect: "allow",
          permission_groups: [{ id: groupId("DNS Write", scopes.zone), name: "DNS Write" }],
          resources: { [`${scopes.zone}.${harness.ids.zone}`]: "*" },
        },
      ],
    });
    expect(made.value).toMatch(new RegExp(`^${kind.prefix}[A-Za-z0-9]{40}[0-9a-f]{8}$`));
    expect(await reach(harness, made.value)).toEqual({ zone: false, dns: true });
    const { token } = kind;
    const one = await harness.call("GET", `${kind.path}/${made.id}`, { token });
    const list = await harness.call("GET", kind.path, { token });
    for (const { text } of [one, list]) {
      expect(text).toContain(made.id);
      expect(text).not.toContain(made.value);
      expect(text).not.toContain('"value"');
    }
    expect(JSON.stringify(harness.state)).not.toContain(made.value);
  });

  test("names are not unique, so a repeated POST makes a second token", async () => {
    const kind = kindOf(harness, name);
    const [first, second] = [await makeToken(harness, kind), await makeToken(harness, kind)];
    expect(first.id).not.toBe(second.id);
    expect(first.value).not.toBe(second.value);
  });

  test("times are kept, and answered in UTC with whole seconds", async () => {
    const made = await makeToken(harness, kindOf(harness, name), {
      not_before: "2026-01-01T02:00:00+02:00",
      expires_on: "2099-01-01T00:00:00.500Z",
    });
    expect(made).toMatchObject({ not_before: "2026-01-01T00:00:00Z", expires_on: "2099-01-01T00:00:00Z" });
  });

  test("PUT puts the body in place of everything but the value: what it leaves out is gone", async () => {
    const kind = kindOf(harness, name);
    const { token } = kind;
    const made = await makeToken(harness, kind, {
      policies: [policy(harness.onZone("DNS Write", "Zone Read"))],
      expires_on: fromNow(dayMs),
      condition: { request_ip: { in: ["127.0.0.1"] } },
    });
    expect(await reach(harness, made.value)).toEqual({ zone: true, dns: true });
    const changed = await harness.call("PUT", `${kind.path}/${made.id}`, {
      token,
      body: { ...tokenBody(harness, "Zone Read"), name: "renamed" },
    });
    expect(changed.body).toMatchObject({ ...success, result: { id: made.id, name: "renamed" } });
    for (const field of ["value", "expires_on", "condition"]) {
      expect(changed.body.result).not.toHaveProperty(field);
    }
    expect(await reach(harness, made.value)).toEqual({ zone: true, dns: false });
  });

  test("PUT can disable a token; without a status it is enabled again", async () => {
    const kind = kindOf(harness, name);
    const { token } = kind;
    const made = await makeToken(harness, kind);
    const put = (extra: object) =>
      harness.call("PUT", `${kind.path}/${made.id}`, {
        token,
        body: { ...tokenBody(harness, "DNS Write"), ...extra },
      });
    expect((await put({ status: "disabled" })).body.result).toMatchObject({ status: "disabled" });
    expect(await reach(harness, made.value)).toEqual({ zone: false, dns: false });
    expect(await put({ status: "expired" })).toMatchObject(failed(400, 1001));
    expect((await put({})).body.result).toMatchObject({ status: "active" });
    expect(await reach(harness, made.value)).toEqual({ zone: false, dns: true });
  });

  test("PUT takes back the policies as they were read, and no id of another's policy", async () => {
    const kind = kindOf(harness, name);
    const { token } = kind;
    const [made, other] = [await makeToken(harness, kind), await makeToken(harness, kind)];
    const put = (policies: unknown) =>
      harness.call("PUT", `${kind.path}/${made.id}`, { token, body: { name: "made", policies } });
    expect((await put(made.policies)).body.result).toMatchObject({ policies: made.policies });
    expect(await put(other.policies)).toMatchObject(failed(400, 1001));
  });

  test("PUT of the value kills the old one at once and keeps the rest", async () => {
    const kind = kindOf(harness, name);
    const { token } = kind;
    const made = await makeToken(harness, kind, { expires_on: fromNow(dayMs) });
    const rolled = await harness.call("PUT", `${kind.path}/${made.id}/value`, { token, body: {} });
    expect(rolled.body.result).toMatch(new RegExp(`^${kind.prefix}.{48}$`));
    expect(rolled.body.result).not.toBe(made.value);
    expect(await reach(harness, made.value)).toEqual({ zone: false, dns: false });
    expect(await reach(harness, rolled.body.result as string)).toEqual({ zone: false, dns: true });
    const after = await harness.call("GET", `${kind.path}/${made.id}`, { token });
    const { value, ...rest } = made;
    expect(value).toBe(made.value);
    expect(after.body.result).toMatchObject({ ...rest, modified_on: expect.any(String) as unknown });
  });

  test("DELETE answers the id, the value is dead, and a second one answers 404", async () => {
    const kind = kindOf(harness, name);
    const { token } = kind;
    const made = await makeToken(harness, kind);
    const path = `${kind.path}/${made.id}`;
    expect((await harness.call("DELETE", path, { token })).body).toMatchObject({
      ...success,
      result: { id: made.id },
    });
    expect(await reach(harness, made.value)).toEqual({ zone: false, dns: false });
    for (const method of ["DELETE", "GET"]) {
      expect(await harness.call(method, path, { token })).toMatchObject(failed(404, 1003));
    }
    const put = await harness.call("PUT", path, { token, body: tokenBody(harness, "DNS Write") });
    expect(put).toMatchObject(failed(404, 1003));
  });

  test("an id that is none answers 404 7003, which is not the 404 of a token that is gone", async () => {
    const kind = kindOf(harness, name);
    const answer = await harness.call("GET", `${kind.path}/not-an-id`, { token: kind.token });
    expect(answer).toMatchObject(failed(404, 7003));
  });

  test("tokens of the other kind are neither listed nor found", async () => {
    const mine = kindOf(harness, name);
    const theirs = kindOf(harness, name === "user" ? "account" : "user");
    const made = await makeToken(harness, theirs);
    const { path, token } = mine;
    expect((await harness.call("GET", path, { token })).text).not.toContain(made.id);
    expect(await harness.call("GET", `${path}/${made.id}`, { token })).toMatchObject(failed(404, 1003));
    expect(await harness.call("DELETE", `${path}/${made.id}`, { token })).toMatchObject(failed(404, 1003));
  });

  test.each<[string, (body: { name: string; policies: object[] }) => object]>([
    ["no name", ({ policies }) => ({ policies })],
    ["a name of spaces", (sent) => ({ ...sent, name: " " })],
    ["no policies", ({ name: kept }) => ({ name: kept })],
    ["an empty list of policies", (sent) => ({ ...sent, policies: [] })],
    [
      "a policy without resources",
      (sent) => ({ ...sent, policies: [{ ...sent.policies[0], resources: {} }] }),
    ],
    [
      "a policy without groups",
      (sent) => ({ ...sent, policies: [{ ...sent.policies[0], permission_groups: [] }] }),
    ],
    ["another effect", (sent) => ({ ...sent, policies: [{ ...sent.policies[0], effect: "maybe" }] })],
    ["a policy with an id", (sent) => ({ ...sent, policies: [{ ...sent.policies[0], id: "0".repeat(32) }] })],
    ["a time that is none", (sent) => ({ ...sent, expires_on: "2099-01-01" })],
    ["an expiry in the past", (sent) => ({ ...sent, expires_on: fromNow(-1000) })],
    [
      "an expiry before the beginning",
      (sent) => ({ ...sent, expires_on: fromNow(dayMs), not_before: fromNow(2 * dayMs) }),
    ],
    ["a range that is none", (sent) => ({ ...sent, condition: { request_ip: { in: ["localhost"] } } })],
    ["a misspelled field", (sent) => ({ ...sent, expires_at: fromNow(dayMs) })],
  ])("POST with %s answers 400 1001 and makes nothing", async (_what, change) => {
    const kind = kindOf(harness, name);
    const before = harness.state.tokens.length;
    const answer = await harness.call("POST", kind.path, {
      token: kind.token,
      body: change(tokenBody(harness, "DNS Write")),
    });
    expect(answer.status).toBe(400);
    expect(new Set(answer.body.errors.map(({ code }) => code))).toEqual(new Set([1001]));
    expect(harness.state.tokens).toHaveLength(before);
  });

  test("an expired token can be read and deleted, and neither changed nor rolled", async () => {
    const kind = kindOf(harness, name);
    const { token } = kind;
    const made = await makeToken(harness, kind, { expires_on: fromNow(dayMs) });
    tokenRecord(harness, made.id).expires_on = fromNow(-1000);
    const path = `${kind.path}/${made.id}`;
    expect((await harness.call("GET", path, { token })).body.result).toMatchObject({ status: "expired" });
    expect(await harness.call("PUT", path, { token, body: tokenBody(harness, "DNS Write") })).toMatchObject(
      failed(400, 1001),
    );
    expect(await harness.call("PUT", `${path}/value`, { token })).toMatchObject(failed(400, 1001));
    expect((await harness.call("DELETE", path, { token })).status).toBe(200);
  });

  test("a full quota refuses the next token, with what the state says", async () => {
    const kind = kindOf(harness, name);
    const owned = harness.state.tokens.filter(({ owner }) => owner.kind === name).length;
    expect(harness.state.quotas).toMatchObject({ user_tokens: 50, account_tokens: 500 });
    Object.assign(harness.state.quotas, {
      user_tokens: owned + 1,
      account_tokens: owned + 1,
      refusal: { status: 403, code: 1234, message: "no more" },
    });
    const made = await makeToken(harness, kind);
    const { path, token } = kind;
    expect(await harness.call("POST", path, { token, body: tokenBody(harness, "DNS Write") })).toMatchObject(
      failed(403, 1234),
    );
    await harness.call("DELETE", `${path}/${made.id}`, { token });
    await makeToken(harness, kind);
  });
});
