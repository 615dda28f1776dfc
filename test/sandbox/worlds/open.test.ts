import {
  isSupplied,
  mailDomains,
  mailRecordName,
  mailRecords,
  parameters,
  tokens,
  vaultDestinations,
} from "../../../catalog";
import { privateKeyFault } from "../../../catalog/private-key";
import { textStrings } from "../../../sandbox/vendors/cloudflare/dns-content";
import { configVarsOf, currentRelease, valueInDyno } from "../../../sandbox/vendors/heroku/entities";
import { folderAt } from "../../../sandbox/vendors/infisical/records";
import { seedOpenWorld } from "../../../sandbox/worlds/open";

const world = seedOpenWorld();
const { heroku, infisical, github } = world.databases;
const deploy = heroku.authorizations.find(({ description }) =>
  description.startsWith("GitHub Actions deploy"),
);
const ours = ["raxx-console-prod", "raxx-console-staging", "raxx-api-prod", "raxx-api-staging"];

function app(name: string): (typeof heroku.apps)[number] {
  const found = heroku.apps.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no app ${name}`);
  return found;
}

describe.each(ours)("%s", (name) => {
  it("runs on the authorization from before us, in every dyno", () => {
    const old = deploy?.access_token.token;
    expect(old).toMatch(/^HRKU-/);
    expect(configVarsOf(heroku, app(name))["HEROKU_API_KEY"]).toBe(old);
    expect(app(name).dynos.map((dyno) => dyno.name)).toEqual(["web.1", "web.2", "worker.1"]);
    for (const dyno of app(name).dynos) expect(valueInDyno(heroku, dyno, "HEROKU_API_KEY")).toBe(old);
  });

  it("has config vars that are not ours, with values", () => {
    const vars = configVarsOf(heroku, app(name));
    expect(Object.keys(vars).sort()).toEqual(["DATABASE_URL", "HEROKU_API_KEY", "SECRET_KEY_BASE"]);
    for (const value of Object.values(vars)) expect(value.length).toBeGreaterThan(20);
  });

  it("is at a release that was deployed", () => {
    expect(currentRelease(heroku, app(name))).toMatchObject({ version: 3 });
  });
});

it("has apps beside ours, one of another account", () => {
  const names = heroku.apps.map(({ name }) => name);
  expect(names.filter((name) => !ours.includes(name))).toEqual(["raxx-status", "raxx-lookalike"]);
  expect(configVarsOf(heroku, app("raxx-status"))).toHaveProperty("STATUS_TOKEN");
  expect(app("raxx-lookalike").owner_id).not.toBe(app("raxx-api-prod").owner_id);
});

it("gives the run a login of its own, in the account that owns the apps", () => {
  const login = heroku.authorizations.find(
    ({ access_token }) => access_token.token === world.credentials["HEROKU_API_KEY"],
  );
  expect(login).toMatchObject({ account_id: app("raxx-api-prod").owner_id, scope: ["global"] });
  expect(login?.id).not.toBe(deploy?.id);
});

it("has the old authorization taken over by prod alone, and by its id", () => {
  expect(world.previousAdopt).toEqual({ prod: { HK_PLATFORM_FULL: [deploy?.id] } });
});

it("has each mail record of the catalog that the batch found, taken over by prod by its id, and not DKIM's", () => {
  const wanted = mailDomains.flatMap((one) =>
    mailRecords(one).map((record) => ({ domain: one.domain, ...record })),
  );
  expect(Object.keys(world.adopt)).toEqual(["prod"]);
  expect(Object.keys(world.adopt["prod"] ?? {})).toEqual(
    wanted.map(({ domain, key }) => mailRecordName(domain, key)),
  );
  const { zones } = world.databases.cloudflare;
  for (const { domain, key, type, name, content, priority } of wanted) {
    const [zoneId, id] = world.adopt["prod"]?.[mailRecordName(domain, key)]?.split("/") ?? [];
    const found = zones.find((zone) => zone.id === zoneId)?.records.find((record) => record.id === id);
    expect(found).toMatchObject({ type, name, priority: priority ?? null });
    expect(textStrings(found?.content ?? "").join("")).toBe(content);
  }
  const records = zones.flatMap((zone) => zone.records);
  expect(records.length).toBeGreaterThan(wanted.length);
  expect(records.filter(({ name }) => name.includes("_domainkey"))).toEqual([]);
});

it("gives the stack's files and the run what the vendors' own worlds have", () => {
  const { cloudflare, aws } = world.databases;
  expect(cloudflare.accounts.map(({ id }) => id)).toEqual([world.cloudflareAccount]);
  expect(Object.fromEntries(cloudflare.zones.map(({ name, id }) => [name, id]))).toEqual(
    world.cloudflareZones,
  );
  const [operator] = aws.seed.users;
  expect(operator?.keys).toMatchObject([
    { id: world.credentials["AWS_ACCESS_KEY_ID"], secret: world.credentials["AWS_SECRET_ACCESS_KEY"] },
  ]);
  expect(world.credentials["CLOUDFLARE_API_TOKEN"]).toMatch(/^\S{40,}$/);
});

it("has each value that a person gives, as the program takes it, and for prod alone", () => {
  const supplied = parameters.filter(isSupplied).map(({ origin }) => origin.configKey);
  expect(Object.keys(world.supplied)).toEqual(["prod"]);
  expect(Object.keys(world.supplied["prod"] ?? {})).toEqual(supplied);
  for (const value of Object.values(world.supplied["prod"] ?? {})) {
    expect(value).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    expect(privateKeyFault(value)).toBeUndefined();
  }
});

it("has minted nothing under our marker", () => {
  expect(heroku.authorizations.filter(({ description }) => description.startsWith("raxx:"))).toEqual([]);
});

/** The names in a folder of the vault, and none where there is no such folder. */
function namesAt(environment: string, path: string): string[] {
  const folder = folderAt(infisical, world.infisicalProject, environment, path);
  return infisical.secrets.filter(({ folderId }) => folderId === folder?.id).map(({ name }) => name);
}

it("has the vault as the taxonomy found it: old names, no tags of ours, and no folder for staging's Heroku", () => {
  expect(namesAt("prod", "/MooseQuest/heroku")).toEqual(["HEROKU_API_KEY", "HEROKU_PLATFORM_API_TOKEN"]);
  expect(namesAt("staging", "/MooseQuest/postmark")).toEqual(["POSTMARK_SERVER_API_KEY"]);
  expect(namesAt("dev", "/MooseQuest/stripe")).toEqual(["STRIPE_RESTRICTED_KEY"]);
  expect(folderAt(infisical, world.infisicalProject, "staging", "/MooseQuest/heroku")).toBeUndefined();
  expect(infisical.tags.map(({ slug }) => slug)).toEqual(["function-platform-api", "legacy"]);
});

it("has every token in custody in the vault, under the names that its parts had", () => {
  const inCustody = tokens.filter(({ issuer }) => issuer.kind === "custody");
  for (const token of inCustody) {
    const environments = token.dev ? [...token.environments, "dev"] : token.environments;
    const old = token.formerNames.map(({ name }) => name);
    for (const environment of environments) {
      for (const { folder } of vaultDestinations(token)) {
        expect(namesAt(environment, folder)).toEqual(
          expect.arrayContaining(old.length > 0 ? old : token.parts),
        );
      }
    }
  }
  expect(inCustody.length).toBeGreaterThan(10);
});

it("has two names of one credential with one value", () => {
  const valuesOf = (...names: string[]): Set<string> =>
    new Set(infisical.secrets.filter(({ name }) => names.includes(name)).map(({ value }) => value));
  expect(valuesOf("HEROKU_API_KEY", "HEROKU_PLATFORM_API_TOKEN")).toEqual(
    new Set([deploy?.access_token.token]),
  );
  expect(valuesOf("CLOUDFLARE_RAXX_AUTOMATION_API_TOKEN", "CLOUDFLARE_PAGES_DEPLOY_TOKEN").size).toBe(1);
});

it("has secrets that no catalog names", () => {
  expect(namesAt("staging", "/")).toEqual(["SENTRY_DSN"]);
  expect(namesAt("prod", "/MooseQuest/cloudflare")).toContain("CLOUDFLAREROLLED");
});

it("lets the run into the vault, as the identity and through the gate that its credentials name", () => {
  const { credentials } = world;
  const identity = infisical.identities.find(
    ({ universalAuth }) => universalAuth?.clientId === credentials["INFISICAL_CLIENT_ID"],
  );
  expect(identity).toMatchObject({ name: "INF_PROVISIONER", orgRole: "admin" });
  expect(infisical.memberships).toMatchObject([
    { identityId: identity?.id, projectId: world.infisicalProject, role: "admin" },
  ]);
  expect(credentials["INFISICAL_PROJECT_ID"]).toBe(world.infisicalProject);
  expect(infisical.accessServiceTokens).toMatchObject([
    { clientId: credentials["CF_ACCESS_CLIENT_ID"], enabled: true },
  ]);
});

function scopesOf({ repositories }: typeof github): (typeof github.repositories)[number]["actions"][] {
  return repositories.flatMap(({ actions, environments }) => [
    actions,
    ...environments.map((environment) => environment.actions),
  ]);
}

it("has no value in common with another seed", () => {
  const values = ({ databases, credentials, supplied }: typeof world): string[] => {
    const { heroku: one, infisical: other, github: hub } = databases;
    return [
      ...Object.values(credentials),
      ...Object.values(supplied).flatMap((values) => Object.values(values)),
      ...hub.tokens.map(({ token }) => token),
      ...scopesOf(hub).flatMap(({ key_pair, secrets }) => [
        key_pair.private_key,
        ...secrets.map((secret) => secret.unsealed_value ?? secret.encrypted_value ?? ""),
      ]),
      ...one.authorizations.map(({ access_token }) => access_token.token),
      ...one.apps.flatMap((each) => Object.values(configVarsOf(one, each))),
      ...other.secrets
        .filter(({ name }) => !name.endsWith("_ID") || name.includes("KEY_ID"))
        .flatMap(({ value, history }) => [value, ...history.map((before) => before.value)]),
    ];
  };
  const here = values(world);
  const there = new Set(values(seedOpenWorld()));
  expect(here.length).toBeGreaterThan(20);
  expect(here.filter((value) => there.has(value))).toEqual([]);
});

describe("the repository", () => {
  const [repository] = github.repositories;
  if (repository === undefined) throw new Error("there is no repository");
  const names = (entries: { name: string }[]): string[] => entries.map(({ name }) => name);

  it("has a production environment that a person guards, and a staging one that nobody does", () => {
    const [production, staging] = repository.environments;
    const operator = github.users.find(({ login }) => login === "MooseQuest");
    expect(production).toMatchObject({ name: "production", reviewer_ids: [operator?.id] });
    expect(staging).toMatchObject({ name: "staging", reviewer_ids: [] });
  });

  it("has secrets and variables that are not ours, and the old Heroku key", () => {
    expect(names(repository.actions.secrets)).toEqual(["HEROKU_API_KEY", "SENTRY_AUTH_TOKEN"]);
    expect(names(repository.environments.flatMap(({ actions }) => actions.secrets))).toEqual([
      "DATABASE_URL",
    ]);
    expect(names(repository.environments.flatMap(({ actions }) => actions.variables))).toEqual(["LOG_LEVEL"]);
  });

  it("gives the run a token for this repository that may write secrets and no settings", () => {
    const token = github.tokens.find((one) => one.token === world.credentials["GITHUB_TOKEN"]);
    expect(token?.grant).toEqual({
      kind: "fine-grained",
      repository_ids: [repository.id],
      permissions: {
        metadata: "read",
        secrets: "write",
        variables: "write",
        environments: "write",
        actions: "write",
      },
    });
  });
});

it("has the workflow of this checkout at GitHub, beside the one that deploys", () => {
  const workflows = github.repositories.flatMap((repository) => repository.workflows);
  expect(workflows.map(({ file }) => file)).toEqual(["deploy.yml", "verify-aws-backup.yml"]);
  expect(workflows[1]).toMatchObject({ state: "active", inputs: { source: { required: true } } });
});
