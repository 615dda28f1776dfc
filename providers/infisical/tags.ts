import { dynamic, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";

import { type Implementation } from "../boundary";
import { UserError } from "../errors";
import { shell } from "../shell";
import { type InfisicalClient } from "./client";

export interface InfisicalTagsInputs {
  projectId: string;
  /** Sorted, e.g. `function-dns-edit`: a slug takes no colon. */
  slugs: string[];
  /** Whether missing ones are created; where not, they are another stack's to create. */
  create: boolean;
}

export interface InfisicalTagsOutputs extends InfisicalTagsInputs {
  /** Slug → tag id. */
  ids: Record<string, string>;
}

export interface InfisicalTagsArgs {
  /** A change replaces. */
  projectId: Input<string>;
  slugs: Input<string[]>;
  create: Input<boolean>;
}

/**
 * The vault project's tags that this stack uses, found or created, never changed and never deleted: they are
 * the project's, and other people's secrets carry them too.
 */
export class InfisicalTags extends dynamic.Resource {
  declare readonly projectId: Output<string>;
  declare readonly ids: Output<Record<string, string>>;

  constructor(name: string, args: InfisicalTagsArgs, opts?: CustomResourceOptions) {
    super(shell("infisicalTags"), name, { ...args, ids: undefined }, opts, "infisical", "Tags");
  }
}

export function infisicalTags(
  client: () => InfisicalClient,
): Implementation<InfisicalTagsInputs, InfisicalTagsOutputs> {
  return {
    check: (_olds, news) => Promise.resolve({ inputs: news }),
    diff: (_id, olds, news) => {
      if (news.projectId !== olds.projectId)
        return Promise.resolve({ changes: true, replaces: ["projectId"] });
      const missing = news.slugs.some((slug) => olds.ids[slug] === undefined);
      const dropped = olds.slugs.some((slug) => !news.slugs.includes(slug));
      return Promise.resolve({ changes: missing || dropped || news.create !== olds.create });
    },
    create: async (inputs) => ({ id: inputs.projectId, outs: await ensure(inputs) }),
    update: async (_id, _olds, news) => ({ outs: await ensure(news) }),
    read: async (id, props) => {
      const ids = await present(props);
      return { id, props: { ...inputsOf(props), ids } };
    },
    delete: () => Promise.resolve(),
  };

  async function present({ projectId, slugs }: InfisicalTagsInputs): Promise<Record<string, string>> {
    const tags = await client().tags(projectId);
    return Object.fromEntries(
      tags.filter(({ slug }) => slugs.includes(slug)).map(({ slug, id }) => [slug, id]),
    );
  }

  async function ensure(inputs: InfisicalTagsInputs): Promise<InfisicalTagsOutputs> {
    const ids = await present(inputs);
    const missing = inputs.slugs.filter((slug) => ids[slug] === undefined);
    if (missing.length > 0 && !inputs.create) {
      throw new UserError(
        `the vault project has no tag ${missing.join(", ")}: tags are created by the prod stack, so run pulumi up --stack prod first`,
      );
    }
    for (const slug of missing) ids[slug] = (await client().createTag(inputs.projectId, slug)).id;
    return { ...inputsOf(inputs), ids };
  }
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf({ projectId, slugs, create }: InfisicalTagsInputs): InfisicalTagsInputs {
  return { projectId, slugs, create };
}
