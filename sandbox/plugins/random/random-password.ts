import { randomInt } from "node:crypto";

import { hash } from "bcryptjs";
import { z } from "zod";

import { type Resource } from "../kit/plugin";
import { hasUnknown, type Properties } from "../kit/properties";
import { keepers } from "./fields";

const inputs = z.strictObject({
  length: z.int().min(1),
  keepers,
  lower: z.boolean().optional(),
  minLower: z.int().min(0).optional(),
  minNumeric: z.int().min(0).optional(),
  minSpecial: z.int().min(0).optional(),
  minUpper: z.int().min(0).optional(),
  /** Deprecated: another name for `numeric`. */
  number: z.boolean().optional(),
  numeric: z.boolean().optional(),
  overrideSpecial: z.string().optional(),
  special: z.boolean().optional(),
  upper: z.boolean().optional(),
});
type Inputs = z.infer<typeof inputs>;
type Planned = ReturnType<typeof withDefaults>;
type State = Planned & { result: string; bcryptHash: string };

const minimums = ["minLower", "minNumeric", "minSpecial", "minUpper"] as const;
const classes = ["lower", "special", "upper"] as const;

const characters = {
  lower: "abcdefghijklmnopqrstuvwxyz",
  numeric: "0123456789",
  special: "!@#$%&*()-_=+[]{}<>:?",
  upper: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
};

/** The cost that Go's bcrypt calls its default. */
const BCRYPT_COST = 10;

/** Every one of these passwords has the same id, so that the id tells nothing of the value. */
const ID = "none";

export const randomPassword: Resource<undefined, Inputs, State> = {
  inputs,
  secret: ["result", "bcryptHash"],
  computed: ["result", "bcryptHash"],
  replaces: Object.keys(inputs.shape),

  check: (given) => faultsAmong(given),
  planned: withDefaults,

  async create(_session, given) {
    const planned = withDefaults(given);
    return { id: ID, outputs: await recorded(passwordOf(planned), planned) };
  },
  read: (_session, _id, state) => Promise.resolve(state),
  async import(_session, value) {
    return { id: ID, outputs: await recorded(value, withDefaults({ length: Buffer.byteLength(value) })) };
  },
};

function withDefaults(given: Inputs) {
  const numeric = given.numeric ?? given.number ?? true;
  return {
    ...given,
    lower: given.lower ?? true,
    minLower: given.minLower ?? 0,
    minNumeric: given.minNumeric ?? 0,
    minSpecial: given.minSpecial ?? 0,
    minUpper: given.minUpper ?? 0,
    number: numeric,
    numeric,
    special: given.special ?? true,
    upper: given.upper ?? true,
  };
}

function faultsAmong(given: Properties): string[] {
  const faults: string[] = [];
  const numbers = ["length", ...minimums];
  if (!numbers.some((name) => hasUnknown(given[name]))) {
    const least = minimums.reduce((sum, name) => sum + Number(given[name] ?? 0), 0);
    if (Number(given["length"]) < least)
      faults.push(`property "length" must be at least the sum of ${minimums.join(", ")}, which is ${least}`);
  }
  const { number, numeric } = given;
  if (typeof number === "boolean" && typeof numeric === "boolean" && number !== numeric)
    faults.push(`"number" and "numeric" are both configured with different values: use "numeric" alone`);
  const all = [numeric ?? number, ...classes.map((name) => given[name])];
  if (all.every((value) => value === false))
    faults.push(`at least one of lower, numeric, special, upper must be true`);
  return faults;
}

function passwordOf(planned: Planned): string {
  const special = planned.overrideSpecial ?? "";
  const sets = { ...characters, ...(special === "" ? {} : { special }) };
  const names = ["upper", "lower", "numeric", "special"] as const;
  const required = {
    lower: planned.minLower,
    numeric: planned.minNumeric,
    special: planned.minSpecial,
    upper: planned.minUpper,
  };
  const chosen = names.flatMap((name) => pick(sets[name], required[name]));
  const allowed = names.filter((name) => planned[name]).map((name) => sets[name]);
  return shuffled([...chosen, ...pick(allowed.join(""), planned.length - chosen.length)]).join("");
}

function pick(from: string, count: number): string[] {
  // Whole characters, as the real plugin counts them.
  const symbols = Array.from(from);
  return Array.from({ length: count }, () => symbols[randomInt(symbols.length)] ?? "");
}

/** Fisher and Yates, so that what a minimum asked for does not stand in front. */
function shuffled(symbols: string[]): string[] {
  for (let last = symbols.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [symbols[last], symbols[other]] = [symbols[other] ?? "", symbols[last] ?? ""];
  }
  return symbols;
}

async function recorded(result: string, planned: Planned): Promise<State> {
  // bcrypt takes 72 bytes: what is longer is hashed by its beginning.
  return { ...planned, result, bcryptHash: await hash(result, BCRYPT_COST) };
}
