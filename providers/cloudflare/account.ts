import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";

import { type Implementation, messageOf, refuse } from "../boundary";
import { UserError } from "../errors";
import { shell } from "../shell";
import { type ApiToken, type CloudflareClient, type ServiceToken, type VerifiedToken } from "./client";
import { CloudflareError } from "./explain";
import {
  deadToken,
  groupFaults,
  otherUser,
  type PermissionGroup,
  quotaFaults,
  rightFaults,
  standingFault,
  userOf,
  zoneFaults,
} from "./faults";
import { rotationFaults, type ServiceTokenRotation } from "./service-token-rotation";

export interface CloudflareAccountInputs {
  accountId: string;
  /** Zone name → zone id. */
  zones: Record<string, string>;
  /** All that some token is given, sorted. */
  permissionGroups: PermissionGroup[];
  /** `raxx:<stack>:<TOKEN>:<generation>` of the API tokens that are wanted now, sorted. */
  markers: string[];
  /** The Access service tokens that are wanted now, sorted by name. */
  serviceTokens: ServiceTokenRotation[];
  /** Set by `check`, so that every run compares it with what is recorded. Unknown where nothing is minted. */
  userId?: string;
}

/** The user is Cloudflare's id of whoever the API tokens belong to. */
export type CloudflareAccountOutputs = CloudflareAccountInputs;

export interface CloudflareAccountArgs {
  /** Another account is refused. */
  accountId: Input<string>;
  /** Zone name → zone id. A change is verified, in place. */
  zones: Input<Record<string, string>>;
  /** All that some token is given, sorted. A change is verified, in place. */
  permissionGroups: Input<PermissionGroup[]>;
  /** Markers of the API tokens that are wanted now, sorted. */
  markers: Input<string[]>;
  /** The Access service tokens that are wanted now, sorted by name. @default none */
  serviceTokens?: Input<ServiceTokenRotation[]>;
}

/**
 * Verifies the identifiers of the configuration and the credential of this run against Cloudflare, in previews too,
 * before anything is written anywhere. Tokens and records, which the bridged provider writes, depend on it.
 */
export class CloudflareAccount extends dynamic.Resource {
  declare readonly accountId: Output<string>;
  declare readonly zones: Output<Record<string, string>>;

  constructor(name: string, args: CloudflareAccountArgs, opts?: CustomResourceOptions) {
    super(shell("cloudflareAccount"), name, { serviceTokens: [], ...args }, opts, "cloudflare", "Account");
  }

  /** The id of one of the zones. */
  zoneId(zone: string): Output<string> {
    // A destroy runs the program too, and what it finds gone already has no outputs.
    return this.zones.apply((ids: Record<string, string> | undefined) => ids?.[zone] ?? "");
  }
}

