import { z } from "zod";

/**
 * A fault to inject, as the body of `POST /_sandbox/faults`:
 *
 * | kind | what the caller sees | was the call carried out? |
 * |---|---|---|
 * | `status` | this HTTP status, in the vendor's own error envelope | no |
 * | `rate-limit` | 429 with `Retry-After` | no |
 * | `drop-before` | the connection ends without an answer | no |
 * | `drop-after` | the connection ends without an answer | yes |
 * | `delay` | the true answer, later | yes |
 */
export const faultSchema = z.strictObject({
  kind: z.enum(["status", "rate-limit", "drop-before", "drop-after", "delay"]),
  /** Default: any method. */
  method: z.string().toUpperCase().optional(),
  /** Path, where a star stands for any run of characters. Default: any path. */
  path: z.string().default("*"),
  /** Which matching call from now on is the first to fail; 1 is the next. */
  call: z.int().min(1).default(1),
  /** How many matching calls fail, one after another; 0 is every one until the fault is cleared. */
  times: z.int().min(0).default(1),
  /** For `status`. */
  status: z.int().min(400).max(599).default(500),
  /** For `rate-limit`. */
  retryAfterSeconds: z.int().min(0).default(1),
  /** For `delay`. */
  delayMs: z.int().min(0).default(1000),
});

export type Fault = z.output<typeof faultSchema>;

/** Counts calls and says which of them is to fail. */
export class Faults {
  private readonly armed: { fault: Fault; pattern: RegExp; seen: number }[] = [];

  add(fault: Fault): void {
    const escaped = fault.path.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*");
    this.armed.push({ fault, pattern: new RegExp(`^${escaped}$`), seen: 0 });
  }

  list(): Fault[] {
    return this.armed.map(({ fault }) => fault);
  }

  clear(): void {
    this.armed.length = 0;
  }

  /** The fault for this call, or undefined. Every call counts once against every fault that matches it. */
  next(method: string, path: string): Fault | undefined {
    let hit: Fault | undefined;
    for (const entry of this.armed) {
      const { fault } = entry;
      if (fault.method !== undefined && fault.method !== method) continue;
      if (!entry.pattern.test(path)) continue;
      entry.seen += 1;
      const last = fault.times === 0 ? Infinity : fault.call + fault.times - 1;
      if (entry.seen >= fault.call && entry.seen <= last) hit ??= fault;
    }
    return hit;
  }
}
