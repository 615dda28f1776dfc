import { Parameter as SsmParameter } from "@pulumi/aws/ssm/parameter";
import {
  ComponentResource,
  type ComponentResourceOptions,
  log,
  type Output,
  type Resource,
  type ResourceHookBinding,
} from "@pulumi/pulumi";
import { AwsParameterReceipt } from "@raxx/providers";

import {
  markerOf,
  parameterHandOff,
  withLastLineEnded,
  type Environment,
  type SuppliedParameter as CatalogParameter,
} from "../catalog";

export interface SuppliedParameterArgs {
  parameter: CatalogParameter;
  /** What a person gave, from the stack configuration. @default nobody gave it yet: a hand-off is printed */
  value?: Output<string>;
  /** The stack's name. */
  stack: Environment;
  /** Of AWS. */
  region: string;
  /** What removes the remains of a run that was cut off. @default nothing */
  hooks?: ResourceHookBinding;
  /** What has to be there before. @default nothing */
  after?: Resource[];
}

/**
 * An SSM parameter of type SecureString whose value a person gives; a receipt proves that AWS holds it. Without a value there is none, and what the person
 * has to do is said in every run.
 *
 * ```ts
 * new SuppliedParameter("ssm/raxx/freescout/ssh_key", { parameter, value, stack: "prod", region: "us-east-1" });
 * ```
 */
export class SuppliedParameter extends ComponentResource {
  constructor(name: string, args: SuppliedParameterArgs, opts?: ComponentResourceOptions) {
    const { parameter, value, stack, region, hooks, after } = args;
    const supplied = value !== undefined;
    super("raxx:aws:SuppliedParameter", name, { parameterName: parameter.name, region, supplied }, opts);
    if (supplied) {
      const given = value.apply(withLastLineEnded);
      const standing = new SsmParameter(
        `${name}-parameter`,
        {
          name: parameter.name,
          type: "SecureString",
          tier: "Standard",
          value: given,
          description: source,
          tags: { provisioner: markerOf(stack, parameter.goesWith) },
        },
        { parent: this, dependsOn: after ?? [], ...(hooks === undefined ? {} : { hooks }) },
      );
      new AwsParameterReceipt(
        `${name}-receipt`,
        { region, parameterName: parameter.name, value: given, source },
        { parent: this, dependsOn: [standing] },
      );
    } else {
      void log.warn(parameterHandOff(parameter, { environment: stack, region }));
    }
    this.registerOutputs({});
  }
}

/** Where it comes from: no generation of a token. */
const source = "supplied";
