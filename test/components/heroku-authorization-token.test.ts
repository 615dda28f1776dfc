import { randomUUID } from "node:crypto";

import { isSecret, ResourceHook, secret } from "@pulumi/pulumi";

import { type TokenGenerations } from "../../catalog";
import { HerokuApp } from "../../components/heroku-app";
import {
  HerokuAuthorizationToken,
  type HerokuAuthorizationTokenArgs,
} from "../../components/heroku-authorization-token";
import { Vault } from "../../components/vault";
import { generation, tokenNamed } from "./fixtures";
import { Program, secretsOf, valueOf, type Registered } from "./program";

const authorizationType = "pulumi-nodejs:dynamic/heroku:Authorization";
const adoptedType = "pulumi-nodejs:dynamic/heroku:AdoptedAuthorization";
const token = {
  ...tokenNamed("HK_PLATFORM_FULL", {
    destinations: [{ kind: "vault", folder: "/MooseQuest/heroku" }],
  }),
  issuer: { kind: "heroku-authorization", scope: ["write-protected", "identity"] },
} as const;

/** Generation → the value that Heroku answers with. */
const minted: Record<string, string> = {};
let program: Program;

beforeEach(async () => {
  for (const name of ["2026-05-06", "2026-11-22"]) minted[name] = `HRKU-${randomUUID()}`;
  program = await Program.start("prod", ({ type, inputs }) =>
    type === authorizationType ? { token: minted[String(inputs["marker"]).split(":")[3] ?? ""] } : {},
  );
});

function issue(
  generations: Partial<TokenGenerations> = {},
  more: Pick<HerokuAuthorizationTokenArgs, "adoptedHooks"> = {},
): HerokuAuthorizationToken {
  return new HerokuAuthorizationToken("HK_PLATFORM_FULL", {
    token,
    generations: { current: generation("2026-05-06"), previousAdopt: [], ...generations },
    stack: "prod",
    accountId: "the-account",
    ...more,
  });
}

const rotated = { current: generation("2026-11-22"), previous: generation("2026-05-06") };
const swapped = { current: generation("2026-05-06"), previous: generation("2026-11-22") };

function identities(resources: Registered[]): unknown[] {
  return resources.map(({ type, name, parent, inputs }) => ({ type, name, parent, inputs }));
}

describe("a token with one generation", () => {
  it("is one authorization with its marker, scope and expiry", async () => {
    issue();
    expect(await program.only(authorizationType)).toMatchObject({
      type: authorizationType,
      name: "HK_PLATFORM_FULL-2026-05-06",
      custom: true,
      inputs: {
        marker: "raxx:prod:HK_PLATFORM_FULL:2026-05-06",
        scope: ["write-protected", "identity"],
        expiresAt: "2026-08-18T00:00:00Z",
        accountId: "the-account",
        mayMint: true,
      },
      parent: "HK_PLATFORM_FULL",
      dependsOn: [],
      ignoreChanges: [],
      additionalSecretOutputs: ["token"],
      retainOnDelete: false,
    });
    expect(await program.resources()).toHaveLength(2);
  });

  it("records its name and generation in state, and no value", async () => {
    issue();
    const component = await program.only("raxx:heroku:AuthorizationToken");
    expect(component).toMatchObject({ name: "HK_PLATFORM_FULL", custom: false });
    expect(component.inputs).toEqual({ token: "HK_PLATFORM_FULL", generation: "2026-05-06" });
  });

  it("hands out the value as a secret", async () => {
    const { value } = issue();
    expect(await isSecret(value)).toBe(true);
    expect(await valueOf(value)).toBe(minted["2026-05-06"]);
  });

  it("hands out the companions that the taxonomy asks for, none of them undefined", async () => {
    const { companions } = issue();
    expect(await valueOf(companions)).toEqual({
      AUTH_ID: "id-of-HK_PLATFORM_FULL-2026-05-06",
      EXPIRES_AT: "2026-08-18T00:00:00Z",
      SCOPES: "write-protected identity",
    });
  });

  it("carries the stack's name in its marker, and its cadence in its expiry", async () => {
    const staging = await Program.start("staging");
    new HerokuAuthorizationToken("HK_PLATFORM_FULL", {
      token: { ...token, tags: { ...token.tags, rotation: "30d" } },
      generations: { current: generation("2026-11-22.2"), previousAdopt: [] },
      stack: "staging",
      accountId: "the-account",
    });
    expect(await staging.only(authorizationType)).toMatchObject({
      name: "HK_PLATFORM_FULL-2026-11-22.2",
      inputs: { marker: "raxx:staging:HK_PLATFORM_FULL:2026-11-22.2", expiresAt: "2027-01-05T00:00:00Z" },
    });
  });

  it("waits for an account that is known only when the engine runs", async () => {
    new HerokuAuthorizationToken("HK_PLATFORM_FULL", {
      token,
      generations: { current: generation("2026-05-06"), previousAdopt: [] },
      stack: "prod",
      accountId: secret("the-account"),
    });
    expect((await program.only(authorizationType)).inputs["accountId"]).toMatchObject({
      value: "the-account",
    });
  });
});

