import { createPrivateKey } from "node:crypto";

/** What AWS takes: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html */
const standardBytes = 4096;

/**
 * The text of a file as it was before `pulumi config set` read it, which takes the last line break away. A PEM file
 * ends its last line, and OpenSSH refuses some that do not: https://www.rfc-editor.org/rfc/rfc7468#section-3
 */
export function withLastLineEnded(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}

/** What is wrong with a private key in PEM, as a person supplies it; never quotes any of it. */
export function privateKeyFault(text: string): string | undefined {
  if (text.trim() === "") return "is empty";
  const bytes = Buffer.byteLength(withLastLineEnded(text));
  if (bytes > standardBytes) {
    return `has ${bytes} bytes, and an SSM parameter holds ${standardBytes}: use a key of another kind, or a shorter one`;
  }
  if (text.includes("\r")) {
    return "has the line breaks of Windows (CRLF), which SSH does not take: remove them from a copy (tr -d '\\r' < FILE > COPY), and set that";
  }
  return blocksFault(text) ?? keyFault(text);
}

/** Whether it is one private key, and nothing else. */
function blocksFault(text: string): string | undefined {
  const labels = [...text.matchAll(/-----BEGIN ([^\n-]*)-----/g)].map(([, label = ""]) => label);
  const [label, ...others] = labels;
  if (label === undefined) return "is no PEM: it has no line -----BEGIN … PRIVATE KEY-----";
  if (label.includes("CERTIFICATE")) return "is a certificate, and has to be the private key";
  if (label.includes("PUBLIC KEY")) return "is a public key, and has to be the private one";
  if (label === "OPENSSH PRIVATE KEY") {
    return 'is in the format of OpenSSH, and has to be PEM: convert a copy (ssh-keygen -p -N "" -m PEM -f COPY), and set that';
  }
  if (others.length > 0) {
    return `has ${labels.length} PEM blocks, and has to be one private key and nothing else: leave the others out`;
  }
  if (label === "ENCRYPTED PRIVATE KEY" || /^Proc-Type:.*ENCRYPTED/m.test(text)) {
    return 'is encrypted with a passphrase, which the backup does not have: take that from a copy (ssh-keygen -p -N "" -m PEM -f COPY), and set that';
  }
  if (!keyLabels.includes(label)) return "is PEM, but no private key";
  if (!text.startsWith("-----BEGIN")) {
    return "has something before its first line: set the file of the key, and nothing else";
  }
  if (/-----END [^\n-]*-----(?!\n?$)/.test(text)) {
    return "has something after its last line: set the file of the key, and nothing else";
  }
  return undefined;
}

/** PKCS #8, and the older forms of RSA and of elliptic curves. */
const keyLabels = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"];

function keyFault(text: string): string | undefined {
  const damaged = "is damaged: no key can be read from it; take the whole file, with its line breaks";
  // OpenSSL reads over much that SSH does not.
  if (!/^-----BEGIN ([A-Z ]+)-----\n([A-Za-z0-9+/=]+\n)+-----END \1-----\n?$/.test(text)) return damaged;
  try {
    const { asymmetricKeyType: type = "" } = createPrivateKey(text);
    if (["rsa", "ec", "ed25519"].includes(type)) return undefined;
    return "is a key of a kind that SSH does not have: use RSA, Ed25519 or an elliptic curve";
  } catch {
    // OpenSSL's own words stay here: what it met is not for an error message.
    return damaged;
  }
}
