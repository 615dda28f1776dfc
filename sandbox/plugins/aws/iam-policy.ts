import { setTimeout as sleep } from "node:timers/promises";

import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  paginateListPolicyVersions,
  type PolicyVersion,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
} from "@aws-sdk/client-iam";
import { z } from "zod";

import { PartialCreation, type Resource } from "../kit/plugin";
import { hasUnknown, without } from "../kit/properties";
import { type Aws, doing } from "./client";
import { ifThere, onceFound } from "./lookups";
import { areEquivalent, faultIn, normalized } from "./policy-document";
import { retag, tagList, tags, type Tags, tagsIn, withoutEmptyTags } from "./tags";

const inputs = z.strictObject({
  delayAfterPolicyCreationInMs: z.int().min(0).optional(),
  description: z.string().optional(),
  name: z.string().regex(/^[\w+=,.@-]{1,128}$/, "must match [\\w+=,.@-] and have at most 128 characters"),
  path: z.string().optional(),
  policy: z.union([z.string(), z.record(z.string(), z.unknown())]),
  tags,
});

type Inputs = z.infer<typeof inputs>;
type State = Inputs & { arn?: string; attachmentCount?: number; policyId?: string; tagsAll?: Tags };

/** A policy has five versions at most. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MOST_VERSIONS = 5;

export const policy: Resource<Aws, Inputs, State> = {
  inputs,
  inputDefaults: { path: "/" },
  secret: [],
  computed: ["arn", "attachmentCount", "policyId", "tagsAll"],
  replaces: ["description", "name", "path"],
  outdatedBy: (changed) => (changed.has("tags") ? ["tagsAll"] : []),

  check(given) {
    const fault = hasUnknown(given["policy"]) ? undefined : faultIn(given["policy"]);
    return fault === undefined ? [] : [fault];
  },

  planned(given, olds) {
    if (hasUnknown(given.policy)) return withoutEmptyTags(given);
    return { ...withoutEmptyTags(given), policy: kept(olds?.policy, normalized(given.policy)) };
  },

  async create(aws, given) {
    const text = normalized(given.policy);
    const { Policy: created } = await doing(`creating IAM Policy (${given.name})`, () =>
      aws.iam.send(
        new CreatePolicyCommand({
          PolicyName: given.name,
          PolicyDocument: text,
          Path: given.path,
          Description: given.description,
          Tags: tagList(given.tags),
        }),
      ),
    );
    const arn = created?.Arn ?? "";
    const planned = { ...given, policy: text };
    try {
      return { id: arn, outputs: await onceFound(aws, () => seen(aws, arn, planned)) };
    } catch (error) {
      throw new PartialCreation(arn, planned, error);
    }
  },

  read: (aws, arn, state) => ifThere(() => seen(aws, arn, state)),

  async import(aws, arn) {
    const outputs = await ifThere(() => seen(aws, arn, { name: "", policy: "{}" }));
    return outputs === undefined ? undefined : { id: arn, outputs };
  },

  async update(aws, arn, state, { olds }) {
    await doing(`updating tags for IAM Policy (${arn})`, () =>
      retag(olds.tags, state.tags, {
        remove: (TagKeys) => aws.iam.send(new UntagPolicyCommand({ PolicyArn: arn, TagKeys })),
        add: (added) => aws.iam.send(new TagPolicyCommand({ PolicyArn: arn, Tags: tagList(added) })),
      }),
    );
    if (olds.policy !== state.policy) await addVersion(aws, arn, state);
    return seen(aws, arn, state);
  },

  async delete(aws, arn) {
    const versions = await doing(`reading IAM Policy (${arn}) versions`, () =>
      ifThere(() => versionsOf(aws, arn)),
    );
    if (versions === undefined) return;
    for (const version of versions)
      if (version.IsDefaultVersion !== true) await deleteVersion(aws, arn, version);
    await doing(`deleting IAM Policy (${arn})`, () =>
      ifThere(() => aws.iam.send(new DeletePolicyCommand({ PolicyArn: arn }))),
    );
  },
};

/** The recorded text, where another means the same. */
function kept(recorded: unknown, text: string): string {
  return typeof recorded === "string" && areEquivalent(recorded, text) ? recorded : text;
}

/** A new text is a new version; where there is no room for one, the oldest that is not in force goes. */
async function addVersion(aws: Aws, arn: string, state: State): Promise<void> {
  const versions = await doing(`reading IAM Policy (${arn}) versions`, () => versionsOf(aws, arn));
  if (versions.length >= MOST_VERSIONS) {
    const [oldest] = versions
      .filter(({ IsDefaultVersion }) => IsDefaultVersion !== true)
      .sort((a, b) => ageOf(a) - ageOf(b));
    if (oldest !== undefined) await deleteVersion(aws, arn, oldest);
  }
  const delayMs = state.delayAfterPolicyCreationInMs ?? 0;
  const { PolicyVersion: added } = await doing(`updating IAM Policy (${arn})`, () =>
    aws.iam.send(
      new CreatePolicyVersionCommand({
        PolicyArn: arn,
        PolicyDocument: normalized(state.policy),
        SetAsDefault: delayMs === 0,
      }),
    ),
  );
  if (delayMs === 0) return;
  await sleep(delayMs, undefined, { signal: aws.signal });
  await doing(`setting IAM Policy (${arn}) default version (${added?.VersionId ?? ""})`, () =>
    aws.iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn: arn, VersionId: added?.VersionId })),
  );
}

function ageOf({ CreateDate, VersionId }: PolicyVersion): number {
  // Versions of one second differ by their number only.
  return (CreateDate?.getTime() ?? 0) + Number(VersionId?.slice(1) ?? 0) / 1e6;
}

async function versionsOf(aws: Aws, arn: string): Promise<PolicyVersion[]> {
  const versions: PolicyVersion[] = [];
  for await (const page of paginateListPolicyVersions({ client: aws.iam }, { PolicyArn: arn }))
    versions.push(...(page.Versions ?? []));
  return versions;
}

async function deleteVersion(aws: Aws, arn: string, { VersionId }: PolicyVersion): Promise<void> {
  await doing(`deleting IAM Policy (${arn}) version (${VersionId ?? ""})`, () =>
    aws.iam.send(new DeletePolicyVersionCommand({ PolicyArn: arn, VersionId })),
  );
}

async function seen(aws: Aws, arn: string, state: State): Promise<State> {
  return doing(`reading IAM Policy (${arn})`, async () => {
    const { Policy: found } = await aws.iam.send(new GetPolicyCommand({ PolicyArn: arn }));
    const { PolicyVersion: version } = await aws.iam.send(
      new GetPolicyVersionCommand({ PolicyArn: arn, VersionId: found?.DefaultVersionId }),
    );
    // IAM shows it as it would stand in an address. https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html
    const text = normalized(decodeURIComponent((version?.Document ?? "{}").replaceAll("+", " ")));
    const description = found?.Description ?? "";
    return {
      ...without(state, "tags", "tagsAll", "description"),
      name: found?.PolicyName ?? state.name,
      ...(found?.Path === undefined ? {} : { path: found.Path }),
      ...(description === "" ? {} : { description }),
      policy: kept(state.policy, text),
      arn: found?.Arn ?? arn,
      attachmentCount: found?.AttachmentCount ?? 0,
      policyId: found?.PolicyId ?? "",
      ...tagsIn(found?.Tags),
    };
  });
}
