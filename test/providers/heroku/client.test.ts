import { HerokuClient } from "../../../providers/heroku/client";
import { configVarsOf, createAuthorization } from "../../../sandbox/vendors/heroku";
import { canary, failureOf, inject, type LittleServer, sendJson, serve, writesOf } from "../support";
import { HerokuWorld } from "./world";

let world: HerokuWorld;
beforeEach(async () => {
  world = await HerokuWorld.start();
});
afterEach(() => world.stop());

describe("every call", () => {
  it("asks for version 3 with the credential, under the program's own User-Agent", async () => {
    const server: LittleServer = await serve((response) => {
      sendJson(response, 200, { id: "a", name: "b" });
    });
    const apiKey = canary();
    await new HerokuClient({ url: server.url, apiKey }).app("raxx/odd name");
    await server.close();
    expect(server.received).toMatchObject([
      {
        url: "/apps/raxx%2Fodd%20name",
        headers: {
          accept: "application/vnd.heroku+json; version=3",
          authorization: `Bearer ${apiKey}`,
          "user-agent": expect.stringContaining("raxx-credential-provisioning/") as string,
        },
      },
    ]);
  });

  it.each([
    [401, "export a valid HEROKU_API_KEY"],
    [403, "scope global"],
    [404, "check the names in the stack configuration"],
    [422, "nothing was changed"],
    [406, "check HEROKU_API_URL"],
  ])("explains a %i", async (status, advice) => {
    inject(world.vendor, { kind: "status", status });
    const failure = await failureOf(world.client().app("raxx-api-prod"));
    expect(failure).toMatchObject({ status, operation: "read the app raxx-api-prod" });
    expect(failure.message).toContain(advice);
  });

  it.each([
    ["a rate limit", { kind: "rate-limit", retryAfterSeconds: 0 }, "wait a few minutes"],
    ["a fault of the vendor", { kind: "status", status: 503 }, "https://status.heroku.com"],
    ["no answer", { kind: "drop-before" }, "check the network and HEROKU_API_URL"],
  ] as const)("explains %s, once its retries are used up", async (_case, fault, advice) => {
    inject(world.vendor, { ...fault, times: 0 });
    const failure = await failureOf(world.client().account());
    expect(failure).toMatchObject({ retryable: true });
    expect(failure.message).toContain(advice);
    expect(world.vendor.log.read().length).toBe(3);
  });

  it("explains a redirect, and names the vendor's id of the request", async () => {
    const server = await serve((response) => {
      response.writeHead(302, { location: "/login", "request-id": "r-1" }).end();
    });
    const failure = await failureOf(new HerokuClient({ url: server.url, apiKey: "x" }).account());
    await server.close();
    expect(failure).toMatchObject({ status: 302, requestId: "r-1" });
    expect(failure.message).toContain("a redirect is not followed; check HEROKU_API_URL");
  });
});

describe("account", () => {
  it("is the credential's, or that of the token given instead", async () => {
    expect(await world.client().account()).toEqual({ id: world.account.id });
    expect(await world.client().account(world.otherApiKey)).toEqual({ id: world.other.id });
  });
});

describe("authorizations", () => {
  it("lists all of the account's, page by page", async () => {
    for (let count = 0; count < 2100; count += 1) {
      createAuthorization(world.state, { account: world.account, scope: ["read"] });
    }
    const mine = world.state.authorizations.filter((one) => one.account_id === world.account.id);
    const listed = await world.client().authorizations();
    expect(listed.map(({ id }) => id).sort()).toEqual(mine.map(({ id }) => id).sort());
    expect(world.vendor.log.read().map(({ status }) => status)).toEqual([206, 206, 200]);
  });

  it("of an id that is unknown or another account's are undefined", async () => {
    const theirs = createAuthorization(world.state, { account: world.other, scope: ["read"] });
    const mine = createAuthorization(world.state, { account: world.account, scope: ["read"] });
    expect((await world.client().authorization(mine.id))?.access_token?.token).toBe(mine.access_token.token);
    expect(await world.client().authorization(theirs.id)).toBeUndefined();
    expect(await world.client().authorization("../account")).toBeUndefined();
  });

  it("are never minted twice for one call", async () => {
    const request = { description: "d", scope: ["global"], expires_in: 60 };
    inject(world.vendor, { kind: "drop-after", method: "POST" });
    await failureOf(world.client().createAuthorization(request));
    expect(world.state.authorizations.filter(({ description }) => description === "d")).toHaveLength(1);
    expect(writesOf(world.vendor)).toHaveLength(1);
  });

  it("are revoked, and there is nothing to revoke the second time", async () => {
    const { id } = createAuthorization(world.state, { account: world.account, scope: ["read"] });
    expect(await world.client().deleteAuthorization(id)).toBe(true);
    expect(await world.client().deleteAuthorization(id)).toBe(false);
  });

  it("passes on a revoke that was refused", async () => {
    inject(world.vendor, { kind: "status", status: 403, method: "DELETE" });
    expect(await failureOf(world.client().deleteAuthorization("x"))).toMatchObject({ status: 403 });
  });
});

describe("config vars", () => {
  it("are read and set by the app's id", async () => {
    const ref = { name: "a name that does not matter", id: world.app.id };
    const after = await world.client().setConfigVars(ref, { A: "a", LOG_LEVEL: null });
    expect(after).toEqual({ NODE_ENV: "production", A: "a" });
    expect(await world.client().configVars(ref)).toEqual(after);
    expect(configVarsOf(world.state, world.app)).toEqual(after);
  });

  it("of a failed write show no value", async () => {
    const value = canary();
    inject(world.vendor, { kind: "status", status: 422, method: "PATCH" });
    const ref = { name: "raxx-api-prod", id: world.app.id };
    const failure = await failureOf(world.client().setConfigVars(ref, { A: value }));
    expect(failure.message).toContain("set config vars of raxx-api-prod");
    expect(failure.message).not.toContain(value);
  });
});

describe("fromEnvironment", () => {
  const { HEROKU_API_KEY, HEROKU_API_URL } = process.env;
  afterEach(() => {
    for (const [name, value] of Object.entries({ HEROKU_API_KEY, HEROKU_API_URL })) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  it("takes endpoint and credential of this run", async () => {
    process.env["HEROKU_API_URL"] = world.vendor.url;
    process.env["HEROKU_API_KEY"] = world.apiKey;
    expect(await HerokuClient.fromEnvironment().account()).toEqual({ id: world.account.id });
  });

  it("refuses a run without a credential", () => {
    Reflect.deleteProperty(process.env, "HEROKU_API_KEY");
    expect(() => HerokuClient.fromEnvironment()).toThrow("HEROKU_API_KEY is not set");
  });
});
