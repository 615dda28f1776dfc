import { generateKeyPairSync } from "node:crypto";

import { type Published } from "@raxx/providers";

import { mailDomains } from "../../catalog";
import { type WantedMailDomain } from "../../catalog/configured-mail-domains";
import { readDkim } from "../../catalog/dkim";
import { mailStatusOf, type MailStatus } from "../../ops/mail-status";

const [raxx] = mailDomains;

/** The mail of raxx.app where DNS answers so for these records, and as configured for the others. */
async function status(
  answers: Record<string, Published> = {},
  dkim?: string,
): Promise<MailStatus | undefined> {
  if (raxx === undefined) throw new Error("no mail domain");
  const wanted: WantedMailDomain = { mailDomain: raxx, ...(dkim === undefined ? {} : { dkim }) };
  const found = await mailStatusOf([wanted], (records) =>
    Promise.resolve(new Map(records.map(({ key }) => [key, answers[key] ?? "as configured"]))),
  );
  return found.get("raxx.app");
}

function dkimText(): string {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const read = readDkim(
    `v=DKIM1; k=rsa; p=${publicKey.export({ type: "spki", format: "der" }).toString("base64")}`,
  );
  if (!("text" in read)) throw new Error(read.fault);
  return read.text;
}

it("is without fault where DNS answers with all that is configured, DKIM or not", async () => {
  expect(await status()).toEqual({ dkim: false, faults: [], some: true });
  expect(await status({}, dkimText())).toEqual({ dkim: true, faults: [], some: true });
});

it("says of each record what is wrong with it", async () => {
  const seen = await status({ spf: "differs", "mx-alt4": "missing", dkim: "not answered" }, dkimText());
  expect(seen).toEqual({
    dkim: true,
    faults: [
      "DNS: TXT raxx.app (spf) differs from what is configured",
      "DNS: MX raxx.app (mx-alt4) is not published",
      "DNS: TXT google._domainkey.raxx.app (dkim) is not answered: look at the network, and at RAXX_DNS_RESOLVER",
    ],
    some: true,
  });
});

it("says where nothing is published at all", async () => {
  const none = new Proxy({}, { get: () => "missing" });
  expect(await status(none)).toMatchObject({ some: false });
});
