import { log, type Output } from "@pulumi/pulumi";

/** What a hook is given of a resource's inputs or outputs. */
export function propertiesOf(values: unknown): Record<string, unknown> {
  return Object(values) as Record<string, unknown>;
}

export function warn(line: string): void {
  void log.warn(line);
}

/** What an output of this run has become. */
export function valueOf<T>(value: Output<T>): Promise<T> {
  return new Promise((resolve) => {
    value.apply(resolve);
  });
}

/** The same, undefined where the resource failed or was skipped. */
export async function knownValueOf<T>(value: Output<T>): Promise<T | undefined> {
  // Not among Pulumi's types.
  const { isKnown } = value as unknown as { isKnown: Promise<boolean> };
  return (await isKnown) ? await valueOf(value) : undefined;
}
