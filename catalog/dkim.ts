import { createPublicKey } from "node:crypto";

/** What Google recommends: https://support.google.com/a/answer/174124 */
const leastBits = 2048;
/** What verifiers have to know: https://www.rfc-editor.org/rfc/rfc8301#section-3.2 */
const mostBits = 4096;

/** The text of a DKIM record as one piece, or what is wrong with it; never quotes any of it. */
export type DkimText = { text: string } | { fault: string };

/** Reads a value as the admin page shows it, or as it stands in a zone: in quoted pieces. */
export function readDkim(given: unknown): DkimText {
  if (typeof given !== "string" || given.trim() === "") return { fault: "is empty" };
  const text = joined(given.trim());
  if (text === undefined) {
    return { fault: "has quotation marks that do not belong together: paste it whole" };
  }
  // An emptied tag may end the list: https://www.rfc-editor.org/rfc/rfc6376#section-3.2
  const tags = text.replace(/;\s*$/, "").split(";").map(tagOf);
  // A backslash would have to be escaped in a zone, and no tag needs one.
  if (!/^[\x20-\x5b\x5d-\x7e\s]+$/.test(text) || tags.some((tag) => tag === undefined)) {
    return { fault: "is no list of tags, as v=DKIM1; k=rsa; p=…: paste the whole value" };
  }
  const known = tags.filter((tag) => tag !== undefined);
  const twice = known.some(({ name }, index) => known.findIndex((one) => one.name === name) !== index);
  if (twice) return { fault: "has a tag twice: paste the value once" };
  const valueOf = (name: string): string | undefined => known.find((tag) => tag.name === name)?.value;
  if (known[0]?.name !== "v" || valueOf("v") !== "DKIM1") {
    return { fault: "does not begin with v=DKIM1: paste the whole value" };
  }
  if (!["rsa", undefined].includes(valueOf("k"))) return { fault: otherKind };
  const fault = keyFault(valueOf("p"));
  if (fault !== undefined) return { fault };
  return { text: known.map(({ name, value }) => `${name}=${value}`).join("; ") };
}

const otherKind = "has a key of another kind than RSA (k=rsa): generate an RSA record";

/** The pieces in quotation marks as one text; undefined where they are not of that form. */
function joined(text: string): string | undefined {
  if (!text.includes('"')) return text;
  return /^"[^"]*"(\s*"[^"]*")*$/.test(text) ? text.replace(/"\s*"|^"|"$/g, "") : undefined;
}

/** A key may be folded anywhere. */
function tagOf(text: string): { name: string; value: string } | undefined {
  const [, name, value] = /^\s*([a-zA-Z][a-zA-Z0-9_]*)\s*=([^=][^]*|)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) return undefined;
  return { name, value: name === "p" ? value.replace(/\s+/g, "") : value.trim().replace(/\s+/g, " ") };
}

function keyFault(base64: string | undefined): string | undefined {
  if (base64 === undefined) return "has no key (no p=): paste the whole value";
  if (base64 === "") return "has an empty p=, which revokes the key: generate a new record";
  const bytes = Buffer.from(base64, "base64");
  const damaged = "has a key that is damaged (p= is no public key in base64): paste the whole value";
  if (bytes.toString("base64") !== base64) return damaged;
  try {
    const key = createPublicKey({ key: bytes, format: "der", type: "spki" });
    if (key.asymmetricKeyType !== "rsa") return otherKind;
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    if (bits < leastBits) {
      return `has a key of ${bits} bits, and has to have at least ${leastBits}: generate a new record with ${leastBits} bits`;
    }
    if (bits > mostBits) {
      return `has a key of ${bits} bits, and not every receiver takes more than ${mostBits}: generate a new record with ${leastBits} bits`;
    }
    // What comes after the key would be read over.
    return key.export({ format: "der", type: "spki" }).equals(bytes) ? undefined : damaged;
  } catch {
    return damaged;
  }
}
