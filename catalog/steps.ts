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
    // Nothing behind it: a step may be a command that is copied.
    return [`  ${index + 1}. ${step}`, ...details.map((detail) => `     - ${detail}`)];
  });
  return [`hand-off: ${headline}`, ...lines].join("\n");
}
