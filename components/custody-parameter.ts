import {
  ComponentResource,
  type ComponentResourceOptions,
  log,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { AwsCustodyParameter } from "@raxx/providers";

import { markerOf, parameterHandOff, type Environment, type Parameter } from "../catalog";

export interface CustodyParameterArgs {
  parameter: Parameter;
  /** Twelve digits. */
  accountId: string;
  region: string;
  /** The stack's name. */
  stack: Environment;
  /** What has to be there before. @default nothing */
  after?: Resource[];
}

/**
 * An SSM parameter in custody: its value stands there already, and stays. The program answers for its tags, and never
 * reads the value. Where it is missing, what a person has to do is said in every run.
 *
 * ```ts
 * new CustodyParameter("ssm/raxx/freescout/db_password", { parameter, accountId, region, stack: "prod" });
 * ```
 */
export class CustodyParameter extends ComponentResource {
  /** Whether it stands at AWS. */
  declare readonly present: Output<boolean>;

  constructor(name: string, args: CustodyParameterArgs, opts?: ComponentResourceOptions) {
    const { parameter, accountId, region, stack, after } = args;
    const { name: parameterName } = parameter;
    super("raxx:aws:CustodyParameter", name, { parameterName }, opts);
    const { present } = new AwsCustodyParameter(
      `${name}-parameter`,
      { accountId, region, parameterName, tags: { provisioner: markerOf(stack, parameter.goesWith) } },
      { parent: this, dependsOn: after ?? [] },
    );
    this.present = present;
    present.apply((isThere: boolean | undefined) => {
      if (isThere === false) void log.warn(parameterHandOff(parameter, { environment: stack, region }));
    });
    this.registerOutputs({});
  }
}
