/** The account that everything stands in, and the region that the program works in. */
export const awsAccount = "521228113048";
export const awsRegion = "us-east-1";

export type KeyStatus = "Active" | "Inactive";

/** What the proxy knows beside moto, which keeps users, keys, policies, parameters and buckets itself. */
export interface AwsState {
  settings: AwsSettings;
  /** What moto is to be filled with at its first start; empty from then on. */
  seed: AwsSeed;
  /** Access key id → its uses. */
  uses: Record<string, KeyUses>;
  /** `<access key id> <service>` → how often the key was let through and refused again while it was new. */
  flickers: Record<string, number>;
}

export interface AwsSettings {
  /** A new key is refused for so long. AWS needs 5 to 15 seconds, sometimes more. @default 300 */
  new_key_delay_ms: number;
  /** Service, e.g. `ssm` → its own delay: the services learn of a key one after another. @default none */
  new_key_delay_ms_by_service: Record<string, number>;
  /** After its first success a new key is refused again so often, every other call: not all servers know it yet. @default 0 */
  new_key_flickers: number;
  /** A use is told by GetAccessKeyLastUsed so much later. AWS may need hours. @default 0 */
  last_used_lag_ms: number;
}

export interface AwsSeed {
  users: SeededUser[];
  parameters: SeededParameter[];
  /** Names of S3 buckets. */
  buckets: string[];
}

export interface SeededUser {
  name: string;
  path: string;
  /** Name → document, in JSON. */
  policies: Record<string, string>;
  keys: SeededKey[];
}

export interface SeededKey {
  id: string;
  secret: string;
  status: KeyStatus;
  createdMs: number;
}

export interface SeededParameter {
  name: string;
  type: "String" | "StringList" | "SecureString";
  value: string;
  tier: "Standard" | "Advanced";
  tags: Record<string, string>;
  description?: string;
}

export interface KeyUse {
  /** ISO 8601, UTC. */
  date: string;
  service: string;
  region: string;
}

export interface KeyUses {
  latest: KeyUse;
  /** The latest that GetAccessKeyLastUsed may tell, where the lag hides a later one. */
  told?: KeyUse;
}

export function emptyAws(): AwsState {
  return {
    settings: {
      new_key_delay_ms: 300,
      new_key_delay_ms_by_service: {},
      new_key_flickers: 0,
      last_used_lag_ms: 0,
    },
    seed: emptySeed(),
    uses: {},
    flickers: {},
  };
}

export function emptySeed(): AwsSeed {
  return { users: [], parameters: [], buckets: [] };
}