export function cloudflareAccount(
  client: () => CloudflareClient,
): Implementation<CloudflareAccountInputs, CloudflareAccountOutputs> {
  return {
    check: async (olds, news) => {
      try {
        const { faults, userId } = await observe(olds, news);
        if (faults.length > 0) return refuse(news, faults.join("\n"));
        return { inputs: { ...inputsOf(news), ...(userId === undefined ? {} : { userId }) } };
      } catch (error) {
        return refuse(news, messageOf(error));
      }
    },

    diff: (_id, olds, news) =>
      Promise.resolve({ changes: !isDeepStrictEqual(inputsOf(olds), inputsOf(news)) }),

    // What is recorded is what `check` of this very run has seen.
    create: (inputs) => Promise.resolve({ id: inputs.accountId, outs: inputsOf(inputs) }),
    update: (_id, _olds, news) => Promise.resolve({ outs: inputsOf(news) }),

    // Never "gone": a token that sees nothing must not lose what is recorded.
    read: async (id, props) => {
      const token = await liveToken(props.accountId);
      if (props.userId !== undefined) {
        const faults = userFaults(token, ownOf(token, await tokensOf(token)), props);
        if (faults.length > 0) throw new UserError(faults.join("\n"));
      }
      return { id, props: inputsOf(props) };
    },

    delete: () => Promise.resolve(),
  };

  /** All that is wrong, each with what to do; and whose token this is, as far as it shows. */
  async function observe(
    olds: Partial<CloudflareAccountInputs>,
    news: CloudflareAccountInputs,
  ): Promise<{ faults: string[]; userId?: string | undefined }> {
    const { accountId, zones, permissionGroups, markers, serviceTokens } = news;
    if (olds.accountId !== undefined && olds.accountId !== accountId) {
      return { faults: [otherAccount(olds.accountId, accountId)] };
    }
    const rotations = rotationFaults(olds.serviceTokens ?? [], serviceTokens);
    const token = await liveToken(accountId);
    const mints = markers.length > 0 || serviceTokens.length > 0;
    const ofUser = token.owner === "user";
    // The ids never change, so those that were verified once are not asked about again.
    const asked = isDeepStrictEqual(permissionGroups, olds.permissionGroups ?? []) ? [] : permissionGroups;
    const newOnes = serviceTokens.filter(({ name }) => !isOnRecord(olds, name));
    const [seen, known, tokens, standing] = await Promise.all([
      Object.keys(zones).length > 0 ? allowed(client().zones()) : [],
      ofUser && asked.length > 0 ? allowed(client().permissionGroups()) : [],
      mints || olds.userId !== undefined ? allowed(tokensOf(token)) : [],
      allowed(serviceTokensNamed(accountId, newOnes)),
    ]);
    // Both lists need the same permission: saying once that it is missing is enough.
    const denied = [seen, typeof tokens === "string" ? tokens : known].filter(
      (answer) => typeof answer === "string",
    );
    const listed = typeof tokens === "string" ? [] : tokens;
    const own = ownOf(token, listed);
    const rights = rightFaults(news, own);
    const faults = [
      ...rotations,
      ...denied,
      ...(typeof seen === "string" ? [] : zoneFaults(zones, accountId, seen)),
      ...(ofUser && typeof known !== "string" ? groupFaults(asked, known) : []),
      ...(typeof tokens === "string" ? [] : userFaults(token, own, { ...olds, markers })),
      ...rights,
      ...(typeof standing !== "string" ? standingFaults(olds, news, [...listed, ...standing]) : []),
      ...(typeof standing === "string" && rights.length === 0 ? [standing] : []),
      ...(ofUser && typeof tokens !== "string" ? quotaFaults(markers, listed) : []),
    ];
    return { faults, userId: userOf(own) ?? olds.userId };
  }

  async function serviceTokensNamed(
    accountId: string,
    wanted: readonly ServiceTokenRotation[],
  ): Promise<ServiceToken[]> {
    return (await Promise.all(wanted.map(({ name }) => client().serviceTokens(accountId, name)))).flat();
  }

  async function liveToken(accountId: string): Promise<VerifiedToken> {
    const token = await client().verify(accountId);
    if (token?.status === "active") return token;
    throw new UserError(deadToken(token, accountId));
  }

  /** The API tokens of the token's user; an account's token has no user. */
  async function tokensOf({ owner }: VerifiedToken): Promise<ApiToken[]> {
    return owner === "user" ? await client().apiTokens() : [];
  }
}

/** Whether the token of this run can deal with the API tokens of this stack at all. */
function userFaults(
  { id, owner }: VerifiedToken,
  own: ApiToken | undefined,
  { markers = [], userId }: Partial<CloudflareAccountInputs>,
): string[] {
  if (owner === "account") {
    return markers.length === 0 && userId === undefined
      ? []
      : [
          `the token in CLOUDFLARE_API_TOKEN (${id}) is one of the account, which sees no API tokens of a user: export the user API token CF_TOKENS_MINT and run again`,
        ];
  }
  const actual = userOf(own);
  const other = userId !== undefined && actual !== undefined && actual !== userId;
  return other ? [otherUser(userId, actual)] : [];
}

/** What has a name of ours and was never intended from this state: no half-made one, and in use. */
function standingFaults(
  olds: Partial<CloudflareAccountInputs>,
  { markers, serviceTokens }: CloudflareAccountInputs,
  standing: readonly { id: string; name: string }[],
): string[] {
  const names = [...markers.map(ofToken), ...serviceTokens.map(({ name }) => name)];
  const wanted = names.filter((name) => !isOnRecord(olds, name));
  return standing.filter(({ name }) => wanted.includes(ofToken(name))).map(standingFault);
}

function isOnRecord(
  { markers = [], serviceTokens = [] }: Partial<CloudflareAccountInputs>,
  name: string,
): boolean {
  return markers.some((marker) => ofToken(marker) === name) || serviceTokens.some((one) => one.name === name);
}

/** `raxx:<stack>:<TOKEN>` of that and of each of its generations. */
function ofToken(marker: string): string {
  return marker.split(":").slice(0, 3).join(":");
}

function ownOf({ id }: VerifiedToken, tokens: readonly ApiToken[]): ApiToken | undefined {
  return tokens.find((token) => token.id === id);
}

/** The answer, or in one line that the token lacks a permission. Throws all else. */
async function allowed<T>(call: Promise<T>): Promise<T | string> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof CloudflareError && error.trouble === "forbidden") return error.message;
    throw error;
  }
}

function otherAccount(recorded: string, wanted: string): string {
  return `raxx:cloudflareAccount is ${wanted}, but this stack was made with the account ${recorded}: pulumi config set raxx:cloudflareAccount ${recorded}`;
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf(inputs: CloudflareAccountInputs): CloudflareAccountInputs {
  const { accountId, zones, permissionGroups, markers, serviceTokens, userId } = inputs;
  return {
    accountId,
    zones,
    permissionGroups,
    markers,
    serviceTokens,
    ...(userId === undefined ? {} : { userId }),
  };
}
