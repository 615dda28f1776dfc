import { randomBytes } from "node:crypto";

import {
  createRepository,
  createToken,
  type GitHubPermissions,
  revokeToken,
} from "../../../../sandbox/vendors/github";
import { everything, Harness } from "./harness";

let harness: Harness;
const repo = "/repos/raxx-app/console";

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

const badCredentials = {
  message: "Bad credentials",
  documentation_url: expect.stringContaining("https://docs.github.com/rest") as unknown,
  status: "401",
};

describe("the User-Agent", () => {
  test.each([null, "", " "])("refuses %p with 403", async (agent) => {
    const answer = await harness.call("GET", "/user", { headers: { "user-agent": agent } });
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ message: expect.stringContaining("User-Agent") as unknown });
  });
});

describe("credentials", () => {
  test("answers a request without any with 401 Requires authentication", async () => {
    const answer = await harness.call("GET", "/user", { token: null });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ message: "Requires authentication", status: "401" });
  });

  test.each([
    ["an unknown token", () => `ghp_${randomBytes(18).toString("hex")}`],
    ["a revoked token", () => (revokeToken(harness.state, harness.token), harness.token)],
    [
      "an expired token",
      () => createToken(harness.state, { user: harness.operator, scopes: ["repo"], expiresAt: new Date() }),
    ],
  ])("answers %s with 401 Bad credentials", async (_what, token) => {
    const answer = await harness.call("GET", "/user", { token: token() });
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual(badCredentials);
  });

  test("a revoked token is refused on a public repository as well", async () => {
    harness.repository.private = false;
    revokeToken(harness.state, harness.token);
    expect((await harness.call("GET", repo)).status).toBe(401);
  });

  test("takes Bearer, token and Basic with the token as password, and no other scheme", async () => {
    const status = async (authorization: string) =>
      (await harness.call("GET", "/user", { headers: { authorization } })).status;
    expect(await status(`Bearer ${harness.token}`)).toBe(200);
    expect(await status(`token ${harness.token}`)).toBe(200);
    expect(await status(`Basic ${Buffer.from(`operator:${harness.token}`).toString("base64")}`)).toBe(200);
    expect(await status(`Digest ${harness.token}`)).toBe(401);
  });

  test("tokens look like GitHub's", () => {
    expect(harness.token).toMatch(/^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}$/);
    const classic = createToken(harness.state, { user: harness.operator, scopes: ["repo"] });
    expect(classic).toMatch(/^ghp_[A-Za-z0-9]{36}$/);
  });
});

