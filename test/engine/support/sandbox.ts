import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { request } from "undici";
import { parseDocument } from "yaml";

import { checkout } from "../../../sandbox/home";
import { openSession, type Session } from "../../../sandbox/session";
import { stackFile } from "../../../sandbox/stacks";
import { type GitHubState } from "../../../sandbox/vendors/github";
import { loadSodium } from "../../../sandbox/vendors/github/sealed-box";
import { type HerokuState } from "../../../sandbox/vendors/heroku/entities";
import { type InfisicalState } from "../../../sandbox/vendors/infisical/entities";
import { isWriting, type Call } from "../../../sandbox/vendors/kit/call-log";
import { type Fault } from "../../../sandbox/vendors/kit/faults";
import { stopVendors } from "../../../sandbox/vendors-process";
import { type VendorName, vendorNames } from "../../../sandbox/worlds/world";

export type StackName = "prod" | "staging";

const endpoints = {
  heroku: "HEROKU_API_URL",
  infisical: "INFISICAL_SITE_URL",
  github: "GITHUB_BASE_URL",
} as const;

/** What a command printed, standard output and standard error together, and how it ended. */
export interface Ran {
  code: number;
  output: string;
}

/** Everything that any command of this worker printed: what the canary search looks through. */
const printed: string[] = [];

/**
 * A sandbox of its own for one test file, with the real engine. The vendors' databases are read from disk: what
 * the vendor holds is the proof, not what the program says.
 */
export class TestSandbox {
  private constructor(
    readonly session: Session,
    private readonly root: string,
  ) {}

  static async open(): Promise<TestSandbox> {
    const root = mkdtempSync(join(tmpdir(), "raxx-engine-test-"));
    process.env["RAXX_SANDBOX_HOME"] = root;
    await loadSodium();
    return new TestSandbox(await openSession({ idleMinutes: 20 }), root);
  }

  async close(): Promise<void> {
    await stopVendors(this.session.home);
    rmSync(this.root, { recursive: true, force: true });
  }

  /** `./raxx …`, as a person types it. */
  raxx(...args: string[]): Promise<Ran> {
    return run(join(checkout, "raxx"), args, { ...process.env, RAXX_SANDBOX_HOME: this.root });
  }

  /** Plain `pulumi …` inside the sandbox, with some variables set or (undefined) taken away. */
  pulumi(args: string[], change: Record<string, string | undefined> = {}): Promise<Ran> {
    return run("pulumi", [...args, "--non-interactive"], { ...this.session.environment, ...change });
  }

  up(stack: StackName, change: Record<string, string | undefined> = {}): Promise<Ran> {
    return this.pulumi(["up", "--yes", "--skip-preview", "--stack", stack], change);
  }

  /** Sets the generations of a token in the generated stack file. */
  setGenerations(
    stack: StackName,
    generations: Record<string, unknown>,
    token: "HK_PLATFORM_FULL" | "RAXX_AUDIT_INGEST" = "HK_PLATFORM_FULL",
  ): void {
    this.editStackFile(stack, ["config", "raxx:generations", token], generations);
  }

  /** Sets config vars as a person would. */
  async setConfigVars(app: string, vars: Record<string, string | null>): Promise<void> {
    const answer = await request(`${this.url("heroku")}/apps/${app}/config-vars`, {
      method: "PATCH",
      headers: {
        accept: "application/vnd.heroku+json; version=3",
        authorization: `Bearer ${this.session.world.credentials["HEROKU_API_KEY"] ?? ""}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(vars),
    });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`config vars of ${app}: ${answer.statusCode}`);
  }

  editStackFile(stack: string, path: string[], value: unknown): void {
    const file = stackFile(this.session.home, stack);
    const document = parseDocument(readFileSync(file, "utf8"));
    document.setIn(path, document.createNode(value));
    writeFileSync(file, document.toString({ defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" }));
  }

  heroku(): HerokuState {
    return this.database("heroku") as HerokuState;
  }

  infisical(): InfisicalState {
    return this.database("infisical") as InfisicalState;
  }

  github(): GitHubState {
    return this.database("github") as GitHubState;
  }

  /** The calls that a vendor saw from `from` on; pass what {@link mark} gave. */
  calls(vendor: VendorName, from = 0): Call[] {
    const file = join(this.session.home.vendors, `${vendor}.calls.jsonl`);
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.slice(from).map((line) => JSON.parse(line) as Call);
  }

  mark(vendor: VendorName): number {
    return this.calls(vendor).length;
  }

  async fault(vendor: VendorName, fault: Partial<Fault> & Pick<Fault, "kind">): Promise<void> {
    await this.control(vendor, "POST", "faults", fault);
  }

  async clearFaults(): Promise<void> {
    for (const vendor of vendorNames) await this.control(vendor, "DELETE", "faults");
  }

  async gate(mode: string): Promise<void> {
    await this.control("infisical", "PUT", "gate", { mode });
  }

  /** The URL of a vendor. */
  url(vendor: VendorName): string {
    return (this.session.variables.set[endpoints[vendor]] ?? "").replace(/\/$/, "");
  }

  private database(vendor: VendorName): unknown {
    return JSON.parse(readFileSync(join(this.session.home.vendors, `${vendor}.json`), "utf8"));
  }

  private async control(
    vendor: VendorName,
    method: "POST" | "PUT" | "DELETE",
    route: string,
    body?: unknown,
  ): Promise<void> {
    const answer = await request(`${this.url(vendor)}/_sandbox/${route}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    await answer.body.dump();
    if (answer.statusCode >= 300) throw new Error(`control route ${route} answered ${answer.statusCode}`);
  }
}

/** What all commands printed so far. */
export function everythingPrinted(): string {
  return printed.join("\n");
}

/** Runs a command in the checkout to its end. */
export function run(
  command: string,
  args: string[],
  environment: Record<string, string | undefined>,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: checkout,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString("utf8");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", reject);
    child.once("close", (code) => {
      printed.push(output);
      resolve({ code: code ?? -1, output });
    });
  });
}

/** The calls that changed something, or tried to. */
export function writes(calls: Call[]): Call[] {
  return calls.filter(isWriting);
}

/** A generation so many days from today: a fixed date would one day be too old to mint. */
export function day(offset: number): string {
  return new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
}
