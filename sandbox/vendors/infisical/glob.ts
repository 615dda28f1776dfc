import { normalPath } from "./records";

/** A path where a star stands for any run of characters but a slash, and two at the end for everything below. */
export function globOf(path: string): RegExp {
  const pattern = normalPath(path)
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replace(/\/\*\*$/, "(/.*)?")
    .replace(/(?<![.)])\*/g, "[^/]*");
  return new RegExp(`^${pattern === "(/.*)?" ? "/.*" : pattern}$`);
}
