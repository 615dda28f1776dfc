import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { GitHubClient } from "../../../providers/github/client";
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
} from "../../../sandbox/vendors/github";
import { type RunningVendor, startVendor } from "../../../sandbox/vendors/kit/vendor";

/** The emulated GitHub with `raxx-app/TradeMasterAPI` and its environment `production`. */
export class EmulatedGitHub {
  private constructor(
    readonly vendor: RunningVendor<GitHubState>,
    private readonly directory: string,
    readonly repository: GitHubRepository,
    readonly production: GitHubEnvironment,
    private readonly token: string,
  ) {}

  static async start(permissions: GitHubPermissions): Promise<EmulatedGitHub> {
    const directory = mkdtempSync(join(tmpdir(), "raxx-github-"));
    const vendor = await startVendor(github, { directory });
    const { state } = vendor.store;
    const user = createUser(state, { login: "ops" });
    const owner = createOrganization(state, { login: "raxx-app", members: [{ user, role: "admin" }] });
    const repository = createRepository(state, { owner, name: "TradeMasterAPI" });
    const production = createEnvironment(state, { repository, name: "production" });
    const token = createToken(state, { user, repositories: [repository], permissions });
    vendor.store.save();
    return new EmulatedGitHub(vendor, directory, repository, production, token);
  }

  get state(): GitHubState {
    return this.vendor.store.state;
  }

  client(): GitHubClient {
    return new GitHubClient({ url: this.vendor.url, token: this.token, retryBaseMs: 1 });
  }

  async stop(): Promise<void> {
    await this.vendor.close();
    rmSync(this.directory, { recursive: true });
  }
}
