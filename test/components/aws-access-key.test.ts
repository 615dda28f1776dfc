import { randomBytes } from "node:crypto";

import { isSecret, secret } from "@pulumi/pulumi";

import { type AwsAccessKeyIssuer, type TokenGenerations } from "../../catalog";
import { AwsAccessKey, type AwsAccessKeyArgs, policyDocument } from "../../components/aws-access-key";
import { generation, Preflight, tokenNamed } from "./fixtures";
import { Program, valueOf } from "./program";

const userType = "aws:iam/user:User";
const policyType = "aws:iam/policy:Policy";
const attachmentType = "aws:iam/userPolicyAttachment:UserPolicyAttachment";
const keyType = "aws:iam/accessKey:AccessKey";

const place = { accountId: "521228113048", region: "us-east-1" };
const issuer: AwsAccessKeyIssuer = {
  kind: "aws-access-key",
  user: "raxx-reader",
  policy: "raxx-reader-policy",
  statements: [{ actions: ["ce:GetCostAndUsage", "ce:ListTags"], resources: ["*"] }],
};
const token = {
  ...tokenNamed("AWS_BILLING_READ"),
  tags: { function: "billing-read", sensitivity: "medium", consumer: "console", rotation: "30d" },
  vendorScopes: ["ce:GetCostAndUsage", "ce:ListTags"],
  environments: ["prod"],
  parts: ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"],
  issuer,
} as const;
const ours = { ...token.tags, provisioner: "raxx:prod:AWS_BILLING_READ" };

/** Logical name → the secret key that AWS shows once. */
let minted: Record<string, string>;
let program: Program;
beforeEach(async () => {
  program = await started();
});

async function started(): Promise<Program> {
  minted = {};
  return Program.start("prod", ({ type, name }) => {
    if (type === keyType) return { secret: secret((minted[name] ??= randomBytes(30).toString("base64"))) };
    return type === policyType ? { arn: `arn:aws:iam::${place.accountId}:policy/${name}` } : {};
  });
}

function issue(
  generations: Partial<TokenGenerations> = {},
  more: Partial<AwsAccessKeyArgs> = {},
): AwsAccessKey {
  return new AwsAccessKey(token.name, {
    token,
    generations: { current: generation("2026-11-22"), previousAdopt: [], ...generations },
    stack: "prod",
    ...place,
    ...more,
  });
}

it("is a user and a policy of ours, both marked, and a key", async () => {
  issue();
  expect(await program.only(userType)).toMatchObject({
    name: "AWS_BILLING_READ-user",
    parent: "AWS_BILLING_READ",
    inputs: { name: "raxx-reader", tags: ours },
  });
  expect(await program.only(policyType)).toMatchObject({
    name: "AWS_BILLING_READ-policy",
    parent: "AWS_BILLING_READ",
    inputs: { name: "raxx-reader-policy", tags: ours, policy: policyDocument(issuer.statements, place) },
  });
  expect(await program.only(keyType)).toMatchObject({
    name: "AWS_BILLING_READ-2026-11-22",
    parent: "AWS_BILLING_READ",
    inputs: { user: "raxx-reader" },
  });
});

describe("what was there before us", () => {
  const ids = { user: "raxx-reader", policy: "arn:aws:iam::521228113048:policy/raxx-reader-policy" };
  const kept = { retainOnDelete: true, hooks: {} };
  const made = { retainOnDelete: false, importId: "", ignoreChanges: [] };

  it("is imported as it is and stays on destroy, with the attachment; the key does not", async () => {
    issue({}, { adopt: ids });
    expect(await program.only(userType)).toMatchObject({
      ...kept,
      importId: ids.user,
      ignoreChanges: ["forceDestroy", "path", "permissionsBoundary", "tags"],
    });
    expect(await program.only(policyType)).toMatchObject({
      ...kept,
      importId: ids.policy,
      ignoreChanges: ["description", "tags"],
    });
    expect(await program.only(attachmentType)).toMatchObject({ retainOnDelete: true, importId: "" });
    expect(await program.only(keyType)).toMatchObject(made);
  });

  it.each(["user", "policy"] as const)("may be the %s alone: then the attachment is ours", async (which) => {
    issue({}, { adopt: { [which]: ids[which] } });
    const types = { user: userType, policy: policyType };
    for (const [what, type] of Object.entries(types)) {
      const expected = what === which ? { ...kept, importId: ids[which] } : made;
      expect(await program.only(type)).toMatchObject(expected);
    }
    expect(await program.only(attachmentType)).toMatchObject(made);
  });
});

