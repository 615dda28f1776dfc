import { type Policy, type Tag } from "@aws-sdk/client-iam";

import { type Adoptable, quoted } from "../adoption";
import { type AwsUser } from "./account";
import { type AwsClient } from "./client";
import { type Lookout } from "./lookout";
import { iamPage, isMarked, notOurs, notThere, ofAnotherState } from "./marker";
import { documentOf, policyDifference } from "./policy-difference";

export interface Identity {
  faults: string[];
  /** What is to be made, as the account's summary counts it. */
  absent: Counted[];
  /** Whether the user was there before us, and is taken over in this run. */
  takenOver: boolean;
}

export type Counted = "Users" | "Policies";

export interface IdentityOptions {
  user: string;
  wanted: AwsUser;
  /** What the state has of it. */
  known: Partial<AwsUser> | undefined;
  /** Whether anything for its token was ever intended from this state. */
  onRecord: boolean;
}

/** Whether user and policy are ours, are taken over, or are yet to be made. What is recorded is not asked about again. */
export async function identityOf(
  client: AwsClient,
  lookout: Lookout,
  { user, wanted, known, onRecord }: IdentityOptions,
): Promise<Identity> {
  const { marker, policy, adopt } = wanted;
  const identity: Identity = { faults: [], absent: [], takenOver: false };
  const look = async (
    counted: Counted,
    what: string,
    place: Adoptable,
    tags: Promise<Tag[]>,
  ): Promise<"ours" | "foreign" | undefined> => {
    const found = await lookout.at(tags);
    if (found === undefined) {
      if (!place.adopted) identity.absent.push(counted);
      else if (!lookout.isBlind) identity.faults.push(notThere(what, marker, place));
      return undefined;
    }
    const marked = isMarked(found, marker);
    if (!place.adopted && !marked) identity.faults.push(notOurs(what, marker, iamPage, place));
    if (!place.adopted && marked && !onRecord) identity.faults.push(ofAnotherState(what, marker, iamPage));
    return marked ? "ours" : "foreign";
  };
  if (known?.marker !== marker || wasAdopted(known, "user") !== adopt.user.adopted) {
    const tags = client.iam.getUser({ UserName: user }).then(({ User }) => User?.Tags ?? []);
    const found = await look("Users", `the IAM user ${user}`, adopt.user, tags);
    if (adopt.user.adopted && found !== undefined) {
      identity.takenOver = found === "foreign" || !onRecord;
      identity.faults.push(...(await excessFaults(client, lookout, user, wanted)));
    }
  }
  if (
    known?.marker !== marker ||
    known.policy !== policy ||
    wasAdopted(known, "policy") !== adopt.policy.adopted
  ) {
    const call = client.iam.getPolicy({ PolicyArn: adopt.policy.importId });
    const tags = call.then(({ Policy: found }) => found?.Tags ?? []);
    const found = await look("Policies", `the IAM policy ${policy}`, adopt.policy, tags);
    if (adopt.policy.adopted && found !== undefined) {
      identity.faults.push(...(await differenceFaults(client, lookout, (await call).Policy, wanted)));
    }
  }
  return identity;
}

/** Whether the state has it as taken over. */
export function wasAdopted(known: Partial<AwsUser> | undefined, what: "user" | "policy"): boolean {
  return known?.adopt?.[what].adopted === true;
}

/** A key carries every right of its user, and the catalog names those of one policy. */
async function excessFaults(
  client: AwsClient,
  lookout: Lookout,
  user: string,
  { policy, adopt }: AwsUser,
): Promise<string[]> {
  const UserName = user;
  const [attached, inline, groups] = await Promise.all([
    lookout.at(client.iam.listAttachedUserPolicies({ UserName })),
    lookout.at(client.iam.listUserPolicies({ UserName })),
    lookout.at(client.iam.listGroupsForUser({ UserName })),
  ]);
  const rights = [
    ...(attached?.AttachedPolicies ?? [])
      .filter(({ PolicyArn }) => PolicyArn !== adopt.policy.importId)
      .map(({ PolicyName = "" }) => `the policy ${PolicyName}`),
    ...(inline?.PolicyNames ?? []).map((name) => `the inline policy ${name}`),
    ...(groups?.Groups ?? []).map(({ GroupName = "" }) => `the group ${GroupName}`),
  ];
  if (rights.length === 0) return [];
  return [
    `raxx:adopt takes over the IAM user ${user}, but it has more rights than those of ${policy}, and every key of it has them too: ${rights.join(", ")}: take them from it at ${iamPage} if nobody needs them, or choose another name in catalog/tokens/aws.ts, and run again`,
  ];
}

/** The bridged provider imports only what is equal; what is in force for others is not changed unasked. */
async function differenceFaults(
  client: AwsClient,
  lookout: Lookout,
  found: Policy | undefined,
  { policy, document, adopt }: AwsUser,
): Promise<string[]> {
  const PolicyArn = adopt.policy.importId;
  const call = client.iam.getPolicyVersion({ PolicyArn, VersionId: found?.DefaultVersionId });
  const version = await lookout.at(call);
  if (version === undefined) return [];
  const difference = policyDifference(documentOf(version.PolicyVersion?.Document), document);
  if (difference === undefined) return [];
  const words = [
    ...(difference.more.length === 0 ? [] : [`it has besides ${difference.more.join(", ")}`]),
    ...(difference.less.length === 0 ? [] : [`it lacks ${difference.less.join(", ")}`]),
  ];
  const how = words.length === 0 ? "the actions are the same, but not all of the rest" : words.join("; ");
  return [
    `raxx:adopt takes over the IAM policy ${policy}, but it is not as the catalog has it: ${how}: correct the catalog, or set it for all who have it and run again: aws iam create-policy-version --policy-arn ${quoted(PolicyArn)} --set-as-default --policy-document ${quoted(document)}`,
  ];
}
