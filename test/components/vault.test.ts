import * as pulumi from "@pulumi/pulumi";
import { type HandOff } from "@raxx/providers";

import { handOffText, type Token } from "../../catalog";
import { type Provisioned } from "../../components/credential";
import { Vault, type VaultArgs } from "../../components/vault";
import { IssuedCredential, tokenNamed } from "./fixtures";
import { Program, secretOf } from "./program";

const [tagsType, folderType, secretsType] = [
  "pulumi-nodejs:dynamic/infisical:Tags",
  "pulumi-nodejs:dynamic/infisical:Folder",
  "pulumi-nodejs:dynamic/infisical:Secrets",
];
const companions = { AUTH_ID: "an-id", EXPIRES_AT: "2026-08-18T00:00:00Z" };

let program: Program;
let handOffs: HandOff[];
beforeEach(async () => {
  handOffs = [];
  program = await Program.start("prod", ({ type }) =>
    type === tagsType ? { ids: { "consumer-ci": "id-of-tag" } } : type === secretsType ? { handOffs } : {},
  );
});

function vault(tokens: Provisioned[], other: Partial<VaultArgs> = {}): void {
  new Vault("vault", { projectId: "the-project", environment: "prod", createTags: true, tokens, ...other });
}

/** A token that was issued, in these folders. */
function issued(name: Token["name"], folders: string[], other: Partial<Token> = {}): IssuedCredential {
  const destinations = folders.map((folder) => ({ kind: "vault", folder }) as const);
  return new IssuedCredential(name, "2026-11-22", companions, { destinations, ...other });
}

/** A token in custody, without a value. */
function custody(name: Token["name"], folder: string, other: Partial<Token> = {}): Provisioned {
  const token = tokenNamed(name, {
    issuer: { kind: "custody" },
    destinations: [{ kind: "vault", folder }],
    ...other,
  });
  return {
    token,
    generation: "2026-04-30",
    companions: { EXPIRES_AT: "non-expiring", SCOPES: "read write" },
  };
}

describe("folders", () => {
  it("are made from the top, each after the one above it, and the first after the tags", async () => {
    vault([issued("HK_BILLING_FULL", ["/Raxx/Console/Billing"])]);
    const folders = await program.resources(folderType);
    expect(
      folders.map(({ name, inputs, dependsOn, parent }) => [name, inputs["path"], dependsOn, parent]),
    ).toEqual([
      ["vault/Raxx", "/Raxx", ["vault-tags"], "vault"],
      ["vault/Raxx/Console", "/Raxx/Console", ["vault/Raxx"], "vault"],
      ["vault/Raxx/Console/Billing", "/Raxx/Console/Billing", ["vault/Raxx/Console"], "vault"],
    ]);
    for (const { inputs } of folders) {
      expect(inputs).toMatchObject({ projectId: "the-project", environment: "prod" });
    }
  });

  it("are made once where two share what is above them, or one is above the other", async () => {
    vault([
      issued("HK_PLATFORM_FULL", ["/MooseQuest/heroku"]),
      issued("CF_DNS_EDIT", ["/MooseQuest/cloudflare"]),
      issued("GH_SECRETS_WRITE", ["/MooseQuest"]),
    ]);
    expect((await program.resources(folderType)).map(({ name }) => name)).toEqual([
      "vault/MooseQuest",
      "vault/MooseQuest/cloudflare",
      "vault/MooseQuest/heroku",
    ]);
    const secrets = await program.resources(secretsType);
    expect(secrets.map(({ inputs, dependsOn }) => [inputs["path"], dependsOn])).toEqual([
      ["/MooseQuest", expect.arrayContaining(["vault/MooseQuest"])],
      ["/MooseQuest/cloudflare", expect.arrayContaining(["vault/MooseQuest/cloudflare"])],
      ["/MooseQuest/heroku", expect.arrayContaining(["vault/MooseQuest/heroku"])],
    ]);
  });

  it("of dev are apart from those of the stack's own environment, and share its tags", async () => {
    const key = custody("STR_BILLING_WRITE", "/MooseQuest/stripe");
    vault([key], { dev: [key] });
    const secrets = await program.resources(secretsType);
    expect(secrets.map(({ name, inputs }) => [name, inputs["environment"], inputs["path"]])).toEqual([
      ["vault-dev/MooseQuest/stripe-secrets", "dev", "/MooseQuest/stripe"],
      ["vault/MooseQuest/stripe-secrets", "prod", "/MooseQuest/stripe"],
    ]);
    const folders = await program.resources(folderType);
    expect(folders.map(({ name, inputs }) => [name, inputs["environment"]])).toEqual([
      ["vault-dev/MooseQuest", "dev"],
      ["vault-dev/MooseQuest/stripe", "dev"],
      ["vault/MooseQuest", "prod"],
      ["vault/MooseQuest/stripe", "prod"],
    ]);
    expect((await program.only(tagsType)).name).toBe("vault-tags");
  });
});

