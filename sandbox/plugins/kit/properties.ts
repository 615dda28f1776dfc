/**
 * Stands for a value that is not known before the update has run. A symbol, so that no vendor call can carry it by
 * mistake.
 */
export const UNKNOWN = Symbol("unknown");

/** A resource's or a provider's properties, by their Pulumi names. */
export type Properties = Record<string, unknown>;

export interface Decoded {
  values: Properties;
  /** Names of the properties that arrived as secrets, or with a secret somewhere in them. */
  secrets: string[];
}

/** Keys and texts of the wire format, as in the SDK's `runtime/rpc`, which takes half a second to load. */
export const wire = {
  signatureKey: "4dabf18193072939515e22adb298388d",
  secret: "1b47061264138c4ac30d75fd1eb44270",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  unknown: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
} as const;

/** The engine has one text for each type of a value to come. */
const unknownTexts: ReadonlySet<unknown> = new Set([
  wire.unknown,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Names that the engine or the real plugins add to a resource's properties for themselves. */
function isReserved(name: string): boolean {
  return name.startsWith("__");
}

/** Reads properties as the engine sends them. A null counts as not given, as it does for the real plugins. */
export function decode(sent: Properties): Decoded {
  const values: Properties = {};
  const secrets: string[] = [];
  for (const [name, raw] of Object.entries(sent)) {
    if (isReserved(name)) continue;
    const { value, secret } = unwrap(raw);
    if (value === null || value === undefined) continue;
    values[name] = value;
    if (secret) secrets.push(name);
  }
  return { values, secrets };
}

function unwrap(raw: unknown): { value: unknown; secret: boolean } {
  if (unknownTexts.has(raw)) return { value: UNKNOWN, secret: false };
  if (Array.isArray(raw)) {
    const items = raw.map(unwrap);
    return { value: items.map((item) => item.value), secret: items.some((item) => item.secret) };
  }
  if (typeof raw !== "object" || raw === null) return { value: raw, secret: false };
  const object = raw as Properties;
  const signature = object[wire.signatureKey];
  if (signature === wire.secret) return { value: unwrap(object["value"]).value, secret: true };
  if (signature === wire.output) {
    const inner = "value" in object ? unwrap(object["value"]) : { value: UNKNOWN, secret: false };
    return { value: inner.value, secret: inner.secret || object["secret"] === true };
  }
  const entries = Object.entries(object).map(([name, item]) => [name, unwrap(item)] as const);
  return {
    value: Object.fromEntries(
      entries.filter(([, item]) => item.value !== null).map(([name, item]) => [name, item.value]),
    ),
    secret: entries.some(([, item]) => item.secret),
  };
}

/** Writes properties as the engine reads them, the named ones as secrets. */
export function encode(values: Properties, secrets: Iterable<string>): Properties {
  const secretNames = new Set(secrets);
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([name, value]) => {
        const written = writeUnknown(value);
        return [name, secretNames.has(name) ? { [wire.signatureKey]: wire.secret, value: written } : written];
      }),
  );
}

function writeUnknown(value: unknown): unknown {
  if (value === UNKNOWN) return wire.unknown;
  if (Array.isArray(value)) return value.map(writeUnknown);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => [name, writeUnknown(item)]),
  );
}

/** Whether a value, or anything in it, is still to come. */
export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some(hasUnknown);
}

/** Every text in a value. */
export function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}

/** The same without some of them. */
export function without<T extends object, K extends keyof T>(values: T, ...names: K[]): Omit<T, K> {
  const kept = { ...values };
  for (const name of names) Reflect.deleteProperty(kept, name);
  return kept;
}
