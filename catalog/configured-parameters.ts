import { isSupplied, provisionedParameters, type Parameter, type SuppliedParameter } from "./parameters";
import { privateKeyFault } from "./private-key";
import { type Environment } from "./taxonomy";

/** A value that a person gave as a Pulumi secret. */
export interface SuppliedValue {
  value: string;
  /** Whether it is encrypted in the stack's file. */
  encrypted: boolean;
}

/** The names of the parameters that a person gave the value of; says all that is wrong with those, and no value. */
export function readSupplied(
  /** Config key → value. */
  raw: Readonly<Record<string, SuppliedValue | undefined>>,
  parameters: readonly Parameter[],
  generations: { has(token: string): boolean },
  environment: Environment,
  faults: string[],
): Set<string> {
  const here = provisionedParameters(parameters, generations);
  const supplied = parameters.filter(isSupplied).filter(({ origin }) => raw[origin.configKey] !== undefined);
  for (const parameter of supplied) {
    const { configKey } = parameter.origin;
    const fault = here.includes(parameter)
      ? valueFault(raw[configKey], parameter, environment)
      : `is set, but nothing in ${environment} needs it (${parameter.goesWith} has no generation there): pulumi config rm raxx:${configKey} --stack ${environment}`;
    if (fault !== undefined) faults.push(`raxx:${configKey} ${fault}`);
  }
  return new Set(supplied.map(({ name }) => name));
}

/** How the value is given, with its line breaks, and without standing in a command. */
export function supplyCommand({ origin }: SuppliedParameter, environment: Environment): string {
  return `pulumi config set --secret raxx:${origin.configKey} --stack ${environment} < FILE`;
}

function valueFault(
  supplied: SuppliedValue | undefined,
  parameter: SuppliedParameter,
  environment: Environment,
): string | undefined {
  const fault =
    supplied?.encrypted === false
      ? "is not encrypted in the stack's file, so that others may know it: make a new key, and set that one"
      : privateKeyFault(supplied?.value ?? "");
  return fault === undefined ? undefined : `${fault}: ${supplyCommand(parameter, environment)}`;
}
