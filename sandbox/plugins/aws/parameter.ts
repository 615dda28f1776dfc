import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  GetParameterCommand,
  ListTagsForResourceCommand,
  paginateDescribeParameters,
  type Parameter,
  type ParameterMetadata,
  PutParameterCommand,
  type PutParameterCommandInput,
  RemoveTagsFromResourceCommand,
} from "@aws-sdk/client-ssm";
import { z } from "zod";

import { PartialCreation, type Resource } from "../kit/plugin";
import { type Properties, without } from "../kit/properties";
import { type Aws, AwsError, doing } from "./client";
import { ifThere } from "./lookups";
import { retag, tagList, tags, type Tags, tagsIn, withoutEmptyTags } from "./tags";

const value = z.string().min(1, "must not be empty");

const inputs = z.strictObject({
  allowedPattern: z.string().max(1024).optional(),
  arn: z.string().optional(),
  dataType: z.enum(["aws:ec2:image", "aws:ssm:integration", "text"]).optional(),
  description: z.string().max(1024).optional(),
  insecureValue: value.optional(),
  keyId: z.string().optional(),
  name: z.string().min(1).max(2048),
  overwrite: z.boolean().optional(),
  region: z.string().optional(),
  tags,
  tier: z.enum(["Standard", "Advanced", "Intelligent-Tiering"]).optional(),
  type: z.enum(["String", "StringList", "SecureString"]),
  value: value.optional(),
  /** Written, and not recorded among the outputs. */
  valueWo: value.optional(),
  valueWoVersion: z.int().optional(),
});

type Inputs = z.infer<typeof inputs>;
type State = Inputs & { hasValueWo?: boolean; tagsAll?: Tags; version?: number };

const valueInputs = ["insecureValue", "value", "valueWo"] as const;
/** A change of any of these is a put. */
const written = [
  "allowedPattern",
  "description",
  "insecureValue",
  "keyId",
  "tier",
  "type",
  "value",
  "valueWoVersion",
] as const;

export const parameter: Resource<Aws, Inputs, State> = {
  inputs,
  secret: ["value", "valueWo"],
  computed: ["hasValueWo", "tagsAll", "version"],
  optionalComputed: ["arn", "dataType", "insecureValue", "keyId", "tier", "value"],
  replaces: ["dataType", "name", "region"],
  configuredDefaults: ({ region }) => ({ region }),
  check: faultsAmong,

  planned(given, olds) {
    const recorded: Inputs = withoutEmptyTags(without(given, "valueWo"));
    // AWS chooses between the other two, and shows which.
    const isChosen = recorded.tier === "Intelligent-Tiering" && olds?.tier !== undefined;
    return isChosen ? { ...recorded, tier: olds.tier } : recorded;
  },

  outdatedBy: (changed) => [
    ...(["value", "description"].some((name) => changed.has(name)) ? ["version"] : []),
    ...(changed.has("valueWoVersion") ? ["hasValueWo", "version"] : []),
    ...(changed.has("tags") ? ["tagsAll"] : []),
  ],

  replacedBy: (_aws, olds, news, changed) =>
    // AWS has no way down. https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
    Promise.resolve(
      changed.has("tier") && olds.tier === "Advanced" && news.tier === "Standard" ? ["tier"] : [],
    ),

  async create(aws, given) {
    const { name, region, overwrite = false } = given;
    const isSecure = given.type === "SecureString";
    await doing(`creating SSM Parameter (${name})`, () =>
      aws.ssm(region).send(
        new PutParameterCommand({
          ...putOf(given, given.valueWo ?? given.insecureValue ?? given.value),
          Overwrite: overwrite,
          DataType: given.dataType,
          Description: given.description,
          KeyId: isSecure ? given.keyId : undefined,
          Tier: given.tier,
          // With an overwrite AWS refuses them.
          Tags: overwrite ? undefined : tagList(given.tags),
        }),
      ),
    );
    const added = tagList(given.tags);
    if (overwrite && added.length > 0)
      await doing(`setting SSM Parameter (${name}) tags`, () =>
        aws.ssm(region).send(new AddTagsToResourceCommand({ ...resourceOf(name), Tags: added })),
      );
    const made = {
      ...without(given, "valueWo"),
      ...(given.valueWo === undefined ? {} : { hasValueWo: true }),
    };
    try {
      const outputs = await seen(aws, made);
      if (outputs === undefined)
        throw new AwsError(`reading SSM Parameter (${name}): couldn't find resource`, undefined);
      return { id: name, outputs };
    } catch (error) {
      throw new PartialCreation(name, made, error);
    }
  },

  read: (aws, _id, state) => seen(aws, state),

  async import(aws, id) {
    const [name = "", region = aws.region] = id.split("@");
    const outputs = await seen(aws, { name, region, type: "String" });
    return outputs === undefined ? undefined : { id: name, outputs };
  },

  async update(aws, id, state, { olds, news }) {
    const ssm = aws.ssm(state.region);
    await doing(`updating tags for SSM Parameter (${id})`, () =>
      retag(olds.tags, state.tags, {
        remove: (TagKeys) => ssm.send(new RemoveTagsFromResourceCommand({ ...resourceOf(id), TagKeys })),
        add: (added) => ssm.send(new AddTagsToResourceCommand({ ...resourceOf(id), Tags: tagList(added) })),
      }),
    );
    if (written.some((name) => olds[name] !== state[name]))
      await doing(`updating SSM Parameter (${id})`, () =>
        ssm.send(new PutParameterCommand(rewriteOf(state, olds, news))),
      );
    const next = without(state, "hasValueWo");
    return (await seen(aws, news.valueWo === undefined ? next : { ...next, hasValueWo: true })) ?? state;
  },

  async delete(aws, _id, { name, region }) {
    await doing(`deleting SSM Parameter (${name})`, () =>
      ifThere(() => aws.ssm(region).send(new DeleteParameterCommand({ Name: name }))),
    );
  },
};

