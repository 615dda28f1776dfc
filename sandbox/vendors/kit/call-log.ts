import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";

/** One call as a vendor saw it: enough to count calls and to see which keys were written, never a value. */
export interface Call {
  /** ISO 8601, UTC. */
  time: string;
  method: string;
  /** Path without its query, e.g. `/apps/raxx-api-prod/config-vars`. */
  path: string;
  /** HTTP status, or 0 where the connection was dropped. */
  status: number;
  /** Names of the keys in the request: body fields, config vars, secret names. */
  keys: string[];
}

/** AWS's calls are all POST, and their names begin with what they do: `SSM GetParameter`. */
const readingAction = /^\S+ (Get|List|Describe|Head|Lookup|Simulate|Search)/;

/** Whether it could have changed something; a login changes nothing. */
export function isWriting({ method, path }: Call): boolean {
  return method !== "GET" && !path.endsWith("/login") && !readingAction.test(path);
}

/** Appends calls to a file of JSON lines. */
export class CallLog {
  constructor(private readonly file: string) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  }

  append(call: Call): void {
    appendFileSync(this.file, `${JSON.stringify(call)}\n`, { mode: 0o600 });
  }

  read(): Call[] {
    if (!existsSync(this.file)) return [];
    const lines = readFileSync(this.file, "utf8").split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Call);
  }
}

/** The key names of a JSON body, one level deep: `{ vars: { A: 1 } }` names `vars` only. */
export function bodyKeys(body: unknown): string[] {
  return typeof body === "object" && body !== null && !Array.isArray(body) ? Object.keys(body) : [];
}
