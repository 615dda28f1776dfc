import { type AwsClient } from "./client";

/** An access key of an IAM user; AWS shows its secret to nobody. */
export interface AccessKey {
  id: string;
  /** `Active` or `Inactive`: both count. */
  status: string;
  /** ISO 8601, UTC. */
  createdAt: string;
}

export interface UsedKey extends AccessKey {
  /** ISO 8601, UTC; absent where AWS knows of no use, which it may do hours late. */
  usedAt: string | undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: nothing raises it. */
export const keysOfUser = 2;

export async function accessKeysOf(client: AwsClient, user: string): Promise<AccessKey[]> {
  const { AccessKeyMetadata: keys = [] } = await client.iam.listAccessKeys({ UserName: user });
  return keys.map(({ AccessKeyId = "", Status = "", CreateDate }) => ({
    id: AccessKeyId,
    status: Status,
    createdAt: CreateDate?.toISOString() ?? "",
  }));
}

export async function withLastUse(client: AwsClient, keys: readonly AccessKey[]): Promise<UsedKey[]> {
  return await Promise.all(
    keys.map(async (key) => {
      const { AccessKeyLastUsed: use } = await client.iam.getAccessKeyLastUsed({ AccessKeyId: key.id });
      return { ...key, usedAt: use?.LastUsedDate?.toISOString() };
    }),
  );
}

/** For a person who has to choose among them. */
export function keysInWords(keys: readonly UsedKey[]): string {
  return keys
    .map(
      ({ id, status, createdAt, usedAt }) =>
        `${id} (${status.toLowerCase()}, created ${createdAt}, ${usedAt === undefined ? "never used" : `last used ${usedAt}`})`,
    )
    .join(", ");
}