function faultsAmong(given: Properties): string[] {
  const faults: string[] = [];
  const all = valueInputs.join(", ");
  const specified = valueInputs.filter((name) => given[name] !== undefined);
  if (specified.length === 0) faults.push(`one of ${all} must be specified`);
  if (specified.length > 1)
    faults.push(`only one of ${all} can be specified, but ${specified.join(", ")} were`);
  const hasVersion = given["valueWoVersion"] !== undefined;
  if (hasVersion !== (given["valueWo"] !== undefined))
    faults.push(`"valueWo" and "valueWoVersion" must be specified together`);
  if (given["type"] === "SecureString" && given["insecureValue"] !== undefined)
    faults.push(`a parameter of type SecureString takes no "insecureValue"`);
  return faults;
}

function putOf({ name, type, allowedPattern = "" }: Inputs, given = ""): PutParameterCommandInput {
  return { Name: name, Type: type, Value: given, AllowedPattern: allowedPattern };
}

/** What an update puts: of what is not secret only what changed, and what is only written when its version did. */
function rewriteOf(state: State, olds: State, news: Inputs): PutParameterCommandInput {
  const isSecure = state.type === "SecureString";
  const recorded = news.insecureValue === undefined ? state.value : state.insecureValue;
  const hasNewVersion = olds.valueWoVersion !== state.valueWoVersion;
  return {
    ...putOf(state, hasNewVersion ? (news.valueWo ?? recorded) : recorded),
    Overwrite: state.overwrite ?? true,
    Description: olds.description === state.description ? undefined : (state.description ?? ""),
    KeyId: isSecure && olds.keyId !== state.keyId ? state.keyId : undefined,
    Tier: news.tier ?? state.tier,
  };
}

function resourceOf(name: string) {
  return { ResourceType: "Parameter", ResourceId: name } as const;
}

async function seen(aws: Aws, state: State): Promise<State | undefined> {
  const { name, region } = state;
  const ssm = aws.ssm(region);
  const found = await doing(`reading SSM Parameter (${name})`, () =>
    ifThere(() => ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }))),
  );
  if (found?.Parameter === undefined) return undefined;
  const described = await doing(`reading SSM Parameter metadata (${name})`, () =>
    describe(aws, found.Parameter?.Name ?? name, region),
  );
  if (described === undefined) return undefined;
  const { TagList } = await doing(`listing tags for SSM Parameter (${name})`, () =>
    ssm.send(new ListTagsForResourceCommand(resourceOf(name))),
  );
  return { ...recordedOf(state, found.Parameter, described), ...tagsIn(TagList) };
}

async function describe(aws: Aws, name: string, region?: string): Promise<ParameterMetadata | undefined> {
  const filter = { Key: "Name", Option: "Equals", Values: [name] };
  const pages = paginateDescribeParameters({ client: aws.ssm(region) }, { ParameterFilters: [filter] });
  for await (const { Parameters = [] } of pages) if (Parameters[0] !== undefined) return Parameters[0];
  return undefined;
}

function recordedOf(state: State, found: Parameter, described: ParameterMetadata): State {
  const isInsecure = state.insecureValue !== undefined && found.Type !== "SecureString";
  const shown = isInsecure ? { insecureValue: found.Value } : { value: found.Value };
  return {
    ...without(state, "insecureValue", "tags", "tagsAll", "value"),
    ...(state.hasValueWo === true ? {} : shown),
    name: found.Name ?? state.name,
    type: found.Type ?? state.type,
    ...(found.Version === undefined ? {} : { version: found.Version }),
    arn: found.ARN,
    allowedPattern: textIn(described.AllowedPattern),
    dataType: inputs.shape.dataType.parse(described.DataType),
    description: textIn(described.Description),
    keyId: described.KeyId,
    tier: described.Tier,
  };
}

function textIn(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
