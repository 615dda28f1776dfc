import { UserError, VendorError } from "../../../providers/errors";
import { GitHubClient } from "../../../providers/github/client";
import { restUrl } from "../../../providers/github/transport";
import { canary, failureOf, serve } from "../support";
import { GitHubWorld } from "./world";

let world: GitHubWorld;
beforeEach(async () => {
  world = await GitHubWorld.start();
});
afterEach(async () => {
  await world.stop();
  jest.restoreAllMocks();
});

const ref = { owner: "raxx-app", repository: "TradeMasterAPI" };
const path = "/repos/raxx-app/TradeMasterAPI";

describe("every call", () => {
  it("asks for JSON of a fixed version with the credential, under the program's own User-Agent", async () => {
    await world.client().repository(ref);
    expect(world.seen).toMatchObject([
      {
        method: "GET",
        url: `/api/v3${path}`,
        headers: {
          accept: "application/vnd.github+json",
          authorization: `token ${world.token}`,
          "x-github-api-version": "2022-11-28",
          "user-agent": expect.stringMatching(/^raxx-credential-provisioning\/0\.1 /) as string,
        },
      },
    ]);
  });

  it("prints nothing, whatever comes back", async () => {
    const printed = (["debug", "info", "log", "warn", "error"] as const).map((how) =>
      jest.spyOn(console, how).mockImplementation(() => undefined),
    );
    world.refuse("/public-key", 403, { deprecation: "true", sunset: "tomorrow" });
    await world.client().repository(ref);
    await failureOf(world.client().confirmSecrets(ref));
    for (const print of printed) expect(print).not.toHaveBeenCalled();
  });

  it("names what was asked for, the status and GitHub's id of the request, and nothing of the answer", async () => {
    const value = canary();
    world.refuse(path, 401, {}, value);
    const failure = await failureOf(world.client().repository(ref));
    expect(failure).toBeInstanceOf(VendorError);
    expect(failure).toMatchObject({
      status: 401,
      operation: "read the repository raxx-app/TradeMasterAPI",
      requestId: "ABCD:1234",
      retryable: false,
    });
    expect(failure.message).toContain("github answered 401");
    expect(failure.message).toContain("(request ABCD:1234)");
    expect(JSON.stringify(failure) + failure.message).not.toContain(value);
    expect(JSON.stringify(failure) + failure.message).not.toContain(world.token);
    expect(failure.cause).toBeUndefined();
  });

  it("refuses a credential that is not valid, and does not show it", async () => {
    const failure = await failureOf(world.client("github_pat_wrong").repository(ref));
    expect(failure).toMatchObject({ status: 401, trouble: "unauthorized" });
    expect(failure.message).toContain("export a valid GITHUB_TOKEN");
    expect(failure.message).toContain("GH_SECRETS_WRITE");
    expect(failure.message).not.toContain("github_pat_wrong");
  });

  it.each(["", "two words", "line\nbreak", "ümlaut"])("is not made with the token %j", (token) => {
    expect(() => world.client(token)).toThrow(UserError);
    expect(() => world.client(token)).toThrow("GITHUB_TOKEN has a character in it");
  });
});

describe("a 403", () => {
  it.each([
    ["none is left", { "x-ratelimit-remaining": "0" }, "No"],
    ["GitHub says how long to wait", { "retry-after": "60", "x-ratelimit-remaining": "4000" }, "No"],
    ["it is the secondary limit", {}, "You have exceeded a secondary rate limit. Please wait"],
  ])("is the rate limit where %s, and is not tried again", async (_case, headers, message) => {
    world.refuse(path, 403, headers, message);
    const failure = await failureOf(world.client().repository(ref));
    expect(failure).toMatchObject({ status: 403, trouble: "limited", retryable: true });
    expect(failure.message).toContain("rate limit is used up; wait, an hour at most, and run again");
    expect(world.seen).toHaveLength(1);
  });

  it("is a permission that is missing otherwise", async () => {
    world.refuse("/public-key", 403, { "x-ratelimit-remaining": "4999" });
    const failure = await failureOf(world.client().confirmSecrets(ref));
    expect(failure).toMatchObject({ status: 403, trouble: "forbidden", retryable: false });
    expect(failure.message).toContain('give the token GH_SECRETS_WRITE "Secrets: read and write"');
    expect(world.seen).toHaveLength(1);
  });
});

