import {
  CreateUserCommand,
  DeleteUserCommand,
  GetUserCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateUserCommand,
} from "@aws-sdk/client-iam";
import { z } from "zod";

import { PartialCreation, type Resource } from "../kit/plugin";
import { without } from "../kit/properties";
import { type Aws, doing } from "./client";
import { ifThere, onceFound } from "./lookups";
import { retag, tagList, tags, type Tags, tagsIn, withoutEmptyTags } from "./tags";
import { removeFromGroups, removeKeysAndPassword } from "./user-removal";

const inputs = z.strictObject({
  forceDestroy: z.boolean().optional(),
  name: z
    .string()
    .regex(
      /^[0-9A-Za-z=,.@\-_+]+$/,
      "must only contain alphanumeric characters, hyphens, underscores, commas, periods, @ symbols, plus and equals signs",
    ),
  path: z.string().optional(),
  tags,
});

type Inputs = z.infer<typeof inputs>;
type State = Inputs & { arn?: string; uniqueId?: string; tagsAll?: Tags };

export const user: Resource<Aws, Inputs, State> = {
  inputs,
  inputDefaults: { forceDestroy: false, path: "/" },
  secret: [],
  computed: ["arn", "tagsAll", "uniqueId"],
  // Not even another name, though the id in the state keeps the old one: https://github.com/pulumi/pulumi-aws/issues/1610
  replaces: [],
  planned: withoutEmptyTags,
  outdatedBy: (changed) => [
    ...(changed.has("name") || changed.has("path") ? ["arn"] : []),
    ...(changed.has("tags") ? ["tagsAll"] : []),
  ],

  async create(aws, given) {
    const { name } = given;
    const created = await doing(`creating IAM User (${name})`, () =>
      aws.iam.send(
        new CreateUserCommand({
          UserName: name,
          Path: given.path,
          Tags: tagList(given.tags),
        }),
      ),
    );
    const id = created.User?.UserName ?? name;
    try {
      return { id, outputs: await onceFound(aws, () => seen(aws, id, given)) };
    } catch (error) {
      throw new PartialCreation(id, given, error);
    }
  },

  read: (aws, id, state) => ifThere(() => seen(aws, id, state)),

  async import(aws, id) {
    // Without `forceDestroy`, which AWS does not know: https://github.com/hashicorp/terraform-provider-aws/issues/7859
    const outputs = await ifThere(() => seen(aws, id, { name: id }));
    return outputs === undefined ? undefined : { id, outputs };
  },

  async update(aws, id, state, { olds }) {
    await doing(`updating tags for IAM User (${id})`, () =>
      retag(olds.tags, state.tags, {
        remove: (TagKeys) => aws.iam.send(new UntagUserCommand({ UserName: id, TagKeys })),
        add: (added) => aws.iam.send(new TagUserCommand({ UserName: id, Tags: tagList(added) })),
      }),
    );
    if (olds.name !== state.name || olds.path !== state.path)
      await doing(`updating IAM User (${id})`, () =>
        aws.iam.send(
          new UpdateUserCommand({ UserName: olds.name, NewUserName: state.name, NewPath: state.path }),
        ),
      );
    return seen(aws, state.name, state);
  },

  async delete(aws, id, state) {
    await doing(`removing IAM User (${id}) group memberships`, () =>
      ifThere(() => removeFromGroups(aws, id)),
    );
    if (state.forceDestroy === true)
      await doing(`removing IAM User (${id}) access keys`, () =>
        ifThere(() => removeKeysAndPassword(aws, id)),
      );
    await doing(`deleting IAM User (${id})`, () =>
      ifThere(() => aws.iam.send(new DeleteUserCommand({ UserName: id }))),
    );
  },
};

async function seen(aws: Aws, name: string, state: State): Promise<State> {
  const { User: found } = await doing(`reading IAM User (${name})`, () =>
    aws.iam.send(new GetUserCommand({ UserName: name })),
  );
  return {
    ...without(state, "tags", "tagsAll"),
    name: found?.UserName ?? name,
    ...(found?.Path === undefined ? {} : { path: found.Path }),
    arn: found?.Arn ?? "",
    uniqueId: found?.UserId ?? "",
    ...tagsIn(found?.Tags),
  };
}
