import {
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  paginateListAccessKeys,
  paginateListGroupsForUser,
  RemoveUserFromGroupCommand,
} from "@aws-sdk/client-iam";

import { type Aws } from "./client";
import { ifThere } from "./lookups";

/** A user that is in a group cannot be deleted. */
export async function removeFromGroups(aws: Aws, UserName: string): Promise<void> {
  const groups: string[] = [];
  for await (const page of paginateListGroupsForUser({ client: aws.iam }, { UserName }))
    for (const { GroupName } of page.Groups ?? []) if (GroupName !== undefined) groups.push(GroupName);
  for (const GroupName of groups) await aws.iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName }));
}

/**
 * What `forceDestroy` takes away. The real plugin also removes SSH keys, MFA devices, signing certificates and
 * service-specific credentials; here AWS refuses to delete a user that has any.
 */
export async function removeKeysAndPassword(aws: Aws, UserName: string): Promise<void> {
  const keys: string[] = [];
  for await (const page of paginateListAccessKeys({ client: aws.iam }, { UserName }))
    for (const { AccessKeyId } of page.AccessKeyMetadata ?? [])
      if (AccessKeyId !== undefined) keys.push(AccessKeyId);
  for (const AccessKeyId of keys) await aws.iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  await ifThere(() => aws.iam.send(new DeleteLoginProfileCommand({ UserName })));
}