describe("headers", () => {
  test("every answer has the rate limit, a request id and a media type", async () => {
    const { headers } = await harness.call("GET", repo);
    expect(headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "x-ratelimit-limit": "5000",
      "x-ratelimit-remaining": "4999",
      "x-ratelimit-used": "1",
      "x-ratelimit-resource": "core",
      "x-github-media-type": "github.v3; format=json",
    });
    expect(headers["x-github-request-id"]).toMatch(/^[\dA-F:]+$/);
    const reset = Number(headers["x-ratelimit-reset"]) - Date.now() / 1000;
    expect(reset).toBeGreaterThan(3590);
    expect(reset).toBeLessThanOrEqual(3601);
  });

  test("a token that expires says when, one that does not says nothing", async () => {
    const expiresAt = new Date(Date.now() + 86_400_000);
    const token = createToken(harness.state, {
      user: harness.operator,
      repositories: [harness.repository],
      permissions: {},
      expiresAt,
    });
    const { headers } = await harness.call("GET", "/user", { token });
    const text = expiresAt.toISOString().replace("T", " ").slice(0, 19);
    expect(headers["github-authentication-token-expiration"]).toBe(`${text} UTC`);
    const other = await harness.call("GET", "/user");
    expect(other.headers).not.toHaveProperty("github-authentication-token-expiration");
  });

  test("a fine-grained token hears the permission, a classic one the scopes", async () => {
    const fine = await harness.call("GET", `${repo}/actions/secrets`);
    expect(fine.headers["x-accepted-github-permissions"]).toBe("secrets=read");
    expect(fine.headers).not.toHaveProperty("x-oauth-scopes");
    const token = createToken(harness.state, { user: harness.operator, scopes: ["repo", "workflow"] });
    const classic = await harness.call("GET", `${repo}/actions/secrets`, { token });
    expect(classic.headers).toMatchObject({
      "x-oauth-scopes": "repo, workflow",
      "x-accepted-oauth-scopes": "repo",
    });
  });

  test("an unknown API version answers 400, the known ones are selected", async () => {
    const version = (text: string | null) =>
      harness.call("GET", "/user", { headers: { "x-github-api-version": text } });
    expect((await version("2021-01-01")).status).toBe(400);
    expect((await version("2026-03-10")).headers["x-github-api-version-selected"]).toBe("2026-03-10");
    expect((await version(null)).headers["x-github-api-version-selected"]).toBe("2022-11-28");
  });

  test("unknown routes and unreadable bodies answer in GitHub's envelope", async () => {
    const unknown = await harness.call("GET", "/no/such/route");
    expect([unknown.status, unknown.body]).toMatchObject([404, { message: "Not Found", status: "404" }]);
    const response = await fetch(`${harness.vendor.url}${repo}/actions/variables`, {
      method: "POST",
      headers: { authorization: `Bearer ${harness.token}`, "content-type": "application/json" },
      body: "{",
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ message: "Problems parsing JSON", status: "400" });
  });
});

