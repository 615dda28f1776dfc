import { type TokenGenerations } from "../../catalog";
import { vendors, type Environment } from "../../catalog/taxonomy";
import { vendorOf, type FormerName, type RenamePhase, type Token } from "../../catalog/token";

/** Token name → its generations, as the stack file of each environment has them. */
export type GenerationsByEnvironment = Readonly<Record<Environment, ReadonlyMap<string, TokenGenerations>>>;

/** What is not known yet. */
export const unknownYet = "TBD";

/** By name, which puts the tokens of a vendor together. */
export function sorted(tokens: readonly Token[]): Token[] {
  return [...tokens].sort(({ name: one }, { name: other }) => (one < other ? -1 : 1));
}

/** The vendor's name. */
export function vendorNameOf(token: Token): string {
  const code = vendorOf(token);
  return code === undefined ? unknownYet : vendors[code].name;
}

/** The vendors' names in order, each with its tokens. */
export function byVendor(tokens: readonly Token[]): [string, Token[]][] {
  const groups = new Map<string, Token[]>();
  for (const token of sorted(tokens)) {
    const vendor = vendorNameOf(token);
    groups.set(vendor, [...(groups.get(vendor) ?? []), token]);
  }
  return [...groups].sort(([one], [other]) => (one < other ? -1 : 1));
}

const phases: Record<RenamePhase, string> = {
  added: "both stand, consumers read the old one",
  "consumers-moved": "both stand, consumers read the new one",
  "old-deleted": "[archived]",
};

/** `both stand, consumers read the old one`: how far the rename of an old name is. */
export function phaseOf({ phase }: FormerName): string {
  return phases[phase];
}

/** Where a part of a token is meant: ` (KEY_ID)`. */
export function partSuffix(part: string | undefined): string {
  return part === undefined ? "" : ` (${part})`;
}
