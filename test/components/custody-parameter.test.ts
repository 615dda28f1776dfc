import { parameterHandOff, type Parameter } from "../../catalog";
import { CustodyParameter } from "../../components/custody-parameter";
import { Preflight } from "./fixtures";
import { heardWarnings, Program } from "./program";

const custodyType = "pulumi-nodejs:dynamic/aws:CustodyParameter";
const parameter: Parameter = {
  name: "/raxx/freescout/db_password",
  purpose: "to be tested",
  goesWith: "AWS_FREESCOUT_BACKUP",
  blocks: "a test",
  how: ["somehow"],
  origin: { kind: "custody" },
};
const name = `ssm${parameter.name}`;
const place = { accountId: "521228113048", region: "us-east-1", stack: "prod" } as const;

let warnings: string[];
beforeEach(() => {
  warnings = heardWarnings();
});
afterEach(() => {
  jest.restoreAllMocks();
});

function started(present?: boolean): Promise<Program> {
  return Program.start("prod", ({ type }) =>
    type === custodyType && present !== undefined ? { present } : {},
  );
}

it("is looked after by its name and place, with our tag and no value", async () => {
  const program = await started(true);
  new CustodyParameter(name, { parameter, ...place });
  expect(await program.only(custodyType)).toMatchObject({
    name: `${name}-parameter`,
    parent: name,
    inputs: {
      accountId: "521228113048",
      region: "us-east-1",
      parameterName: parameter.name,
      tags: { provisioner: "raxx:prod:AWS_FREESCOUT_BACKUP" },
    },
  });
  expect((await program.resources()).filter(({ type }) => type.startsWith("aws:"))).toEqual([]);
  expect(warnings).toEqual([]);
});

it("says what a person has to do where it is missing", async () => {
  const program = await started(false);
  new CustodyParameter(name, { parameter, ...place });
  await program.resources();
  expect(warnings).toEqual([parameterHandOff(parameter, { environment: "prod", region: "us-east-1" })]);
});

it("says nothing where it is not known whether it is missing", async () => {
  const program = await started();
  new CustodyParameter(name, { parameter, ...place });
  await program.resources();
  expect(warnings).toEqual([]);
});

it("is not looked for before what it is to come after", async () => {
  const program = await started(true);
  new CustodyParameter(name, {
    parameter,
    ...place,
    after: [new Preflight()],
  });
  expect((await program.only(custodyType)).dependsOn).toContain("the-preflight");
});
