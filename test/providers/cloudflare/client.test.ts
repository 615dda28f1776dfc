import { randomUUID } from "node:crypto";
import { type ServerResponse } from "node:http";

import { CloudflareClient } from "../../../providers/cloudflare/client";
import { UserError, VendorError } from "../../../providers/errors";
import { canary, failureOf, inject, type LittleServer, sendJson, serve } from "../support";
import { CloudflareWorld } from "./world";

const token = `cfut_${canary()}`;
const zone = { id: "z", name: "raxx.app", account: { id: "a" } };

let server: LittleServer | undefined;
const before = { ...process.env };
afterEach(async () => {
  process.env = { ...before };
  jest.restoreAllMocks();
  await server?.close();
  server = undefined;
});

/** A client of a server that answers so, and by the number of the call. */
async function client(answer: (response: ServerResponse, count: number) => void): Promise<CloudflareClient> {
  server = await serve((response, _request, count) => {
    answer(response, count);
  });
  return new CloudflareClient({ url: `${server.url}/client/v4/`, token });
}

function failed(status: number, code: number, headers: Record<string, string> = {}) {
  return (response: ServerResponse): void => {
    const errors = [{ code, message: "Something about it" }];
    const body = { success: false, errors, messages: [], result: null };
    sendJson(response, status, body, { "cf-ray": "8f1a-SJC", ...headers });
  };
}

function listed(response: ServerResponse, result: unknown[], total_count = result.length): void {
  sendJson(response, 200, { success: true, errors: [], messages: [], result, result_info: { total_count } });
}

const calls = (): number => server?.received.length ?? 0;

describe("every call", () => {
  it("carries the token under the program's own User-Agent, and nothing of this machine or its environment", async () => {
    process.env["CLOUDFLARE_CUSTOM_HEADERS"] = "authorization: Bearer other\nx-more: more";
    process.env["CLOUDFLARE_API_KEY"] = canary();
    process.env["CLOUDFLARE_EMAIL"] = "ops@raxx.app";
    process.env["CLOUDFLARE_BASE_URL"] = "http://127.0.0.1:1";
    const asked = await client((response) => {
      listed(response, [zone]);
    });
    expect(await asked.zones()).toEqual([zone]);
    const { url, headers } = server?.received[0] ?? {};
    expect(url).toBe("/client/v4/zones?page=1&per_page=50");
    expect(headers).toMatchObject({
      authorization: `Bearer ${token}`,
      "user-agent": "raxx-credential-provisioning/0.1",
      accept: "application/json",
    });
    const extra = Object.keys(headers ?? {}).filter((name) => /^x-|cookie/.test(name));
    expect(extra).toEqual([]);
  });

  it("prints nothing, whatever comes back and whatever is asked for", async () => {
    process.env["CLOUDFLARE_LOG"] = "debug";
    const printed = (["debug", "info", "log", "warn", "error"] as const).map((how) =>
      jest.spyOn(console, how).mockImplementation(() => undefined),
    );
    const asked = await client(failed(403, 10000));
    await failureOf(asked.zones());
    for (const print of printed) expect(print).not.toHaveBeenCalled();
  });

  it("names what was asked for, the status and the ray, and nothing of the answer", async () => {
    const value = canary();
    const asked = await client((response) => {
      const errors = [{ code: 10000, message: value }];
      sendJson(response, 403, { success: false, errors, result: value }, { "cf-ray": "8f1a-SJC" });
    });
    const failure = await failureOf(asked.zones());
    expect(failure).toBeInstanceOf(VendorError);
    expect(failure).toMatchObject({
      status: 403,
      operation: "list the zones",
      requestId: "8f1a-SJC",
      trouble: "forbidden",
      retryable: false,
    });
    expect(failure.message).toContain("cloudflare answered 403 when asked to list the zones");
    expect(failure.message).toContain('give the token CF_TOKENS_MINT "Zone > Zone > Read"');
    expect(JSON.stringify(failure) + failure.message).not.toContain(value);
    expect(JSON.stringify(failure) + failure.message).not.toContain(token);
    expect(failure.cause).toBeUndefined();
  });

  it.each(["", "two words", "line\nbreak", "ümlaut"])("is not made with the token %j", (bad) => {
    const make = (): unknown => new CloudflareClient({ url: "http://127.0.0.1:1", token: bad });
    expect(make).toThrow(UserError);
    expect(make).toThrow("CLOUDFLARE_API_TOKEN has a character in it");
  });
});

