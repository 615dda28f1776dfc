import { parameterHandOff, parameters, type Parameter } from "../../catalog";

const place = { environment: "prod", region: "us-east-1" } as const;

function named(name: string): Parameter {
  const found = parameters.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no parameter ${name}`);
  return found;
}

it("says how the value of a parameter is supplied, and what waits for it", () => {
  const text = parameterHandOff(named("/raxx/freescout/ssh_key"), place);
  expect(text.split("\n")[0]).toBe(
    "hand-off: the SSM parameter /raxx/freescout/ssh_key is not written, because raxx:freescoutSshKey is not set; waiting for it: the backup of FreeScout, which cannot log in to its instance",
  );
  expect(text).toContain("\n  2. pulumi config set --secret raxx:freescoutSshKey --stack prod < FILE\n");
  expect(text).toContain("pulumi up --stack prod; from then on it has to stay set");
});

it("says how a parameter in custody is made by hand, and what waits for it", () => {
  const text = parameterHandOff(named("/raxx/freescout/db_password"), place);
  expect(text.split("\n")[0]).toBe(
    "hand-off: the SSM parameter /raxx/freescout/db_password is in custody, but it is missing in us-east-1; waiting for it: the backup of FreeScout, which cannot dump its database",
  );
  expect(text).toContain("https://console.aws.amazon.com/systems-manager/parameters?region=us-east-1");
  expect(text).toContain("name /raxx/freescout/db_password, tier Standard, type SecureString");
  expect(text.split("\n").at(-1)).toBe("  3. pulumi up --stack prod");
});

it.each(parameters)("is several numbered lines, complete by itself: $name", (parameter) => {
  const [, ...lines] = parameterHandOff(parameter, place).split("\n");
  expect(lines.every((line) => /^ {2}\d\. \S|^ {5}- \S/.test(line))).toBe(true);
  for (const how of parameter.how) expect(lines).toContain(`     - ${how}`);
});
