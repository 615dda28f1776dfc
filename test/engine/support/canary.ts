import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A text that must not hold a value, and what to call it. */
export interface Searched {
  name: string;
  content: Buffer;
}

/** Every file below a folder, but for the folders and files that are named. */
export function filesBelow(folder: string, except: readonly string[] = []): Searched[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (except.includes(path) || except.includes(entry.name)) return [];
    if (entry.isDirectory()) return filesBelow(path, except);
    return entry.isFile() && statSync(path).size > 0 ? [{ name: path, content: readFileSync(path) }] : [];
  });
}

/**
 * Where one of the values stands: as it is, or in an encoding that anybody can undo. Names the place, and the
 * number of the value, never the value.
 */
export function leaks(values: readonly string[], searched: readonly Searched[]): string[] {
  const forms = values.flatMap((value, index) => {
    const bytes = Buffer.from(value, "utf8");
    // Without the last characters, which depend on what follows the value in a longer text.
    const base64 = bytes.toString("base64").slice(0, -4);
    const all = new Set([
      value,
      base64,
      bytes.toString("hex"),
      encodeURIComponent(value),
      ...otherwise(value),
    ]);
    return [...all].map((form) => ({ index, form: Buffer.from(form, "utf8") }));
  });
  return searched.flatMap(({ name, content }) =>
    forms.filter(({ form }) => content.includes(form)).map(({ index }) => `${name} holds value ${index}`),
  );
}

/** A value that is hexadecimal itself stands for bytes, which others may write in another way. */
function otherwise(value: string): string[] {
  if (!/^([\da-f]{2}){8,}$/.test(value)) return [];
  const bytes = Buffer.from(value, "hex");
  // Whole groups only: what follows them depends on the padding.
  const length = Math.floor(bytes.length / 3) * 4;
  return [bytes.toString("base64").slice(0, length), bytes.toString("base64url").slice(0, length)];
}
