import { ResourceHook } from "@pulumi/pulumi";

import { SsmParameter } from "../../components/ssm-parameter";
import { IssuedCredential, Preflight } from "./fixtures";
import { Program, secretOf } from "./program";

const parameterType = "aws:ssm/parameter:Parameter";
const parameterName = "/raxx/billing-readonly/heroku_billing_api_key";
const name = `ssm${parameterName}`;
const region = "us-east-1";
const billing = new IssuedCredential("HK_BILLING_FULL", "2026-11-22");

let program: Program;
beforeEach(async () => {
  program = await Program.start("prod");
});

it("is one encrypted parameter that holds the value, as a secret", async () => {
  new SsmParameter(name, { parameterName, credential: billing, stack: "prod", region });
  const { inputs, ...rest } = await program.only(parameterType);
  expect(rest).toMatchObject({ name: `${name}-parameter`, parent: name });
  // What stood there before is no hindrance.
  expect(inputs).toMatchObject({
    name: parameterName,
    type: "SecureString",
    tier: "Standard",
    overwrite: true,
  });
  expect(secretOf(inputs["value"])).toBe(billing.plain);
  expect(Object.keys(inputs).sort()).toEqual([
    "description",
    "name",
    "overwrite",
    "tags",
    "tier",
    "type",
    "value",
  ]);
});

it("carries the taxonomy's tags and our mark, the same in every generation", async () => {
  new SsmParameter(name, { parameterName, credential: billing, stack: "prod", region });
  expect((await program.only(parameterType)).inputs["tags"]).toEqual({
    function: "platform-api",
    sensitivity: "critical",
    consumer: "ci",
    rotation: "90d",
    provisioner: "raxx:prod:HK_BILLING_FULL",
  });
});

it("says in its description which generation it holds: it is written with the value, in one call", async () => {
  new SsmParameter(name, { parameterName, credential: billing, stack: "prod", region });
  expect((await program.only(parameterType)).inputs["description"]).toBe("HK_BILLING_FULL@2026-11-22");
});

it("keeps nothing but the parameter's name in its own entry in state", async () => {
  new SsmParameter(name, { parameterName, credential: billing, stack: "prod", region });
  expect((await program.only("raxx:aws:SsmParameter")).inputs).toEqual({ parameterName });
});

it("is the same parameter in the next generation: a new value is no replacement", async () => {
  new SsmParameter(name, { parameterName, credential: billing, stack: "prod", region });
  const before = await program.only(parameterType);
  program = await Program.start("prod");
  const next = new IssuedCredential("HK_BILLING_FULL", "2026-12-22");
  new SsmParameter(name, { parameterName, credential: next, stack: "prod", region });
  const after = await program.only(parameterType);
  expect([after.name, after.inputs["name"]]).toEqual([before.name, before.inputs["name"]]);
  expect(secretOf(after.inputs["value"])).toBe(next.plain);
  expect(after.inputs["tags"]).toEqual(before.inputs["tags"]);
});

it("is not written before what it is to come after", async () => {
  const preflight = new Preflight();
  new SsmParameter(name, { parameterName, credential: billing, stack: "prod", region, after: [preflight] });
  expect((await program.only(parameterType)).dependsOn).toContain("the-preflight");
});

it("is written with the hooks that it is given around it", async () => {
  const hooks = { beforeCreate: [new ResourceHook("aws-before-parameter", () => undefined)] };
  new SsmParameter(name, { parameterName, credential: billing, stack: "prod", region, hooks });
  expect((await program.only(parameterType)).hooks).toEqual({ beforeCreate: ["aws-before-parameter"] });
});

it("is proven by a receipt behind it, which gets the value as a secret", async () => {
  new SsmParameter(name, { parameterName, credential: billing, stack: "prod", region });
  const { inputs, ...rest } = await program.only("pulumi-nodejs:dynamic/aws:ParameterReceipt");
  expect(rest).toMatchObject({ name: `${name}-receipt`, parent: name });
  expect(rest.dependsOn).toContain(`${name}-parameter`);
  expect(rest.additionalSecretOutputs).toContain("value");
  expect(inputs).toMatchObject({ region, parameterName, source: "HK_BILLING_FULL@2026-11-22" });
  expect(secretOf(inputs["value"])).toBe(billing.plain);
});
