import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type InfisicalEnvironment } from "../../../providers/environment";
import { InfisicalClient } from "../../../providers/infisical/client";
import { infisical } from "../../../sandbox/vendors/infisical";
import {
  createAccessServiceToken,
  createFolder,
  createProject,
  createUniversalAuthIdentity,
  emptyInfisical,
  secretAt,
  type InfisicalState,
  type Project,
  type Secret,
} from "../../../sandbox/vendors/infisical/entities";
import { type RunningVendor, startVendor } from "../../../sandbox/vendors/kit/vendor";

/** An emulated vault behind its gate, with `/MooseQuest` in `prod` and `staging`. */
export class VaultWorld {
  private constructor(
    readonly vendor: RunningVendor<InfisicalState>,
    private readonly directory: string,
    readonly project: Project,
    readonly environment: InfisicalEnvironment,
  ) {}

  static async start(): Promise<VaultWorld> {
    const directory = mkdtempSync(join(tmpdir(), "raxx-vault-"));
    const state = emptyInfisical();
    const access = createAccessServiceToken(state);
    const project = createProject(state, { name: "Raxx", environments: ["prod", "staging"] });
    const { clientId, clientSecret } = createUniversalAuthIdentity(state, {
      name: "INF_PROVISIONER",
      orgRole: "admin",
      memberships: [{ projectId: project.id, role: "admin" }],
    });
    for (const environment of ["prod", "staging"]) {
      createFolder(state, { projectId: project.id, environment, path: "/MooseQuest" });
    }
    const vendor = await startVendor(infisical, { directory, seed: () => state });
    return new VaultWorld(vendor, directory, project, {
      url: vendor.url,
      clientId,
      clientSecret,
      projectId: project.id,
      accessClientId: access.clientId,
      accessClientSecret: access.clientSecret,
    });
  }

  get state(): InfisicalState {
    return this.vendor.store.state;
  }

  client(changes: Partial<InfisicalEnvironment> = {}): InfisicalClient {
    return new InfisicalClient({ ...this.environment, ...changes });
  }

  /** The folder that the tests write to. */
  get place(): { projectId: string; environment: string; path: string } {
    return { projectId: this.project.id, environment: "prod", path: "/MooseQuest" };
  }

  secret(name: string): Secret | undefined {
    return secretAt(this.state, { ...this.place, name });
  }

  /** The same, where the test knows that it is there. */
  present(name: string): Secret {
    const secret = this.secret(name);
    if (secret === undefined) throw new Error(`no secret ${name} in the vault`);
    return secret;
  }

  async stop(): Promise<void> {
    await this.vendor.close();
    rmSync(this.directory, { recursive: true });
  }
}