describe("a refusal", () => {
  it.each([
    [400, 6003, "malformed", "has not the form of an API token"],
    [401, 1000, "unauthorized", "export a valid CLOUDFLARE_API_TOKEN"],
    [400, 1000, "unauthorized", "export a valid CLOUDFLARE_API_TOKEN"],
    [401, 10000, "unauthorized", "export a valid CLOUDFLARE_API_TOKEN"],
    [403, 9109, "forbidden", "lacks a permission, or is no longer valid"],
    [403, 10000, "forbidden", "lacks a permission"],
    [400, 10000, "forbidden", "lacks a permission"],
    [403, 9999, "access-off", "Access is not enabled in the account"],
    [404, 7003, "unrouted", "check CLOUDFLARE_BASE_URL, which has a path"],
    [400, 7003, "unrouted", "check CLOUDFLARE_BASE_URL, which has a path"],
    [404, 1003, "missing", "it does not exist"],
    [400, 1001, "refused", "nothing was changed"],
  ])("with %i and code %i is taken for %s, and is not tried again", async (status, code, trouble, words) => {
    const asked = await client(failed(status, code));
    const failure = await failureOf(asked.zones());
    expect(failure).toMatchObject({ status, trouble, retryable: false });
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain("Something about it");
    expect(calls()).toBe(1);
  });
});

