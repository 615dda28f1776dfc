import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Resource,
} from "@pulumi/pulumi";
import { AwsKeyProbe, GitHubWorkflowProbe } from "@raxx/providers";

import { type AwsAccessKeyIssuer, type Destination, type Parameter, type Token } from "../catalog";
import { partOf, sourceOf, type Credential } from "./credential";

export interface AwsKeyProofArgs {
  token: Token & { issuer: AwsAccessKeyIssuer };
  /** Its current key, both parts. */
  credential: Credential;
  /** Twelve digits. */
  accountId: string;
  region: string;
  /** The repository that CI runs in. */
  github: { owner: string; repository: string };
  /** What the key has to be able to read, where it is present. */
  parameters: readonly { parameter: Parameter; present: Input<boolean> }[];
  /** The places that hold the key. */
  after: Resource[];
}

/**
 * Proves a new access key once it stands in its places: by itself, through the seconds in which AWS does not know it
 * yet; then where a workflow is named, by a run that uses what CI holds of it, which nobody can read there.
 *
 * ```ts
 * new AwsKeyProof("AWS_FREESCOUT_BACKUP", { token, credential, accountId, region, github, parameters, after: secrets });
 * ```
 */
export class AwsKeyProof extends ComponentResource {
  constructor(name: string, args: AwsKeyProofArgs, opts?: ComponentResourceOptions) {
    const { token, credential, accountId, region, github, parameters, after } = args;
    super("raxx:aws:KeyProof", `${name}-proof`, {}, opts);
    const source = sourceOf(credential);
    const probe = new AwsKeyProbe(
      `${name}-probe`,
      {
        ...{ source, accountId, region, user: token.issuer.user },
        accessKeyId: partOf(credential, "ACCESS_KEY_ID").value,
        secretAccessKey: credential.value,
        parameters: all(parameters.map(({ present }) => present)).apply((present) =>
          parameters.filter((_one, index) => present[index]).map(({ parameter }) => parameter.name),
        ),
      },
      { parent: this, dependsOn: after },
    );
    if (token.issuer.workflow !== undefined) {
      new GitHubWorkflowProbe(
        `${name}-workflow-probe`,
        {
          ...github,
          workflow: token.issuer.workflow,
          source,
          secrets: repositorySecrets(token.destinations),
        },
        { parent: this, dependsOn: [probe] },
      );
    }
    this.registerOutputs({});
  }
}

function repositorySecrets(destinations: readonly Destination[]): string[] {
  return destinations.flatMap((place) => (place.kind === "github-secret" ? [place.name] : [])).sort();
}
