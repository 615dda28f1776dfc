import { Vault, type VaultArgs } from "../../components/vault";
import { IssuedCredential } from "./fixtures";
import { Program, secretOf } from "./program";

const [tagsType, folderType, secretsType] = [
  "pulumi-nodejs:dynamic/infisical:Tags",
  "pulumi-nodejs:dynamic/infisical:Folder",
  "pulumi-nodejs:dynamic/infisical:Secrets",
];
const companions = { AUTH_ID: "an-id", EXPIRES_AT: "2026-08-18T00:00:00Z" };

let program: Program;
beforeEach(async () => {
  program = await Program.start("prod", ({ type }) =>
    type === tagsType ? { ids: { "consumer-ci": "id-of-tag" } } : {},
  );
});

function vault(folders: VaultArgs["folders"], other: Partial<VaultArgs> = {}): void {
  new Vault("vault", { projectId: "the-project", environment: "prod", createTags: true, folders, ...other });
}

describe("folders", () => {
  it("are made from the top, each after the one above it, and the first after the tags", async () => {
    vault({ "/Raxx/Console/Billing": [new IssuedCredential("HK_BILLING_FULL")] });
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
    vault({
      "/MooseQuest/heroku": [new IssuedCredential("HK_PLATFORM_FULL")],
      "/MooseQuest/cloudflare": [new IssuedCredential("CF_DNS_EDIT")],
      "/MooseQuest": [new IssuedCredential("GH_SECRETS_WRITE")],
    });
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
});

describe("tags", () => {
  it("are those of every credential, each once and sorted", async () => {
    const low = { function: "platform-api", sensitivity: "low", consumer: "ci", rotation: "annual" } as const;
    vault({
      "/MooseQuest/heroku": [new IssuedCredential("HK_PLATFORM_FULL")],
      "/Raxx": [new IssuedCredential("HK_LOW_FULL", "2026-05-06", {}, { tags: low })],
    });
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
    vault(
      { "/Raxx": [new IssuedCredential("HK_PLATFORM_FULL")] },
      { createTags: false, environment: "staging" },
    );
    expect((await program.only(tagsType)).inputs["create"]).toBe(false);
    expect((await program.only(secretsType)).inputs["environment"]).toBe("staging");
  });
});

describe("secrets of a folder", () => {
  it("are written at once: every credential with its companions, its value as a secret", async () => {
    const platform = new IssuedCredential("HK_PLATFORM_FULL", "2026-11-22", companions);
    const billing = new IssuedCredential("HK_BILLING_FULL", "2026-05-06");
    vault({ "/MooseQuest/heroku": [platform, billing] });

    const resource = await program.only(secretsType);
    expect(resource).toMatchObject({ name: "vault/MooseQuest/heroku-secrets", parent: "vault" });
    expect(resource.additionalSecretOutputs).toEqual(["values", "uncertain"]);
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
    vault({ "/MooseQuest/heroku": [new IssuedCredential("HK_PLATFORM_FULL", "2026-11-22", companions)] });
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
      HK_PLATFORM_FULL__AUTH_ID: said,
      HK_PLATFORM_FULL__EXPIRES_AT: said,
    });
  });

  it("are no resource where no folder is named, and the component keeps no value", async () => {
    vault({});
    expect((await program.resources()).map(({ type }) => type)).toEqual([tagsType, "raxx:vault:Vault"]);
    expect((await program.only("raxx:vault:Vault")).inputs).toEqual({ environment: "prod" });
  });
});
