import { generateKeyPairSync, type KeyObject } from "node:crypto";

import { privateKeyFault, withLastLineEnded } from "../../catalog/private-key";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const ed25519 = generateKeyPairSync("ed25519").privateKey;

function pem(key: KeyObject, type: "pkcs1" | "pkcs8" | "sec1" = "pkcs8"): string {
  return key.export({ type, format: "pem" }) as string;
}

/** As Lightsail gives it out. */
const compliant = pem(rsa.privateKey, "pkcs1");
const lines = compliant.trimEnd().split("\n");

it.each([
  ["RSA as Lightsail gives it out", compliant],
  ["RSA in PKCS #8", pem(rsa.privateKey)],
  ["an elliptic curve", pem(ec, "sec1")],
  ["an elliptic curve in PKCS #8", pem(ec)],
  ["Ed25519", pem(ed25519)],
  ["a file whose last line break the CLI took", compliant.trimEnd()],
])("takes %s", (_what, text) => {
  expect(privateKeyFault(text)).toBeUndefined();
});

const encrypted = (type: "pkcs1" | "pkcs8"): string =>
  rsa.privateKey.export({ type, format: "pem", cipher: "aes-256-cbc", passphrase: "x" }) as string;
const body = lines.slice(1, -1).join("\n");
const labelled = (label: string): string => `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
const large = `${[...lines.slice(0, -1), ...Array<string>(50).fill("A".repeat(64)), lines.at(-1) ?? ""].join("\n")}\n`;

it.each([
  ["nothing", "", "is empty"],
  ["blanks", " \n\n", "is empty"],
  ["an encrypted key in PKCS #8", encrypted("pkcs8"), "is encrypted with a passphrase"],
  ["an encrypted key in the older form", encrypted("pkcs1"), "is encrypted with a passphrase"],
  ["a public key", rsa.publicKey.export({ type: "spki", format: "pem" }) as string, "is a public key"],
  ["an RSA public key", rsa.publicKey.export({ type: "pkcs1", format: "pem" }) as string, "is a public key"],
  ["a certificate", labelled("CERTIFICATE"), "is a certificate"],
  ["other PEM", labelled("DH PARAMETERS"), "is PEM, but no private key"],
  ["OpenSSH's own format", labelled("OPENSSH PRIVATE KEY"), "is in the format of OpenSSH"],
  ["two keys", compliant + pem(ec), "has 2 PEM blocks"],
  ["a key with its certificate", compliant + labelled("CERTIFICATE"), "has 2 PEM blocks"],
  ["a key with its public one", compliant + labelled("PUBLIC KEY"), "has 2 PEM blocks"],
  ["words after it", `${compliant}EOF\n`, "has something after its last line"],
  ["blanks after it", `${compliant}  `, "has something after its last line"],
  ["an empty line after it", `${compliant}\n`, "has something after its last line"],
  ["words before it", `Bag Attributes\n${compliant}`, "has something before its first line"],
  ["a byte order mark", `\uFEFF${compliant}`, "has something before its first line"],
  ["Windows' line breaks", compliant.replaceAll("\n", "\r\n"), "has the line breaks of Windows"],
  ["one line break of Windows", compliant.replace("\n", "\r\n"), "has the line breaks of Windows"],
  ["line breaks turned into blanks", compliant.trimEnd().replaceAll("\n", " "), "is damaged"],
  ["line breaks written out", compliant.trimEnd().replaceAll("\n", "\\n"), "is damaged"],
  ["indented lines", lines.join("\n  "), "is damaged"],
  ["a missing line", lines.filter((_line, index) => index !== 5).join("\n"), "is damaged"],
  ["a key cut off", lines.slice(0, 9).join("\n"), "is damaged"],
  ["another last line", compliant.replace("END RSA", "END EC"), "is damaged"],
  ["base64 of something else", `${lines[0] ?? ""}\nAAAA\n${lines.at(-1) ?? ""}\n`, "is damaged"],
  ["no PEM", "a password", "is no PEM"],
  ["the name of a file", "/home/me/key.pem", "is no PEM"],
  ["a key for something else than SSH", pem(generateKeyPairSync("x25519").privateKey), "is a key of a kind"],
  ["more than a parameter holds", large, `has ${large.length} bytes, and an SSM parameter holds 4096`],
])("refuses %s, and quotes nothing of it", (_what, text, words) => {
  const fault = privateKeyFault(text);
  expect(fault).toContain(words);
  for (const line of text.split(/\s+/).filter((one) => one.length > 20 && !one.startsWith("---"))) {
    expect(fault).not.toContain(line);
  }
});

it("counts bytes, with the line break that is put back", () => {
  const sized = (bytes: number): string => "é".repeat(bytes / 2);
  expect(privateKeyFault(sized(4096))).toContain("has 4097 bytes");
  expect(privateKeyFault(`${sized(4094)}\n`)).toBe("is no PEM: it has no line -----BEGIN … PRIVATE KEY-----");
});

it("puts the line break back that the CLI took, and nothing else", () => {
  expect(withLastLineEnded(compliant.slice(0, -1))).toBe(compliant);
  expect(withLastLineEnded(compliant)).toBe(compliant);
});
