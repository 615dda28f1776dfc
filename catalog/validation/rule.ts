import { type Token } from "../token";

/** What else the catalog holds. */
export interface Others {
  all: readonly Token[];
  /** The tokens before this one: of two that collide, the later one is told. */
  earlier: readonly Token[];
}

export interface Rule {
  /** Kebab-case; an exception names it. */
  id: string;
  /** One line. */
  description: string;
  /** Set where the source's own tables may win over the rule: by an exception of the token, with its reason. */
  exceptable?: true;
  /** How the token breaks it, each "what is wrong: what to do". */
  faults: (token: Token, others: Others) => string[];
}

/** One fault, where the condition holds. */
export function faultIf(broken: boolean, fault: string): string[] {
  return broken ? [fault] : [];
}

/** What stands twice, each once. */
export function repeated<T>(entries: readonly T[]): T[] {
  return [...new Set(entries.filter((entry, index) => entries.indexOf(entry) !== index))];
}