it("gives the user its policy before a key is minted", async () => {
  issue();
  expect(await program.only(attachmentType)).toMatchObject({
    parent: "AWS_BILLING_READ",
    inputs: {
      user: "raxx-reader",
      policyArn: `arn:aws:iam::${place.accountId}:policy/AWS_BILLING_READ-policy`,
    },
  });
  const { dependsOn } = await program.only(keyType);
  expect(dependsOn).toEqual(expect.arrayContaining(["AWS_BILLING_READ-attachment", "AWS_BILLING_READ-user"]));
});

it("makes nothing before what it is to come after", async () => {
  const preflight = new Preflight();
  issue({}, { after: [preflight] });
  for (const type of [userType, policyType]) {
    expect((await program.only(type)).dependsOn).toContain("the-preflight");
  }
});

it("keeps the previous generation alive beside the current one, and hands out the current one", async () => {
  const issued = issue({ previous: generation("2026-10-22") });
  expect((await program.resources(keyType)).map(({ name }) => name)).toEqual([
    "AWS_BILLING_READ-2026-10-22",
    "AWS_BILLING_READ-2026-11-22",
  ]);
  expect((await program.resources(userType)).length).toBe(1);
  expect(issued.generation).toBe("2026-11-22");
  expect(await valueOf(issued.value)).toBe(minted["AWS_BILLING_READ-2026-11-22"]);
  expect(await valueOf(issued.parts)).toEqual({
    ACCESS_KEY_ID: "id-of-AWS_BILLING_READ-2026-11-22",
    SECRET_ACCESS_KEY: minted["AWS_BILLING_READ-2026-11-22"],
  });
});

it("hands out both parts as secrets", async () => {
  const { value, parts } = issue();
  for (const output of [value, parts.ACCESS_KEY_ID, parts.SECRET_ACCESS_KEY]) {
    expect(await isSecret(output)).toBe(true);
  }
});

it("goes back without a mint where current and previous are swapped", async () => {
  const declared = async (): Promise<unknown[]> =>
    (await program.resources(keyType)).map(({ name, inputs }) => ({ name, inputs }));
  issue({ current: generation("2026-11-22"), previous: generation("2026-10-22") });
  const before = await declared();
  program = await started();
  issue({ current: generation("2026-10-22"), previous: generation("2026-11-22") });
  expect(await declared()).toEqual(before);
});

it("never expires by itself, and says what it may do", () => {
  expect(issue().companions).toEqual({
    EXPIRES_AT: "non-expiring",
    SCOPES: "ce:GetCostAndUsage ce:ListTags",
  });
});

it("keeps its value out of its own entry in state", async () => {
  issue();
  expect((await program.only("raxx:aws:AccessKey")).inputs).toEqual({
    token: "AWS_BILLING_READ",
    generation: "2026-11-22",
  });
});

describe("a policy", () => {
  it("allows what its statements say, in their order and in nobody else's account", () => {
    const statements = [
      { actions: ["ssm:GetParameter"], resources: ["arn:aws:ssm:{region}:{account}:parameter/raxx/*"] },
      { actions: ["ce:ListTags"], resources: ["*"] },
    ];
    expect(JSON.parse(policyDocument(statements, place))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["ssm:GetParameter"],
          Resource: ["arn:aws:ssm:us-east-1:521228113048:parameter/raxx/*"],
        },
        { Effect: "Allow", Action: ["ce:ListTags"], Resource: ["*"] },
      ],
    });
  });

  it("fills in the place wherever it stands in an ARN", () => {
    const resources = ["arn:aws:kms:{region}:{account}:alias/{account}/{region}"];
    expect(policyDocument([{ actions: ["kms:Decrypt"], resources }], place)).toContain(
      "arn:aws:kms:us-east-1:521228113048:alias/521228113048/us-east-1",
    );
  });

  it("allows a key to be used through one service of the region alone, where it says so", () => {
    const statement = { actions: ["kms:Decrypt"], resources: ["*"], viaService: "s3" };
    expect(JSON.parse(policyDocument([statement], place))).toMatchObject({
      Statement: [{ Condition: { StringEquals: { "kms:ViaService": "s3.us-east-1.amazonaws.com" } } }],
    });
  });
});
