import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startVendor, type RunningVendor } from "../../../../sandbox/vendors/kit/vendor";
import { infisical } from "../../../../sandbox/vendors/infisical";
import {
  createAccessServiceToken,
  createProject,
  createUniversalAuthIdentity,
  emptyInfisical,
  type InfisicalState,
  type MembershipArgs,
  type OrgRole,
  type Project,
  type Role,
} from "../../../../sandbox/vendors/infisical/entities";

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON, or undefined where it is none. */
  body: unknown;
}

export interface CallOptions {
  /** @default the admin's; null sends no Authorization header */
  token?: string | null;
  headers?: Record<string, string>;
}

/** A running vault with one project of `prod` and `staging`, and an admin identity that is logged in. */
export class Vault {
  private constructor(
    readonly running: RunningVendor<InfisicalState>,
    readonly project: Project,
    readonly access: { clientId: string; clientSecret: string },
    readonly admin: { identityId: string; clientId: string; clientSecret: string },
    private readonly directory: string,
    public token: string,
  ) {}

  static async start(): Promise<Vault> {
    const directory = mkdtempSync(join(tmpdir(), "infisical-"));
    const state = emptyInfisical();
    const access = createAccessServiceToken(state);
    const project = createProject(state, { name: "Raxx", environments: ["prod", "staging"] });
    const admin = createUniversalAuthIdentity(state, {
      name: "admin",
      orgRole: "admin",
      memberships: [{ projectId: project.id, role: "admin" }],
    });
    const running = await startVendor(infisical, { directory, seed: () => state });
    const vault = new Vault(running, project, access, admin, directory, "");
    vault.token = await vault.login(admin);
    return vault;
  }

  get state(): InfisicalState {
    return this.running.store.state;
  }

  get accessHeaders(): Record<string, string> {
    return {
      "CF-Access-Client-Id": this.access.clientId,
      "CF-Access-Client-Secret": this.access.clientSecret,
    };
  }

  async stop(): Promise<void> {
    await this.running.close();
    rmSync(this.directory, { recursive: true });
  }

  async call(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> {
    const token = options.token === undefined ? this.token : options.token;
    const response = await fetch(new URL(path, this.running.url), {
      method,
      redirect: "manual",
      headers: {
        "user-agent": "raxx-tests",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...this.accessHeaders,
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
    const json: unknown = isJson ? JSON.parse(text) : undefined;
    return { status: response.status, headers: response.headers, text, body: json };
  }

  async login(credentials: { clientId: string; clientSecret: string }): Promise<string> {
    const { clientId, clientSecret } = credentials;
    const answer = await this.call(
      "POST",
      "/api/v1/auth/universal-auth/login",
      { clientId, clientSecret },
      { token: null },
    );
    return string(answer, "accessToken");
  }

  /** The bearer of a new identity with this membership. */
  async tokenOf(membership: Omit<MembershipArgs, "projectId">): Promise<string> {
    const memberships = [{ projectId: this.project.id, ...membership }];
    return this.login(createUniversalAuthIdentity(this.state, { name: "other", memberships }));
  }

  /** The bearer of a new identity with this role in the organization, and in the project where one is given. */
  async managerToken(orgRole: OrgRole, role?: Role): Promise<string> {
    const memberships = role === undefined ? [] : [{ projectId: this.project.id, role }];
    return this.login(createUniversalAuthIdentity(this.state, { name: "manager", orgRole, memberships }));
  }

  /** Project and environment, as queries and bodies of the current API have them. */
  get place(): { projectId: string; environment: string } {
    return { projectId: this.project.id, environment: "prod" };
  }

  /** The same as a query. */
  query(more: Record<string, string> = {}): string {
    return new URLSearchParams({ ...this.place, ...more }).toString();
  }
}

/** A value nobody has seen before, so that finding it anywhere proves a leak. */
export function randomValue(): string {
  return randomBytes(24).toString("base64url");
}

/** What stands at a path of keys in the body. */
export function dig(answer: Answer, ...keys: (string | number)[]): unknown {
  return keys.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined,
    answer.body,
  );
}

export function string(answer: Answer, ...keys: (string | number)[]): string {
  const value = dig(answer, ...keys);
  if (typeof value !== "string") throw new Error(`no string at ${keys.join(".")}, status ${answer.status}`);
  return value;
}

export function list(answer: Answer, key: string): Record<string, unknown>[] {
  const value = dig(answer, key);
  if (!Array.isArray(value)) throw new Error(`no list at ${key}, status ${answer.status}`);
  return value as Record<string, unknown>[];
}

/** Moves the clock of vendor and test, leaving every timer real. */
export function moveClock(seconds: number): void {
  jest.useFakeTimers({
    now: Date.now() + seconds * 1000,
    doNotFake: [
      "hrtime",
      "nextTick",
      "performance",
      "queueMicrotask",
      "setImmediate",
      "clearImmediate",
      "setInterval",
      "clearInterval",
      "setTimeout",
      "clearTimeout",
    ],
  });
}
