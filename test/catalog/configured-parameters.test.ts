import { generateKeyPairSync } from "node:crypto";

import { parameters } from "../../catalog";
import { readSupplied, type SuppliedValue } from "../../catalog/configured-parameters";

const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs1",
  format: "pem",
}) as string;
const command = "pulumi config set --secret raxx:freescoutSshKey --stack prod < FILE";

function read(
  freescoutSshKey: Partial<SuppliedValue> | undefined,
  generations = ["AWS_FREESCOUT_BACKUP"],
): { supplied: string[]; faults: string[] } {
  const faults: string[] = [];
  const raw =
    freescoutSshKey === undefined
      ? {}
      : { freescoutSshKey: { value: key, encrypted: true, ...freescoutSshKey } };
  const supplied = readSupplied(raw, parameters, new Set(generations), "prod", faults);
  return { supplied: [...supplied], faults };
}

it("is a parameter that a person gave the value of", () => {
  expect(read({})).toEqual({ supplied: ["/raxx/freescout/ssh_key"], faults: [] });
});

it("may be left out: that is a hand-off, and no fault", () => {
  expect(read(undefined)).toEqual({ supplied: [], faults: [] });
});

it("is nothing, and no fault, where nothing of it applies and it is not set", () => {
  expect(read(undefined, [])).toEqual({ supplied: [], faults: [] });
});

it("is refused where nothing of it applies, whatever it holds", () => {
  for (const given of [{}, { value: "" }, { encrypted: false }]) {
    expect(read(given, ["HK_PLATFORM_FULL"]).faults).toEqual([
      "raxx:freescoutSshKey is set, but nothing in prod needs it (AWS_FREESCOUT_BACKUP has no generation there): pulumi config rm raxx:freescoutSshKey --stack prod",
    ]);
  }
});

it.each([
  ["empty", { value: "" }, "is empty"],
  ["malformed", { value: `${key}${key}` }, "has 2 PEM blocks"],
  ["in plain text in the stack's file", { encrypted: false }, "is not encrypted in the stack's file"],
])("is refused in one line with the command to set it where it is %s", (_what, given, words) => {
  const { faults } = read(given);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(new RegExp(`^raxx:freescoutSshKey ${words}`));
  expect(faults[0]?.endsWith(`: ${command}`)).toBe(true);
  for (const line of key.split("\n").filter((one) => one.length > 40)) expect(faults[0]).not.toContain(line);
});