describe("another try", () => {
  it.each([500, 502, 503, 504])("is made after a %i, twice", async (status) => {
    world.refuse(path, status);
    const failure = await failureOf(world.client().repository(ref));
    expect(failure).toMatchObject({ status, trouble: "unavailable", retryable: true });
    expect(failure.message).toContain("https://www.githubstatus.com");
    expect(world.seen).toHaveLength(3);
  });

  it("finds an answer that comes in the end", async () => {
    world.answer("/TradeMasterAPI", (reply, count) =>
      count < 3
        ? reply.code(502).type("text/html").send("<h1>Unicorn!</h1>")
        : reply.send({ id: 1, full_name: "raxx-app/TradeMasterAPI", archived: false }),
    );
    expect((await world.client().repository(ref)).id).toBe(1);
    expect(world.seen).toHaveLength(3);
  });

  it("is made after a 429 as GitHub asks", async () => {
    world.refuse(path, 429, { "retry-after": "0" });
    const failure = await failureOf(world.client().repository(ref));
    expect(failure).toMatchObject({ status: 429, trouble: "limited", retryable: true });
    expect(world.seen).toHaveLength(3);
  });

  it("waits as long as Retry-After says", async () => {
    world.answer("/TradeMasterAPI", (reply, count) =>
      count === 1
        ? reply.code(429).header("retry-after", "1").send({ message: "Slow down" })
        : reply.send({ id: 1, full_name: "raxx-app/TradeMasterAPI", archived: false }),
    );
    const before = performance.now();
    await world.client().repository(ref);
    expect(performance.now() - before).toBeGreaterThan(900);
  });

  it.each(["11", "3600", "Wed, 21 Oct 2099 07:28:00 GMT"])(
    "is not made after a 429 that asks to wait %s",
    async (seconds) => {
      world.refuse(path, 429, { "retry-after": seconds });
      expect(await failureOf(world.client().repository(ref))).toMatchObject({ trouble: "limited" });
      expect(world.seen).toHaveLength(1);
    },
  );

  it.each([400, 401, 403, 404, 409, 410, 422, 451])("is not made after a %i", async (status) => {
    world.refuse(path, status);
    expect(await failureOf(world.client().repository(ref))).toMatchObject({ status });
    expect(world.seen).toHaveLength(1);
  });
});

it("a refusal of the request itself says that nothing was changed", async () => {
  world.refuse(path, 422);
  const failure = await failureOf(world.client().repository(ref));
  expect(failure).toMatchObject({ trouble: "refused" });
  expect(failure.message).toContain("nothing was changed");
});

describe("no answer", () => {
  it("is what a connection that breaks off is, once its tries are used up", async () => {
    world.answer("/TradeMasterAPI", (reply) => {
      reply.hijack();
      reply.raw.destroy();
    });
    const failure = await failureOf(world.client().repository(ref));
    expect(failure).toMatchObject({ status: undefined, trouble: "silent", retryable: true });
    expect(failure.message).toContain("github gave no answer");
    expect(failure.message).toContain("check the network and GITHUB_BASE_URL");
    expect(world.seen).toHaveLength(3);
  });

  it("is what a body that breaks off is", async () => {
    world.answer("/TradeMasterAPI", (reply) => {
      reply.hijack();
      reply.raw.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      reply.raw.write('{"id":');
      setTimeout(() => reply.raw.destroy(), 20);
    });
    expect(await failureOf(world.client().repository(ref))).toMatchObject({ trouble: "silent" });
  });

  it("is what a server that is not there gives", async () => {
    const server = await serve(() => undefined);
    await server.close();
    const client = new GitHubClient({ url: server.url, token: "x", retryBaseMs: 1 });
    expect(await failureOf(client.repository(ref))).toMatchObject({ trouble: "silent" });
  });

  it("is what a server gives that stays silent for too long", async () => {
    const timeout = jest.spyOn(AbortSignal, "timeout").mockImplementation(() => {
      const controller = new AbortController();
      setTimeout(() => {
        controller.abort(new DOMException("too slow", "TimeoutError"));
      }, 30);
      return controller.signal;
    });
    world.answer("/TradeMasterAPI", (reply) => {
      reply.hijack();
    });
    expect(await failureOf(world.client().repository(ref))).toMatchObject({ trouble: "silent" });
    expect(timeout.mock.calls).toEqual([[15_000], [15_000], [15_000]]);
  });
});

describe("an answer that is not GitHub's", () => {
  const html = "<html><body>Sign in</body></html>";
  it.each([
    ["a page", 200, "text/html", html],
    ["a page that is not found", 404, "text/html", html],
    ["a page that is forbidden", 403, "text/html", html],
    ["a page that wants a login", 401, "text/html", html],
    ["an API that words it otherwise", 404, "application/json", '{"error":"no route"}'],
    ["JSON that is none", 200, "application/json", "{"],
    ["JSON of another shape", 200, "application/json", '{"id":"1"}'],
    ["a name that is none", 200, "application/json", '{"id":1,"full_name":"a b","archived":false}'],
    ["nothing", 204, "application/json", undefined],
  ])("is told apart: %s", async (_case, status, type, body) => {
    world.answer("/TradeMasterAPI", (reply) => reply.code(status).type(type).send(body));
    const failure = await failureOf(world.client().repository(ref));
    expect(failure).toMatchObject({ status, trouble: "foreign", retryable: false });
    expect(failure.message).toContain("not an answer of GitHub's API; check GITHUB_BASE_URL");
    expect(failure.message).not.toContain("Sign in");
    expect(world.seen).toHaveLength(1);
  });

  it("is a redirect to another place, where nothing is asked", async () => {
    const elsewhere = await serve((response) => {
      response.writeHead(200).end("{}");
    });
    world.answer("/TradeMasterAPI", (reply) => reply.redirect(`${elsewhere.url}/login?secret=1`));
    const failure = await failureOf(world.client().repository(ref));
    await elsewhere.close();
    expect(elsewhere.received).toEqual([]);
    expect(failure).toMatchObject({ status: 302, trouble: "foreign" });
    expect(failure.message).toContain("check GITHUB_BASE_URL");
    expect(failure.message).not.toContain("secret");
  });

  it("is a redirect without end, or to nowhere", async () => {
    world.answer("/TradeMasterAPI", (reply) => reply.redirect(`/api/v3${path}`));
    expect(await failureOf(world.client().repository(ref))).toMatchObject({ trouble: "foreign" });
    expect(world.seen).toHaveLength(4);
    world.answer("/nowhere", (reply) => reply.code(302).header("location", "http://").send());
    const failure = await failureOf(world.client().repository({ ...ref, repository: "nowhere" }));
    expect(failure).toMatchObject({ trouble: "foreign" });
  });
});

