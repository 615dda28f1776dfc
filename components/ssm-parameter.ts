import {
  ComponentResource,
  type ComponentResourceOptions,
  type Resource,
  type ResourceHookBinding,
} from "@pulumi/pulumi";

import { markerOf } from "../catalog";
import { sourceOf, type Credential } from "./credential";
import { declareSecureString } from "./secure-string";

export interface SsmParameterArgs {
  /** Its path: `/raxx/<area>/<name>`. A change replaces. */
  parameterName: string;
  /** What it holds: a value, or one part of a credential. */
  credential: Credential;
  /** The stack's name: part of the tag by which we know it for ours. */
  stack: string;
  /** Of AWS. */
  region: string;
  /** What removes the remains of a run that was cut off. @default nothing */
  hooks?: ResourceHookBinding;
  /** What has to be there before. @default nothing */
  after?: Resource[];
}

/**
 * An SSM parameter of type SecureString as a destination. What stood there before is written over.
 *
 * ```ts
 * new SsmParameter("ssm/raxx/billing-readonly/aws_access_key_id", { parameterName, credential, stack: "prod", region });
 * ```
 */
export class SsmParameter extends ComponentResource {
  constructor(
    name: string,
    { parameterName, credential, stack, region, hooks = {}, after = [] }: SsmParameterArgs,
    opts?: ComponentResourceOptions,
  ) {
    super("raxx:aws:SsmParameter", name, { parameterName }, opts);
    const { token, value } = credential;
    declareSecureString(
      name,
      {
        region,
        parameterName,
        value,
        source: sourceOf(credential),
        tags: { ...token.tags, provisioner: markerOf(stack, token.name) },
        over: "anything",
      },
      { parent: this, after, hooks },
    );
    this.registerOutputs({});
  }
}
