import { z } from "zod";

import { admissionHandOff, type Token } from "../catalog";
import { type HandOff } from "./hand-offs";
import { resourcesIn, type StateResource } from "./state-resources";

const componentInputs = z.object({ token: z.string(), admitted: z.boolean() });
const serviceTokenInputs = z.object({ name: z.string().startsWith("raxx:") });
const serviceTokenOutputs = z.object({ clientId: z.string() });

/** What an Access service token is not distributed for, where that is so. */
export function waitsFor({ type, inputs }: StateResource): string | undefined {
  const component = componentInputs.safeParse(inputs);
  if (type !== "raxx:cloudflare:ServiceToken" || !component.success || component.data.admitted)
    return undefined;
  return "an Access policy that names it";
}

/** What a person has to do for those that are made, and that no Access policy names yet. */
export function admissionHandOffsIn(stack: string, state: unknown, tokens: readonly Token[]): HandOff[] {
  const resources = resourcesIn(stack, state);
  return resources.flatMap((component) => {
    const { data } = componentInputs.safeParse(component.inputs);
    const token = tokens.find(({ name }) => name === data?.token);
    if (token?.issuer.kind !== "cloudflare-access-service-token" || waitsFor(component) === undefined)
      return [];
    const { name, issuer } = token;
    return resources
      .filter(({ parent }) => parent === component.urn)
      .flatMap(({ inputs, outputs }): HandOff[] => {
        const made = serviceTokenInputs.safeParse(inputs);
        if (!made.success) return [];
        const { name: marker } = made.data;
        const clientId = serviceTokenOutputs.safeParse(outputs).data?.clientId;
        const text = admissionHandOff({ name, issuer }, { stack, marker, clientId });
        return [
          {
            ...{ stack, token: name, kind: "unadmitted", environment: "Cloudflare" },
            ...{ folder: issuer.application, names: [marker], text },
          },
        ];
      });
  });
}
