import { UserError } from "../errors";
import { AwsClient, ifThere } from "./client";
import { accessKeysOf, keysInWords, keysOfUser, withLastUse } from "./keys";
import {
  forAnother,
  iamPage,
  isForAnother,
  isMarked,
  notOurs,
  parametersPage,
  requireMarker,
} from "./marker";

/** Where the half-made are told of, a line each. */
type Say = (line: string) => void;

/*
 * What a run leaves behind that was cut off between a creation and its record in the state. All of these are for hooks
 * around a creation; each removes only what carries exactly the marker, and throws where it may not.
 */

/**
 * Deletes the access keys of our user that nobody's list knows. A run minted them whose answer was lost: their secrets
 * were shown once, to nobody. A key that was used is somebody's after all: then none is deleted, and it throws. It also
 * throws before a mint where AWS would have no room for the key.
 *
 * @param knownIds those that stood there before the mint was intended, that the state knows, and that this run minted
 * @returns the ids of those that were deleted
 */
export async function revokeHalfMadeKeys(
  user: string,
  marker: string,
  knownIds: readonly string[],
  say: Say,
  {
    beforeMint = true,
    adopted = false,
    client = iamClient(),
  }: { beforeMint?: boolean; adopted?: boolean; client?: AwsClient } = {},
): Promise<string[]> {
  // One that was taken over has no tag of ours; what it had then is known.
  if (!adopted && !(await requireOurUser(client, user, marker))) return [];
  const keys = await accessKeysOf(client, user);
  const unknown = keys.filter(({ id }) => !knownIds.includes(id));
  const used = (await withLastUse(client, unknown)).filter(({ usedAt }) => usedAt !== undefined);
  if (used.length > 0) {
    throw new UserError(
      `the state does not know the access key ${keysInWords(used)} of the IAM user ${user}, but somebody uses it: find out who holds it, delete it at ${iamPage}, and run again`,
    );
  }
  for (const { id } of unknown) {
    await ifThere(client.iam.deleteAccessKey({ UserName: user, AccessKeyId: id }));
    say(
      `deleted the access key ${id} of the IAM user ${user}: an earlier run minted it and never got the answer, so that nobody has its secret`,
    );
  }
  const left = keys.filter(({ id }) => knownIds.includes(id));
  if (beforeMint && left.length >= keysOfUser) {
    throw new UserError(
      `the IAM user ${user} has all the access keys that AWS allows: ${keysInWords(await withLastUse(client, left))}: finish the rotation (drop its previous in raxx:generations), or delete the one that nobody uses at ${iamPage}, and run again`,
    );
  }
  return unknown.map(({ id }) => id);
}

/** Deletes a user that the state does not know, so that it can be made. One with a key or a policy is no half-made one. */
export async function clearHalfMadeUser(
  user: string,
  marker: string,
  say: Say,
  client = iamClient(),
): Promise<void> {
  if (!(await requireOurUser(client, user, marker))) return;
  const keys = await withLastUse(client, await accessKeysOf(client, user));
  if (keys.length > 0) {
    throw new UserError(
      `the state does not know the IAM user ${user}, but it has an access key, so that somebody may use it: ${keysInWords(keys)}: ${lostState}; or find out who holds the key, delete the user at ${iamPage}, and run again`,
    );
  }
  const { AttachedPolicies: attached = [] } = await client.iam.listAttachedUserPolicies({ UserName: user });
  if (attached.length > 0) {
    const arns = attached.map(({ PolicyArn = "" }) => PolicyArn).join(", ");
    throw new UserError(
      `the state does not know the IAM user ${user}, and somebody attached the policy ${arns} to it: ${lostState}; or detach it at ${iamPage} if nobody needs it, and run again`,
    );
  }
  await ifThere(client.iam.deleteUser({ UserName: user }));
  say(`deleted the IAM user ${user}, ${cutOff}`);
}

/** Deletes a policy that the state does not know, so that it can be made. One that is attached is no half-made one. */
export async function clearHalfMadePolicy(
  arn: string,
  marker: string,
  say: Say,
  client = iamClient(),
): Promise<void> {
  requireMarker(marker);
  const found = await ifThere(client.iam.getPolicy({ PolicyArn: arn }));
  if (found === undefined) return;
  if (!isMarked(found.Policy?.Tags, marker)) {
    throw new UserError(notOurs(`the IAM policy ${arn}`, marker, iamPage));
  }
  const { PolicyUsers: users = [] } = await client.iam.listEntitiesForPolicy({ PolicyArn: arn });
  if (users.length > 0) {
    const names = users.map(({ UserName = "" }) => UserName).join(", ");
    throw new UserError(
      `the state does not know the IAM policy ${arn}, but ${names} has its rights by it: ${lostState}; or detach it at ${iamPage} if nobody needs it, and run again`,
    );
  }
  await ifThere(client.iam.deletePolicy({ PolicyArn: arn }));
  say(`deleted the IAM policy ${arn}, ${cutOff}`);
}

/**
 * Makes a parameter ours that will hold what we mint: it is written over, and the tags that somebody gave it go, which
 * the bridged provider would only take away in the next run. What it held stays in its history.
 */
export async function takeOverParameter(
  name: string,
  marker: string,
  region: string,
  say: Say,
  client = AwsClient.fromEnvironment(region),
): Promise<void> {
  requireMarker(marker);
  const resource = { ResourceType: "Parameter", ResourceId: name } as const;
  const found = await ifThere(client.ssm.listTagsForResource(resource));
  if (found === undefined || isMarked(found.TagList, marker)) return;
  if (isForAnother(found.TagList, marker)) {
    throw new UserError(forAnother(`the SSM parameter ${name}`, marker, parametersPage));
  }
  const TagKeys = (found.TagList ?? []).map(({ Key = "" }) => Key).filter((key) => !key.startsWith("aws:"));
  if (TagKeys.length > 0) await client.ssm.removeTagsFromResource({ ...resource, TagKeys });
  say(`the SSM parameter ${name} was there before: it is written over, and is ours from now on`);
}

/** Deletes a parameter that the state does not know, so that it can be made. */
export async function clearHalfMadeParameter(
  name: string,
  marker: string,
  region: string,
  say: Say,
  client = AwsClient.fromEnvironment(region),
): Promise<void> {
  requireMarker(marker);
  const found = await ifThere(
    client.ssm.listTagsForResource({ ResourceType: "Parameter", ResourceId: name }),
  );
  if (found === undefined) return;
  if (!isMarked(found.TagList, marker)) {
    throw new UserError(notOurs(`the SSM parameter ${name}`, marker, parametersPage));
  }
  await ifThere(client.ssm.deleteParameter({ Name: name }));
  say(`deleted the SSM parameter ${name}, ${cutOff}`);
}

const lostState = "go on with the state that does (another backend, or a backup: pulumi stack import)";
const cutOff = "which an earlier run made and never recorded: it is made again";

/** False where there is no such user; throws where it is not ours. */
async function requireOurUser(client: AwsClient, user: string, marker: string): Promise<boolean> {
  requireMarker(marker);
  const found = await ifThere(client.iam.getUser({ UserName: user }));
  if (found === undefined) return false;
  if (isMarked(found.User?.Tags, marker)) return true;
  throw new UserError(notOurs(`the IAM user ${user}`, marker, iamPage));
}

/** IAM is the same in every region. */
function iamClient(): AwsClient {
  return AwsClient.fromEnvironment("us-east-1");
}
