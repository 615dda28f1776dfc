import { isDeepStrictEqual } from "node:util";

import { type ParameterMetadata } from "@aws-sdk/client-ssm";

import { type AwsAccountInputs } from "./account";
import { type AwsClient } from "./client";
import { type Counted, identityOf, wasAdopted } from "./identity";
import { accessKeysOf, keysInWords, keysOfUser, type UsedKey, withLastUse } from "./keys";
import { Lookout } from "./lookout";
import {
  forAnother,
  iamPage,
  isForAnother,
  isMarked,
  notOurs,
  notThere,
  ofAnotherState,
  parametersPage,
} from "./marker";

export interface Observed {
  /** All that is wrong, each with what to do. */
  faults: string[];
  /** User → ids of its access keys at the moment when what is wanted last changed. */
  keysBefore: Record<string, string[]>;
  /** User that was taken over → ids of the access keys that it had then and has still. */
  keysOfOthers: Record<string, string[]>;
}

/** What stands in the way of what is wanted. What was recorded is not asked about again. */
export async function observe(
  client: AwsClient,
  olds: Partial<AwsAccountInputs>,
  news: AwsAccountInputs,
): Promise<Observed> {
  const { accountId } = news;
  if (olds.accountId !== undefined && olds.accountId !== accountId) {
    return refused(
      `raxx:awsAccount is ${accountId}, but this stack was made in the AWS account ${olds.accountId}: pulumi config set raxx:awsAccount ${olds.accountId}`,
    );
  }
  const { Account: actual = "none" } = await client.sts.getCallerIdentity({});
  if (actual !== accountId) {
    return refused(
      `the AWS credentials of this run are of the account ${actual}, and not of ${accountId}: export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, of ${accountId}, or correct raxx:awsAccount`,
    );
  }
  const lookout = new Lookout();
  const [users, parameters] = await Promise.all([
    usersSeen(client, lookout, olds, news),
    foreignParameters(client, lookout, olds, news),
  ]);
  const faults = [
    ...lookout.fault(),
    ...renamedFaults(olds, news),
    ...users.faults,
    ...news.parameters.flatMap(({ name }) => nameFaults(name)),
    ...parameters,
    ...missingFaults(olds, news),
  ];
  return { ...users, faults };
}

function refused(fault: string): Observed {
  return { faults: [fault], keysBefore: {}, keysOfOthers: {} };
}

async function usersSeen(
  client: AwsClient,
  lookout: Lookout,
  olds: Partial<AwsAccountInputs>,
  news: AwsAccountInputs,
): Promise<Observed> {
  const seen = await Promise.all(
    Object.entries(news.users).map(async ([user, wanted]) => {
      const known = olds.users?.[user];
      const before = olds.keysBefore?.[user];
      const others = olds.keysOfOthers?.[user] ?? [];
      const asIs =
        before !== undefined &&
        isDeepStrictEqual(known?.generations, wanted.generations) &&
        wasAdopted(known, "user") === wanted.adopt.user.adopted;
      const [identity, keys] = await Promise.all([
        identityOf(client, lookout, { user, wanted, known, onRecord: isOnRecord(olds, wanted) }),
        asIs && others.length === 0 ? undefined : lookout.at(accessKeysOf(client, user)),
      ]);
      const minted = wanted.generations.filter((name) => known?.generations.includes(name) !== true);
      // A user that is not ours is one fault, whatever keys it has.
      const full =
        !asIs && identity.faults.length === 0 && (keys ?? []).length + minted.length > keysOfUser
          ? [tooMany(user, minted, (await lookout.at(withLastUse(client, keys ?? []))) ?? [])]
          : [];
      const there = (keys ?? []).map(({ id }) => id);
      return {
        user,
        ids: asIs ? before : there,
        others: identity.takenOver ? there : others.filter((id) => there.includes(id)),
        faults: [...identity.faults, ...full],
        absent: identity.absent,
      };
    }),
  );
  const absent = seen.flatMap(({ absent: names }) => names);
  return {
    faults: [...seen.flatMap(({ faults }) => faults), ...(await quotaFaults(client, absent))],
    keysBefore: Object.fromEntries(seen.map(({ user, ids }) => [user, ids])),
    keysOfOthers: Object.fromEntries(
      seen.flatMap(({ user, others }) => (others.length === 0 ? [] : [[user, others]])),
    ),
  };
}

/**
 * Whether anything for this token was ever intended from this state. What stands there before that is no half-made thing
 * of ours: it is of another copy of the state, and in use.
 */
function isOnRecord(olds: Partial<AwsAccountInputs>, { marker }: { marker: string }): boolean {
  return [...Object.values(olds.users ?? {}), ...(olds.parameters ?? [])].some(
    (one) => one.marker === marker,
  );
}

/** Another name of a user would be given to it in place, and its keys taken for those of somebody else. */
function renamedFaults(olds: Partial<AwsAccountInputs>, news: AwsAccountInputs): string[] {
  return Object.entries(olds.users ?? {}).flatMap(([before, { marker }]) => {
    const [now] = Object.entries(news.users).find(([, user]) => user.marker === marker) ?? [];
    if (now === undefined || now === before) return [];
    const token = marker.split(":").at(-1) ?? "";
    return [
      `the IAM user of ${token} is ${before}, and the catalog calls it ${now} now: a user in use is not renamed; put its name back in catalog/tokens/aws.ts, or take ${token} out of raxx:generations while nobody needs its key, run, and issue it again`,
    ];
  });
}

