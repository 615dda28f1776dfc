import { generateKeyPairSync } from "node:crypto";

import { readMailDomains, type WantedMailDomain } from "../../catalog/configured-mail-domains";
import { mailDomains } from "../../catalog/mail-domains";
import { type Environment } from "../../catalog/taxonomy";

const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const dkim = `v=DKIM1; k=rsa; p=${publicKey.export({ type: "spki", format: "der" }).toString("base64")}`;

function read(
  raw: unknown,
  environment: Environment = "prod",
): { faults: string[]; wanted: WantedMailDomain[] } {
  const faults: string[] = [];
  return { wanted: readMailDomains(raw, mailDomains, environment, faults), faults };
}

it.each([[undefined], [null], [""], [{}]])("are none where %j is configured", (raw) => {
  expect(read(raw)).toEqual({ faults: [], wanted: [] });
});

it.each([[{}], [null]])("are there without DKIM where a domain has %j", (entry) => {
  expect(read({ "raxx.app": entry })).toEqual({ faults: [], wanted: [{ mailDomain: mailDomains[0] }] });
});

it("have the text of DKIM as one piece", () => {
  const { wanted } = read({ "raxx.app": { dkim: `"${dkim.slice(0, 100)}" "${dkim.slice(100)}"` } });
  expect(wanted).toEqual([{ mailDomain: mailDomains[0], dkim }]);
});

it("are refused with a value that is none, and it is said where to get one and how to set it", () => {
  const { faults } = read({ "raxx.app": { dkim: "v=DKIM1; p=" } });
  expect(faults).toEqual([
    `raxx:mailDomains["raxx.app"].dkim has an empty p=, which revokes the key: generate a new record; the value is shown at https://admin.google.com, Apps > Google Workspace > Gmail > Authenticate email, and set with pulumi config set --path 'raxx:mailDomains["raxx.app"].dkim' 'VALUE' --stack prod`,
  ]);
});

it.each([
  [
    "of another stack",
    { "raxx.app": {} },
    "staging" as const,
    /that staging does not answer for \(there are: none\)/,
  ],
  [
    "nobody knows of",
    { [dkim]: {} },
    "prod" as const,
    /that prod does not answer for \(there are: raxx\.app\)/,
  ],
])("are refused where one is %s, whose name is not quoted", (_what, raw, environment, words) => {
  const { faults } = read(raw, environment);
  expect(faults).toEqual([expect.stringMatching(words)]);
  expect(faults[0]).toMatch(new RegExp(`pulumi config rm --path .* --stack ${environment}$`));
  expect(faults[0]).not.toContain(dkim);
});

it.each([
  [["raxx.app"], /^raxx:mailDomains is not of the form/],
  ["raxx.app", /^raxx:mailDomains is not of the form/],
  [{ "raxx.app": dkim }, /^raxx:mailDomains\["raxx\.app"\] is not of the form/],
  [{ "raxx.app": { DKIM: dkim } }, /^raxx:mailDomains\["raxx\.app"\] is not of the form/],
])("are a map of maps", (raw, words) => {
  const { faults } = read(raw);
  expect(faults).toEqual([expect.stringMatching(words)]);
  expect(faults[0]).not.toContain(dkim);
});