describe("repository", () => {
  it("is found by its name, in any case", async () => {
    const { id } = world.repository;
    const found = { id, fullName: "raxx-app/TradeMasterAPI", archived: false };
    expect(await world.client().repository(ref)).toEqual(found);
    expect(await world.client().repository({ owner: "RAXX-app", repository: "trademasterapi" })).toEqual(
      found,
    );
  });

  it("is found under its former name, with the one that it has now", async () => {
    world.repository.formerNames.push("raxx-app/old");
    const found = await world.client().repository({ ...ref, repository: "old" });
    expect(found.fullName).toBe("raxx-app/TradeMasterAPI");
    expect(world.seen).toMatchObject([{}, { headers: { authorization: `token ${world.token}` } }]);
  });

  it("that cannot be seen says what to correct", async () => {
    const failure = await failureOf(world.client().repository({ ...ref, repository: "absent" }));
    expect(failure).toMatchObject({ status: 404, trouble: "missing" });
    expect(failure.message).toContain("raxx-app/absent does not exist, or GITHUB_TOKEN may not see it");
    expect(failure.message).toContain("pulumi config set github:owner OWNER");
    expect(failure.message).toContain("pulumi config set raxx:githubRepository NAME");
    expect(failure.message).toContain("access to the repository");
  });
});

describe("environment", () => {
  it("is asked for under its name as it is", async () => {
    world.repository.environments["EU/prod & more"] = { A: "a" };
    await world.client().confirmEnvironment(ref, "EU/prod & more");
    await world.client().confirmEnvironmentSecrets(ref, "EU/prod & more");
    expect(await world.client().environmentVariables(ref, "EU/prod & more")).toEqual(new Map([["A", "a"]]));
    const encoded = `${path}/environments/EU%2Fprod%20%26%20more`;
    expect(world.calls()).toEqual([
      `GET ${encoded}`,
      `GET ${encoded}/secrets/public-key`,
      `GET ${encoded}/variables?per_page=30&page=1`,
    ]);
  });

  it("has as many pages of variables as it has", async () => {
    for (let index = 0; index < 65; index += 1) world.variables[`V_${index}`] = String(index);
    const found = await world.client().environmentVariables(ref, "production");
    expect(Object.fromEntries(found)).toEqual(world.variables);
    expect(world.seen).toHaveLength(3);
  });

  it("stops at an empty page, whatever the count says", async () => {
    world.answer("/variables", (reply) => reply.send({ total_count: 7, variables: [] }));
    expect(await world.client().environmentVariables(ref, "production")).toEqual(new Map());
  });
});

describe("restUrl", () => {
  it.each([
    ["https://api.github.com", "https://api.github.com"],
    ["https://api.github.com/", "https://api.github.com"],
    ["https://api.raxx.ghe.com/", "https://api.raxx.ghe.com"],
    ["https://github.example.com", "https://github.example.com/api/v3"],
    ["https://github.example.com//", "https://github.example.com/api/v3"],
    ["https://github.example.com/api/v3", "https://github.example.com/api/v3"],
    ["https://github.example.com/api/v3/", "https://github.example.com/api/v3"],
    ["https://api.github.com.example.com", "https://api.github.com.example.com/api/v3"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080/api/v3"],
    ["http://127.0.0.1:8080/github/", "http://127.0.0.1:8080/github/api/v3"],
  ])("of %s is %s", (baseUrl, url) => {
    expect(restUrl(baseUrl)).toBe(url);
  });
});

describe("fromEnvironment", () => {
  const { GITHUB_TOKEN, GITHUB_BASE_URL } = process.env;
  afterEach(() => {
    for (const [name, value] of Object.entries({ GITHUB_TOKEN, GITHUB_BASE_URL })) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  it("takes endpoint and credential of this run", async () => {
    process.env["GITHUB_BASE_URL"] = `${world.url}/`;
    process.env["GITHUB_TOKEN"] = world.token;
    expect((await GitHubClient.fromEnvironment().repository(ref)).id).toBe(world.repository.id);
  });

  it("refuses a run without a credential", () => {
    Reflect.deleteProperty(process.env, "GITHUB_TOKEN");
    expect(() => GitHubClient.fromEnvironment()).toThrow("GITHUB_TOKEN is not set");
  });
});
