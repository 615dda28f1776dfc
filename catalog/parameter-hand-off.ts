import { supplyCommand } from "./configured-parameters";
import { nowhereElse } from "./hand-off";
import { isSupplied, type Parameter, type SuppliedParameter } from "./parameters";
import { written } from "./steps";
import { type Environment } from "./taxonomy";

/** Where a parameter stands. */
export interface ParameterPlace {
  /** The stack whose parameter it is. */
  environment: Environment;
  /** Of AWS. */
  region: string;
}

/**
 * What a person does where the value of a parameter is missing: complete by itself, several lines, never a value.
 *
 * ```ts
 * parameterHandOff(parameter, { environment: "prod", region: "us-east-1" });
 * ```
 */
export function parameterHandOff(parameter: Parameter, place: ParameterPlace): string {
  return isSupplied(parameter) ? unsetHandOff(parameter, place) : missingHandOff(parameter, place);
}

function unsetHandOff(parameter: SuppliedParameter, { environment }: ParameterPlace): string {
  const { name, blocks, how, origin } = parameter;
  return written(
    `the SSM parameter ${name} is not written, because raxx:${origin.configKey} is not set; waiting for it: ${blocks}`,
    [
      { step: "take the file of the key from where it is kept", details: how },
      {
        step: supplyCommand(parameter, environment),
        details: ["FILE is that file: a value is never pasted into a command or a chat"],
      },
      `commit Pulumi.${environment}.yaml, where it stands encrypted, and delete what you copied of the file`,
      `pulumi up --stack ${environment}; from then on it has to stay set`,
    ],
  );
}

function missingHandOff({ name, blocks, how }: Parameter, { environment, region }: ParameterPlace): string {
  return written(
    `the SSM parameter ${name} is in custody, but it is missing in ${region}; waiting for it: ${blocks}`,
    [
      {
        step: "look for its value first: where it stands under another name or in another region, take it from there, and make no new one",
        details: how,
      },
      {
        step: `in the console of AWS (https://console.aws.amazon.com/systems-manager/parameters?region=${region}) → Create parameter`,
        details: [
          `name ${name}, tier Standard, type SecureString, with the key alias/aws/ssm`,
          "no tags: the run adds those",
          nowhereElse,
        ],
      },
      `pulumi up --stack ${environment}`,
    ],
  );
}