describe("another try", () => {
  it("is made after a fault of Cloudflare's own, twice", async () => {
    const asked = await client(failed(503, 10001));
    const failure = await failureOf(asked.zones());
    expect(failure).toMatchObject({ status: 503, trouble: "unavailable", retryable: true });
    expect(failure.message).toContain("https://www.cloudflarestatus.com");
    expect(calls()).toBe(3);
  });

  it("finds an answer that comes in the end, after an answer that broke off", async () => {
    const asked = await client((response, count) => {
      if (count > 1) {
        listed(response, [zone]);
        return;
      }
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      response.write('{"success":');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await asked.zones()).toEqual([zone]);
  });

  it("is made after a 429 as Cloudflare asks", async () => {
    const asked = await client((response, count) => {
      if (count === 1) failed(429, 971, { "retry-after": "1" })(response);
      else listed(response, [zone]);
    });
    const start = performance.now();
    expect(await asked.zones()).toEqual([zone]);
    expect(performance.now() - start).toBeGreaterThan(900);
  });

  it.each([
    [429, { "retry-after": "11" }],
    [429, { "retry-after": "300", "x-should-retry": "true" }],
    [429, { "retry-after": "300", "retry-after-ms": "1" }],
    [503, { "retry-after": "Wed, 21 Oct 2099 07:28:00 GMT" }],
  ])("is not made after a %i with %j, which would take too long", async (status, headers) => {
    const asked = await client(failed(status, 971, headers));
    expect(await failureOf(asked.zones())).toMatchObject({ status, retryable: true });
    expect(calls()).toBe(1);
  });

  it("is made when we want it, whatever headers of the SDK's own say", async () => {
    const asked = await client((response, count) => {
      if (count === 1) failed(503, 10001, { "retry-after-ms": "60000" })(response);
      else failed(403, 10000, { "x-should-retry": "true" })(response);
    });
    expect(await failureOf(asked.zones())).toMatchObject({ status: 403 });
    expect(calls()).toBe(2);
  });

  it("ends in no answer where there is none", async () => {
    const asked = await client((response) => {
      response.destroy();
    });
    const failure = await failureOf(asked.zones());
    expect(failure).toMatchObject({ status: undefined, trouble: "silent", retryable: true });
    expect(failure.message).toContain("cloudflare gave no answer when asked to list the zones");
    expect(failure.message).toContain("check the network and CLOUDFLARE_BASE_URL");
    expect(calls()).toBe(3);
  });
});

it("waits fifteen seconds for an answer and its body, and no longer", async () => {
  const asked = await client((response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write("{");
  });
  const waits: number[] = [];
  const real = setTimeout;
  jest.spyOn(globalThis, "setTimeout").mockImplementation((run: () => void, ms?: number) => {
    if (ms === 15_000) waits.push(ms);
    return real(run, ms === 15_000 ? 50 : 1);
  });
  expect(await failureOf(asked.zones())).toMatchObject({ trouble: "silent" });
  expect(waits).toEqual([15_000, 15_000, 15_000]);
});

describe("an answer that is not Cloudflare's", () => {
  const html = "<html><body>Sign in</body></html>";
  it.each([
    ["a page", 200, "text/html", html],
    ["a page that is not found", 404, "text/html", html],
    ["a page that is forbidden", 403, "text/html", html],
    ["the edge's own refusal", 403, "text/plain", "error code: 1010"],
    ["an API that words it otherwise", 404, "application/json", '{"error":"no route"}'],
    ["JSON that is none", 200, "application/json", "{"],
    ["JSON of another shape", 200, "application/json", '{"success":true,"result":[{"id":1}]}'],
    ["a success that is none", 200, "application/json", '{"success":false,"errors":[],"result":[]}'],
    ["nothing", 204, "application/json", ""],
  ])("is told apart: %s", async (_case, status, type, body) => {
    const asked = await client((response) => response.writeHead(status, { "content-type": type }).end(body));
    const failure = await failureOf(asked.zones());
    expect(failure).toMatchObject({ status, trouble: "foreign", retryable: false });
    expect(failure.message).toContain("not an answer of Cloudflare's API; check CLOUDFLARE_BASE_URL");
    expect(failure.message).not.toContain("Sign in");
    expect(calls()).toBe(1);
  });

  it("is a redirect, which is not followed", async () => {
    const elsewhere = await serve((response) => {
      listed(response, []);
    });
    const asked = await client((response) =>
      response.writeHead(302, { location: `${elsewhere.url}/login?secret=1` }).end(),
    );
    const failure = await failureOf(asked.zones());
    await elsewhere.close();
    expect(elsewhere.received).toEqual([]);
    expect(failure).toMatchObject({ status: 302, trouble: "foreign" });
    expect(failure.message).not.toContain("secret");
  });
});

describe("a list", () => {
  it("has as many pages as it has, and not one more", async () => {
    const zones = Array.from({ length: 100 }, (_one, index) => ({ ...zone, id: String(index) }));
    const asked = await client((response, count) => {
      listed(response, zones.slice((count - 1) * 50, count * 50), 100);
    });
    expect(await asked.zones()).toEqual(zones);
    expect(server?.received.map(({ url }) => url)).toEqual([
      "/client/v4/zones?page=1&per_page=50",
      "/client/v4/zones?page=2&per_page=50",
    ]);
  });

  it("of service tokens asks for a name, and takes that name alone", async () => {
    const named = (name: string): object => ({ id: name, name });
    const asked = await client((response) => {
      listed(response, [named("a b"), named("a b c")]);
    });
    expect(await asked.serviceTokens("../x", "a b")).toEqual([named("a b")]);
    expect(server?.received[0]?.url).toBe(
      "/client/v4/accounts/..%2Fx/access/service_tokens?name=a%20b&page=1&per_page=50",
    );
  });

  it("ends at an empty page, whatever the count says", async () => {
    const asked = await client((response) => {
      listed(response, [], 7);
    });
    expect(await asked.zones()).toEqual([]);
  });
});

it("an id stays one part of the address, whatever is in it", async () => {
  const asked = await client(failed(404, 7003));
  await failureOf(asked.deleteApiToken("a/b?c"));
  await failureOf(asked.deleteServiceToken("d/e", "f/g"));
  expect(server?.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "DELETE /client/v4/user/tokens/a%2Fb%3Fc",
    "DELETE /client/v4/accounts/d%2Fe/access/service_tokens/f%2Fg",
  ]);
});

