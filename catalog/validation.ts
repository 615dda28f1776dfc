import { type Token } from "./token";
import { credentialRules } from "./validation/credentials";
import { nameRules } from "./validation/names";
import { placeRules } from "./validation/places";
import { faultIf, repeated, type Rule } from "./validation/rule";
import { tagRules } from "./validation/tags";

/** What the types of an entry cannot say. */
const entryRules: readonly Rule[] = [...nameRules, ...tagRules, ...credentialRules, ...placeRules];

/** An exception is data too, and goes when what it excuses goes. */
const exceptionRules: readonly Rule[] = [
  {
    id: "exception-unknown",
    description: "an exception names a rule that the source's tables may win over",
    faults: ({ exceptions }) =>
      exceptions
        .filter(({ rule }) => !exceptable.has(rule))
        .map(({ rule }) =>
          entryRules.some(({ id }) => id === rule)
            ? `the rule ${rule} has no exceptions: remove this one, and mend the entry`
            : `there is no rule ${JSON.stringify(rule)} to except it from: use one of ${[...exceptable.keys()].join(", ")}`,
        ),
  },
  {
    id: "exception-needless",
    description: "an exception is there only where the entry breaks the rule",
    faults: (token, others) =>
      [...exceptedRules(token)].flatMap((id) =>
        faultIf(
          exceptable.get(id)?.faults(token, others).length === 0,
          `it keeps the rule ${id}, but excepts itself from it: remove the exception`,
        ),
      ),
  },
  {
    id: "exception-reason",
    description: "an exception gives its reason",
    faults: ({ exceptions }) =>
      exceptions
        .filter(({ reason }) => reason.trim() === "")
        .map(({ rule }) => `its exception from ${rule} has no reason: give one`),
  },
  {
    id: "exception-twice",
    description: "a rule is excepted once",
    faults: ({ exceptions }) =>
      repeated(exceptions.map(({ rule }) => rule)).map(
        (rule) => `it excepts itself from ${rule} twice: keep one exception, with the whole reason`,
      ),
  },
];

const exceptable: ReadonlyMap<string, Rule> = new Map(
  entryRules.filter((rule) => rule.exceptable === true).map((rule) => [rule.id, rule]),
);

/** Every rule, with what it says in one line; a fault ends with the id of the rule it breaks. */
export const catalogRules: readonly { id: string; description: string; exceptable: boolean }[] = [
  ...entryRules,
  ...exceptionRules,
].map(({ id, description }) => ({ id, description, exceptable: exceptable.has(id) }));

/**
 * All that is wrong with the catalog at once, each fault as `NAME: what is wrong: what to do [rule]`; empty where
 * nothing is. Checks what the types cannot: names and scopes, tags against each other, places, parts, duplicates.
 */
export function catalogFaults(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token, index) => {
    const others = { all: tokens, earlier: tokens.slice(0, index) };
    const excepted = exceptedRules(token);
    return [...entryRules, ...exceptionRules]
      .filter(({ id }) => !excepted.has(id))
      .flatMap((rule) => rule.faults(token, others).map((fault) => `${token.name}: ${fault} [${rule.id}]`));
  });
}

function exceptedRules({ exceptions }: Token): Set<string> {
  return new Set(exceptions.map(({ rule }) => rule).filter((rule) => exceptable.has(rule)));
}
