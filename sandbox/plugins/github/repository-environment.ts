import { z } from "zod";

import { PartialCreation, type Resource } from "../kit/plugin";
import { type Properties, without } from "../kit/properties";
import { type GitHub, GitHubError, isGone } from "./client";
import { ifThere } from "./lookups";
import { idOf, partsOf, repositoryIdOf, repositoryReplaced, unescaped } from "./names";

const MOST_REVIEWERS = 6;
const reviewerIds = z.array(z.int()).max(MOST_REVIEWERS).optional();

const inputs = z.strictObject({
  repository: z.string(),
  environment: z.string(),
  canAdminsBypass: z.boolean().optional(),
  preventSelfReview: z.boolean().optional(),
  waitTimer: z.int().min(0).max(43_200).optional(),
  reviewers: z
    .array(z.strictObject({ teams: reviewerIds, users: reviewerIds }))
    .max(1)
    .optional(),
  deploymentBranchPolicy: z
    .strictObject({ protectedBranches: z.boolean(), customBranchPolicies: z.boolean() })
    .optional(),
});
type Inputs = z.infer<typeof inputs>;
type State = Inputs & { repositoryId?: number };

const inputDefaults = { canAdminsBypass: true, preventSelfReview: false };

export const repositoryEnvironment: Resource<GitHub, Inputs, State> = {
  inputs,
  inputDefaults,
  secret: [],
  computed: ["repositoryId"],
  replaces: ["environment"],
  replacedBy: repositoryReplaced,

  check: ({ reviewers }) =>
    reviewerCount(reviewers) > MOST_REVIEWERS
      ? [`a maximum of ${MOST_REVIEWERS} reviewers (users and teams combined) can be set for an environment`]
      : [],

  async create(github, given) {
    await write(github, given);
    const id = idOf([given.repository, given.environment]);
    try {
      return { id, outputs: { ...given, repositoryId: await repositoryIdOf(github, given.repository) } };
    } catch (error) {
      throw new PartialCreation(id, given, error);
    }
  },

  read: seen,

  async import(github, id) {
    const [repository = "", environment = ""] = environmentIdParts(id);
    const place = { repository, environment: unescaped(environment) };
    let repositoryId: number;
    try {
      repositoryId = await repositoryIdOf(github, repository);
    } catch (error) {
      throw new Error(`failed to retrieve repository ${repository}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    const outputs = await seen(github, id, { ...inputDefaults, ...place, repositoryId });
    return outputs === undefined ? undefined : { id, outputs };
  },

  async update(github, _id, state) {
    await write(github, state);
    return state;
  },

  async delete(github, _id, { repository: repo, environment: environment_name }) {
    try {
      await github.call<unknown>((octokit) =>
        octokit.rest.repos.deleteAnEnvironment({ owner: github.owner, repo, environment_name }),
      );
    } catch (error) {
      // Unlike a secret or a variable, an environment that is gone already counts as deleted.
      const isDone = isGone(error) || (error instanceof GitHubError && error.status === 304);
      if (!isDone) throw error;
    }
  },
};

function environmentIdParts(id: string): string[] {
  try {
    return partsOf(id, 2);
  } catch (error) {
    throw new Error(`invalid id (${id}), expected format <repository>:<environment>`, { cause: error });
  }
}

function reviewerCount(reviewers: unknown): number {
  const [group] = Array.isArray(reviewers) ? (reviewers as unknown[]) : [];
  if (typeof group !== "object" || group === null) return 0;
  const { teams, users } = group as Properties;
  return [teams, users].reduce<number>((sum, ids) => sum + (Array.isArray(ids) ? ids.length : 0), 0);
}

async function write(github: GitHub, given: Inputs): Promise<void> {
  const { repository: repo, environment: environment_name, deploymentBranchPolicy: policy } = given;
  const [reviewers] = given.reviewers ?? [];
  const body = {
    wait_timer: given.waitTimer ?? 0,
    reviewers:
      reviewers === undefined
        ? null
        : [
            ...(reviewers.teams ?? []).map((id) => ({ type: "Team" as const, id })),
            ...(reviewers.users ?? []).map((id) => ({ type: "User" as const, id })),
          ],
    can_admins_bypass: given.canAdminsBypass ?? true,
    deployment_branch_policy:
      policy === undefined
        ? null
        : {
            protected_branches: policy.protectedBranches,
            custom_branch_policies: policy.customBranchPolicies,
          },
    prevent_self_review: given.preventSelfReview ?? false,
  };
  const target = { owner: github.owner, repo, environment_name };
  await github.call((octokit) => octokit.rest.repos.createOrUpdateEnvironment({ ...target, ...body }));
}

interface ProtectionRule {
  type: string;
  wait_timer?: number;
  prevent_self_review?: boolean;
  reviewers?: { type?: string; reviewer?: { id?: number } }[];
}

async function seen(github: GitHub, _id: string, state: State): Promise<State | undefined> {
  const { repository: repo, environment: environment_name } = state;
  const found = await ifThere(() =>
    github.call((octokit) =>
      octokit.rest.repos.getEnvironment({ owner: github.owner, repo, environment_name }),
    ),
  );
  if (found === undefined) return undefined;
  // What no rule speaks of stays as it was, but for the timer and the policy: the real plugin's way.
  const outputs: State = without(state, "waitTimer", "deploymentBranchPolicy");
  const { can_admins_bypass: bypass } = found as { can_admins_bypass?: boolean };
  if (bypass !== undefined) outputs.canAdminsBypass = bypass;
  for (const rule of (found.protection_rules ?? []) as ProtectionRule[]) {
    if (rule.type === "wait_timer" && rule.wait_timer !== undefined) outputs.waitTimer = rule.wait_timer;
    if (rule.type !== "required_reviewers") continue;
    outputs.reviewers = [{ teams: idsOf(rule, "Team"), users: idsOf(rule, "User") }];
    if (rule.prevent_self_review !== undefined) outputs.preventSelfReview = rule.prevent_self_review;
  }
  const policy = found.deployment_branch_policy;
  if (policy !== null && policy !== undefined)
    outputs.deploymentBranchPolicy = {
      protectedBranches: policy.protected_branches,
      customBranchPolicies: policy.custom_branch_policies,
    };
  return outputs;
}

function idsOf(rule: ProtectionRule, type: "Team" | "User"): number[] {
  return (rule.reviewers ?? []).flatMap((entry) =>
    entry.type === type && entry.reviewer?.id !== undefined ? [entry.reviewer.id] : [],
  );
}
