import { type Output, ResourceHook, type ResourceHookBinding, RunError } from "@pulumi/pulumi";
import { finishAdopted } from "@raxx/providers";

import { knownValueOf, propertiesOf } from "./hooks";

export interface AdoptedHooksArgs {
  /** Ids of the authorizations from before us that the configuration lists: a destroy keeps those. */
  listed: ReadonlySet<string>;
  /** Of the token, `TOKEN@generation` of its current one; none where it has no generation. */
  currentOf: (token: string) => string | undefined;
  /** Of the token, what each place holds that nobody can read back, as this run has proven it. */
  receiptsOf: (token: string) => readonly { place: string; source: Output<string> }[];
  /** Of the token, what a person has to do before: none where it is done. */
  toDo: (token: string) => string | undefined;
  /** The vault that is looked through. */
  vault: { projectId: string; environments: readonly string[] };
}

/**
 * What revokes an authorization from before us once it is dropped from `previousAdopt`, and only then. The hook's name
 * stands in the state: it never changes.
 */
export function adoptedHooks(args: AdoptedHooksArgs): ResourceHookBinding {
  return {
    beforeDelete: [
      new ResourceHook("heroku-before-finish", async ({ id, name, oldInputs }) => {
        if (args.listed.has(id)) return;
        const token = name.slice(0, name.indexOf("-adopted-"));
        const fault = await faultOf(token, args);
        if (fault !== undefined)
          throw new RunError(`the authorization ${id} from before us is not revoked: ${fault}`);
        const accountId = String(propertiesOf(oldInputs)["accountId"]);
        await finishAdopted({ authorizationId: id, accountId, ...args.vault });
      }),
    ],
  };
}

async function faultOf(token: string, args: AdoptedHooksArgs): Promise<string | undefined> {
  const current = args.currentOf(token);
  if (current === undefined)
    return `${token} has no generation any more, and nothing is in its place: put its entry back into raxx:generations, with this id under previousAdopt`;
  for (const { place, source } of args.receiptsOf(token)) {
    const held = await knownValueOf(source);
    if (held !== current)
      return `${place} is not proven to hold ${current}: put right what this run says of it, and run again`;
  }
  return args.toDo(token);
}
