import { UserError } from "@raxx/providers/errors";
import Table from "cli-table3";
import { z } from "zod";

import { parseGeneration, tokens } from "../catalog";
import { environments } from "../catalog/taxonomy";
import { waitsFor } from "./admissions";
import { batchStatus, batchTableOf, openHandOffTexts, provenIn } from "./batch-status";
import { exportStack } from "./export-stack";
import { absentIn, handOffsIn, type HandOff } from "./hand-offs";
import { parametersIn, parameterTableOf, type ParameterStatus } from "./parameters";
import { mailStatusOf } from "./mail-status";
import { stackFilesFolder, trackedEvidence, trackedMailDomains } from "./stack-files";
import { resourcesIn, tokenOf, type StateResource } from "./state-resources";

/** What the state of a stack says of one credential. */
export interface Issued {
  stack: string;
  token: string;
  issuer: string;
  /** The current one, as configured at the last run. */
  generation: string;
  /** False where the last run did not come to mint it; of a token in custody, where it stands nowhere. */
  minted: boolean;
  /** Generations that are alive beside the current one, and credentials from before us. */
  alsoAlive: string[];
  /** Places that hold the generation, each with the generation it holds where that is another one. */
  destinations: string[];
  /** What has to be there before it is distributed at all. Absent where nothing has. */
  waitsFor?: string;
}

const configVarsInputs = z.object({ app: z.string(), sources: z.record(z.string(), z.string()) });
const secretsInputs = z.object({
  environment: z.string(),
  path: z.string(),
  entries: z.record(
    z.string(),
    z.object({ source: z.string(), companion: z.boolean().optional(), custody: z.boolean().optional() }),
  ),
});
const tokenInputs = z.object({ token: z.string(), generation: z.string() });
/** What names a generation: an input of our own providers, a keeper where the provider is not ours. */
const markerInputs = z.union([
  z.object({ marker: z.string() }),
  z.object({ keepers: z.object({ marker: z.string() }) }).transform(({ keepers }) => keepers),
  z.object({ name: z.string().startsWith("raxx:") }).transform(({ name }) => ({ marker: name })),
]);
const parameterReceiptInputs = z.object({
  region: z.string(),
  parameterName: z.string(),
  source: z.string(),
});
/** The secret before the current one, of what rotates in place. */
const overlapInputs = z.object({ previousExpiresAt: z.string() });
const receiptInputs = z.object({
  owner: z.string(),
  repository: z.string(),
  environment: z.string().optional(),
  secretName: z.string(),
  source: z.string(),
});

/** Of this one nothing is issued: a component without children. */
const custody = "raxx:custody:Token";
/** Component type → what the operator calls the issuer. */
const issuers: Record<string, string> = {
  "raxx:aws:AccessKey": "AWS access key",
  "raxx:cloudflare:ApiToken": "Cloudflare API token",
  "raxx:cloudflare:ServiceToken": "Access service token, in place",
  "raxx:heroku:AuthorizationToken": "Heroku authorization",
  "raxx:infisical:IdentityToken": "Infisical identity token",
  "raxx:random:Token": "our own randomness",
  [custody]: "in custody",
};

/**
 * `./raxx status`: reads state, never stack outputs, which keep their old values when a run fails. Exits with 2 while an
 * item of the batch is not done.
 */
