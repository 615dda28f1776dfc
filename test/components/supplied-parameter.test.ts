import { randomBytes } from "node:crypto";

import { output, ResourceHook, secret } from "@pulumi/pulumi";

import { parameterHandOff, type SuppliedParameter as CatalogParameter } from "../../catalog";
import { SuppliedParameter, type SuppliedParameterArgs } from "../../components/supplied-parameter";
import { Preflight } from "./fixtures";
import { heardWarnings, Program, secretOf } from "./program";

const parameterType = "aws:ssm/parameter:Parameter";
const parameter: CatalogParameter = {
  name: "/raxx/freescout/ssh_key",
  purpose: "to be tested",
  goesWith: "AWS_FREESCOUT_BACKUP",
  blocks: "a test",
  how: ["somehow"],
  origin: { kind: "operator", configKey: "freescoutSshKey", format: "pem-private-key" },
};
const name = `ssm${parameter.name}`;
const place = { stack: "prod", region: "us-east-1" } as const;
const key = `${randomBytes(30).toString("base64")}\n`;

let program: Program;
let warnings: string[];
beforeEach(async () => {
  warnings = heardWarnings();
  program = await Program.start("prod");
});
afterEach(() => {
  jest.restoreAllMocks();
});

function declare(more: Partial<SuppliedParameterArgs>): void {
  new SuppliedParameter(name, { parameter, ...place, ...more });
}

describe("with a value", () => {
  it("is one encrypted parameter of the stack's, and says nothing", async () => {
    declare({ value: secret(key) });
    const { inputs, ...rest } = await program.only(parameterType);
    expect(rest).toMatchObject({ name: `${name}-parameter`, parent: name });
    const { value, ...plain } = inputs;
    expect(secretOf(value)).toBe(key);
    expect(plain).toEqual({
      name: parameter.name,
      type: "SecureString",
      tier: "Standard",
      description: "supplied",
      tags: { provisioner: "raxx:prod:AWS_FREESCOUT_BACKUP" },
    });
    expect(warnings).toEqual([]);
  });

  it("writes over what was there before where it is taken over, gives it no tag, and leaves it on destroy", async () => {
    const hooks = { beforeCreate: [new ResourceHook("aws-before-parameter", () => undefined)] };
    declare({ value: secret(key), adopted: true, hooks });
    const { inputs, ...options } = await program.only(parameterType);
    expect(Object.keys(inputs).sort()).toEqual(["description", "name", "overwrite", "tier", "type", "value"]);
    expect(inputs["overwrite"]).toBe(true);
    expect(options).toMatchObject({ retainOnDelete: true, ignoreChanges: ["tags"], hooks: {} });
  });

  it("is proven to hold the value once it is written", async () => {
    declare({ value: secret(key) });
    const { inputs, dependsOn } = await program.only("pulumi-nodejs:dynamic/aws:ParameterReceipt");
    expect(inputs).toMatchObject({ region: "us-east-1", parameterName: parameter.name, source: "supplied" });
    expect(secretOf(inputs["value"])).toBe(key);
    expect(dependsOn).toContain(`${name}-parameter`);
  });

  it("has the line break again that the CLI takes from a file", async () => {
    declare({ value: secret(key.slice(0, -1)) });
    expect(secretOf((await program.only(parameterType)).inputs["value"])).toBe(key);
  });

  it("is secret, even where the configuration was not", async () => {
    declare({ value: output(key) });
    expect(secretOf((await program.only(parameterType)).inputs["value"])).toBe(key);
  });

  it("says in state that it was supplied, and never the value", async () => {
    declare({ value: secret(key) });
    expect((await program.only("raxx:aws:SuppliedParameter")).inputs).toEqual({
      parameterName: parameter.name,
      region: "us-east-1",
      supplied: true,
    });
  });

  it("is not written before what it is to come after", async () => {
    declare({ value: secret(key), after: [new Preflight()] });
    expect((await program.only(parameterType)).dependsOn).toContain("the-preflight");
  });
});

it("is written with the hooks that it is given around it", async () => {
  const hooks = { beforeCreate: [new ResourceHook("aws-before-parameter", () => undefined)] };
  declare({ value: secret(key), hooks });
  expect((await program.only(parameterType)).hooks).toEqual({ beforeCreate: ["aws-before-parameter"] });
});

describe("without a value", () => {
  it("is no parameter, but what a person has to do, in every run", async () => {
    declare({});
    expect(await program.resources(parameterType)).toEqual([]);
    expect(warnings).toEqual([parameterHandOff(parameter, { environment: "prod", region: "us-east-1" })]);
  });

  it("is in state as not supplied", async () => {
    declare({});
    expect((await program.only("raxx:aws:SuppliedParameter")).inputs).toMatchObject({ supplied: false });
  });
});