describe("tags", () => {
  it("are those of every token in the vault, each once and sorted", async () => {
    const low = { function: "platform-api", sensitivity: "low", consumer: "ci", rotation: "annual" } as const;
    vault([
      issued("HK_PLATFORM_FULL", ["/MooseQuest/heroku"]),
      issued("HK_LOW_FULL", ["/Raxx"], { tags: low }),
      issued("HK_ELSEWHERE_FULL", [], { tags: { ...low, function: "notify" } }),
    ]);
    expect(await program.only(tagsType)).toMatchObject({
      name: "vault-tags",
      inputs: {
        projectId: "the-project",
        slugs: [
          "consumer-ci",
          "function-platform-api",
          "rotation-90d",
          "rotation-annual",
          "sensitivity-critical",
          "sensitivity-low",
        ],
        create: true,
      },
    });
  });

  it("are only looked for where the stack does not own them", async () => {
    vault([issued("HK_PLATFORM_FULL", ["/Raxx"])], { createTags: false, environment: "staging" });
    expect((await program.only(tagsType)).inputs["create"]).toBe(false);
    expect((await program.only(secretsType)).inputs["environment"]).toBe("staging");
  });
});

describe("secrets of a folder", () => {
  it("are written at once: every token with its companions, its value as a secret", async () => {
    const platform = issued("HK_PLATFORM_FULL", ["/MooseQuest/heroku"]);
    const { destinations } = platform.token;
    const billing = new IssuedCredential("HK_BILLING_FULL", "2026-05-06", {}, { destinations });
    vault([platform, billing]);

    const resource = await program.only(secretsType);
    expect(resource).toMatchObject({ name: "vault/MooseQuest/heroku-secrets", parent: "vault" });
    expect(resource.additionalSecretOutputs).toEqual(["values", "uncertain", "originals", "deleted"]);
    const { HK_PLATFORM_FULL, HK_BILLING_FULL, ...rest } = resource.inputs["values"] as Record<
      string,
      unknown
    >;
    expect(secretOf(HK_PLATFORM_FULL)).toBe(platform.plain);
    expect(secretOf(HK_BILLING_FULL)).toBe(billing.plain);
    expect(rest).toEqual({
      HK_PLATFORM_FULL__AUTH_ID: "an-id",
      HK_PLATFORM_FULL__EXPIRES_AT: "2026-08-18T00:00:00Z",
    });
    expect(resource.inputs).toMatchObject({
      projectId: "the-project",
      environment: "prod",
      path: "/MooseQuest/heroku",
      tagIds: { "consumer-ci": "id-of-tag" },
    });
  });

  it("carry tags, metadata and source, the companions the same as their secret", async () => {
    vault([issued("HK_PLATFORM_FULL", ["/MooseQuest/heroku"])]);
    const said = {
      tags: ["consumer-ci", "function-platform-api", "rotation-90d", "sensitivity-critical"],
      metadata: {
        function: "platform-api",
        sensitivity: "critical",
        consumer: "ci",
        rotation: "90d",
        generation: "2026-11-22",
      },
      comment: "provisioned by Pulumi: do not edit, change the catalog",
      source: "HK_PLATFORM_FULL@2026-11-22",
    };
    expect((await program.only(secretsType)).inputs["entries"]).toEqual({
      HK_PLATFORM_FULL: said,
      HK_PLATFORM_FULL__AUTH_ID: { ...said, companion: true },
      HK_PLATFORM_FULL__EXPIRES_AT: { ...said, companion: true },
    });
  });

  it("stand under another key where the destination has one, with their companions", async () => {
    const destinations = [{ kind: "vault", folder: "/Raxx", key: "HEROKU_BILLING_API_KEY" }] as const;
    vault([issued("HK_BILLING_FULL", [], { destinations })]);
    expect(Object.keys((await program.only(secretsType)).inputs["entries"] as object)).toEqual([
      "HEROKU_BILLING_API_KEY",
      "HEROKU_BILLING_API_KEY__AUTH_ID",
      "HEROKU_BILLING_API_KEY__EXPIRES_AT",
    ]);
  });

  it("are no resource where no token stands in the vault, and the component keeps no value", async () => {
    vault([]);
    expect((await program.resources()).map(({ type }) => type)).toEqual([tagsType, "raxx:vault:Vault"]);
    expect((await program.only("raxx:vault:Vault")).inputs).toEqual({ environment: "prod" });
  });
});

