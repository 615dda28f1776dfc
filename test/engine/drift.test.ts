import { request } from "undici";

import { day, mainJob, TestSandbox } from "./support/sandbox";
import { secretsIn } from "./support/vault";
import { configVars, tokensMarked } from "./support/vendors";

let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await TestSandbox.open(mainJob);
  sandbox.setGenerations("prod", { current: day(0), previousAdopt: [] });
  expect((await sandbox.up("prod")).code).toBe(0);
}, 600_000);

afterAll(() => sandbox.close());

/** Changes a config var behind our back, with the operator's own credential. */
async function setConfigVar(app: string, value: string | null): Promise<void> {
  const { headers } = herokuCall();
  const answer = await request(`${sandbox.url("heroku")}/apps/${app}/config-vars`, {
    method: "PATCH",
    headers,
    body: JSON.stringify({ HEROKU_API_KEY: value }),
  });
  await answer.body.dump();
  expect(answer.statusCode).toBe(200);
}

function herokuCall(): { headers: Record<string, string> } {
  return {
    headers: {
      accept: "application/vnd.heroku+json; version=3",
      "content-type": "application/json",
      authorization: `Bearer ${sandbox.session.world.credentials["HEROKU_API_KEY"] ?? ""}`,
    },
  };
}

/** Calls the vault as an operator's own client would. */
async function vault(method: "POST" | "PATCH" | "DELETE", path: string, body: unknown): Promise<unknown> {
  const { credentials } = sandbox.session.world;
  const access = {
    "cf-access-client-id": credentials["CF_ACCESS_CLIENT_ID"] ?? "",
    "cf-access-client-secret": credentials["CF_ACCESS_CLIENT_SECRET"] ?? "",
    "content-type": "application/json",
    "user-agent": "an operator",
  };
  const call = async (
    route: string,
    payload: unknown,
    more: Record<string, string>,
    verb = method,
  ): Promise<unknown> => {
    const answer = await request(`${sandbox.url("infisical")}/api${route}`, {
      method: verb,
      headers: { ...access, ...more },
      body: JSON.stringify(payload),
    });
    const text = await answer.body.text();
    expect(answer.statusCode).toBe(200);
    return JSON.parse(text) as unknown;
  };
  const { INFISICAL_CLIENT_ID: clientId, INFISICAL_CLIENT_SECRET: clientSecret } = credentials;
  const login = await call("/v1/auth/universal-auth/login", { clientId, clientSecret }, {}, "POST");
  const { accessToken } = login as { accessToken: string };
  return await call(path, body, { authorization: `Bearer ${accessToken}` });
}

function place(): Record<string, string> {
  return {
    projectId: sandbox.session.world.infisicalProject,
    environment: "prod",
    secretPath: "/MooseQuest/heroku",
  };
}

/** A refresh that has to notice something, an up that has to repair it, a refresh that finds no more. */
async function refreshAndRepair(): Promise<void> {
  const refresh = ["refresh", "--yes", "--skip-preview", "--stack", "prod"];
  const seen = await sandbox.pulumi([...refresh, "--expect-no-changes"]);
  expect(seen.code).not.toBe(0);
  expect((await sandbox.up("prod")).code).toBe(0);
  const clean = await sandbox.pulumi([...refresh, "--expect-no-changes"]);
  expect(clean.code).toBe(0);
}

function token(): string | undefined {
  return tokensMarked(sandbox.heroku(), `raxx:prod:HK_PLATFORM_FULL:${day(0)}`)[0];
}

function secret(): ReturnType<typeof secretsIn> {
  return secretsIn(sandbox.infisical(), "prod", "/MooseQuest/heroku");
}

describe("what was changed behind our back is seen by refresh and repaired by up", () => {
  it.each([
    ["changed", "not-the-token"],
    ["deleted", null],
  ])(
    "a config var that was %s",
    async (_what, value) => {
      await setConfigVar("raxx-api-prod", value);
      await refreshAndRepair();
      expect(configVars(sandbox.heroku(), "raxx-api-prod")["HEROKU_API_KEY"]).toBe(token());
    },
    120_000,
  );

  it("a secret whose value was changed", async () => {
    await vault("PATCH", "/v4/secrets/HK_PLATFORM_FULL", { ...place(), secretValue: "not-the-token" });
    await refreshAndRepair();
    expect(secret().get("HK_PLATFORM_FULL")?.value).toBe(token());
  }, 120_000);

  it("a secret whose tags were taken off", async () => {
    await vault("PATCH", "/v4/secrets/HK_PLATFORM_FULL", { ...place(), tagIds: [] });
    await refreshAndRepair();
    expect(secret().get("HK_PLATFORM_FULL")?.tagIds).toHaveLength(4);
  }, 120_000);

  it("a companion that was deleted", async () => {
    await vault("DELETE", "/v4/secrets/HK_PLATFORM_FULL__SCOPES", place());
    await refreshAndRepair();
    expect(secret().get("HK_PLATFORM_FULL__SCOPES")?.value).toBe("global");
  }, 120_000);

  it("an authorization that was revoked: a new one is minted under the same generation and distributed", async () => {
    const { headers } = herokuCall();
    const id = sandbox
      .heroku()
      .authorizations.find(({ description }) => description.startsWith("raxx:prod"))?.id;
    const gone = await request(`${sandbox.url("heroku")}/oauth/authorizations/${id ?? ""}`, {
      method: "DELETE",
      headers,
    });
    await gone.body.dump();
    expect(gone.statusCode).toBe(200);
    await refreshAndRepair();
    expect(token()).toBeDefined();
    expect(configVars(sandbox.heroku(), "raxx-console-prod")["HEROKU_API_KEY"]).toBe(token());
    expect(secret().get("HK_PLATFORM_FULL")?.value).toBe(token());
    expect(secret().get("HK_PLATFORM_FULL__AUTH_ID")?.value).not.toBe(id);
  }, 120_000);
});
