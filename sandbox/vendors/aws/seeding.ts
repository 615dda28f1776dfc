import { randomBytes } from "node:crypto";

import {
  type AwsState,
  type KeyStatus,
  type SeededKey,
  type SeededParameter,
  type SeededUser,
} from "./records";

/*
 * For worlds, before the vendor's first start. What is made later goes through the API.
 */

const dayMs = 86_400_000;

/** A policy that allows everything, as that of an account's administrator. */
export const administrator = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
} as const;

export function createUser(
  state: AwsState,
  args: {
    name: string;
    /** @default "/" */
    path?: string;
    /** Name → document of an inline policy. @default none */
    policies?: Record<string, object>;
  },
): SeededUser {
  const documents = Object.entries(args.policies ?? {}).map(([name, document]) => [
    name,
    JSON.stringify(document),
  ]);
  const user: SeededUser = {
    name: args.name,
    path: args.path ?? "/",
    policies: Object.fromEntries(documents) as Record<string, string>,
    keys: [],
  };
  state.seed.users.push(user);
  return user;
}

export function createAccessKey(
  user: SeededUser,
  args: {
    /** @default "Active" */
    status?: KeyStatus;
    /** @default thirty days ago: known everywhere */
    created?: Date;
  } = {},
): SeededKey {
  if (user.keys.length >= 2)
    throw new Error(`user ${user.name} has two access keys, which is all AWS allows`);
  const key: SeededKey = {
    id: newAccessKeyId(),
    secret: randomBytes(30).toString("base64"),
    status: args.status ?? "Active",
    createdMs: (args.created ?? new Date(Date.now() - 30 * dayMs)).getTime(),
  };
  user.keys.push(key);
  return key;
}

/** A user who may do everything, with a key: what an operator exports as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. */
export function createAdministrator(
  state: AwsState,
  args: { name: string },
): { user: SeededUser; key: SeededKey } {
  const user = createUser(state, { ...args, policies: { administrator } });
  return { user, key: createAccessKey(user) };
}

export function createParameter(
  state: AwsState,
  args: Pick<SeededParameter, "name" | "value"> & Partial<SeededParameter>,
): SeededParameter {
  const parameter: SeededParameter = { type: "SecureString", tier: "Standard", tags: {}, ...args };
  state.seed.parameters.push(parameter);
  return parameter;
}

export function createBucket(state: AwsState, name: string): void {
  state.seed.buckets.push(name);
}

/** AKIA and sixteen characters of base 32: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
function newAccessKeyId(): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  return `AKIA${Array.from(randomBytes(16), (byte) => alphabet.charAt(byte % 32)).join("")}`;
}
