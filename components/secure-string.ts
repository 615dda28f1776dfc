import { Parameter } from "@pulumi/aws/ssm/parameter";
import { type Input, type Resource, type ResourceHookBinding } from "@pulumi/pulumi";
import { AwsParameterReceipt } from "@raxx/providers";

export interface SecureString {
  region: string;
  /** Its path: `/raxx/<area>/<name>`. A change replaces. */
  parameterName: string;
  /** Secret. */
  value: Input<string>;
  /** Where the value comes from: `TOKEN@generation`, or `supplied`. */
  source: string;
  /** Ours, by which it is known. */
  tags: Record<string, string>;
  /**
   * What may stand there before: nothing; anything, which is written over and is ours from then on; or what is taken
   * over, which is written over, gets no tag of ours, and stays on destroy.
   */
  over: "nothing" | "anything" | "adopted";
}

export interface SecureStringOptions {
  parent: Resource;
  /** What has to be there before. */
  after: Resource[];
  /** What removes the remains of a run that was cut off. */
  hooks: ResourceHookBinding;
}

/**
 * An SSM parameter of type SecureString. A new value makes a new version of it, in place and with one call; a receipt
 * behind it proves that AWS holds it, because the engine takes the retry of a failed write for done.
 */
export function declareSecureString(
  name: string,
  { region, parameterName, value, source, tags, over }: SecureString,
  { parent, after, hooks }: SecureStringOptions,
): void {
  const parameter = new Parameter(
    `${name}-parameter`,
    {
      ...{ name: parameterName, type: "SecureString", tier: "Standard", value },
      // Written with the value; a tag would need a call of its own.
      description: source,
      ...(over === "adopted" ? {} : { tags }),
      ...(over === "nothing" ? {} : { overwrite: true }),
    },
    {
      parent,
      dependsOn: after,
      // To import it would take that its value is ours already.
      ...(over === "adopted" ? { retainOnDelete: true, ignoreChanges: ["tags"] } : { hooks }),
    },
  );
  new AwsParameterReceipt(
    `${name}-receipt`,
    { region, parameterName, value, source },
    { parent, dependsOn: [parameter] },
  );
}
