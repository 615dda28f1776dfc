import { z } from "zod";

import { type GitHub, isGone } from "./client";

/** Of a secret or a variable. https://docs.github.com/actions/reference/security/secrets#naming-your-secrets */
export const name = z
  .string()
  .regex(
    /^[a-zA-Z_][a-zA-Z0-9_]*$/,
    "secret names can only contain alphanumeric characters or underscores and must not start with a number",
  )
  .regex(/^(?!github_)/i, "secret names must not start with the GITHUB_ prefix");

/** Joins the parts of an id. Only an environment's name may have the separator in it. */
export function idOf(parts: string[]): string {
  return parts.map((part, index) => (index === 1 ? part.replaceAll(":", "??") : part)).join(":");
}

/** Takes an id apart; the last part keeps what separators it has. */
export function partsOf(id: string, count: number): string[] {
  const parts = id.split(":");
  if (parts.length < count)
    throw new Error(`unexpected ID format ("${id}"); expected ${count} parts separated by ":"`);
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(":")];
}

export function unescaped(part: string): string {
  return part.replaceAll("??", ":");
}

/** The text in which Go writes a time, and so the real plugin. */
export function timestamp(iso: string): string {
  return iso.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, (_all, date, time, fraction = "") => {
    const digits = String(fraction).replace(/\.?0+$/, "");
    return `${String(date)} ${String(time)}${digits} +0000 UTC`;
  });
}

export async function repositoryIdOf(github: GitHub, repository: string): Promise<number> {
  const { id } = await github.call((octokit) =>
    octokit.rest.repos.get({ owner: github.owner, repo: repository }),
  );
  return id;
}

/** A renamed repository keeps its id, and what it holds; any other name is another repository. */
export async function repositoryReplaced(
  github: GitHub,
  olds: { repositoryId?: number | undefined },
  news: { repository: unknown },
  changed: ReadonlySet<string>,
): Promise<string[]> {
  if (!changed.has("repository")) return [];
  if (olds.repositoryId === undefined || typeof news.repository !== "string") return ["repository"];
  try {
    return (await repositoryIdOf(github, news.repository)) === olds.repositoryId ? [] : ["repository"];
  } catch (error) {
    // The real plugin says in its log that it replaces, and does not.
    if (isGone(error)) return [];
    throw error;
  }
}
