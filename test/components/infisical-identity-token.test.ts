import { randomBytes } from "node:crypto";

import { isSecret } from "@pulumi/pulumi";

import { tokens, type Token, type TokenGenerations } from "../../catalog";
import { HerokuApp } from "../../components/heroku-app";
import { InfisicalIdentityToken } from "../../components/infisical-identity-token";
import { IssuedCredential, generation, tokenNamed } from "./fixtures";
import { Program, secretsOf, valueOf } from "./program";

const identityType = "pulumi-nodejs:dynamic/infisical:Identity";
const tokenType = "pulumi-nodejs:dynamic/infisical:IdentityToken";
const days104 = 104 * 24 * 3600;

const reader = {
  ...tokenNamed("INF_APP_READER"),
  vendorScopes: ["read:/MooseQuest/stripe", "read:/MooseQuest/alpaca"],
  issuer: { kind: "infisical-identity-token", folders: ["/MooseQuest/stripe", "/MooseQuest/alpaca"] },
} as const;
const rotated = { current: generation("2026-11-22"), previous: generation("2026-05-06") };
const swapped = { current: generation("2026-05-06"), previous: generation("2026-11-22") };

/** Logical name → the value that the vendor shows once. */
let minted: Record<string, string>;
let program: Program;
beforeEach(async () => {
  minted = {};
  program = await started("prod");
});

/** The vendor counts from the mint, which is some hours after the day began. */
function started(stack: string): Promise<Program> {
  return Program.start(stack, ({ type, name }) => {
    if (type !== tokenType) return {};
    const token = (minted[name] ??= randomBytes(24).toString("hex"));
    return { token, expiresAt: `end-of-${name}` };
  });
}

function issue(
  generations: Partial<TokenGenerations> = {},
  other: Partial<Token> = {},
  stack = "prod",
): InfisicalIdentityToken {
  return new InfisicalIdentityToken("INF_APP_READER", {
    token: { ...reader, ...other, issuer: reader.issuer },
    generations: { current: generation("2026-05-06"), previousAdopt: [], ...generations },
    stack,
    projectId: "the-project",
  });
}

async function declared(): Promise<unknown[]> {
  return (await program.resources()).map(({ type, name, parent, inputs }) => ({
    type,
    name,
    parent,
    inputs,
  }));
}

describe("a token with one generation", () => {
  it("is an identity that reads its folders in the stack's environment, for as long as its tokens live", async () => {
    issue();
    expect(await program.only(identityType)).toMatchObject({
      name: "INF_APP_READER-identity",
      parent: "INF_APP_READER",
      inputs: {
        projectId: "the-project",
        marker: "raxx:prod:INF_APP_READER",
        environment: "prod",
        folders: ["/MooseQuest/stripe", "/MooseQuest/alpaca"],
        ttlSeconds: days104,
      },
      retainOnDelete: false,
    });
  });

  it("is one token of that identity, with its marker and generation", async () => {
    issue();
    expect(await program.only(tokenType)).toMatchObject({
      name: "INF_APP_READER-2026-05-06",
      parent: "INF_APP_READER",
      inputs: {
        projectId: "the-project",
        identityId: "id-of-INF_APP_READER-identity",
        marker: "raxx:prod:INF_APP_READER:2026-05-06",
        ttlSeconds: days104,
        mayMint: true,
      },
      dependsOn: ["INF_APP_READER-identity"],
      additionalSecretOutputs: ["token"],
      ignoreChanges: [],
      retainOnDelete: false,
    });
    expect(await program.resources()).toHaveLength(3);
  });

  it("records its name and generation in state, and no value", async () => {
    issue();
    const component = await program.only("raxx:infisical:IdentityToken");
    expect(component).toMatchObject({ name: "INF_APP_READER", custom: false });
    expect(component.inputs).toEqual({ token: "INF_APP_READER", generation: "2026-05-06" });
  });

  it("hands out the value as a secret, with the end that the vault says and its scopes", async () => {
    const { value, companions } = issue();
    expect(await isSecret(value)).toBe(true);
    expect(await valueOf(value)).toBe(minted["INF_APP_READER-2026-05-06"]);
    expect(await valueOf(companions)).toEqual({
      EXPIRES_AT: "end-of-INF_APP_READER-2026-05-06",
      SCOPES: "read:/MooseQuest/stripe read:/MooseQuest/alpaca",
    });
  });

  it("reads the environment of its own stack, and lives fourteen days longer than its cadence", async () => {
    program = await started("staging");
    issue({}, { tags: { ...reader.tags, rotation: "30d" } }, "staging");
    expect((await program.only(identityType)).inputs).toMatchObject({
      marker: "raxx:staging:INF_APP_READER",
      environment: "staging",
      ttlSeconds: 44 * 24 * 3600,
    });
    expect((await program.only(tokenType)).inputs).toMatchObject({
      marker: "raxx:staging:INF_APP_READER:2026-05-06",
      ttlSeconds: 44 * 24 * 3600,
    });
  });

  it("makes and mints nothing before what it waits for is there", async () => {
    const after = new HerokuApp("an-app", {
      app: "an-app",
      appId: "id-of-an-app",
      accountId: "the-account",
      credentials: { HEROKU_API_KEY: new IssuedCredential("HK_PLATFORM_FULL") },
    });
    new InfisicalIdentityToken("INF_APP_READER", {
      token: reader,
      generations: { current: generation("2026-05-06"), previousAdopt: [] },
      stack: "prod",
      projectId: "the-project",
      after: [after],
    });
    const [config] = await program.resources("pulumi-nodejs:dynamic/heroku:ConfigVars");
    expect((await program.only(identityType)).dependsOn).toEqual([config?.name]);
    expect((await program.only(tokenType)).dependsOn).toContain(config?.name);
  });

  it("has to rotate", () => {
    expect(() => issue({}, { tags: { ...reader.tags, rotation: "non-rotating" } })).toThrow(/has to rotate/);
  });
});