describe("with the emulated vendor", () => {
  let world: CloudflareWorld;
  beforeEach(async () => {
    world = await CloudflareWorld.start();
  });
  afterEach(() => world.stop());

  it("all pages of tokens are read", async () => {
    for (let index = 0; index < 60; index += 1) world.mint(`t${index}`, [world.onAccount("Billing Read")]);
    const tokens = await world.client().apiTokens();
    expect(tokens).toHaveLength(61);
    expect(world.calls()).toEqual(["GET /user/tokens", "GET /user/tokens"]);
  });

  it("a user's token is verified with one call, an account's with two", async () => {
    expect(await world.client().verify(world.account.id)).toEqual({
      owner: "user",
      id: world.tokenId,
      status: "active",
    });
    expect(world.calls()).toEqual(["GET /user/tokens/verify"]);
    const owned = world.ownedByAccount(world.onAccount("Billing Read"));
    expect(await owned.verify(world.account.id)).toMatchObject({ owner: "account", status: "active" });
    expect(world.calls().slice(1)).toEqual([
      "GET /user/tokens/verify",
      `GET /accounts/${world.account.id}/tokens/verify`,
    ]);
  });

  it("a token with an end shows it, and one that is disabled is not active", async () => {
    const { token: dated, value } = world.mint("dated", [world.onAccount("Billing Read")]);
    dated.expires_on = "2099-01-01T00:00:00Z";
    dated.status = "disabled";
    expect(await world.client(value).verify(world.account.id)).toEqual({
      owner: "user",
      id: dated.id,
      status: "disabled",
      expiresOn: "2099-01-01T00:00:00Z",
    });
  });

  it("a token that is unknown, or of another account, is neither", async () => {
    expect(await world.client(world.revoked()).verify(world.account.id)).toBeUndefined();
    const owned = world.ownedByAccount(world.onAccount("Billing Read"));
    expect(await owned.verify(world.otherAccount.id)).toBeUndefined();
  });

  it("a token that is limited to other addresses is told so", async () => {
    const { token: limited, value } = world.mint("limited", world.allRights());
    limited.condition = { request_ip: { in: ["192.0.2.0/24"] } };
    const failure = await failureOf(world.client(value).verify(world.account.id));
    expect(failure).toMatchObject({ trouble: "forbidden" });
    expect(failure.message).toContain("look at the client IP addresses that it is limited to");
  });

  it("a token is revoked once, also where the answer is lost", async () => {
    const { token: doomed } = world.mint("doomed", [world.onAccount("Billing Read")]);
    expect(await world.client().deleteApiToken(doomed.id)).toBe(true);
    expect(await world.client().deleteApiToken(doomed.id)).toBe(false);
    const { token: second } = world.mint("second", [world.onAccount("Billing Read")]);
    inject(world.vendor, { kind: "drop-after", method: "DELETE" });
    expect(await world.client().deleteApiToken(second.id)).toBe(false);
    expect(world.state.tokens).not.toContain(second);
  });

  it("an id that is none does not count as revoked", async () => {
    const failure = await failureOf(world.client().deleteApiToken("no-id"));
    expect(failure).toMatchObject({ status: 404, trouble: "unrouted" });
    expect(await failureOf(world.client().deleteServiceToken(world.account.id, "no-id"))).toMatchObject({
      trouble: "unrouted",
    });
    expect(await world.client().deleteServiceToken(world.account.id, randomUUID())).toBe(false);
  });

  it("what is not allowed names the permission", async () => {
    const reader = world.with(world.onZones("Zone Read", world.zone));
    const account = world.account.id;
    const messages = await Promise.all(
      [
        reader.apiTokens(),
        reader.permissionGroups(),
        reader.deleteApiToken(world.tokenId),
        reader.serviceTokens(account, "x"),
        reader.deleteServiceToken(account, randomUUID()),
      ].map(async (call) => (await failureOf(call)).message),
    );
    const apiTokens = expect.stringContaining('"User > API Tokens > Edit"') as string;
    const serviceTokens = expect.stringContaining('"Account > Access: Service Tokens > Edit"') as string;
    expect(messages).toEqual([apiTokens, apiTokens, apiTokens, serviceTokens, serviceTokens]);
  });

  it("where Access is off, no permission is blamed", async () => {
    world.account.access_enabled = false;
    const failure = await failureOf(world.client().serviceTokens(world.account.id, "x"));
    expect(failure.message).toContain("enable it at https://one.dash.cloudflare.com");
  });
});
