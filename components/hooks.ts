import { log } from "@pulumi/pulumi";

/** What a hook is given of a resource's inputs or outputs. */
export function propertiesOf(values: unknown): Record<string, unknown> {
  return Object(values) as Record<string, unknown>;
}

export function warn(line: string): void {
  void log.warn(line);
}