describe("a token in custody", () => {
  const entries = async (): Promise<Record<string, Record<string, unknown>>> =>
    (await program.only(secretsType)).inputs["entries"] as Record<string, Record<string, unknown>>;

  it("has an entry without a value, and companions with theirs", async () => {
    vault([custody("ANT_CLAUDE_SDK", "/MooseQuest/anthropic")]);
    expect((await program.only(secretsType)).inputs["values"]).toEqual({
      ANT_CLAUDE_SDK__EXPIRES_AT: "non-expiring",
      ANT_CLAUDE_SDK__SCOPES: "read write",
    });
    const { ANT_CLAUDE_SDK: own, ANT_CLAUDE_SDK__SCOPES: companion } = await entries();
    expect(own).toMatchObject({ custody: true, source: "ANT_CLAUDE_SDK@2026-04-30" });
    expect(own?.["comment"]).toContain("in custody");
    expect(own).not.toHaveProperty("companion");
    expect(companion).toMatchObject({ companion: true });
    expect(companion).not.toHaveProperty("custody");
  });

  it("of parts has an entry for each, every one with its own old name", async () => {
    vault([
      custody("ALP_PAPER_TRADING", "/MooseQuest/alpaca", {
        parts: ["KEY_ID", "SECRET_KEY"],
        formerNames: [
          { name: "ALPACA_KEY", phase: "added", part: "KEY_ID" },
          { name: "ALPACA_SECRET", phase: "consumers-moved", part: "SECRET_KEY" },
        ],
      }),
    ]);
    const { ALP_PAPER_TRADING__KEY_ID: id, ALP_PAPER_TRADING__SECRET_KEY: secret } = await entries();
    expect(id?.["formerNames"]).toEqual({
      ALPACA_KEY: { phase: "added", meaning: "stays as it is; both names follow each other" },
    });
    expect(secret?.["formerNames"]).toEqual({
      ALPACA_SECRET: {
        phase: "consumers-moved",
        meaning: "stays as it is, no longer written: to be deleted with the next deploy",
      },
    });
    expect(Object.keys(await entries()).sort()).toEqual([
      "ALP_PAPER_TRADING__EXPIRES_AT",
      "ALP_PAPER_TRADING__KEY_ID",
      "ALP_PAPER_TRADING__SCOPES",
      "ALP_PAPER_TRADING__SECRET_KEY",
    ]);
  });

  it("of bare parts keeps their names, and has companions under its own", async () => {
    const destinations = [{ kind: "vault", folder: "/MooseQuest/raxx-dev-bot", bare: true }] as const;
    vault([custody("GH_APP_DEV_BOT", "", { parts: ["APP_ID", "PRIVATE_KEY_PEM"], destinations })]);
    expect(Object.keys(await entries()).sort()).toEqual([
      "APP_ID",
      "GH_APP_DEV_BOT__EXPIRES_AT",
      "GH_APP_DEV_BOT__SCOPES",
      "PRIVATE_KEY_PEM",
    ]);
  });
});

describe("an issued token with old names", () => {
  it("names them with what happens to them", async () => {
    const formerNames = [{ name: "HEROKU_API_KEY", phase: "added" }] as const;
    vault([issued("HK_PLATFORM_FULL", ["/MooseQuest/heroku"], { formerNames })]);
    const entries = (await program.only(secretsType)).inputs["entries"] as Record<string, unknown>;
    expect(entries["HK_PLATFORM_FULL"]).toMatchObject({
      formerNames: { HEROKU_API_KEY: { phase: "added", meaning: "written too where it stands" } },
    });
  });
});

describe("what only a person can do", () => {
  it("is said in every run, with all that is needed to do it", async () => {
    const warned: string[] = [];
    const warn = jest.spyOn(pulumi.log, "warn").mockImplementation((text) => {
      warned.push(text);
      return Promise.resolve();
    });
    handOffs = [{ kind: "missing", source: "ANT_CLAUDE_SDK@2026-04-30", names: ["ANT_CLAUDE_SDK"] }];
    const held = custody("ANT_CLAUDE_SDK", "/MooseQuest/anthropic");
    vault([held]);
    await program.resources();
    const place = { environment: "prod", folder: "/MooseQuest/anthropic" } as const;
    expect(warned).toEqual([
      handOffText(held.token, { ...place, kind: "missing", names: ["ANT_CLAUDE_SDK"] }),
    ]);
    warn.mockRestore();
  });
});