describe("a rotated token", () => {
  it("keeps the previous one beside the current one, of the same identity", async () => {
    issue(rotated);
    await program.only(identityType);
    expect(
      (await program.resources(tokenType)).map(({ name, inputs }) => [name, inputs["identityId"]]),
    ).toEqual([
      ["INF_APP_READER-2026-05-06", "id-of-INF_APP_READER-identity"],
      ["INF_APP_READER-2026-11-22", "id-of-INF_APP_READER-identity"],
    ]);
  });

  it("hands out the current generation's value and end", async () => {
    const issued = issue(rotated);
    expect(issued.generation).toBe("2026-11-22");
    expect(await valueOf(issued.value)).toBe(minted["INF_APP_READER-2026-11-22"]);
    expect(await valueOf(issued.companions)).toMatchObject({
      EXPIRES_AT: "end-of-INF_APP_READER-2026-11-22",
    });
  });

  it("may mint the current generation only", async () => {
    issue(rotated);
    const found = await program.resources(tokenType);
    expect(found.map(({ inputs }) => [inputs["marker"], inputs["mayMint"]])).toEqual([
      ["raxx:prod:INF_APP_READER:2026-05-06", false],
      ["raxx:prod:INF_APP_READER:2026-11-22", true],
    ]);
  });

  it("that goes back hands out the other value of the same two tokens", async () => {
    issue(rotated);
    const before = (await program.resources()).map(({ name }) => name);
    program = await started("prod");
    const back = issue(swapped);
    expect((await program.resources()).map(({ name }) => name)).toEqual(before);
    expect(await valueOf(back.value)).toBe(minted["INF_APP_READER-2026-05-06"]);
    expect(await isSecret(back.value)).toBe(true);
  });

  it("that is finished leaves the previous one out, and touches nothing else", async () => {
    issue({ current: rotated.current });
    const finished = await declared();
    program = await started("prod");
    issue(rotated);
    const overlap = await declared();
    expect(overlap).toHaveLength(finished.length + 1);
    expect(overlap).toEqual(expect.arrayContaining(finished));
  });
});

it("reaches the apps with the value of the current generation, as a secret, in one write with the others", async () => {
  const credentials = {
    INFISICAL_SERVICE_TOKEN: issue(rotated),
    HEROKU_API_KEY: new IssuedCredential("HK_PLATFORM_FULL"),
  };
  new HerokuApp("raxx-api-prod", {
    app: "raxx-api-prod",
    appId: "id-of-raxx-api-prod",
    accountId: "the-account",
    credentials,
  });
  const { inputs } = await program.only("pulumi-nodejs:dynamic/heroku:ConfigVars");
  expect(secretsOf(inputs["vars"])).toEqual({
    INFISICAL_SERVICE_TOKEN: minted["INF_APP_READER-2026-11-22"],
    HEROKU_API_KEY: credentials.HEROKU_API_KEY.plain,
  });
});

it("is declared for each environment of the catalog's own entry, with exactly its folders", async () => {
  const token = tokens.find(({ name }) => name === "INF_APP_READER");
  if (token?.issuer.kind !== "infisical-identity-token") throw new Error("no entry");
  const { issuer } = token;
  const generations = { current: generation("2026-11-22"), previousAdopt: [] };
  new InfisicalIdentityToken(token.name, {
    token: { ...token, issuer },
    generations,
    stack: "prod",
    projectId: "the-project",
  });
  const { inputs } = await program.only(identityType);
  expect(inputs).toMatchObject({ folders: issuer.folders, ttlSeconds: days104 });
  expect(token.vendorScopes).toEqual(issuer.folders.map((folder) => `read:${folder}`));
});
