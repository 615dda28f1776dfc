import { ResourceHook, type ResourceHookBinding, RunError } from "@pulumi/pulumi";
import { requireOverlap, revokeHalfMade, revokeHalfMadeServiceTokens } from "@raxx/providers";

import { type Token } from "../catalog";
import { propertiesOf, warn } from "./hooks";

/** The hooks' names stand in the state of what they are for: they never change. */

/** API tokens with a marker of ours that no state knows: a lost answer, or a creation that was repeated. */
export function apiTokenHooks(): ResourceHookBinding {
  const look = async (inputs: unknown, known: string[]): Promise<void> => {
    await revokeHalfMade(String(propertiesOf(inputs)["name"]), known, warn);
  };
  return {
    beforeCreate: [
      new ResourceHook("cloudflare-before-mint", async ({ newInputs }) => {
        requireLife(propertiesOf(newInputs));
        await look(newInputs, []);
      }),
    ],
    afterCreate: [new ResourceHook("cloudflare-after-mint", ({ newInputs, id }) => look(newInputs, [id]))],
  };
}

/**
 * The same of Access service tokens; and what a rotation needs, and what a person has to do for a new one among those
 * that are distributed. The others say it themselves, in every run.
 */
export function serviceTokenHooks(distributed: readonly Token[]): ResourceHookBinding {
  const look = async (inputs: unknown, known: string[]): Promise<void> => {
    const { accountId, name } = propertiesOf(inputs);
    await revokeHalfMadeServiceTokens(String(accountId), String(name), known, warn);
  };
  return {
    beforeCreate: [new ResourceHook("access-before-mint", ({ newInputs }) => look(newInputs, []))],
    afterCreate: [
      new ResourceHook("access-after-mint", async ({ newInputs, id }) => {
        await look(newInputs, [id]);
        const marker = String(propertiesOf(newInputs)["name"]);
        const token = distributed.find(({ name }) => marker.endsWith(`:${name}`));
        if (token?.issuer.kind === "cloudflare-access-service-token")
          warn(withoutPolicy(marker, token.issuer.application));
      }),
    ],
    beforeUpdate: [
      new ResourceHook("access-before-update", ({ oldInputs, newInputs }) => {
        requireOverlap(propertiesOf(oldInputs), propertiesOf(newInputs));
      }),
    ],
  };
}

/** Cloudflare would refuse it too, without a word of what to do. A refresh drops what has expired, so it may be a previous one. */
function requireLife({ name, expiresOn }: Record<string, unknown>): void {
  if (new Date(String(expiresOn)) > new Date()) return;
  const [, stack = "", token = "", generation = ""] = String(name).split(":");
  const today = new Date().toISOString().slice(0, 10);
  const place = `raxx:generations.${token}`;
  throw new RunError(
    `generation ${generation} of ${token} would have expired at ${String(expiresOn)}, so it is not minted: set a newer one with pulumi config set --path ${place}.current ${today} --stack ${stack}; where it is the previous one, drop it with pulumi config rm --path ${place}.previous --stack ${stack}`,
  );
}

/** The evidence is of the token before, which somebody deleted, or it was given too early. */
function withoutPolicy(marker: string, application: string): string {
  return `${marker} was made just now, so that Cloudflare lets it pass nowhere, whatever "admitted" says of it: add it to the policy with the action Service Auth of ${application}, at https://one.dash.cloudflare.com, Access → Applications; until then who uses it gets the login page`;
}
