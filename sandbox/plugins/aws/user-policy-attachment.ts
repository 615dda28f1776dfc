import {
  AttachUserPolicyCommand,
  DetachUserPolicyCommand,
  paginateListAttachedUserPolicies,
} from "@aws-sdk/client-iam";
import { z } from "zod";

import { PartialCreation, type Resource } from "../kit/plugin";
import { type Aws, doing } from "./client";
import { ifThere, onceAlone, onceFound } from "./lookups";

const inputs = z.strictObject({
  policyArn: z.string().regex(/^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/, "must be an ARN"),
  user: z.string(),
});

type State = z.infer<typeof inputs>;

export const userPolicyAttachment: Resource<Aws, State, State> = {
  inputs,
  secret: [],
  computed: [],
  replaces: ["policyArn", "user"],
  // Deleting the old one last would take away what is new, were it the same.
  deleteBeforeReplace: true,

  async create(aws, given) {
    const what = `attaching IAM Policy (${given.policyArn}) to IAM User (${given.user})`;
    await doing(what, () => onceAlone(aws, () => aws.iam.send(new AttachUserPolicyCommand(named(given)))));
    const id = `${given.user}-${uniqueSuffix()}`;
    try {
      await onceFound(aws, () => attached(aws, given));
    } catch (error) {
      throw new PartialCreation(id, given, error);
    }
    return { id, outputs: given };
  },

  read: (aws, _id, state) => ifThere(() => attached(aws, state)),

  async import(aws, id) {
    const [user = "", ...rest] = id.split("/");
    const policyArn = rest.join("/");
    if (user === "" || policyArn === "")
      throw new Error(`unexpected format of ID ("${id}"), expected <user-name>/<policy_arn>`);
    const outputs = await ifThere(() => attached(aws, { user, policyArn }));
    return outputs === undefined ? undefined : { id: `${user}-${policyArn}`, outputs };
  },

  async delete(aws, _id, state) {
    const what = `detaching IAM Policy (${state.policyArn}) from IAM User (${state.user})`;
    await doing(what, () =>
      ifThere(() => onceAlone(aws, () => aws.iam.send(new DetachUserPolicyCommand(named(state))))),
    );
  },
};

function named({ policyArn, user }: State) {
  return { PolicyArn: policyArn, UserName: user };
}

async function attached(aws: Aws, state: State): Promise<State | undefined> {
  return doing(`reading IAM User Policy Attachment (${state.user}:${state.policyArn})`, async () => {
    const pages = paginateListAttachedUserPolicies({ client: aws.iam }, { UserName: state.user });
    for await (const { AttachedPolicies = [] } of pages)
      if (AttachedPolicies.some(({ PolicyArn }) => PolicyArn === state.policyArn)) return state;
    return undefined;
  });
}

let made = 0;

/** In the form of Terraform's: the time in tenths of milliseconds, and a count. */
function uniqueSuffix(): string {
  const time = new Date().toISOString().replaceAll(/\D/g, "");
  return `${time}0${(++made).toString(16).padStart(8, "0")}`;
}
