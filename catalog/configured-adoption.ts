import { type NumberedPlace, type Place } from "./adoption";
import { mapSchema, seeReadme } from "./configured-generations";
import { type Environment } from "./taxonomy";

/** Reads `raxx:adopt`: logical name → id at the vendor; and adds to the faults what is wrong with it. */
export function readAdopt(
  raw: unknown,
  places: readonly (Place | NumberedPlace)[],
  environment: Environment,
  faults: string[],
): Map<string, string> {
  const map = mapSchema.safeParse(raw);
  if (!map.success) {
    faults.push(`raxx:adopt is not of the form {LOGICAL_NAME: IMPORT_ID, ...}: ${seeReadme}`);
    return new Map();
  }
  const adopt = new Map<string, string>();
  for (const [name, id] of Object.entries(map.data)) {
    const place = places.find((one) => one.name === name);
    const path = (what: string): string => `--path 'raxx:adopt["${what}"]'`;
    if (place === undefined) {
      const known = places.map((one) => one.name).join(", ");
      faults.push(
        `raxx:adopt has a name that nothing goes by here (there are: ${known === "" ? "none" : known}): remove it with pulumi config rm ${path("NAME")} --stack ${environment}`,
      );
    } else if ("importId" in place && id !== place.importId) {
      faults.push(
        `raxx:adopt has another id for ${name} than the one of that place: pulumi config set ${path(name)} '${place.importId}' --stack ${environment}`,
      );
    } else if (typeof id !== "string" || ("form" in place && !place.form.test(id))) {
      faults.push(
        `raxx:adopt has no id of a place such as ${name}: pulumi config set ${path(name)} '${"form" in place ? place.example : place.importId}' --stack ${environment}`,
      );
    } else adopt.set(name, id);
  }
  return adopt;
}
