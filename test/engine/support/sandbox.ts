import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { request } from "undici";
import { parseDocument } from "yaml";

import { isSupplied, parameters, provisionedParameters } from "../../../catalog";
import { type TokenName } from "../../../catalog/token";
import { checkout } from "../../../sandbox/home";
import { openSession, type Session } from "../../../sandbox/session";
import { stackFile, stacks } from "../../../sandbox/stacks";
import { type CloudflareState } from "../../../sandbox/vendors/cloudflare";
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
  cloudflare: "CLOUDFLARE_BASE_URL",
  aws: "AWS_ENDPOINT_URL",
} as const;

/** What the system does in the first place: the other tokens would only take time. */
export const mainJob: readonly TokenName[] = ["HK_PLATFORM_FULL", "RAXX_AUDIT_INGEST"];

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

  /**
   * `only`: the tokens that the stacks are to have, where a test needs no others, and no mail domain but where that is
   * asked for; a `./raxx sandbox` adds the tokens again.
   */
  static async open(only?: readonly TokenName[], { mail = false } = {}): Promise<TestSandbox> {
    const root = mkdtempSync(join(tmpdir(), "raxx-engine-test-"));
    process.env["RAXX_SANDBOX_HOME"] = root;
    await loadSodium();
    const sandbox = new TestSandbox(await openSession({ idleMinutes: 20 }), root);
    if (only !== undefined) sandbox.keep(only);
    if (only !== undefined && !mail) sandbox.keepNoMail();
    return sandbox;
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

  /** Sets the generations of a token in the generated stack file. What is from before us stays, unless that is said too. */
  setGenerations(
    stack: StackName,
    generations: Record<string, unknown>,
    token: TokenName = "HK_PLATFORM_FULL",
  ): void {
    const path = ["config", "raxx:generations", token];
    const adopt = parseDocument(this.stackFileText(stack)).getIn([...path, "previousAdopt"], true);
    this.editStackFile(stack, path, {
      ...(adopt === undefined ? {} : { previousAdopt: adopt }),
      ...generations,
    });
  }

  /** Takes every other token out of the generated stack files, and what a person supplied for those alone. */
  keep(only: readonly TokenName[]): void {
    const path = ["config", "raxx:generations"];
    const supplied = parameters.filter(isSupplied);
    const needed = provisionedParameters(supplied, new Set<string>(only));
    for (const stack of stacks) {
      const document = parseDocument(readFileSync(stackFile(this.session.home, stack), "utf8"));
      const kept = only.filter((token) => document.hasIn([...path, token]));
      this.editStackFile(
        stack,
        path,
        Object.fromEntries(kept.map((token) => [token, document.getIn([...path, token])])),
      );
      for (const parameter of supplied.filter((one) => !needed.includes(one)))
        this.editStackFile(stack, ["config", `raxx:${parameter.origin.configKey}`], undefined);
    }
  }

  /** An empty map and not none: what is missing, a `./raxx sandbox` adds. */
  private keepNoMail(): void {
    this.editStackFile("prod", ["config", "raxx:mailDomains"], {});
    this.editStackFile("prod", ["config", "raxx:adopt"], undefined);
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

  stackFileText(stack: StackName): string {
    return readFileSync(stackFile(this.session.home, stack), "utf8");
  }

  setStackFileText(stack: StackName, text: string): void {
    writeFileSync(stackFile(this.session.home, stack), text);
  }

  /** Sets what stands there; undefined takes it away. */
  editStackFile(stack: string, path: string[], value: unknown): void {
    const file = stackFile(this.session.home, stack);
    const document = parseDocument(readFileSync(file, "utf8"));
    if (value === undefined) document.deleteIn(path);
    else document.setIn(path, document.createNode(value));
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

  cloudflare(): CloudflareState {
    return this.database("cloudflare") as CloudflareState;
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

  /** How many identities the vault's licence allows; null is no limit. */
  async licence(identities: number | null): Promise<void> {
    await this.control("infisical", "PUT", "licence", { identities });
  }

  /** The URL of a vendor. */
  url(vendor: VendorName): string {
    return (this.session.variables.set[endpoints[vendor]] ?? "").replace(/(\/client\/v4)?\/?$/, "");
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
