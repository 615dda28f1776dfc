/** A step of a hand-off, with what belongs to it. */
export type Step = string | { step: string; details: readonly string[] };

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly string[]): string {
  const last = items.at(-1) ?? "";
  return items.length < 2 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}

/** The hand-off as a person reads it: a headline, and below it the steps, numbered. */
export function written(headline: string, steps: readonly Step[]): string {
  const lines = steps.flatMap((entry, index) => {
    const { step, details } = typeof entry === "string" ? { step: entry, details: [] } : entry;
    const colon = details.length === 0 ? "" : ":";
    return [`  ${index + 1}. ${step}${colon}`, ...details.map((detail) => `     - ${detail}`)];
  });
  return [`hand-off: ${headline}`, ...lines].join("\n");
}
