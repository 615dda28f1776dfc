import { randomBytes } from "node:crypto";

import { type ResourceValidationArgs } from "@pulumi/policy";

import { namingTokenGrammar } from "../../../policy/rules/naming-token-grammar";

/** What the rule is given of a resource, as far as it looks. */
interface Resource {
  type: string;
  props: Record<string, unknown>;
}

const credential: Resource = {
  type: "raxx:heroku:AuthorizationToken",
  props: { token: "HK_PLATFORM_FULL", generation: "2026-05-06" },
};
const secrets: Resource = {
  type: "pulumi-nodejs:dynamic/infisical:Secrets",
  props: {
    path: "/MooseQuest/heroku",
    entries: {
      HK_PLATFORM_FULL: { source: "HK_PLATFORM_FULL@2026-05-06" },
      HK_PLATFORM_FULL__EXPIRES_AT: { source: "HK_PLATFORM_FULL@2026-05-06" },
    },
  },
};
/** A folder with the names that a program asks for. */
const ofProgram: Resource = {
  ...secrets,
  props: {
    path: "/Raxx/Console/Billing",
    entries: {
      HEROKU_BILLING_API_KEY: { source: "HK_BILLING_FULL@2026-05-06" },
      HEROKU_BILLING_API_KEY__AUTH_ID: { source: "HK_BILLING_FULL@2026-05-06" },
    },
  },
};
const custody: Resource = {
  type: "raxx:custody:Token",
  props: { token: "GH_APP_DEV_BOT", generation: "2026-04-30" },
};
const botSecrets = { APP_ID: {}, INSTALLATION_ID: {}, PRIVATE_KEY_PEM: {}, GH_APP_DEV_BOT__SCOPES: {} };
const authorization: Resource = {
  type: "pulumi-nodejs:dynamic/heroku:Authorization",
  props: { marker: "raxx:prod:HK_PLATFORM_FULL:2026-05-06", scope: ["global"] },
};

/** The resource with one property replaced. */
function breaking(resource: Resource, props: Record<string, unknown>): Resource {
  return { ...resource, props: { ...resource.props, ...props } };
}

async function violations(resource: Resource): Promise<string[]> {
  const said: string[] = [];
  const { validateResource } = namingTokenGrammar;
  if (typeof validateResource !== "function") throw new Error("the rule looks at no resource");
  await validateResource(resource as unknown as ResourceValidationArgs, (message) => said.push(message));
  return said;
}

/** The message for a name that breaks the grammar in this way. */
function message(name: string, broken: string): string {
  return `${name} is no token name: ${broken}; name it <VENDOR>_<FUNCTION>[_<SCOPE>], e.g. HK_PLATFORM_FULL, in catalog/tokens/`;
}
const lowerCase = "it is not upper-case words joined by single underscores";

it("is mandatory", () => {
  expect(namingTokenGrammar).toMatchObject({
    name: "naming-token-grammar",
    enforcementLevel: "mandatory",
  });
});

it.each([
  ["a credential", credential],
  ["a token in custody", custody],
  ["a bot's secrets, under their own names", breaking(secrets, { entries: botSecrets })],
  ["the secrets of a vault folder", secrets],
  ["the secrets of a program's own folder, under the names that it asks for", ofProgram],
  ["an authorization", authorization],
])("passes %s with compliant names", async (_what, resource) => {
  expect(await violations(resource)).toEqual([]);
});

it("refuses a credential with a broken name, and says how to name it", async () => {
  expect(await violations(breaking(credential, { token: "hk_platform_full" }))).toEqual([
    message("hk_platform_full", lowerCase),
  ]);
});

it.each([
  "raxx:aws:AccessKey",
  "raxx:cloudflare:ApiToken",
  "raxx:cloudflare:ServiceToken",
  "raxx:custody:Token",
  "raxx:infisical:IdentityToken",
  "raxx:random:Token",
])("refuses a broken name of a %s", async (type) => {
  expect(await violations({ type, props: { token: "INFISICAL_SERVICE_TOKEN" } })).toHaveLength(1);
});

it("refuses a credential of an unknown vendor, and names the codes", async () => {
  const [said = "", ...more] = await violations(breaking(credential, { token: "HEROKU_API_KEY" }));
  expect(more).toEqual([]);
  expect(said).toMatch(/^HEROKU_API_KEY is no token name: HEROKU is no vendor code \(one of ALP, .*HK,/);
});

it("refuses a credential without a name", async () => {
  expect(await violations(breaking(credential, { token: undefined }))).toHaveLength(1);
});

it("refuses each broken name of a vault folder, and only those", async () => {
  const entries = {
    HK_PLATFORM_FULL: {},
    heroku: {},
    HK_PLATFORM_FULL__expires: {},
    HK_PLATFORM_FULL__A__B: {},
  };
  expect(await violations(breaking(secrets, { entries }))).toEqual([
    message("heroku", lowerCase),
    message(
      "HK_PLATFORM_FULL__expires",
      "its companion suffix is not upper-case words joined by single underscores",
    ),
    message("HK_PLATFORM_FULL__A__B", "it has more than one companion suffix (__)"),
  ]);
});

it("refuses the names of a program in the folder of a vendor", async () => {
  const { entries } = ofProgram.props;
  expect(await violations(breaking(secrets, { entries }))).toHaveLength(2);
});

it("refuses a token with a broken name in a program's own folder, once", async () => {
  const broken = { source: "HEROKU_BILLING@2026-05-06" };
  const said = await violations(breaking(ofProgram, { entries: { BILLING_KEY: broken, OTHER: broken } }));
  expect(said).toEqual([expect.stringMatching(/^HEROKU_BILLING is no token name: HEROKU is no vendor code/)]);
});

it("refuses what names no token in a program's own folder", async () => {
  expect(await violations(breaking(ofProgram, { entries: { BILLING_KEY: {} } }))).toHaveLength(1);
});

it.each([undefined, null, "text"])(
  "passes a vault folder whose entries are %j: it has no names",
  async (entries) => {
    expect(await violations(breaking(secrets, { entries }))).toEqual([]);
  },
);

it.each([
  ["raxx:prod:hk_platform:2026-05-06", message("hk_platform", lowerCase)],
  ["raxx:prod", message("", lowerCase)],
])("refuses an authorization with the marker %s", async (marker, said) => {
  expect(await violations(breaking(authorization, { marker }))).toEqual([said]);
});

it("never prints a value, whatever else it says", async () => {
  const value = randomBytes(24).toString("hex");
  const resources = [
    breaking(credential, { token: "broken", generation: value, value }),
    breaking(secrets, { entries: { broken: { source: value, comment: value } }, values: { broken: value } }),
    breaking(authorization, { marker: `raxx:prod:broken:${value}`, token: value }),
  ];
  for (const resource of resources) {
    expect(await violations(resource)).toEqual([message("broken", lowerCase)]);
  }
});

it.each([
  "pulumi:pulumi:Stack",
  "pulumi-nodejs:dynamic/heroku:ConfigVars",
  "pulumi-nodejs:dynamic/heroku:AdoptedAuthorization",
  "raxx:heroku:App",
])("passes a %s, whatever it is called", async (type) => {
  const props = { token: "broken", entries: { broken: {} }, marker: "raxx:prod:broken:2026-05-06" };
  expect(await violations({ type, props })).toEqual([]);
});
