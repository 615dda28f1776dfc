import { UserError } from "@raxx/providers/errors";
import Table from "cli-table3";
import { DateTime } from "luxon";

import { tokens as catalog, type Token } from "../catalog";
import {
  cadenceDays,
  consumerTags,
  functionTags,
  sensitivityTags,
  vaultEnvironments,
  vendors,
  type VaultEnvironment,
  type VendorCode,
} from "../catalog/taxonomy";
import { vendorOf, type IssuerKind } from "../catalog/token";
import { stackFilesFolder, trackedGenerations } from "./stack-files";
import { type GenerationsByEnvironment } from "./documents/facts";

export interface ListOptions {
  vendor?: string[];
  /** Each as `dimension:tag`. */
  tag?: string[];
  consumer?: string[];
  environment?: string;
  /** A day; `true` stands for today. */
  due?: string | true;
  json?: true;
}

/** What of a token an environment has. */
export interface ListedEnvironment {
  environment: VaultEnvironment;
  /** Absent where it is not issued, and where no stack issues it (`dev`). */
  generation?: string;
  /** The day on which its rotation is due; absent where it has no generation, or does not rotate. */
  due?: string;
}

/** A line of the list. */
export interface Listed {
  name: string;
  /** Its code; absent where the name begins with none. */
  vendor: VendorCode | undefined;
  function: string;
  sensitivity: string;
  consumers: readonly string[];
  rotation: string;
  issuer: IssuerKind;
  environments: ListedEnvironment[];
}

/** What the list is made of beside the options. */
export interface ListSources {
  tokens: readonly Token[];
  generations: GenerationsByEnvironment;
  /** The day that it is. */
  today: string;
}

const perEnvironment = ["environments", "generation", "due"];

const issuers: Record<IssuerKind, string> = {
  "heroku-authorization": "Heroku authorization",
  random: "our own randomness",
  "cloudflare-api-token": "Cloudflare API token",
  "cloudflare-access-service-token": "Access service token",
  "aws-access-key": "IAM access key",
  "infisical-identity-token": "Infisical identity token",
  operator: "a person",
  custody: "in custody",
};

const dimensions: Record<keyof Token["tags"], readonly string[]> = {
  function: Object.keys(functionTags),
  sensitivity: Object.keys(sensitivityTags),
  consumer: Object.keys(consumerTags),
  rotation: [...Object.keys(cadenceDays), "non-rotating"],
};

/** `./raxx token list`: the catalog, with the generations of the stack files. */
export function tokenList(options: ListOptions): void {
  const listed = listOf(options, {
    tokens: catalog,
    generations: trackedGenerations(stackFilesFolder(), catalog),
    today: DateTime.utc().toISODate(),
  });
  console.log(
    options.json === true ? JSON.stringify({ version: 1, tokens: listed }, null, 2) : tableOf(listed),
  );
}

/** The tokens that all filters let through. */
export function listOf(options: ListOptions, { tokens, generations, today }: ListSources): Listed[] {
  const wanted = wantedTags(options.tag ?? []);
  const codes = options.vendor?.map((code) => known("vendor", code, Object.keys(vendors)));
  const consumers = options.consumer?.map((name) => known("consumer", name, dimensions.consumer));
  const { environment } = options;
  if (environment !== undefined) known("environment", environment, vaultEnvironments);
  const until = options.due === undefined ? undefined : options.due === true ? today : dayOf(options.due);
  return tokens
    .filter((token) => codes?.includes(vendorOf(token) ?? "") ?? true)
    .filter(({ tags }) => [...wanted].every(([dimension, any]) => any.includes(tags[dimension])))
    .filter((token) => consumers === undefined || token.consumers.some((name) => consumers.includes(name)))
    .map((token) => listedOf(token, generations))
    .map((listed) => ({
      ...listed,
      environments: listed.environments
        .filter((one) => environment === undefined || one.environment === environment)
        .filter(({ due }) => until === undefined || (due !== undefined && due <= until)),
    }))
    .filter(({ environments }) => environments.length > 0);
}

function listedOf(token: Token, generations: ListSources["generations"]): Listed {
  const { name, tags, consumers, issuer } = token;
  const own = token.environments.map((environment): ListedEnvironment => {
    const current = generations[environment].get(name)?.current;
    if (current === undefined) return { environment };
    const generation = current.name;
    if (tags.rotation === "non-rotating") return { environment, generation };
    const due = current.day.plus({ days: cadenceDays[tags.rotation] }).toISODate();
    return { environment, generation, due };
  });
  return {
    name,
    vendor: vendorOf(token),
    function: tags.function,
    sensitivity: tags.sensitivity,
    consumers,
    rotation: tags.rotation,
    issuer: issuer.kind,
    environments: token.dev ? [...own, { environment: "dev" }] : own,
  };
}

function wantedTags(given: readonly string[]): Map<keyof Token["tags"], string[]> {
  const wanted = new Map<keyof Token["tags"], string[]>();
  for (const text of given) {
    const [dimension = "", tag = "", ...more] = text.split(":");
    if (!isDimension(dimension) || more.length > 0) {
      throw new UserError(
        `--tag takes DIMENSION:TAG, as function:dns-edit; the dimensions are ${Object.keys(dimensions).join(", ")}`,
      );
    }
    const any = wanted.get(dimension) ?? [];
    wanted.set(dimension, [...any, known(`tag of ${dimension}`, tag, dimensions[dimension])]);
  }
  return wanted;
}

function isDimension(text: string): text is keyof Token["tags"] {
  return Object.hasOwn(dimensions, text);
}

function known(what: string, given: string, all: readonly string[]): string {
  if (all.includes(given)) return given;
  // A word may be quoted: anything longer could be a credential in the wrong place.
  const said = /^[A-Za-z0-9-]{1,16}$/.test(given) ? `${what} "${given}"` : `such ${what}`;
  throw new UserError(`there is no ${said}: use one of ${all.join(", ")}`);
}

function dayOf(text: string): string {
  const day = DateTime.fromFormat(text, "yyyy-MM-dd", { zone: "utc" });
  if (day.isValid) return day.toISODate();
  const got = /^[\d./-]{1,12}$/.test(text) ? `, but got "${text}"` : "";
  throw new UserError(`--due takes a day of the calendar as 2026-12-31, or nothing for today${got}`);
}

/** The list as a person reads it: a line per token, and in it one per environment. */
export function tableOf(listed: readonly Listed[]): string {
  if (listed.length === 0) return "no token passes all the filters";
  const table = new Table({
    head: ["name", "vendor", "function", "sensitivity", "consumers", "rotation", "issuer", ...perEnvironment],
    style: { head: [], border: [] },
  });
  for (const { name, vendor, function: does, sensitivity, consumers, rotation, issuer, ...one } of listed) {
    const column = (cell: (environment: ListedEnvironment) => string): string =>
      one.environments.map(cell).join("\n");
    table.push([
      name,
      vendor === undefined ? "-" : vendors[vendor].name,
      does,
      sensitivity,
      consumers.join("\n"),
      rotation,
      issuers[issuer],
      column(({ environment }) => environment),
      column(({ environment, generation }) => generation ?? withoutGeneration(issuer, environment)),
      column(({ due, generation }) => due ?? (generation === undefined ? "-" : "never")),
    ]);
  }
  return table.toString();
}

function withoutGeneration(issuer: IssuerKind, environment: VaultEnvironment): string {
  // What is in custody was issued by somebody, at a time that nobody wrote down yet.
  return issuer === "custody" || environment === "dev" ? "not known" : "not issued";
}
