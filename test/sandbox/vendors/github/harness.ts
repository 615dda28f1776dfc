import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Octokit } from "@octokit/rest";
import sodium from "libsodium-wrappers";
import { request } from "undici";

import {
  createEnvironment,
  createOrganization,
  createRepository,
  createToken,
  createUser,
  github,
  type GitHubEnvironment,
  type GitHubPermissions,
  type GitHubRepository,
  type GitHubState,
  type GitHubUser,
} from "../../../../sandbox/vendors/github";
import { type RunningVendor, startVendor } from "../../../../sandbox/vendors/kit/vendor";

export const everything: GitHubPermissions = {
  contents: "read",
  secrets: "write",
  variables: "write",
  environments: "write",
  actions: "write",
  administration: "write",
  deployments: "write",
};

/**
 * An emulator with the organization `raxx-app`, its owner `operator`, and its private repository `console`
 * with the environment `prod`. A second user, `stranger`, has a private repository of its own.
 */
export class Harness {
  /** A fine-grained token of `operator` for `console`, with every permission. */
  readonly token: string;

  private constructor(
    public vendor: RunningVendor<GitHubState>,
    private readonly directory: string,
    readonly ids: { operator: number; stranger: number; repository: number; foreign: number },
  ) {
    this.token = this.tokenWith(everything);
  }

  static async start(): Promise<Harness> {
    const directory = mkdtempSync(join(tmpdir(), "github-"));
    const vendor = await startVendor(github, { directory });
    const { state } = vendor.store;
    const operator = createUser(state, { login: "operator", email: "operator@moosequest.net" });
    const stranger = createUser(state, { login: "stranger" });
    const owner = createOrganization(state, {
      login: "raxx-app",
      members: [{ user: operator, role: "admin" }],
    });
    const repository = createRepository(state, {
      owner,
      name: "console",
      branches: ["topic"],
      tags: ["v1"],
    });
    createEnvironment(state, { repository, name: "prod" });
    const foreign = createRepository(state, { owner: stranger, name: "lookalike" });
    const ids = {
      operator: operator.id,
      stranger: stranger.id,
      repository: repository.id,
      foreign: foreign.id,
    };
    const harness = new Harness(vendor, directory, ids);
    vendor.store.save();
    return harness;
  }

  /** Stops the vendor and starts it again on the same files. */
  async restart(): Promise<void> {
    await this.vendor.close();
    this.vendor = await startVendor(github, { directory: this.directory });
  }

  async stop(): Promise<void> {
    await this.vendor.close();
    rmSync(this.directory, { recursive: true });
  }

  get state(): GitHubState {
    return this.vendor.store.state;
  }

  get operator(): GitHubUser {
    return found(this.state.users.find(({ id }) => id === this.ids.operator));
  }

  get stranger(): GitHubUser {
    return found(this.state.users.find(({ id }) => id === this.ids.stranger));
  }

  get repository(): GitHubRepository {
    return found(this.state.repositories.find(({ id }) => id === this.ids.repository));
  }

  get prod(): GitHubEnvironment {
    return found(this.repository.environments.find(({ name }) => name === "prod"));
  }

  tokenWith(permissions: GitHubPermissions, user = this.operator): string {
    return createToken(this.state, { user, repositories: [this.repository], permissions });
  }

  octokit(token = this.token, prefix = ""): Octokit {
    const silent = () => undefined;
    return new Octokit({
      auth: token,
      baseUrl: this.vendor.url + prefix,
      userAgent: "raxx-tests",
      log: { debug: silent, info: silent, warn: silent, error: silent },
    });
  }

  /** Calls with the full token and a User-Agent unless told otherwise; a header of null is left out. */
  async call(
    method: string,
    path: string,
    options: { body?: unknown; token?: string | null; headers?: Record<string, string | null> } = {},
  ): Promise<Answer> {
    const token = options.token === undefined ? this.token : options.token;
    const headers = {
      accept: "application/vnd.github+json",
      "user-agent": "raxx-tests",
      authorization: token === null ? null : `Bearer ${token}`,
      "content-type": options.body === undefined ? null : "application/json",
      ...options.headers,
    };
    // Not fetch: it always sends a User-Agent and follows redirects.
    const response = await request(this.vendor.url + path, {
      method: method as "GET",
      headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== null)) as Record<
        string,
        string
      >,
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      headers: response.headers,
      body: text === "" ? undefined : JSON.parse(text),
      text,
    };
  }
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
  text: string;
}

/** Seals as GitHub documents it: https://docs.github.com/rest/guides/encrypting-secrets-for-the-rest-api */
export async function seal(value: string, publicKey: string): Promise<string> {
  await sodium.ready;
  const key = sodium.from_base64(publicKey, sodium.base64_variants.ORIGINAL);
  const box = sodium.crypto_box_seal(sodium.from_string(value), key);
  return sodium.to_base64(box, sodium.base64_variants.ORIGINAL);
}

/** The HTTP status and the text with which a call of the client failed. */
export async function failure(call: Promise<unknown>): Promise<{ status: number; message: string }> {
  try {
    await call;
  } catch (error) {
    const { status, response } = error as { status: number; response?: { data: { message: string } } };
    return { status, message: response?.data.message ?? "" };
  }
  throw new Error("the call did not fail");
}

export function found<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error("not there");
  return thing;
}
