import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Readable, type Writable } from "node:stream";

import { Pool } from "undici";

import { SandboxError } from "../../error";
import { type Moto, motoSource } from "./install";
import { type KnownKey } from "./keys";
import { type AwsSeed, awsAccount, awsRegion } from "./records";

export interface MotoRequest {
  method: string;
  url: string;
  /** Names and values in turn, as they came in: the signature is over them. */
  rawHeaders: readonly string[];
  body: Buffer | undefined;
}

export interface MotoAnswer {
  status: number;
  headers: Record<string, string | string[]>;
  body: Buffer;
  /** Where moto has no answer of its own. */
  fault: "not-emulated" | "crashed" | undefined;
}

const startTimeoutMs = 60_000;
const doorHeader = "x-raxx-door";
/** Between two neighbours, not end to end. */
const hopHeaders = ["connection", "keep-alive", "transfer-encoding", "content-length", "expect", doorHeader];

/** moto in a Python of its own, on loopback. It ends with this process, however this one ends. */
export class MotoProcess {
  private constructor(
    readonly pid: number,
    readonly url: string,
    private readonly child: ChildProcessByStdio<Writable, Readable, null>,
    private readonly pool: Pool,
    private readonly door: string,
  ) {}

  /** Starts it on what `stateFile` holds, or fills it with the seed where there is no such file yet. */
  static async start(moto: Moto, stateFile: string, seed: AwsSeed): Promise<MotoProcess> {
    // Without it moto refuses: only the proxy knows whether a key is active.
    const door = randomBytes(24).toString("base64url");
    // -s and PYTHONPATH: no other packages than those of the lock file. -B: nothing is written into the checkout.
    const child = spawn(moto.python, ["-s", "-B", join(motoSource, "serve.py")], {
      env: environmentOf(moto),
      stdio: ["pipe", "pipe", "inherit"],
    });
    // It may be gone before it has read: said by its exit.
    child.stdin.on("error", () => undefined);
    // The configuration holds values: not as an argument. The pipe stays open: its end tells moto of ours.
    const config = { account: awsAccount, region: awsRegion, state: stateFile, door, seed };
    child.stdin.write(`${JSON.stringify(config)}\n`);
    const started = await firstLine(child);
    if ("fault" in started) {
      child.kill("SIGKILL");
      throw new SandboxError(started.fault.replace("{file}", stateFile));
    }
    const url = `http://127.0.0.1:${started.port}`;
    return new MotoProcess(child.pid ?? 0, url, child, new Pool(url), door);
  }

  /** Hands a call on as it is: what is signed arrives as it was sent. */
  async forward({ method, url, rawHeaders, body }: MotoRequest): Promise<MotoAnswer> {
    const answer = await this.pool.request({
      method: method,
      path: url,
      headers: [...endToEnd(rawHeaders), doorHeader, this.door],
      body: body ?? null,
    });
    const headers = Object.fromEntries(
      Object.entries(answer.headers).filter(
        // HEAD tells the length of a body that it does not bring.
        ([name]) => !hopHeaders.includes(name) || (method === "HEAD" && name === "content-length"),
      ),
    ) as MotoAnswer["headers"];
    return {
      status: answer.statusCode,
      headers,
      body: Buffer.from(await answer.body.arrayBuffer()),
      fault: headers["x-raxx-fault"] as MotoAnswer["fault"],
    };
  }

  /** What moto knows of a key; undefined where there is none of that id. */
  async key(id: string): Promise<KnownKey | undefined> {
    const { statusCode, body } = await this.pool.request({
      method: "GET",
      path: `/_raxx/keys/${encodeURIComponent(id)}`,
      headers: { [doorHeader]: this.door },
    });
    const text = await body.text();
    return statusCode === 200 ? (JSON.parse(text) as KnownKey) : undefined;
  }

  async stop(): Promise<void> {
    await this.pool.destroy();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, "exit");
    this.child.stdin.end();
    const tooLate = setTimeout(() => this.child.kill("SIGKILL"), 5000);
    await exited;
    clearTimeout(tooLate);
  }
}

function endToEnd(rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = rawHeaders.slice(at, at + 2);
    if (!hopHeaders.includes(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}

/** Somebody's settings for AWS, moto or Python must not reach it. */
function environmentOf({ packages }: Moto): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS|BOTO|MOTO|PYTHON|FLASK)/.test(name));
  return { ...Object.fromEntries(kept), PYTHONPATH: packages };
}

type Started = { port: number } | { fault: string };

async function firstLine(child: ChildProcessByStdio<Writable, Readable, null>): Promise<Started> {
  const lines = createInterface({ input: child.stdout });
  let tooLate: NodeJS.Timeout | undefined;
  const said = await new Promise<string | undefined>((resolve) => {
    lines.once("line", resolve);
    child.once("exit", () => {
      resolve(undefined);
    });
    child.once("error", () => {
      resolve(undefined);
    });
    tooLate = setTimeout(() => {
      resolve(undefined);
    }, startTimeoutMs);
  });
  clearTimeout(tooLate);
  if (said === undefined) {
    return {
      fault:
        "moto, which emulates AWS, did not start: see what it printed, or delete the folder raxx/moto in the cache folder and start again",
    };
  }
  const message = JSON.parse(said) as Started;
  if ("port" in message) return message;
  return {
    fault: `the emulated AWS cannot read its database {file} (${message.fault}): start over with ./raxx sandbox reset`,
  };
}
