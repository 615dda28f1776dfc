import { ActionsEnvironmentSecret } from "@pulumi/github/actionsEnvironmentSecret";
import { ActionsSecret } from "@pulumi/github/actionsSecret";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Output,
  type Resource,
  RunError,
} from "@pulumi/pulumi";
import { GitHubSecretReceipt } from "@raxx/providers";

import { sourceOf, type Credential } from "./credential";

export interface GitHubSecretArgs {
  /** A user or an organisation. */
  owner: string;
  /** Name of the repository, without its owner. A change replaces. */
  repository: string;
  /** Name of the environment. A change replaces. @default the secret is the repository's own */
  environment?: string;
  /** Name of the secret, as workflows use it. A change replaces. */
  secretName: string;
  credential: Credential;
  /** What has to be there before. @default nothing */
  after?: Resource[];
}

/**
 * An Actions secret as a destination, of a repository or of one of its environments. A new value is written in
 * place, with one PUT; a receipt behind it proves that GitHub holds it.
 *
 * ```ts
 * new GitHubSecret("github/HEROKU_API_KEY", { owner, repository, secretName: "HEROKU_API_KEY", credential: platform });
 * ```
 */
export class GitHubSecret extends ComponentResource {
  readonly secretName: string;
  /** `TOKEN@generation` that GitHub is proven to hold. */
  declare readonly source: Output<string>;

  constructor(name: string, args: GitHubSecretArgs, opts?: ComponentResourceOptions) {
    const { owner, repository, environment, secretName, credential, after } = args;
    super("raxx:github:Secret", name, { secretName }, opts);
    this.secretName = secretName;
    const fault = secretNameFault(secretName);
    if (fault !== undefined) throw new RunError(`${name} cannot be made: ${fault}`);

    const value = sealable(credential.value, name);
    const child = { parent: this, dependsOn: after ?? [] };
    const secret =
      environment === undefined
        ? new ActionsSecret(`${name}-secret`, { repository, secretName, value }, child)
        : new ActionsEnvironmentSecret(
            `${name}-secret`,
            { repository, environment, secretName, value },
            child,
          );
    const receipt = new GitHubSecretReceipt(
      `${name}-receipt`,
      {
        ...{ owner, repository, secretName, value, source: sourceOf(credential) },
        ...(environment === undefined ? {} : { environment }),
        // After a failed look-up the provider records no time.
        writtenAt: secret.updatedAt.apply((time: string | undefined) => time ?? ""),
      },
      { parent: this },
    );
    this.source = receipt.source;
    this.registerOutputs({});
  }
}

/** https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets */
function secretNameFault(name: string): string | undefined {
  if (/^GITHUB_/i.test(name)) {
    return `GitHub keeps names that begin with GITHUB_ for itself: give ${name} another name in the catalog`;
  }
  if (/^[A-Z_][A-Z0-9_]*$/.test(name)) return undefined;
  return `${name} is no name of a GitHub secret: use upper-case letters, digits and underscores, no digit first`;
}

/** https://docs.github.com/en/actions/reference/security/secrets#limits-for-secrets */
const maxSecretBytes = 48 * 1024;

/** The value, or an error before GitHub is asked: its own answer would come when other places are written already. */
function sealable(value: Output<string>, name: string): Output<string> {
  return value.apply((plain: string | undefined) => {
    const bytes = Buffer.byteLength(plain ?? "");
    if (bytes <= maxSecretBytes) return plain ?? "";
    const error = new RunError(
      `${name} cannot be made: its value has ${bytes} bytes, a GitHub secret takes ${maxSecretBytes} (48 KB) at most; shorten it, or keep it in the vault and give the workflow a token to read it with`,
    );
    // The SDK prints the stack of what fails after the program has run to its end.
    error.stack = error.message;
    throw error;
  });
}
