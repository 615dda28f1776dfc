import { UserError } from "@raxx/providers/errors";
import Table from "cli-table3";
import { z } from "zod";

import { exportStack } from "./export-stack";

/** What the state of a stack says of one credential. */
export interface Issued {
  stack: string;
  token: string;
  issuer: string;
  /** The current one, as configured at the last run. */
  generation: string;
  /** False where the last run did not come to mint it. */
  minted: boolean;
  /** Generations that are alive beside the current one, and credentials from before us. */
  alsoAlive: string[];
  /** Places that hold the generation, each with the generation it holds where that is another one. */
  destinations: string[];
}

const stateSchema = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.object({
          type: z.string(),
          id: z.string().optional(),
          urn: z.string(),
          parent: z.string().optional(),
          delete: z.boolean().optional(),
          inputs: z.record(z.string(), z.unknown()).optional(),
        }),
      )
      .nullish(),
  }),
});
type StateResource = NonNullable<z.output<typeof stateSchema>["deployment"]["resources"]>[number];

const configVarsInputs = z.object({ app: z.string(), sources: z.record(z.string(), z.string()) });
const secretsInputs = z.object({
  environment: z.string(),
  path: z.string(),
  entries: z.record(z.string(), z.object({ source: z.string() })),
});
const tokenInputs = z.object({ token: z.string(), generation: z.string() });
/** What names a generation: an input of our own providers, a keeper where the provider is not ours. */
const markerInputs = z.union([
  z.object({ marker: z.string() }),
  z.object({ keepers: z.object({ marker: z.string() }) }).transform(({ keepers }) => keepers),
]);
const receiptInputs = z.object({
  owner: z.string(),
  repository: z.string(),
  environment: z.string().optional(),
  secretName: z.string(),
  source: z.string(),
});

/** Component type → what the operator calls the issuer. */
const issuers: Record<string, string> = {
  "raxx:heroku:AuthorizationToken": "Heroku authorization",
  "raxx:random:Token": "our own randomness",
};

/** `./raxx status`: reads state, never stack outputs, which keep their old values when a run fails. */
export function status(options: { stack: string[]; json?: true }): void {
  const issued = options.stack.flatMap((stack) => issuedIn(stack, exportState(stack)));
  console.log(options.json === true ? JSON.stringify({ version: 1, issued }, null, 2) : tableOf(issued));
}

/** What a stack's exported state holds: names, generations and places, never a value. */
export function issuedIn(stack: string, state: unknown): Issued[] {
  const parsed = stateSchema.safeParse(state);
  if (!parsed.success)
    throw new UserError(
      `the state of stack ${stack} cannot be read: pulumi stack export --stack ${stack} shows it`,
    );
  const resources = (parsed.data.deployment.resources ?? []).filter((resource) => resource.delete !== true);
  const places = resources.flatMap(placesOf);
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
      );
    const alive = resources.filter(({ parent }) => parent === resource.urn).map(generationOf);
    // A destroy of an empty stack leaves the component, and nothing that was issued.
    if (alive.length === 0) return [];
    const minted = alive.includes(generation);
    const alsoAlive = alive.filter((name) => name !== generation);
    return [{ stack, token, issuer, generation, minted, alsoAlive, destinations: destinations.sort() }];
  });
  // The state has them in the order in which they happened to be registered.
  return issued.sort((one, other) => (one.token < other.token ? -1 : 1));
}

function placesOf({ inputs }: StateResource): { place: string; source: string }[] {
  const receipt = receiptInputs.safeParse(inputs);
  if (receipt.success) {
    const { owner, repository, environment, secretName, source } = receipt.data;
    const within = environment === undefined ? "" : ` ${environment}`;
    return [{ place: `github ${owner}/${repository}${within} ${secretName}`, source }];
  }
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
  const companions = (name: string): number =>
    Object.keys(entries).filter((key) => key.startsWith(`${name}__`)).length;
  return Object.entries(entries)
    .filter(([name]) => !name.includes("__"))
    .map(([name, { source }]) => ({
      place: `vault ${environment} ${path}/${name} (+${companions(name)} companions)`,
      source,
    }));
}

function generationOf({ id, inputs }: StateResource): string {
  const marked = markerInputs.safeParse(inputs);
  return marked.success ? (marked.data.marker.split(":")[3] ?? "") : `${id ?? "unknown"} (from before us)`;
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

function tableOf(issued: Issued[]): string {
  if (issued.length === 0) return "nothing is issued yet";
  const table = new Table({
    head: ["stack", "token", "issuer", "generation", "destinations"],
    style: { head: [], border: [] },
  });
  for (const { stack, token, issuer, generation, minted, alsoAlive, destinations } of issued) {
    const current = minted ? generation : `${generation} (not minted)`;
    const alive = alsoAlive.map((name) => `also alive: ${name}`);
    table.push([stack, token, issuer, [current, ...alive].join("\n"), destinations.join("\n")]);
  }
  return table.toString();
}
