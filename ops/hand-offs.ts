import { z } from "zod";

import { approvalHandOff, handOffText, type HandOffKind, type NamesInVault, type Token } from "../catalog";
import { ownerOf, vaultEnvironments } from "../catalog/taxonomy";
import { admissionHandOffsIn } from "./admissions";
import { parameterHandOffsIn } from "./parameters";
import { resourcesIn, tokenOf, unreadable } from "./state-resources";

/** What only a person can do, as the last run of a stack recorded it. */
export interface HandOff {
  stack: string;
  /** Null where it is about a write of several tokens; of an SSM parameter the one that it goes with. */
  token: string | null;
  kind: HandOffKind | "approval" | "unset" | "unadmitted";
  /** The vault's, or `AWS` or `Cloudflare`. */
  environment: string;
  /** Of the vault, or what an SSM parameter's path begins with, or the application whose policies it is about. */
  folder: string;
  /** Names in the folder; of an Access service token the one at Cloudflare. */
  names: string[];
  /** What to do, in several lines. */
  text: string;
}

const place = z.object({ environment: z.enum(vaultEnvironments), path: z.string() });
const recorded = z.discriminatedUnion("kind", [
  z.object({
    kind: z.enum(["missing", "unequal", "changed", "left", "uncopyable"]),
    source: z.string(),
    names: z.array(z.string()),
  }),
  z.object({ kind: z.literal("approval"), names: z.array(z.string()), request: z.string().default("") }),
]);

/** Every hand-off in a stack's exported state: names and places, never a value. */
export function handOffsIn(stack: string, state: unknown, tokens: readonly Token[]): HandOff[] {
  const found = resourcesIn(stack, state).flatMap(({ inputs, outputs }) => {
    const all = outputs?.["handOffs"];
    if (all === undefined || all === null) return [];
    const [where, entries] = [place.safeParse(inputs), z.array(recorded).safeParse(all)];
    if (!where.success || !entries.success) throw unreadable(stack);
    const { environment, path: folder } = where.data;
    return entries.data.map((entry): HandOff => {
      const { kind, names } = entry;
      const about = { environment, folder, names };
      if (entry.kind === "approval") {
        return {
          stack,
          token: null,
          kind,
          ...about,
          text: approvalHandOff({ ...about, request: entry.request }),
        };
      }
      const name = tokenOf(entry.source);
      return {
        stack,
        token: name,
        kind,
        ...about,
        text: textOf(name, tokens, { ...about, kind: entry.kind }),
      };
    });
  });
  return [...found, ...parameterHandOffsIn(stack, state), ...admissionHandOffsIn(stack, state, tokens)].sort(
    (one, other) => (keyOf(one) < keyOf(other) ? -1 : 1),
  );
}

/** A folder as a state has it. */
export interface FolderEntries {
  environment: string;
  folder: string;
  entries: Record<string, { source: string; custody?: boolean | undefined }>;
}

/** The tokens that do not stand there under their own names, for something that a person has to do first. */
export function absentIn(
  { environment, folder, entries }: FolderEntries,
  handOffs: readonly HandOff[],
): Set<string> {
  const absent = handOffs
    .filter((one) => one.environment === environment && one.folder === folder)
    .filter(({ kind, token, names }) => {
      if (kind === "missing" || kind === "uncopyable") return true;
      const own = Object.entries(entries).filter(
        ([, { source, custody }]) => custody === true && source.startsWith(`${token ?? ""}@`),
      );
      return kind === "unequal" && own.length > 0 && own.every(([name]) => !names.includes(name));
    });
  return new Set(absent.map(({ token }) => token ?? ""));
}

function textOf(
  name: string,
  tokens: readonly Token[],
  handOff: NamesInVault & { kind: HandOffKind },
): string {
  const token = tokens.find((one) => one.name === name);
  if (token !== undefined) return handOffText(token, handOff);
  const { environment, folder, names } = handOff;
  return `hand-off: ${name} left the catalog before somebody saw to ${names.join(", ")} in ${folder} of the vault's ${environment}: pulumi up --stack ${ownerOf(environment)}, which records what is left of it`;
}

/** By token, then by place, whatever the order in the state. */
function keyOf({ token, environment, folder, kind, names }: HandOff): string {
  return [token ?? "", environment, folder, kind, ...names].join(" ");
}
