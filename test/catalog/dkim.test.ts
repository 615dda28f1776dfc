import { createPublicKey, generateKeyPairSync } from "node:crypto";

import { readDkim } from "../../catalog/dkim";

function rsa(modulusLength: number): string {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength });
  return publicKey.export({ type: "spki", format: "der" }).toString("base64");
}
const key = rsa(2048);
const value = `v=DKIM1; k=rsa; p=${key}`;

describe("a DKIM value", () => {
  it.each([
    ["as the admin page shows it", value],
    ["with spaces and a line break around it", ` ${value}\n`],
    ["in quoted pieces", `"v=DKIM1; k=rsa; " "p=${key.slice(0, 200)}" "${key.slice(200)}"`],
    ["in quoted pieces of lines", `"v=DKIM1; k=rsa; p=${key.slice(0, 100)}"\n"${key.slice(100)}"`],
    ["with its key folded", `v=DKIM1; k=rsa; p=${key.slice(0, 64)}\n  ${key.slice(64)}`],
    ["with a last semicolon", `${value};`],
    ["without spaces", `v=DKIM1;k=rsa;p=${key}`],
  ])("is read %s", (_how, given) => {
    expect(readDkim(given)).toEqual({ text: value });
  });

  it("may leave k out, and have other tags", () => {
    expect(readDkim(`v=DKIM1; t=y; p=${key}`)).toEqual({ text: `v=DKIM1; t=y; p=${key}` });
  });

  const ed25519 = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "der" });
  const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey;
  const pkcs1 = createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" });
  it.each([
    [
      "1024 bits",
      `v=DKIM1; k=rsa; p=${rsa(1024)}`,
      /^has a key of 1024 bits, .* 2048: generate a new record with 2048/,
    ],
    ["8192 bits", `v=DKIM1; k=rsa; p=${rsaOf8192()}`, /^has a key of 8192 bits, .* 4096/],
    ["an empty key", "v=DKIM1; k=rsa; p=", /^has an empty p=/],
    ["no key", "v=DKIM1; k=rsa", /^has no key/],
    ["base64 with a character lost", `v=DKIM1; k=rsa; p=${key.slice(1)}`, /^has a key that is damaged/],
    ["base64 that was cut off", `v=DKIM1; k=rsa; p=${key.slice(0, 200)}`, /^has a key that is damaged/],
    ["what is no base64", "v=DKIM1; k=rsa; p=***", /^has a key that is damaged/],
    [
      "something after the key",
      `v=DKIM1; p=${Buffer.concat([Buffer.from(key, "base64"), Buffer.from([0, 0, 0])]).toString("base64")}`,
      /damaged/,
    ],
    [
      "the key in PKCS #1",
      `v=DKIM1; p=${pkcs1.export({ type: "pkcs1", format: "der" }).toString("base64")}`,
      /damaged/,
    ],
    ["another kind by its tag", `v=DKIM1; k=ed25519; p=${key}`, /^has a key of another kind/],
    ["another kind by its key", `v=DKIM1; p=${ed25519.toString("base64")}`, /^has a key of another kind/],
    [
      "RSA-PSS",
      `v=DKIM1; p=${pss.export({ type: "spki", format: "der" }).toString("base64")}`,
      /^has a key of another kind/,
    ],
    ["another version", value.replace("DKIM1", "DKIM2"), /^does not begin with v=DKIM1/],
    ["the version not first", `k=rsa; v=DKIM1; p=${key}`, /^does not begin with v=DKIM1/],
    ["a backslash", `v=DKIM1; n=a\\b; p=${key}`, /^is no list of tags/],
    ["the key alone", key, /^is no list of tags/],
    ["a tag twice", `${value}; ${value}`, /^has a tag twice/],
    ["a lost quotation mark", `"${value}`, /^has quotation marks/],
    ["text between its pieces", `"v=DKIM1;" k=rsa; "p=${key}"`, /^has quotation marks/],
    ["nothing", "  ", /^is empty/],
    ["a number", 7, /^is empty/],
  ])("with %s is refused in one clause, which does not quote it", (_what, given, words) => {
    const read = readDkim(given);
    if (!("fault" in read)) throw new Error("it was not refused");
    expect(read.fault).toMatch(words);
    for (const part of String(given).match(/[A-Za-z0-9+/]{20,}/g) ?? [])
      expect(read.fault).not.toContain(part);
  });
});

/** Made of a smaller one: to find primes for it would take long. */
function rsaOf8192(): string {
  const jwk = { kty: "RSA", e: "AQAB", n: Buffer.alloc(1024, 0xff).toString("base64url") };
  return createPublicKey({ key: jwk, format: "jwk" })
    .export({ type: "spki", format: "der" })
    .toString("base64");
}
