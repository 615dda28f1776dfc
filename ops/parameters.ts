import Table from "cli-table3";
import { z } from "zod";

import { parameterHandOff, parameters as catalogParameters, type Parameter } from "../catalog";
import { environments } from "../catalog/taxonomy";
import { type HandOff } from "./hand-offs";
import { resourcesIn, type StateResource } from "./state-resources";

/** What the state of a stack says of an SSM parameter that goes with a token. */
export interface ParameterStatus {
  stack: string;
  /** Its path. */
  parameter: string;
  /** Null where it left the catalog. */
  token: string | null;
  origin: "supplied" | "in custody";
  standing: Standing;
}

/** `missing` and `not set` are a person's to end, the last one is the next run's. */
type Standing = "there" | "missing" | "not set" | "not written";

const suppliedInputs = z.object({ parameterName: z.string(), region: z.string(), supplied: z.boolean() });
const custodyOutputs = z.object({ parameterName: z.string(), region: z.string(), present: z.boolean() });

/** Both kinds, by name: names and places, never a value. */
export function parametersIn(
  stack: string,
  state: unknown,
  catalog: readonly Parameter[] = catalogParameters,
): ParameterStatus[] {
  return recordedIn(stack, state).map(({ parameterName, origin, standing }) => ({
    stack,
    parameter: parameterName,
    token: catalog.find(({ name }) => name === parameterName)?.goesWith ?? null,
    origin,
    standing,
  }));
}

/** What a person has to do for them. */
export function parameterHandOffsIn(
  stack: string,
  state: unknown,
  catalog: readonly Parameter[] = catalogParameters,
): HandOff[] {
  const environment = environments.find((name) => name === stack);
  return recordedIn(stack, state).flatMap(({ parameterName, region, standing }): HandOff[] => {
    const parameter = catalog.find(({ name }) => name === parameterName);
    if (parameter === undefined || environment === undefined) return [];
    if (standing === "there" || standing === "not written") return [];
    const cut = parameterName.lastIndexOf("/");
    return [
      {
        stack,
        token: parameter.goesWith,
        kind: standing === "not set" ? "unset" : "missing",
        environment: "AWS",
        folder: parameterName.slice(0, cut),
        names: [parameterName.slice(cut + 1)],
        text: parameterHandOff(parameter, { environment, region }),
      },
    ];
  });
}

export function parameterTableOf(parameters: readonly ParameterStatus[]): string {
  const table = new Table({
    head: ["stack", "SSM parameter", "goes with", "value", "state"],
    style: { head: [], border: [] },
  });
  for (const { stack, parameter, token, origin, standing } of parameters) {
    table.push([stack, parameter, token ?? "(left the catalog)", origin, standing]);
  }
  return table.toString();
}

interface Recorded extends Pick<ParameterStatus, "origin" | "standing"> {
  parameterName: string;
  region: string;
}

function recordedIn(stack: string, state: unknown): Recorded[] {
  const resources = resourcesIn(stack, state);
  return resources
    .flatMap((resource) => recordedOf(resource, resources))
    .sort((one, other) => (one.parameterName < other.parameterName ? -1 : 1));
}

function recordedOf(resource: StateResource, all: readonly StateResource[]): Recorded[] {
  if (resource.type === "pulumi-nodejs:dynamic/aws:CustodyParameter") {
    const custody = custodyOutputs.safeParse(resource.outputs);
    if (!custody.success) return [];
    const { present, ...place } = custody.data;
    return [{ ...place, origin: "in custody", standing: present ? "there" : "missing" }];
  }
  const component = suppliedInputs.safeParse(resource.inputs);
  if (resource.type !== "raxx:aws:SuppliedParameter" || !component.success) return [];
  // A destroy of an empty stack leaves the components, and nothing else.
  if (all.every(({ type, id }) => id === undefined || type.startsWith("pulumi:providers:"))) return [];
  const { supplied, ...place } = component.data;
  const written = all.some(({ parent }) => parent === resource.urn);
  return [
    { ...place, origin: "supplied", standing: supplied ? (written ? "there" : "not written") : "not set" },
  ];
}
