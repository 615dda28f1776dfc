import { randomBytes } from "node:crypto";

import { secret, type Input } from "@pulumi/pulumi";

import { type Parameter } from "../../catalog";
import { AwsKeyProof, type AwsKeyProofArgs } from "../../components/aws-key-proof";
import { type Credential } from "../../components/credential";
import { Preflight, tokenNamed } from "./fixtures";
import { Program, secretOf } from "./program";

const probeType = "pulumi-nodejs:dynamic/aws:KeyProbe";
const workflowType = "pulumi-nodejs:dynamic/github:WorkflowProbe";
const name = "AWS_FREESCOUT_BACKUP";
const place = { accountId: "521228113048", region: "us-east-1" };
const github = { owner: "raxx-app", repository: "TradeMasterAPI" };
const token = {
  ...tokenNamed(name),
  parts: ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"],
  issuer: {
    kind: "aws-access-key",
    user: "raxx-freescout-backup",
    policy: "a-policy",
    statements: [],
    workflow: "verify-aws-backup.yml",
  },
  destinations: [
    { kind: "github-secret", name: "THE_SECRET", part: "SECRET_ACCESS_KEY" },
    { kind: "ssm-parameter", name: "/raxx/freescout/key_id", part: "ACCESS_KEY_ID" },
    { kind: "github-secret", name: "THE_ID", part: "ACCESS_KEY_ID" },
  ],
} satisfies AwsKeyProofArgs["token"];

let plain: { id: string; secret: string };
let program: Program;
beforeEach(async () => {
  plain = {
    id: `AKIA${randomBytes(8).toString("hex").toUpperCase()}`,
    secret: randomBytes(30).toString("base64"),
  };
  program = await Program.start("prod");
});

function prove(more: Partial<AwsKeyProofArgs> = {}): void {
  const value = secret(plain.secret);
  const credential: Credential = {
    token,
    generation: "2026-11-22",
    companions: {},
    value,
    parts: { ACCESS_KEY_ID: secret(plain.id), SECRET_ACCESS_KEY: value },
  };
  new AwsKeyProof(name, { token, credential, ...place, github, parameters: [], after: [], ...more });
}

function parameter(parameterName: string, present: Input<boolean>): AwsKeyProofArgs["parameters"][number] {
  const entry: Parameter = {
    name: parameterName,
    purpose: "to be tested",
    goesWith: name,
    blocks: "a test",
    how: [],
    origin: { kind: "custody" },
  };
  return { parameter: entry, present };
}

it("proves the current key of the user by itself, both parts as secrets", async () => {
  prove();
  const { inputs, ...rest } = await program.only(probeType);
  expect(rest).toMatchObject({ name: `${name}-probe`, parent: `${name}-proof` });
  const { accessKeyId, secretAccessKey, ...open } = inputs;
  expect([secretOf(accessKeyId), secretOf(secretAccessKey)]).toEqual([plain.id, plain.secret]);
  expect(open).toEqual({
    source: `${name}@2026-11-22`,
    ...place,
    user: "raxx-freescout-backup",
    parameters: [],
  });
});

it("is held against the parameters that stand there, and no others", async () => {
  const preflight = new Preflight();
  const present = preflight.id.apply(() => true);
  prove({
    parameters: [
      parameter("/raxx/a/missing", false),
      parameter("/raxx/b/there", present),
      parameter("/raxx/c/there", true),
    ],
  });
  expect((await program.only(probeType)).inputs["parameters"]).toEqual(["/raxx/b/there", "/raxx/c/there"]);
});

it("comes after the places that hold the key", async () => {
  prove({ after: [new Preflight()] });
  expect((await program.only(probeType)).dependsOn).toContain("the-preflight");
});

it("then has a workflow use what CI holds of it", async () => {
  prove();
  expect(await program.only(workflowType)).toMatchObject({
    name: `${name}-workflow-probe`,
    parent: `${name}-proof`,
    dependsOn: [`${name}-probe`],
    inputs: {
      ...github,
      workflow: "verify-aws-backup.yml",
      source: `${name}@2026-11-22`,
      secrets: ["THE_ID", "THE_SECRET"],
    },
  });
});

it("is not proved in CI where no workflow is named", async () => {
  const { kind, user, policy, statements } = token.issuer;
  const issuer = { kind, user, policy, statements };
  prove({ token: { ...token, issuer } });
  expect((await program.resources(probeType)).length).toBe(1);
  expect(await program.resources(workflowType)).toEqual([]);
});

it("keeps nothing in its own entry in state", async () => {
  prove();
  expect((await program.only("raxx:aws:KeyProof")).inputs).toEqual({});
});
