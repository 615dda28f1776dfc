import { UserError } from "@raxx/providers/errors";
import { z } from "zod";

import { environments, type Environment } from "../catalog/taxonomy";
import { exportStack } from "./export-stack";
import { absentIn, handOffsIn } from "./hand-offs";
import { resourcesIn, tokenOf } from "./state-resources";
import { issuedIn, type Issued } from "./status";

/** A secret of the vault that a stack wrote, without its value. */
export interface VaultSecret {
  /** Its absolute path: `/MooseQuest/heroku/HK_PLATFORM_FULL`. */
  path: string;
  /** The vault's environment. */
  environment: string;
  /** Tag slugs. */
  tags: readonly string[];
  /** `TOKEN@generation`. */
  source: string;
}

/** What a stack's state says of its credentials and of the vault. */
export interface StackState {
  issued: readonly Issued[];
  /** Folders of the vault that were made or found, each as `environment:path`. */
  folders: ReadonlySet<string>;
  secrets: readonly VaultSecret[];
}

/** The state of every stack, or why it is not known. */
export type States = Readonly<Record<Environment, StackState | { unknown: string }>>;

const folderInputs = z.object({ environment: z.string(), path: z.string() });
const secretsInputs = folderInputs.extend({
  entries: z.record(
    z.string(),
    z.object({
      source: z.string(),
      tags: z.array(z.string()).catch([]),
      custody: z.boolean().optional(),
    }),
  ),
});

/** Reads an exported state: names, places and tags, never a value. */
export function stackStateOf(stack: string, exported: unknown): StackState {
  const issued = issuedIn(stack, exported);
  const resources = resourcesIn(stack, exported);
  const folders = resources.flatMap(({ type, inputs }) => {
    const folder = folderInputs.safeParse(inputs);
    return type.endsWith("/infisical:Folder") && folder.success
      ? [`${folder.data.environment}:${folder.data.path}`]
      : [];
  });
  const handOffs = handOffsIn(stack, exported, []);
  const secrets = resources.flatMap(({ inputs }) => {
    const folder = secretsInputs.safeParse(inputs);
    if (!folder.success) return [];
    const { environment, path, entries } = folder.data;
    const absent = absentIn({ environment, folder: path, entries }, handOffs);
    return Object.entries(entries)
      .filter(([, { source }]) => !absent.has(tokenOf(source)))
      .map(([key, entry]) => ({ ...entry, environment, path: `${path}/${key}` }));
  });
  return { issued, folders: new Set(folders), secrets };
}

/** Asks the engine for the state of every stack. None is needed: a checkout without a backend has none. */
export function readStates(): States {
  const read = (stack: Environment): StackState | { unknown: string } => {
    const { error, status, stdout, stderr } = exportStack(stack);
    if (error !== undefined) return { unknown: "pulumi is not on PATH" };
    if (status !== 0) return { unknown: reasonIn(stderr) };
    try {
      return stackStateOf(stack, JSON.parse(stdout));
    } catch (unreadable) {
      // A parser quotes what it cannot read.
      if (unreadable instanceof SyntaxError) return { unknown: "its export is not JSON" };
      if (unreadable instanceof UserError) return { unknown: unreadable.message };
      throw unreadable;
    }
  };
  return Object.fromEntries(environments.map((stack) => [stack, read(stack)])) as States;
}

function reasonIn(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim());
  const line = lines.find((one) => one.startsWith("error: ")) ?? lines.find((one) => one !== "");
  return line?.replace(/^error: /, "") ?? "pulumi stack export failed";
}