export async function status(options: { stack: string[]; json?: true }): Promise<void> {
  const stacks = options.stack.map((stack) => ({ stack, state: exportState(stack) }));
  const issued = stacks.flatMap(({ stack, state }) => issuedIn(stack, state));
  const parameters = stacks.flatMap(({ stack, state }) => parametersIn(stack, state));
  const handOffs = stacks.flatMap(({ stack, state }) => handOffsIn(stack, state, tokens));
  const facts = {
    ...{ issued, parameters, now: new Date() },
    proven: stacks.flatMap(({ stack, state }) => provenIn(stack, state)),
    evidence: trackedEvidence(stackFilesFolder()),
    mail: await mailStatusOf(trackedMailDomains(stackFilesFolder())),
  };
  // Its items are of both stacks.
  const all = environments.every((stack) => options.stack.includes(stack));
  const batch = all ? batchStatus(facts, tokens) : [];
  const batchHandOffs = openHandOffTexts(batch, facts);
  console.log(
    options.json === true
      ? JSON.stringify({ version: 1, issued, parameters, handOffs, batch, batchHandOffs }, null, 2)
      : [
          reportOf(issued, handOffs, parameters),
          ...(all ? [batchTableOf(batch)] : []),
          ...batchHandOffs.map(({ text }) => text),
        ].join("\n\n"),
  );
  if (batch.some(({ status: one }) => one !== "DONE")) process.exitCode = 2;
}

/** What a stack's exported state holds: names, generations and places, never a value. */
export function issuedIn(stack: string, state: unknown, now = new Date()): Issued[] {
  const resources = resourcesIn(stack, state);
  const handOffs = handOffsIn(stack, state, []);
  const places = resources.flatMap((resource) => placesOf(resource, handOffs));
  const issued = resources.flatMap((resource) => {
    const issuer = issuers[resource.type];
    const inputs = tokenInputs.safeParse(resource.inputs);
    if (issuer === undefined || !inputs.success) return [];
    const { token, generation } = inputs.data;
    const own = `${token}@${generation}`;
    const destinations = places
      .filter(({ source }) => source === own || source.startsWith(`${token}@`))
      .map(({ place, source }) =>
        source === own ? place : `${place} (holds ${source.slice(token.length + 1)})`,
      )
      .sort();
    // A destroy of an empty stack leaves the components, and nothing else.
    if (resource.type === custody) {
      if (places.length + handOffs.length === 0) return [];
      const minted = places.some(({ source }) => source === own);
      return [{ stack, token, issuer, generation, minted, alsoAlive: [], destinations }];
    }
    const children = resources.filter(({ parent }) => parent === resource.urn);
    if (children.length === 0) return [];
    const alive = children.flatMap((child) => generationOf(token, child));
    const minted = alive.includes(generation);
    const alsoAlive = [
      ...alive.filter((name) => name !== generation),
      ...children.flatMap((child) => overlapOf(child, now)),
    ];
    const wait = waitsFor(resource, resources);
    const waiting = wait === undefined ? {} : { waitsFor: wait };
    return [{ stack, token, issuer, generation, minted, alsoAlive, destinations, ...waiting }];
  });
  // The state has them in the order in which they happened to be registered.
  return issued.sort((one, other) => (one.token < other.token ? -1 : 1));
}

interface HeldPlace {
  place: string;
  /** `TOKEN@generation`. */
  source: string;
}

function placesOf({ inputs }: StateResource, handOffs: readonly HandOff[]): HeldPlace[] {
  const receipt = receiptInputs.safeParse(inputs);
  if (receipt.success) {
    const { owner, repository, environment, secretName, source } = receipt.data;
    const within = environment === undefined ? "" : ` ${environment}`;
    return [{ place: `github ${owner}/${repository}${within} ${secretName}`, source }];
  }
  const parameter = parameterReceiptInputs.safeParse(inputs);
  if (parameter.success)
    return [{ place: `ssm ${parameter.data.parameterName}`, source: parameter.data.source }];
  const app = configVarsInputs.safeParse(inputs);
  if (app.success) {
    return Object.entries(app.data.sources).map(([key, source]) => ({
      place: `${app.data.app} ${key}`,
      source,
    }));
  }
  const vault = secretsInputs.safeParse(inputs);
  if (!vault.success) return [];
  const { environment, path, entries } = vault.data;
  const absent = absentIn({ environment, folder: path, entries }, handOffs);
  return vaultPlacesOf(vault.data).filter(({ source }) => !absent.has(tokenOf(source)));
}

