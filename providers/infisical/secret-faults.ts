import { isUnknown } from "../boundary";
import { type SecretsInputs } from "./secret-entry";

/** What the vault would refuse, or take and change. No value is quoted. */
export function secretFaults({ entries, values }: SecretsInputs): string[] {
  if (isUnknown(values)) return [];
  const names = [...new Set([...Object.keys(values), ...Object.keys(entries)])];
  const unmatched = names.filter(
    (name) =>
      entries[name] === undefined || (values[name] === undefined) !== (entries[name].custody === true),
  );
  const former = Object.values(entries).flatMap(({ formerNames = {} }) => Object.keys(formerNames));
  return [
    ...Object.entries(values).flatMap(([name, value]) => valueFaults(name, value)),
    ...[...names, ...former]
      .filter((name) => /[:/\s]/.test(name))
      .map((name) => `${name} is no name for a secret: no colon, slash or space`),
    ...(unmatched.length > 0
      ? [`${unmatched.join(", ")} has to have a value of ours, or an entry in custody, and not both`]
      : []),
  ];
}

function valueFaults(name: string, value: string): string[] {
  if (value === "") return [`the value of ${name} is empty`];
  return [
    ...(asStored(value) === value
      ? []
      : [
          `the value of ${name} starts or ends with white space, which the vault would cut off: all but one line feed at the end`,
        ]),
    ...(hasReference(value)
      ? [`the value of ${name} holds a dollar sign and a brace, which the vault would take for a reference`]
      : []),
  ];
}

/** Whether the vault would store the value to the byte, wherever it stands. */
export function isStoredAsIs(value: string): boolean {
  return value !== "" && asStored(value) === value && !hasReference(value);
}

function hasReference(value: string): boolean {
  return value.includes("${");
}

/** https://github.com/Infisical/infisical: values lose the white space around them, but for a last line feed. */
function asStored(value: string): string {
  return value.endsWith("\n") ? `${value.trim()}\n` : value.trim();
}
