/** A policy's text as it is recorded and sent: without white space, its keys sorted. */
export function normalized(document: unknown): string {
  return JSON.stringify(sorted(parsed(document)));
}

/** @returns what is wrong with a policy, or undefined when it is a JSON object */
export function faultIn(document: unknown): string | undefined {
  try {
    const policy = parsed(document);
    const isObject = typeof policy === "object" && policy !== null && !Array.isArray(policy);
    return isObject ? undefined : `property "policy": must be a JSON object`;
  } catch {
    return `property "policy": contains an invalid JSON policy`;
  }
}

/**
 * Whether AWS reads the same in both: it takes a text for a list of one, and the order of statements, actions, resources,
 * principals and conditions for none.
 */
export function areEquivalent(one: string, other: string): boolean {
  return JSON.stringify(unordered(parsed(one))) === JSON.stringify(unordered(parsed(other)));
}

function parsed(document: unknown): unknown {
  return typeof document === "string" ? JSON.parse(document) : document;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

function unordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => JSON.stringify(unordered(item))).sort();
    return items.length === 1 ? unordered(value[0]) : [...new Set(items)];
  }
  // Conditions may be written as booleans and numbers, which come back as texts.
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, unordered(item)]));
}