describe("permissions of a fine-grained token", () => {
  const calls: Record<string, [string, string, unknown?]> = {
    repository: ["GET", ""],
    environments: ["GET", "/environments"],
    environment: ["GET", "/environments/prod"],
    putEnvironment: ["PUT", "/environments/prod"],
    deleteEnvironment: ["DELETE", "/environments/gone"],
    secrets: ["GET", "/actions/secrets"],
    publicKey: ["GET", "/actions/secrets/public-key"],
    secret: ["GET", "/actions/secrets/GONE"],
    putSecret: ["PUT", "/actions/secrets/A", {}],
    deleteSecret: ["DELETE", "/actions/secrets/GONE"],
    envSecrets: ["GET", "/environments/prod/secrets"],
    envPublicKey: ["GET", "/environments/prod/secrets/public-key"],
    putEnvSecret: ["PUT", "/environments/prod/secrets/A", {}],
    deleteEnvSecret: ["DELETE", "/environments/prod/secrets/GONE"],
    variables: ["GET", "/actions/variables"],
    postVariable: ["POST", "/actions/variables", {}],
    patchVariable: ["PATCH", "/actions/variables/GONE", {}],
    deleteVariable: ["DELETE", "/actions/variables/GONE"],
    envVariables: ["GET", "/environments/prod/variables"],
    postEnvVariable: ["POST", "/environments/prod/variables", {}],
    workflows: ["GET", "/actions/workflows"],
    dispatch: ["POST", "/actions/workflows/1/dispatches", { ref: "main" }],
    runs: ["GET", "/actions/runs"],
    deleteRun: ["DELETE", "/actions/runs/1"],
    pending: ["GET", "/actions/runs/1/pending_deployments"],
    review: ["POST", "/actions/runs/1/pending_deployments", {}],
  };
  const actions = ["environments", "environment", "workflows", "runs", "pending"];
  const secrets = ["secrets", "publicKey", "secret"];
  const variables = ["variables"];
  const inEnvironments = ["envSecrets", "envPublicKey", "envVariables"];

  test.each<[GitHubPermissions, string[]]>([
    [{}, []],
    [{ secrets: "read" }, secrets],
    [{ secrets: "write" }, [...secrets, "putSecret", "deleteSecret"]],
    [{ variables: "read" }, variables],
    [{ variables: "write" }, [...variables, "postVariable", "patchVariable", "deleteVariable"]],
    [{ environments: "read" }, inEnvironments],
    [{ environments: "write" }, [...inEnvironments, "putEnvSecret", "deleteEnvSecret", "postEnvVariable"]],
    [{ actions: "read" }, actions],
    [{ actions: "write" }, [...actions, "dispatch", "deleteRun"]],
    [{ administration: "read" }, []],
    [{ administration: "write" }, ["putEnvironment", "deleteEnvironment"]],
    [{ deployments: "write" }, ["review"]],
    [{ contents: "write" }, []],
  ])("%j reaches %p and nothing else", async (permissions, expected) => {
    const token = harness.tokenWith(permissions);
    const reached: string[] = [];
    for (const [name, [method, path, body]] of Object.entries(calls)) {
      const answer = await harness.call(method, repo + path, { token, body });
      if (answer.status !== 403) reached.push(name);
      else expect(answer.body).toMatchObject({ message: "Resource not accessible by personal access token" });
    }
    expect(reached.sort()).toEqual(["repository", ...expected].sort());
  });

  test("a missing permission answers 404 where the state says so, as for private repositories", async () => {
    harness.state.missing_permission_status = 404;
    const token = harness.tokenWith({ secrets: "read" });
    const answer = await harness.call("PUT", `${repo}/actions/secrets/A`, { token, body: {} });
    expect([answer.status, answer.body]).toMatchObject([404, { message: "Not Found" }]);
  });

  test("a token reaches the repositories that it lists, and no other of its user", async () => {
    const organization = harness.state.organizations[0];
    if (organization === undefined) throw new Error("no organization");
    createRepository(harness.state, { owner: organization, name: "api" });
    const answer = await harness.call("GET", "/repos/raxx-app/api");
    expect([answer.status, answer.body]).toMatchObject([404, { message: "Not Found" }]);
  });

  test("a permission is worth what its user may do", async () => {
    harness.repository.collaborators.push({ user_id: harness.stranger.id, role: "read" });
    const token = harness.tokenWith(everything, harness.stranger);
    expect((await harness.call("GET", `${repo}/environments`, { token })).status).toBe(200);
    expect((await harness.call("GET", `${repo}/actions/secrets`, { token })).status).toBe(403);
    expect((await harness.call("PUT", `${repo}/environments/x`, { token })).status).toBe(403);
  });
});

describe("classic tokens", () => {
  test("with repo do all that the user may", async () => {
    const token = createToken(harness.state, { user: harness.operator, scopes: ["repo"] });
    expect((await harness.call("GET", `${repo}/actions/secrets`, { token })).status).toBe(200);
    expect((await harness.call("PUT", `${repo}/environments/new`, { token })).status).toBe(200);
    expect((await harness.call("GET", "/repos/stranger/lookalike", { token })).status).toBe(404);
  });

  test("without repo do not see a private repository, and may not write to a public one", async () => {
    const token = createToken(harness.state, { user: harness.operator, scopes: ["read:org"] });
    expect((await harness.call("GET", repo, { token })).status).toBe(404);
    harness.repository.private = false;
    expect((await harness.call("GET", repo, { token })).status).toBe(200);
    expect((await harness.call("GET", `${repo}/actions/secrets`, { token })).status).toBe(403);
  });
});

describe("without credentials", () => {
  test("a private repository is 404", async () => {
    expect((await harness.call("GET", repo, { token: null })).status).toBe(404);
  });

  test("a public one can be read, and its secrets want authentication", async () => {
    harness.repository.private = false;
    expect((await harness.call("GET", repo, { token: null })).status).toBe(200);
    expect((await harness.call("GET", `${repo}/environments`, { token: null })).status).toBe(200);
    const answer = await harness.call("GET", `${repo}/actions/secrets`, { token: null });
    expect([answer.status, answer.body]).toMatchObject([401, { message: "Requires authentication" }]);
  });
});
