import { type TokenGenerations } from "../../catalog";
import { cadenceDays } from "../../catalog/taxonomy";
import { modeOf, type Token } from "../../catalog/token";
import {
  partSuffix,
  phaseOf,
  sorted,
  unknownYet,
  vendorNameOf,
  type GenerationsByEnvironment,
} from "./facts";
import { code, heading, page, table } from "./markdown";

/** The rotation matrix: Section 5, step 6 of the taxonomy. */
export function rotationIndex(tokens: readonly Token[], generations: GenerationsByEnvironment): string {
  return page([
    ...heading(
      "Rotation matrix",
      "Last is the day of the current generation in prod (in staging, where a token has no value in prod), next is the day on which its rotation is due. TBD: no generation is known yet.",
      "An old name that consumers read is rotated together with the new one; one that they do not read is rotated no more (-).",
      "An operator-assisted token is made or kept by a person. An automated one is for the program to issue: the SOP says whether it does so yet.",
    ),
    table(
      ["name", "vendor", "mode", "SOP", "cadence", "last", "next"],
      sorted(tokens).flatMap((token) => rowsOf(token, generations)),
    ),
  ]);
}

function rowsOf(token: Token, generations: GenerationsByEnvironment): string[][] {
  const { tags, sop } = token;
  const kind = [vendorNameOf(token), modeOf(token), `[${sop}](${sop})`, tags.rotation];
  const dates = datesOf(token, generations);
  const former = token.formerNames.map((old) => {
    const what = `${code(old.name)} ${phaseOf(old)}, now ${code(token.name)}${partSuffix(old.part)}`;
    switch (old.phase) {
      case "added":
        return [what, ...kind, ...dates];
      case "consumers-moved":
        return [what, ...kind, "-", "-"];
      case "old-deleted":
        return [`${code(old.name)} [archived]`, ...kind, "-", "-"];
    }
  });
  return [[code(token.name), ...kind, ...dates], ...former];
}

/** Last and next. */
function datesOf(token: Token, generations: GenerationsByEnvironment): [string, string] {
  const { rotation } = token.tags;
  const current = currentOf(token, generations)?.current.day;
  const next =
    rotation === "non-rotating" ? "never" : current?.plus({ days: cadenceDays[rotation] }).toISODate();
  return [current?.toISODate() ?? unknownYet, next ?? unknownYet];
}

function currentOf(
  { name, environments }: Token,
  generations: GenerationsByEnvironment,
): TokenGenerations | undefined {
  return generations[environments.includes("prod") ? "prod" : "staging"].get(name);
}