/** A place for each token in the folder: its value, or its parts, with the number of its companions. */
function vaultPlacesOf({ environment, path, entries }: z.output<typeof secretsInputs>): HeldPlace[] {
  const names = Object.keys(entries);
  const sources = [...new Set(Object.values(entries).map(({ source }) => source))];
  return sources.flatMap((source) => {
    const own = names.filter((name) => entries[name]?.source === source);
    // A state from before companions were marked has them by their names.
    const companions = own.filter(
      (name) => entries[name]?.companion ?? (own.includes(name.split("__")[0] ?? "") && name.includes("__")),
    );
    const values = own.filter((name) => !companions.includes(name)).sort();
    const place = `vault ${environment} ${path}/${values.join(" + ")} (+${companions.length} companions)`;
    return values.length === 0 ? [] : [{ place, source }];
  });
}

/** Which credential of the token this is; none where it only goes with one, as a user does. */
function generationOf(token: string, { urn, id, inputs }: StateResource): string[] {
  const name = urn.split("::").at(-1) ?? "";
  if (name.startsWith(`${token}-adopted-`)) return [`${id ?? "unknown"} (from before us)`];
  const marked = markerInputs.safeParse(inputs);
  // IAM keys have no marker: it is their logical name that says it.
  const generation = marked.success
    ? marked.data.marker.split(":")[3]
    : parseGeneration(name.slice(token.length + 1))?.name;
  return generation === undefined ? [] : [generation];
}

function overlapOf({ inputs }: StateResource, now: Date): string[] {
  const { data } = overlapInputs.safeParse(inputs);
  if (data === undefined || new Date(data.previousExpiresAt) <= now) return [];
  return [`the secret before, until ${data.previousExpiresAt}`];
}

function exportState(stack: string): unknown {
  const exported = exportStack(stack);
  if (exported.error !== undefined) {
    throw new UserError(
      "pulumi is not on PATH: install it (https://www.pulumi.com/docs/install), or use ./raxx sandbox exec -- ./raxx status",
    );
  }
  if (exported.status !== 0) {
    throw new UserError(
      `the state of stack ${stack} cannot be read: ${exported.stderr.trim().replace(/^error: /, "")}`,
    );
  }
  return JSON.parse(exported.stdout) as unknown;
}

/** What a person reads: the tables, and below them what is for a person to do. */
export function reportOf(
  issued: Issued[],
  handOffs: HandOff[],
  parameters: readonly ParameterStatus[] = [],
): string {
  const inPlace = issued.some(({ issuer }) => issuer === issuers["raxx:cloudflare:ServiceToken"]);
  return [
    tableOf(issued),
    ...(inPlace ? [inPlaceNote] : []),
    ...(parameters.length === 0 ? [] : [parameterTableOf(parameters)]),
    ...handOffs.map(({ stack, text }) => `${stack}: ${text}`),
  ].join("\n\n");
}

const inPlaceNote =
  "An Access service token rotates in place: the vendor ends the secret before at the time that is configured, so the guard of the revoke does not apply, and no going back.";

function tableOf(issued: Issued[]): string {
  if (issued.length === 0) return "nothing is issued yet";
  const table = new Table({
    head: ["stack", "token", "issuer", "generation", "destinations"],
    style: { head: [], border: [] },
  });
  for (const {
    stack,
    token,
    issuer,
    generation,
    minted,
    alsoAlive,
    destinations,
    waitsFor: wait,
  } of issued) {
    const current = minted
      ? generation
      : `${generation} (${issuer === issuers[custody] ? "missing" : "not minted"})`;
    const alive = alsoAlive.map((name) => `also alive: ${name}`);
    const waiting = wait === undefined ? [] : [`not distributed: waits for ${wait}`];
    const places = [...waiting, ...destinations].join("\n");
    table.push([stack, token, issuer, [current, ...alive].join("\n"), places]);
  }
  return table.toString();
}
