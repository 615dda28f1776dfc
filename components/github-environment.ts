import { ActionsEnvironmentVariable } from "@pulumi/github/actionsEnvironmentVariable";
import { RepositoryEnvironment } from "@pulumi/github/repositoryEnvironment";
import { ComponentResource, type ComponentResourceOptions, type Resource } from "@pulumi/pulumi";

import { type Credential } from "./credential";
import { GitHubSecret } from "./github-secret";

export interface GitHubVariable {
  value: string;
  /** Its import id, where it was there before us: it is taken over and kept on destroy. @default it is created */
  adopt?: string;
}

export interface GitHubEnvironmentArgs {
  /** Name of the repository, without its owner. A change replaces. */
  repository: string;
  /** Name of the environment. A change replaces. */
  environment: string;
  /** Secret's name → the credential that it holds. */
  secrets: Record<string, Credential>;
  /** Variable's name → its value. */
  variables: Record<string, GitHubVariable>;
  /** What has to be there before. @default nothing */
  after?: Resource[];
}

/**
 * A deployment environment of a GitHub repository as a destination. The environment itself is only read: to write
 * it would take its reviewers away.
 *
 * ```ts
 * new GitHubEnvironment("github/production", { repository, environment: "production", secrets, variables });
 * ```
 */
export class GitHubEnvironment extends ComponentResource {
  constructor(name: string, args: GitHubEnvironmentArgs, opts?: ComponentResourceOptions) {
    const { repository, environment } = args;
    super("raxx:github:Environment", name, { repository, environment }, opts);
    const found = RepositoryEnvironment.get(
      `${name}-environment`,
      `${repository}:${environment.replaceAll(":", "??")}`,
      {},
      { parent: this, dependsOn: args.after ?? [] },
    );
    for (const [secretName, credential] of Object.entries(args.secrets)) {
      new GitHubSecret(
        `${name}/${secretName}`,
        { repository, environment, secretName, credential, after: [found] },
        { parent: this },
      );
    }
    for (const [variableName, { value, adopt }] of Object.entries(args.variables)) {
      new ActionsEnvironmentVariable(
        `${name}/${variableName}`,
        { repository, environment, variableName, value },
        {
          parent: this,
          dependsOn: [found],
          ...(adopt === undefined ? {} : { import: adopt, retainOnDelete: true }),
        },
      );
    }
    this.registerOutputs({});
  }
}