describe("a rotated token", () => {
  it("keeps the previous authorization beside the current one", async () => {
    issue(rotated);
    const authorizations = await program.resources(authorizationType);
    expect(authorizations.map(({ name, inputs }) => [name, inputs["marker"]])).toEqual([
      ["HK_PLATFORM_FULL-2026-05-06", "raxx:prod:HK_PLATFORM_FULL:2026-05-06"],
      ["HK_PLATFORM_FULL-2026-11-22", "raxx:prod:HK_PLATFORM_FULL:2026-11-22"],
    ]);
  });

  it("hands out the current generation's value and companions", async () => {
    const component = issue(rotated);
    expect(component.generation).toBe("2026-11-22");
    expect(await valueOf(component.value)).toBe(minted["2026-11-22"]);
    expect(await valueOf(component.companions)).toMatchObject({
      AUTH_ID: "id-of-HK_PLATFORM_FULL-2026-11-22",
      EXPIRES_AT: "2027-03-06T00:00:00Z",
    });
  });

  it("may mint the current generation only", async () => {
    issue(rotated);
    const authorizations = await program.resources(authorizationType);
    expect(authorizations.map(({ inputs }) => [inputs["marker"], inputs["mayMint"]])).toEqual([
      ["raxx:prod:HK_PLATFORM_FULL:2026-05-06", false],
      ["raxx:prod:HK_PLATFORM_FULL:2026-11-22", true],
    ]);
  });

  it("that goes back hands out the other value of the same two authorizations", async () => {
    issue(rotated);
    const before = (await program.resources(authorizationType)).map(({ name }) => name);
    program = await Program.start("prod", ({ inputs }) => ({
      token: minted[String(inputs["marker"]).split(":")[3] ?? ""],
    }));
    const back = issue(swapped);
    const after = (await program.resources(authorizationType)).map(({ name }) => name);
    expect(after).toEqual(before);
    expect(back.generation).toBe("2026-05-06");
    expect(await valueOf(back.value)).toBe(minted["2026-05-06"]);
    expect(await isSecret(back.value)).toBe(true);
  });

  it("that is finished leaves the previous authorization out, and touches nothing else", async () => {
    issue(rotated);
    const [, current] = identities(await program.resources(authorizationType));
    program = await Program.start("prod");
    issue({ current: rotated.current });
    expect(identities(await program.resources(authorizationType))).toEqual([current]);
  });
});

describe("credentials that were there before us", () => {
  it("are adopted by their ids, and go with what looks at where they still stand", async () => {
    const adoptedHooks = { beforeDelete: [new ResourceHook("heroku-before-finish", () => undefined)] };
    issue({ previousAdopt: ["id-one", "id-two"] }, { adoptedHooks });
    const adopted = await program.resources(adoptedType);
    const hooks = { beforeDelete: ["heroku-before-finish"] };
    expect(adopted).toMatchObject([
      { name: "HK_PLATFORM_FULL-adopted-id-one", parent: "HK_PLATFORM_FULL", hooks },
      { name: "HK_PLATFORM_FULL-adopted-id-two", parent: "HK_PLATFORM_FULL", hooks },
    ]);
    expect(adopted.map(({ inputs }) => inputs)).toEqual([
      { authorizationId: "id-one", accountId: "the-account" },
      { authorizationId: "id-two", accountId: "the-account" },
    ]);
  });

  it("do not change which value is handed out", async () => {
    const { value } = issue({ previousAdopt: ["id-one"] });
    expect(await valueOf(value)).toBe(minted["2026-05-06"]);
    expect(await program.resources(authorizationType)).toHaveLength(1);
  });

  it("are none where the configuration names none", async () => {
    issue(rotated);
    expect(await program.resources(adoptedType)).toEqual([]);
  });
});

it("reaches every destination with the value of the current generation, as a secret", async () => {
  const credential = issue(rotated);
  for (const app of ["raxx-console-prod", "raxx-api-prod"]) {
    const credentials = { HEROKU_API_KEY: credential };
    new HerokuApp(app, { app, appId: `id-of-${app}`, accountId: "the-account", credentials });
  }
  const vault = { projectId: "the-project", environment: "prod", createTags: true } as const;
  new Vault("vault", { ...vault, tokens: [credential] });

  const apps = await program.resources("pulumi-nodejs:dynamic/heroku:ConfigVars");
  expect(apps.map(({ inputs }) => secretsOf(inputs["vars"]))).toEqual([
    { HEROKU_API_KEY: minted["2026-11-22"] },
    { HEROKU_API_KEY: minted["2026-11-22"] },
  ]);
  const { inputs } = await program.only("pulumi-nodejs:dynamic/infisical:Secrets");
  const { HK_PLATFORM_FULL, ...companions } = inputs["values"] as Record<string, unknown>;
  expect(secretsOf({ HK_PLATFORM_FULL })).toEqual({ HK_PLATFORM_FULL: minted["2026-11-22"] });
  expect(companions).toEqual({
    HK_PLATFORM_FULL__AUTH_ID: "id-of-HK_PLATFORM_FULL-2026-11-22",
    HK_PLATFORM_FULL__EXPIRES_AT: "2027-03-06T00:00:00Z",
    HK_PLATFORM_FULL__SCOPES: "write-protected identity",
  });
});
