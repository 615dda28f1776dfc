import { generateKeyPairSync, randomUUID } from "node:crypto";

import { tokens } from "../../catalog";
import { heardWarnings, secretOf, type Program } from "../components/program";
import { cloudflareAccount, configurationOf, credentials, runProgram, zones } from "../run-program";

const account = "521228113048";
const billing = "/raxx/billing-readonly";
const freescout = "/raxx/freescout";
const keys = { AWS_BILLING_READ: "raxx-billing-readonly", AWS_FREESCOUT_BACKUP: "raxx-freescout-backup" };
const pem = generateKeyPairSync("rsa", { modulusLength: 2048 })
  .privateKey.export({ type: "pkcs1", format: "pem" })
  .toString();

let warned: string[];
beforeEach(() => {
  warned = heardWarnings();
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Runs prod with these generations, and the key for FreeScout's backup where a person gave it. */
function prod(
  generations: object,
  given?: string,
  environment: Record<string, string> = {},
  adopt: object = {},
): Promise<Program> {
  return runProgram("prod", {
    configuration: {
      ...configurationOf("prod", generations),
      "raxx:adopt": JSON.stringify(adopt),
      ...(given === undefined ? {} : { "raxx:freescoutSshKey": given }),
    },
    encrypted: ["raxx:freescoutSshKey"],
    environment: { ...credentials(), CLOUDFLARE_API_TOKEN: randomUUID(), ...environment },
  });
}

const awsGenerations = {
  AWS_BILLING_READ: { current: "2026-11-22" },
  AWS_FREESCOUT_BACKUP: { current: "2026-11-22", previous: "2026-10-22" },
  HK_BILLING_FULL: { current: "2026-11-22" },
};

/** Of a user's entry; the policy is looked at where it is made. */
function policyAndPlaces(user: string): object {
  const policy = `${user}-policy`;
  const importId = `arn:aws:iam::${account}:policy/${policy}`;
  return {
    policy,
    document: expect.stringMatching(/^{"Version":"2012-10-17","Statement":\[{"Effect":"Allow",/) as unknown,
    adopt: {
      user: { name: `aws/user/${user}`, importId: user, adopted: false },
      policy: { name: `aws/policy/${policy}`, importId, adopted: false },
    },
  };
}

describe("AWS", () => {
  it("is verified with every user and parameter that is to be made, in a fixed order", async () => {
    const program = await prod(awsGenerations, pem);
    const { inputs } = await program.only("pulumi-nodejs:dynamic/aws:Account");
    expect(inputs).toEqual({
      accountId: account,
      region: "us-east-1",
      users: {
        [keys.AWS_BILLING_READ]: {
          marker: "raxx:prod:AWS_BILLING_READ",
          generations: ["2026-11-22"],
          ...policyAndPlaces("raxx-billing-readonly"),
        },
        [keys.AWS_FREESCOUT_BACKUP]: {
          marker: "raxx:prod:AWS_FREESCOUT_BACKUP",
          generations: ["2026-10-22", "2026-11-22"],
          ...policyAndPlaces("raxx-freescout-backup"),
        },
      },
      parameters: [
        { name: `${billing}/aws_access_key_id`, marker: "raxx:prod:AWS_BILLING_READ" },
        { name: `${billing}/aws_secret_access_key`, marker: "raxx:prod:AWS_BILLING_READ" },
        { name: `${billing}/heroku_billing_api_key`, marker: "raxx:prod:HK_BILLING_FULL" },
        { name: `${billing}/heroku_billing_auth_id`, marker: "raxx:prod:HK_BILLING_FULL" },
        {
          name: `${freescout}/ssh_key`,
          marker: "raxx:prod:AWS_FREESCOUT_BACKUP",
          adopt: { name: `ssm${freescout}/ssh_key`, importId: `${freescout}/ssh_key`, adopted: false },
        },
      ],
      supplied: [`${freescout}/ssh_key`],
      awaited: [`${freescout}/ssh_key`],
    });
  });

  it("takes over what is listed, and tells of the keys that were there", async () => {
    const ids = {
      "aws/user/raxx-billing-readonly": "raxx-billing-readonly",
      "aws/policy/raxx-freescout-backup-policy": `arn:aws:iam::${account}:policy/raxx-freescout-backup-policy`,
      [`ssm${freescout}/ssh_key`]: `${freescout}/ssh_key`,
    };
    const program = await prod(awsGenerations, pem, {}, ids);
    const kept = (await program.resources()).filter(({ retainOnDelete }) => retainOnDelete);
    expect(kept.map(({ name, importId }) => [name, importId])).toEqual([
      ["AWS_FREESCOUT_BACKUP-policy", Object.values(ids)[1]],
      ["AWS_BILLING_READ-user", "raxx-billing-readonly"],
      [`ssm${freescout}/ssh_key-parameter`, ""],
    ]);
    const { inputs } = await program.only("pulumi-nodejs:dynamic/aws:Account");
    const users = inputs["users"] as Record<string, { adopt: Record<string, { adopted: boolean }> }>;
    const listed = Object.values(users).map(({ adopt }) => [
      adopt["user"]?.adopted,
      adopt["policy"]?.adopted,
    ]);
    expect(listed).toEqual([
      [true, false],
      [false, true],
    ]);
    expect((inputs["parameters"] as unknown[]).at(-1)).toMatchObject({ adopt: { adopted: true } });
    expect(warned).toEqual([
      "the IAM user raxx-billing-readonly was taken over with the access key AKIABEFORE, which stays: delete it once nobody uses it (aws iam get-access-key-last-used --access-key-id ID), since a rotation needs its room",
    ]);
  });

  it("mints and writes nothing before that, and clears away around it what a cut-off run left", async () => {
    const program = await prod(awsGenerations, pem);
    const hooksOf = async (type: string): Promise<Record<string, unknown>> =>
      Object.fromEntries((await program.resources(type)).map(({ name, hooks }) => [name, hooks]));
    for (const type of ["aws:iam/user:User", "aws:iam/policy:Policy", "aws:ssm/parameter:Parameter"]) {
      for (const { dependsOn } of await program.resources(type))
        expect(dependsOn).toEqual(expect.arrayContaining(["aws", "github", "heroku"]));
      const what = type.slice(type.lastIndexOf(":") + 1).toLowerCase();
      for (const hooks of Object.values(await hooksOf(type)))
        expect(hooks).toEqual({ beforeCreate: [`aws-before-${what}`] });
    }
    const around = { beforeCreate: ["aws-before-mint"], afterCreate: ["aws-after-mint"] };
    expect(await hooksOf("aws:iam/accessKey:AccessKey")).toEqual({
      "AWS_BILLING_READ-2026-11-22": around,
      // Around the previous one it is not known which other keys are in use.
      "AWS_FREESCOUT_BACKUP-2026-10-22": {},
      "AWS_FREESCOUT_BACKUP-2026-11-22": around,
    });
  });

  it("gets each value in its parameter, as a secret, and the supplied one with the others", async () => {
    const program = await prod(awsGenerations, pem);
    const parameters = await program.resources("aws:ssm/parameter:Parameter");
    expect(
      parameters.map(({ inputs }) => [inputs["name"], secretOf(inputs["value"]), inputs["description"]]),
    ).toEqual([
      [`${billing}/aws_access_key_id`, "id-of-AWS_BILLING_READ-2026-11-22", "AWS_BILLING_READ@2026-11-22"],
      [
        `${billing}/aws_secret_access_key`,
        "the secret of AWS_BILLING_READ-2026-11-22",
        "AWS_BILLING_READ@2026-11-22",
      ],
      [
        `${billing}/heroku_billing_api_key`,
        "the value of raxx:prod:HK_BILLING_FULL:2026-11-22",
        "HK_BILLING_FULL@2026-11-22",
      ],
      [`${billing}/heroku_billing_auth_id`, "id-of-HK_BILLING_FULL-2026-11-22", "HK_BILLING_FULL@2026-11-22"],
      [`${freescout}/ssh_key`, pem, "supplied"],
    ]);
  });

  it("proves each key where it stands, against the parameters that are there", async () => {
    const program = await prod(awsGenerations, pem);
    const probes = await program.resources("pulumi-nodejs:dynamic/aws:KeyProbe");
    expect(probes.map(({ inputs }) => [inputs["user"], inputs["source"], inputs["parameters"]])).toEqual([
      [keys.AWS_BILLING_READ, "AWS_BILLING_READ@2026-11-22", []],
      [
        keys.AWS_FREESCOUT_BACKUP,
        "AWS_FREESCOUT_BACKUP@2026-11-22",
        [`${freescout}/ssh_key`, `${freescout}/db_password`],
      ],
    ]);
    expect(probes.map(({ dependsOn }) => dependsOn.filter((name) => !name.startsWith("AWS_")))).toEqual([
      expect.arrayContaining([`ssm${billing}/aws_access_key_id-parameter`]),
      expect.arrayContaining([
        "github/AWS_BACKUP_ACCESS_KEY_ID-secret",
        "github/AWS_BACKUP_SECRET_ACCESS_KEY-secret",
      ]),
    ]);
    const workflow = await program.only("pulumi-nodejs:dynamic/github:WorkflowProbe");
    expect(workflow.inputs).toMatchObject({
      source: "AWS_FREESCOUT_BACKUP@2026-11-22",
      secrets: ["AWS_BACKUP_ACCESS_KEY_ID", "AWS_BACKUP_SECRET_ACCESS_KEY"],
    });
  });

  it("says what a person has to give where it is not given, and goes on without it", async () => {
    const program = await prod(awsGenerations);
    const { inputs } = await program.only("pulumi-nodejs:dynamic/aws:Account");
    expect(inputs["supplied"]).toEqual([]);
    expect(await program.resources("aws:ssm/parameter:Parameter")).toHaveLength(4);
    const probes = await program.resources("pulumi-nodejs:dynamic/aws:KeyProbe");
    expect(probes[1]?.inputs["parameters"]).toEqual([`${freescout}/db_password`]);
    expect(warned).toEqual([expect.stringContaining("raxx:freescoutSshKey --stack prod < FILE")]);
  });

  it("is neither asked nor written where nothing of it is issued", async () => {
    const program = await prod({ HK_PLATFORM_FULL: { current: "2026-11-22" } });
    const types = (await program.resources()).map(({ type }) => type);
    expect(types.filter((type) => /aws|cloudflare/i.test(type))).toEqual([]);
  });
});

describe("Cloudflare", () => {
  const pages = { CF_PAGES_DEPLOY: { current: "2026-11-22", previous: "2026-05-06" } };

  it("is verified with the markers, the groups and the zones of the tokens that are minted", async () => {
    const program = await prod({ ...pages, CF_DNS_EDIT_RAXX_APP: { current: "2026-11-22" } });
    const { inputs } = await program.only("pulumi-nodejs:dynamic/cloudflare:Account");
    expect(inputs).toMatchObject({
      accountId: cloudflareAccount,
      zones,
      markers: [
        "raxx:prod:CF_DNS_EDIT_RAXX_APP:2026-11-22",
        "raxx:prod:CF_PAGES_DEPLOY:2026-05-06",
        "raxx:prod:CF_PAGES_DEPLOY:2026-11-22",
      ],
      serviceTokens: [],
    });
    const groups = inputs["permissionGroups"] as { id: string; name: string }[];
    // Each once, though both tokens may read the zone.
    expect(groups.map(({ name }) => name).sort()).toEqual(["DNS Write", "Pages Write", "Zone Read"]);
    expect(groups.map(({ id }) => id)).toEqual(groups.map(({ id }) => id).sort());
  });

  it("mints nothing before that, and revokes around each mint what a cut-off run left", async () => {
    const program = await prod(pages);
    const minted = await program.resources("cloudflare:index/apiToken:ApiToken");
    expect(minted.map(({ name }) => name)).toEqual([
      "CF_PAGES_DEPLOY-2026-05-06",
      "CF_PAGES_DEPLOY-2026-11-22",
    ]);
    for (const { dependsOn, hooks } of minted) {
      expect(dependsOn).toEqual(expect.arrayContaining(["cloudflare", "github", "heroku"]));
      expect(hooks).toEqual({
        beforeCreate: ["cloudflare-before-mint"],
        afterCreate: ["cloudflare-after-mint"],
      });
    }
  });

  it("is verified with only those zones that a token is for", async () => {
    const program = await prod({ CF_DNS_EDIT_RAXX_APP: { current: "2026-11-22" } });
    const { inputs } = await program.only("pulumi-nodejs:dynamic/cloudflare:Account");
    expect(inputs["zones"]).toEqual({ "raxx.app": zones["raxx.app"] });
  });
});

describe("where the run goes on after an error", () => {
  const generations = {
    HK_PLATFORM_FULL: { current: "2026-11-22" },
    HK_BILLING_FULL: { current: "2026-11-22" },
    AWS_BILLING_READ: { current: "2026-11-22" },
    AWS_FREESCOUT_BACKUP: { current: "2026-11-22" },
    CF_BILLING_READ: { current: "2026-11-22" },
    RAXX_AUDIT_INGEST: { current: "2026-11-22" },
    ANT_CLAUDE_SDK: { current: "2026-04-30" },
  };
  const vendors = ["aws", "cloudflare", "github", "heroku"];
  const waitsFor = async (set: string): Promise<Record<string, string[]>> => {
    const program = await prod(generations, pem, { PULUMI_CONTINUE_ON_ERROR: set });
    const own = (await program.resources()).map(
      ({ name, dependsOn }) => [name, dependsOn.filter((one) => vendors.includes(one)).sort()] as const,
    );
    return Object.fromEntries(own);
  };

  it.each(["true", "TRUE", "1"])(
    "(%s) a token waits only for the vendors that issue and get it, the vault for none",
    async (set) => {
      expect(await waitsFor(set)).toMatchObject({
        "HK_PLATFORM_FULL-2026-11-22": ["github", "heroku"],
        "HK_BILLING_FULL-2026-11-22": ["aws", "heroku"],
        "AWS_BILLING_READ-user": ["aws"],
        "AWS_FREESCOUT_BACKUP-policy": ["aws", "github"],
        "CF_BILLING_READ-2026-11-22": ["aws", "cloudflare"],
        "RAXX_AUDIT_INGEST-2026-11-22": ["github", "heroku"],
        [`ssm${billing}/aws_access_key_id-parameter`]: ["aws"],
        [`ssm${freescout}/ssh_key-parameter`]: ["aws"],
        "vault-tags": [],
      });
    },
  );

  it.each(["", "false", "0"])("else (%j) everything waits for all of them", async (set) => {
    expect(await waitsFor(set)).toMatchObject({
      "AWS_BILLING_READ-user": vendors,
      "RAXX_AUDIT_INGEST-2026-11-22": vendors,
      [`ssm${freescout}/ssh_key-parameter`]: vendors,
      "vault-tags": vendors,
    });
  });
});

it("issues every token of the catalog that a machine can mint, all at once", async () => {
  const minted = tokens.filter(
    ({ issuer, environments }) =>
      environments.includes("prod") && issuer.kind !== "custody" && issuer.kind !== "operator",
  );
  const generations = Object.fromEntries(
    minted.map(({ name, issuer }) => [
      name,
      {
        current: "2026-11-22",
        ...(issuer.kind === "cloudflare-access-service-token" ? { version: 1 } : {}),
      },
    ]),
  );
  const program = await prod(generations, pem);
  const components = (await program.resources())
    .filter(({ custom, inputs }) => !custom && inputs["generation"] === "2026-11-22")
    .map(({ name }) => name);
  expect(components.sort()).toEqual(minted.map(({ name }) => name).sort());
});
