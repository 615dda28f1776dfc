import { randomBytes } from "node:crypto";

import { parameterHandOff, parameters as catalog, tokens } from "../../catalog";
import { handOffsIn } from "../../ops/hand-offs";
import { parameterHandOffsIn, parametersIn } from "../../ops/parameters";
import { reportOf } from "../../ops/status";

const key = "/raxx/freescout/ssh_key";
const password = "/raxx/freescout/db_password";
const region = "us-east-1";
/** Of everything that is secret; encrypted in a real export. */
const value = randomBytes(20).toString("hex");

interface Standing {
  /** Whether a person gave the key. @default they did */
  supplied?: boolean;
  /** Whether the run came to write it. @default as supplied */
  written?: boolean;
  /** Of the password. @default it is */
  present?: boolean;
}

/** A state as an `up` leaves it. */
function stateOf({ supplied = true, written = supplied, present = true }: Standing = {}): unknown {
  const component = `urn:pulumi:prod::raxx-credentials::raxx:aws:SuppliedParameter::ssm${key}`;
  const custody = { parameterName: password, region, tags: {}, present };
  return {
    deployment: {
      resources: [
        { type: "pulumi:pulumi:Stack", urn: "urn:stack" },
        { type: "raxx:aws:CustodyParameter", urn: "urn:custody", inputs: { parameterName: password } },
        {
          type: "pulumi-nodejs:dynamic/aws:CustodyParameter",
          urn: "urn:parameter",
          parent: "urn:custody",
          id: password,
          inputs: custody,
          outputs: { ...custody, originals: {}, drift: [] },
        },
        {
          type: "raxx:aws:SuppliedParameter",
          urn: component,
          inputs: { parameterName: key, region, supplied },
        },
        ...(written
          ? [
              {
                type: "aws:ssm/parameter:Parameter",
                urn: "urn:key",
                parent: component,
                id: key,
                inputs: { name: key, value },
                outputs: { name: key, value },
              },
            ]
          : []),
      ],
    },
  };
}

it("shows both parameters, by name, with the token that they go with", () => {
  const rest = { stack: "prod", token: "AWS_FREESCOUT_BACKUP", standing: "there" };
  expect(parametersIn("prod", stateOf())).toEqual([
    { ...rest, parameter: password, origin: "in custody" },
    { ...rest, parameter: key, origin: "supplied" },
  ]);
  expect(handOffsIn("prod", stateOf(), tokens)).toEqual([]);
});

it.each([
  ["there", {}],
  ["not set", { supplied: false }],
  ["not written", { written: false }],
] as const)("says of the one that a person supplies that it is %s", (standing, how) => {
  expect(parametersIn("prod", stateOf(how))[1]).toMatchObject({ parameter: key, standing });
});

it("says of the one in custody that it is missing", () => {
  expect(parametersIn("prod", stateOf({ present: false }))[0]).toMatchObject({
    parameter: password,
    standing: "missing",
  });
});

describe("what a person has to do", () => {
  it.each([
    [key, "unset", { supplied: false }],
    [password, "missing", { present: false }],
  ] as const)("for %s is shown among the hand-offs", (name, kind, how) => {
    const parameter = catalog.find((one) => one.name === name);
    if (parameter === undefined) throw new Error("not in the catalog");
    expect(handOffsIn("prod", stateOf(how), tokens)).toEqual([
      {
        stack: "prod",
        token: "AWS_FREESCOUT_BACKUP",
        kind,
        environment: "AWS",
        folder: "/raxx/freescout",
        names: [name.replace("/raxx/freescout/", "")],
        text: parameterHandOff(parameter, { environment: "prod", region }),
      },
    ]);
  });

  it("is nothing where the last run did not come to write what was supplied: the next one does", () => {
    expect(parameterHandOffsIn("prod", stateOf({ written: false }))).toEqual([]);
  });

  it("is nothing for a parameter that left the catalog, which is shown all the same", () => {
    const state = stateOf({ supplied: false, present: false });
    expect(parameterHandOffsIn("prod", state, [])).toEqual([]);
    expect(parametersIn("prod", state, []).map(({ token }) => token)).toEqual([null, null]);
  });

  it("is nothing where a destroy left nothing but components", () => {
    const all = stateOf({ supplied: false }) as {
      deployment: { resources: { id?: string; type: string }[] };
    };
    const left = all.deployment.resources.filter(({ id }) => id === undefined);
    const provider = { type: "pulumi:providers:aws", urn: "urn:provider", id: "an-id" };
    const state = { deployment: { resources: [...left, provider] } };
    expect(parametersIn("prod", state)).toEqual([]);
    expect(parameterHandOffsIn("prod", state)).toEqual([]);
  });
});

it("stands in the report between what is issued and what is to be done", () => {
  const state = stateOf({ supplied: false });
  const handOffs = handOffsIn("prod", state, tokens);
  const [issued, table = "", handOff] = reportOf([], handOffs, parametersIn("prod", state)).split("\n\n");
  expect(issued).toBe("nothing is issued yet");
  expect(table).toMatch(new RegExp(`${password} .*AWS_FREESCOUT_BACKUP .*in custody .*there`));
  expect(table).toMatch(new RegExp(`${key} .*AWS_FREESCOUT_BACKUP .*supplied .*not set`));
  expect(handOff).toBe(`prod: ${handOffs[0]?.text ?? ""}`);
});

it("has no table where there are none", () => {
  expect(reportOf([], [], [])).toBe("nothing is issued yet");
});

it("shows no value", () => {
  const state = stateOf();
  expect(JSON.stringify(state)).toContain(value);
  expect(JSON.stringify([parametersIn("prod", state), handOffsIn("prod", state, tokens)])).not.toContain(
    value,
  );
});