function tooMany(user: string, minted: readonly string[], keys: readonly UsedKey[]): string {
  return `the IAM user ${user} may have ${keysOfUser} access keys, and this run would mint ${minted.join(" and ")} beside ${keysInWords(keys)}: finish the rotation (drop its previous in raxx:generations), or delete the one that nobody uses at ${iamPage}, and run again`;
}

/** Whether the account has room, as far as these credentials may know: what counts everything is a right of its own. */
async function quotaFaults(client: AwsClient, absent: readonly Counted[]): Promise<string[]> {
  if (absent.length === 0) return [];
  const { SummaryMap: counts } = (await new Lookout().at(client.iam.getAccountSummary({}))) ?? {};
  return (["Users", "Policies"] as const).flatMap((what) => {
    const wanted = absent.filter((one) => one === what).length;
    const [there, most] = [counts?.[what], counts?.[`${what}Quota`]];
    if (there === undefined || most === undefined || there + wanted <= most) return [];
    return [
      `the AWS account has ${there} of at most ${most} IAM ${what.toLowerCase()}, and this run would make ${wanted} more: delete what nobody uses at ${iamPage}, or have the quota raised, and run again`,
    ];
  });
}

/** As many names as one call takes: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html */
const namesPerCall = 50;

async function foreignParameters(
  client: AwsClient,
  lookout: Lookout,
  olds: Partial<AwsAccountInputs>,
  news: AwsAccountInputs,
): Promise<string[]> {
  const recorded = olds.region === news.region ? (olds.parameters ?? []) : [];
  const asked = news.parameters.filter(
    (parameter) =>
      nameFaults(parameter.name).length === 0 && !recorded.some((one) => isDeepStrictEqual(one, parameter)),
  );
  const there = new Map<string, ParameterMetadata>();
  for (let start = 0; start < asked.length; start += namesPerCall) {
    const Values = asked.slice(start, start + namesPerCall).map(({ name }) => name);
    for (const one of (await lookout.at(existing(client, Values))) ?? []) there.set(one.Name ?? "", one);
  }
  const missing = asked.flatMap(({ name, marker, adopt }) =>
    adopt?.adopted !== true || there.has(name) || lookout.isBlind
      ? []
      : [notThere(`the SSM parameter ${name}`, marker, adopt)],
  );
  const faults = await Promise.all(
    asked
      .flatMap((parameter) => {
        const found = there.get(parameter.name);
        return found === undefined ? [] : [{ ...parameter, found }];
      })
      .map(async ({ name, marker, adopt, found }) => {
        if (adopt?.adopted === true) return kindFaults(found, news.region);
        const tags = await lookout.at(
          client.ssm.listTagsForResource({ ResourceType: "Parameter", ResourceId: name }),
        );
        const what = `the SSM parameter ${name}`;
        if (tags === undefined) return [];
        if (isForAnother(tags.TagList, marker)) return [forAnother(what, marker, parametersPage)];
        // What is to hold a value that we mint is ours, whatever stood there before.
        if (!isMarked(tags.TagList, marker))
          return adopt === undefined
            ? kindFaults(found, news.region)
            : [notOurs(what, marker, parametersPage, adopt)];
        return isOnRecord(olds, { marker }) ? [] : [ofAnotherState(what, marker, parametersPage)];
      }),
  );
  return [...missing, ...faults.flat()];
}

/**
 * What cannot be written over: AWS keeps the type of a parameter, and leads no way down from the advanced tier.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
 */
function kindFaults({ Name = "", Type = "SecureString", Tier }: ParameterMetadata, region: string): string[] {
  const kind = Type === "SecureString" ? (Tier === "Advanced" ? "of the advanced tier" : "") : `a ${Type}`;
  if (kind === "") return [];
  return [
    `the SSM parameter ${Name} is ${kind}, which AWS does not change into a SecureString of the standard tier: save its value if somebody needs it, and delete it (aws ssm delete-parameter --name ${Name} --region ${region}); then run again`,
  ];
}

/** Those of the names that are there. */
async function existing(client: AwsClient, names: string[]): Promise<ParameterMetadata[]> {
  const found: ParameterMetadata[] = [];
  const filter = { ParameterFilters: [{ Key: "Name", Option: "Equals", Values: names }], MaxResults: 50 };
  for await (const { Parameters = [] } of client.ssm.paginateDescribeParameters(filter)) {
    found.push(...Parameters);
  }
  return found;
}

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html */
function nameFaults(name: string): string[] {
  const levels = name.split("/").filter((level) => level !== "");
  const valid =
    /^(\/[A-Za-z0-9_.-]+)+$/.test(name) &&
    !/^\/(aws|ssm)/i.test(name) &&
    levels.length <= 15 &&
    name.length <= 1011;
  return valid
    ? []
    : [
        `${name} is no name of an SSM parameter: each of at most 15 levels begins with / and has letters, digits, "_", "." and "-" only, and the first does not begin with aws or ssm; correct it in the catalog`,
      ];
}

/** A removed value would delete the parameter, and what reads it would fail. With its token it may go. */
function missingFaults(
  { supplied: before = [] }: Partial<AwsAccountInputs>,
  { supplied, awaited }: AwsAccountInputs,
): string[] {
  return before
    .filter((name) => awaited.includes(name) && !supplied.includes(name))
    .map(
      (name) =>
        `the value of the SSM parameter ${name} was supplied before and is missing from the stack configuration now: set it again (pulumi config set --secret), or destroy the stack`,
    );
}
