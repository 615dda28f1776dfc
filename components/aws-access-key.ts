import { AccessKey } from "@pulumi/aws/iam/accessKey";
import { Policy } from "@pulumi/aws/iam/policy";
import { User } from "@pulumi/aws/iam/user";
import { UserPolicyAttachment } from "@pulumi/aws/iam/userPolicyAttachment";
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Input,
  type Output,
  type Resource,
  secret,
} from "@pulumi/pulumi";

import {
  markerOf,
  type AwsAccessKeyIssuer,
  type Generation,
  type PolicyStatement,
  type Token,
  type TokenGenerations,
} from "../catalog";
import { type AwsHooks } from "./aws-hooks";
import { type Credential } from "./credential";

export interface AwsAccessKeyArgs {
  token: Token & { issuer: AwsAccessKeyIssuer };
  generations: TokenGenerations;
  /** The stack's name. */
  stack: string;
  /** Twelve digits. */
  accountId: string;
  region: string;
  /** What removes the remains of a run that was cut off. @default nothing */
  hooks?: AwsHooks;
  /** Import ids of what was there before us: it is taken over, and kept on destroy. @default all is made */
  adopt?: { user?: string | undefined; policy?: string | undefined };
  /** What has to be there before anything is minted. @default nothing */
  after?: Resource[];
}

/**
 * An IAM user with one policy, and an access key per generation. A user has two keys at most, inactive ones too:
 * the current and the previous one.
 *
 * ```ts
 * const billing = new AwsAccessKey("AWS_BILLING_READ", { token, generations, stack: "prod", accountId, region });
 * billing.parts.ACCESS_KEY_ID; // secret Output of the current generation
 * ```
 */
export class AwsAccessKey extends ComponentResource implements Credential {
  readonly token: Token;
  readonly generation: string;
  declare readonly value: Output<string>;
  declare readonly parts: { ACCESS_KEY_ID: Output<string>; SECRET_ACCESS_KEY: Output<string> };
  /** IAM lets no key expire. */
  declare readonly companions: Credential["companions"];

  constructor(name: string, args: AwsAccessKeyArgs, opts?: ComponentResourceOptions) {
    const { token, generations } = args;
    const { current, previous } = generations;
    super("raxx:aws:AccessKey", name, { token: token.name, generation: current.name }, opts);
    this.token = token;
    this.generation = current.name;

    const user = this.user(name, args);
    // Before the current one is minted it has to be known which other keys of the user are in use.
    const earlier = previous === undefined ? [] : [this.key(name, args, user, previous)];
    const key = this.key(name, args, user, current, earlier);
    this.value = key.secret;
    this.parts = { ACCESS_KEY_ID: secret(key.id), SECRET_ACCESS_KEY: key.secret };
    this.companions = { EXPIRES_AT: "non-expiring", SCOPES: token.vendorScopes.join(" ") };
    this.registerOutputs({ generation: this.generation });
  }

  /** With its policy: a key that is minted before it could do nothing at first. */
  private user(
    name: string,
    { token, stack, accountId, region, hooks, adopt = {}, after }: AwsAccessKeyArgs,
  ): AttachedUser {
    const { issuer, tags } = token;
    const child = { parent: this, dependsOn: after ?? [] };
    const marked = { ...tags, provisioner: markerOf(stack, token.name) };
    const user = new User(
      `${name}-user`,
      { name: issuer.user, tags: marked },
      {
        ...child,
        ...(adopt.user === undefined
          ? { hooks: hooks?.user ?? {} }
          : takenOver(adopt.user, ["forceDestroy", "path", "permissionsBoundary", "tags"])),
      },
    );
    const policy = new Policy(
      `${name}-policy`,
      { name: issuer.policy, policy: policyDocument(issuer.statements, { accountId, region }), tags: marked },
      {
        ...child,
        ...(adopt.policy === undefined
          ? { hooks: hooks?.policy ?? {} }
          : takenOver(adopt.policy, ["description", "tags"])),
      },
    );
    const attachment = new UserPolicyAttachment(
      `${name}-attachment`,
      { user: user.name, policyArn: policy.arn },
      // Between two that were there before us it may have been there too, and attaching twice is no error.
      { parent: this, retainOnDelete: adopt.user !== undefined && adopt.policy !== undefined },
    );
    return { name: user.name, attachment };
  }

  private key(
    name: string,
    { token, stack, hooks }: AwsAccessKeyArgs,
    user: AttachedUser,
    generation: Generation,
    earlier?: AccessKey[],
  ): AccessKey {
    const logicalName = `${name}-${generation.name}`;
    const mint = {
      name: logicalName,
      generation: generation.name,
      marker: markerOf(stack, token.name),
      ...(earlier === undefined ? {} : { others: earlier.map(({ id }) => id) }),
    };
    return new AccessKey(
      logicalName,
      { user: user.name },
      {
        parent: this,
        dependsOn: [user.attachment, ...(earlier ?? [])],
        hooks: hooks?.key(mint) ?? {},
      },
    );
  }
}

/** Without our tag, which says what we made; what is ignored stays as it was found. */
function takenOver(id: string, ignoreChanges: string[]): CustomResourceOptions {
  return { import: id, retainOnDelete: true, ignoreChanges };
}

interface AttachedUser {
  name: Input<string>;
  attachment: Resource;
}

/** The policy in IAM's language, always in the same order. */
export function policyDocument(
  statements: readonly PolicyStatement[],
  { accountId, region }: { accountId: string; region: string },
): string {
  const arn = (template: string): string =>
    template.replaceAll("{account}", accountId).replaceAll("{region}", region);
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map(({ actions, resources, viaService }) => ({
      Effect: "Allow",
      Action: [...actions],
      Resource: resources.map(arn),
      ...(viaService === undefined
        ? {}
        : { Condition: { StringEquals: { "kms:ViaService": `${viaService}.${region}.amazonaws.com` } } }),
    })),
  });
}
