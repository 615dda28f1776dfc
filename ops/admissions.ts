import { z } from "zod";

import { admissionHandOff, type Token } from "../catalog";
import { type HandOff } from "./hand-offs";
import { resourcesIn, type StateResource } from "./state-resources";

const componentInputs = z.object({ token: z.string() });
const serviceTokenInputs = z.object({ name: z.string().startsWith("raxx:") });
const serviceTokenOutputs = z.object({ clientId: z.string() });
/** What the last run that was not refused went by: a component says what the last run was given. */
const accountInputs = z.object({
  serviceTokens: z.array(z.object({ name: z.string(), admitted: z.string().optional() })),
});

/** What an Access service token is not distributed for, where that is so. */
export function waitsFor(component: StateResource, all: readonly StateResource[]): string | undefined {
  return waitingTokens(component, all).length > 0 ? "an Access policy that names it" : undefined;
}

/** What a person has to do for those that are made, and that no Access policy names yet. */
export function admissionHandOffsIn(stack: string, state: unknown, tokens: readonly Token[]): HandOff[] {
  const resources = resourcesIn(stack, state);
  return resources.flatMap((component) => {
    const { data } = componentInputs.safeParse(component.inputs);
    const token = tokens.find(({ name }) => name === data?.token);
    if (token?.issuer.kind !== "cloudflare-access-service-token") return [];
    const { name, issuer } = token;
    return waitingTokens(component, resources).map(({ marker, clientId }): HandOff => ({
      ...{ stack, token: name, kind: "unadmitted", environment: "Cloudflare" },
      ...{ folder: issuer.application, names: [marker] },
      text: admissionHandOff({ name, issuer }, { stack, marker, clientId }),
    }));
  });
}

/** What is made at Cloudflare for a component, and goes nowhere yet. */
function waitingTokens(
  { type, urn }: StateResource,
  all: readonly StateResource[],
): { marker: string; clientId: string | undefined }[] {
  if (type !== "raxx:cloudflare:ServiceToken") return [];
  const recorded = all.flatMap(({ inputs }) => accountInputs.safeParse(inputs).data?.serviceTokens ?? []);
  return all
    .filter(({ parent }) => parent === urn)
    .flatMap(({ inputs, outputs }) => {
      const marker = serviceTokenInputs.safeParse(inputs).data?.name;
      const rotation = recorded.find(({ name }) => name === marker);
      if (marker === undefined || rotation === undefined || rotation.admitted !== undefined) return [];
      return [{ marker, clientId: serviceTokenOutputs.safeParse(outputs).data?.clientId }];
    });
}
