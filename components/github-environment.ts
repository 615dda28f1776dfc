import { ActionsEnvironmentVariable } from "@pulumi/github/actionsEnvironmentVariable";
import { ComponentResource, type ComponentResourceOptions, type Resource } from "@pulumi/pulumi";

import { type Credential } from "./credential";
import { GitHubSecret } from "./github-secret";

export interface GitHubVariable {
  value: string;
  /** Its import id, where it was there before us: it is taken over and kept on destroy. @default it is created */
  adopt?: string;
}

export interface GitHubEnvironmentArgs {
  /** A user or an organisation. */
  owner: string;
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
 * A deployment environment of a GitHub repository as a destination. The environment itself is not declared: to write
 * it would take its reviewers away. `GitHubRepository` reads it, and everything here comes after that.
 *
 * ```ts
 * new GitHubEnvironment("github/production", { owner, repository, environment: "production", secrets, variables });
 * ```
 */
export class GitHubEnvironment extends ComponentResource {
  constructor(name: string, args: GitHubEnvironmentArgs, opts?: ComponentResourceOptions) {
    const { owner, repository, environment, after = [] } = args;
    super("raxx:github:Environment", name, { repository, environment }, opts);
    for (const [secretName, credential] of Object.entries(args.secrets)) {
      new GitHubSecret(
        `${name}/${secretName}`,
        { owner, repository, environment, secretName, credential, after },
        { parent: this },
      );
    }
    for (const [variableName, { value, adopt }] of Object.entries(args.variables)) {
      new ActionsEnvironmentVariable(
        `${name}/${variableName}`,
        { repository, environment, variableName, value },
        {
          parent: this,
          dependsOn: after,
          ...(adopt === undefined ? {} : { import: adopt, retainOnDelete: true }),
        },
      );
    }
    this.registerOutputs({});
  }
}
