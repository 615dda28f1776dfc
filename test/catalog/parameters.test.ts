import { parameterFaults, parameters, tokens } from "../../catalog";
import { isSupplied, provisionedParameters, type Parameter } from "../../catalog/parameters";
import { tokenNamed } from "../components/fixtures";

const backup = tokenNamed("AWS_FREESCOUT_BACKUP", { environments: ["prod"] });
const custody: Parameter = {
  name: "/raxx/freescout/db_password",
  purpose: "to be tested",
  goesWith: backup.name,
  blocks: "a test",
  how: [],
  origin: { kind: "custody" },
};
const supplied: Parameter = {
  ...custody,
  name: "/raxx/freescout/ssh_key",
  origin: { kind: "operator", configKey: "freescoutSshKey", format: "pem-private-key" },
};

it("are the two of the batch's item 4, for the backup of FreeScout", () => {
  expect(parameters.map(({ name, goesWith, origin }) => [name, goesWith, origin.kind])).toEqual([
    ["/raxx/freescout/ssh_key", "AWS_FREESCOUT_BACKUP", "operator"],
    ["/raxx/freescout/db_password", "AWS_FREESCOUT_BACKUP", "custody"],
  ]);
});

it("have no fault", () => {
  expect(parameterFaults(parameters, tokens)).toEqual([]);
  expect(parameterFaults([custody, supplied], [backup])).toEqual([]);
});

it("may be read by the token that they go with", () => {
  for (const { name, goesWith } of parameters) {
    const issuer = tokens.find((token) => token.name === goesWith)?.issuer;
    const readable = issuer?.kind === "aws-access-key" ? issuer.statements : [];
    const arns = readable
      .filter(({ actions }) => actions.includes("ssm:GetParameter"))
      .flatMap(({ resources }) => resources);
    expect(arns.some((arn) => name.startsWith(arn.split(":parameter")[1]?.replace("*", "") ?? "none"))).toBe(
      true,
    );
  }
});

it("are provisioned where the token that they go with has a generation", () => {
  const all = [custody, { ...supplied, goesWith: "AWS_BILLING_READ" } as const];
  expect(provisionedParameters(all, new Set(["AWS_FREESCOUT_BACKUP"]))).toEqual([custody]);
  expect(provisionedParameters(all, new Map())).toEqual([]);
});

it("are supplied where a person gives the value", () => {
  expect([custody, supplied].map(isSupplied)).toEqual([false, true]);
});

describe("a fault is told with what to do", () => {
  it.each([
    "freescout/db_password",
    "/aws/freescout/db_password",
    "/raxx/db_password",
    "/raxx/freescout/more/db_password",
    "/raxx/freescout/DB_PASSWORD",
    "/raxx/freescout/db password",
    "/raxx/freescout/",
  ])("where the name is %s", (name) => {
    expect(parameterFaults([{ ...custody, name }], [backup])).toEqual([
      `${name}: it is malformed: name it /raxx/<area>/<name>, in small letters [parameter-name]`,
    ]);
  });

  it("where it is declared twice", () => {
    const fault = `${custody.name}: it is declared twice: keep one of the two [parameter-duplicate]`;
    expect(parameterFaults([custody, custody], [backup])).toEqual([fault, fault]);
  });

  it("where a token stands in it", () => {
    const destinations = [{ kind: "ssm-parameter", name: custody.name } as const];
    const other = tokenNamed("HK_BILLING_FULL", { destinations });
    expect(parameterFaults([custody, supplied], [backup, other])).toEqual([
      `${custody.name}: HK_BILLING_FULL stands there: give one of them another place [parameter-duplicate]`,
    ]);
  });

  it("where it goes with no token of the catalog", () => {
    expect(parameterFaults([custody], [])).toEqual([
      `${custody.name}: it goes with AWS_FREESCOUT_BACKUP, which the catalog does not know: name the token whose consumer reads it [parameter-token]`,
    ]);
  });

  it("where it goes with a token of two environments: there is one AWS account for both", () => {
    expect(parameterFaults([custody], [{ ...backup, environments: ["prod", "staging"] }])).toEqual([
      `${custody.name}: both environments would write it, since AWS_FREESCOUT_BACKUP is in both: let it go with a token of one [parameter-token]`,
    ]);
  });

  it.each(["", "freescout_ssh_key", "raxx:freescoutSshKey", "FreescoutSshKey", "a b"])(
    "where its configuration key is %j",
    (configKey) => {
      const broken = {
        ...supplied,
        origin: { kind: "operator", configKey, format: "pem-private-key" },
      } as const;
      expect(parameterFaults([broken], [backup])).toEqual([
        `${supplied.name}: its configuration key ${JSON.stringify(configKey)} is malformed: write it as freescoutSshKey [parameter-key]`,
      ]);
    },
  );

  it("where two have the same configuration key", () => {
    const fault =
      "another parameter has the configuration key freescoutSshKey too: give each its own [parameter-key]";
    const other = { ...supplied, name: "/raxx/freescout/other_key" };
    expect(parameterFaults([supplied, other], [backup])).toEqual([
      `${supplied.name}: ${fault}`,
      `${other.name}: ${fault}`,
    ]);
  });
});
