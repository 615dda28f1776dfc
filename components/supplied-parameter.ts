import {
  ComponentResource,
  type ComponentResourceOptions,
  log,
  type Output,
  type Resource,
  type ResourceHookBinding,
} from "@pulumi/pulumi";

import {
  markerOf,
  parameterHandOff,
  withLastLineEnded,
  type Environment,
  type SuppliedParameter as CatalogParameter,
} from "../catalog";
import { declareSecureString } from "./secure-string";

export interface SuppliedParameterArgs {
  parameter: CatalogParameter;
  /** What a person gave, from the stack configuration. @default nobody gave it yet: a hand-off is printed */
  value?: Output<string>;
  /** The stack's name. */
  stack: Environment;
  /** Of AWS. */
  region: string;
  /** Whether it was there before us: it is written over, and kept on destroy. @default false */
  adopted?: boolean;
  /** What removes the remains of a run that was cut off. @default nothing */
  hooks?: ResourceHookBinding;
  /** What has to be there before. @default nothing */
  after?: Resource[];
}

/**
 * An SSM parameter of type SecureString whose value a person gives. Without a value there is none, and what the
 * person has to do is said in every run.
 *
 * ```ts
 * new SuppliedParameter("ssm/raxx/freescout/ssh_key", { parameter, value, stack: "prod", region: "us-east-1" });
 * ```
 */
export class SuppliedParameter extends ComponentResource {
  constructor(name: string, args: SuppliedParameterArgs, opts?: ComponentResourceOptions) {
    const { parameter, value, stack, region, adopted = false, hooks = {}, after = [] } = args;
    const supplied = value !== undefined;
    super("raxx:aws:SuppliedParameter", name, { parameterName: parameter.name, region, supplied }, opts);
    if (supplied) {
      declareSecureString(
        name,
        {
          region,
          parameterName: parameter.name,
          value: value.apply(withLastLineEnded),
          // No generation of a token.
          source: "supplied",
          tags: { provisioner: markerOf(stack, parameter.goesWith) },
          over: adopted ? "adopted" : "nothing",
        },
        { parent: this, after, hooks },
      );
    } else {
      void log.warn(parameterHandOff(parameter, { environment: stack, region }));
    }
    this.registerOutputs({});
  }
}
