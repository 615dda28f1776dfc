import { isSupplied, parameterName, type Parameter } from "../parameters";
import { type Token } from "../token";
import { faultIf, repeated } from "./rule";

/** What is wrong with the parameters that are no tokens, each as `NAME: what is wrong: what to do [rule]`. */
export function parameterFaults(parameters: readonly Parameter[], tokens: readonly Token[]): string[] {
  const destinations = new Map(
    tokens.flatMap(({ name, destinations: places }) =>
      places.flatMap((place): [string, string][] =>
        place.kind === "ssm-parameter" ? [[place.name, name]] : [],
      ),
    ),
  );
  const twice = repeated(parameters.map(({ name }) => name));
  const keysTwice = repeated(parameters.filter(isSupplied).map(({ origin }) => origin.configKey));
  return parameters.flatMap((parameter) => {
    const { name, goesWith, origin } = parameter;
    const token = tokens.find((one) => one.name === goesWith);
    const holder = destinations.get(name);
    const faults: Record<string, string[]> = {
      "parameter-name": faultIf(
        !parameterName.test(name),
        "it is malformed: name it /raxx/<area>/<name>, in small letters",
      ),
      "parameter-duplicate": [
        ...faultIf(twice.includes(name), "it is declared twice: keep one of the two"),
        ...faultIf(holder !== undefined, `${String(holder)} stands there: give one of them another place`),
      ],
      "parameter-token": [
        ...faultIf(
          token === undefined,
          `it goes with ${goesWith}, which the catalog does not know: name the token whose consumer reads it`,
        ),
        ...faultIf(
          (token?.environments.length ?? 0) > 1,
          `both environments would write it, since ${goesWith} is in both: let it go with a token of one`,
        ),
      ],
      "parameter-key":
        origin.kind === "custody"
          ? []
          : [
              ...faultIf(
                !/^[a-z][A-Za-z0-9]*$/.test(origin.configKey),
                `its configuration key ${JSON.stringify(origin.configKey)} is malformed: write it as freescoutSshKey`,
              ),
              ...faultIf(
                keysTwice.includes(origin.configKey),
                `another parameter has the configuration key ${origin.configKey} too: give each its own`,
              ),
            ],
    };
    return Object.entries(faults).flatMap(([rule, found]) =>
      found.map((fault) => `${name}: ${fault} [${rule}]`),
    );
  });
}
