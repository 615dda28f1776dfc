import { createHmac } from "node:crypto";

import {
  type AccessKeyMetadata,
  CreateAccessKeyCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  paginateListAccessKeys,
  type StatusType,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import { z } from "zod";

import { PartialCreation, type Resource } from "../kit/plugin";
import { type Aws, doing } from "./client";
import { ifThere } from "./lookups";

const inputs = z.strictObject({
  pgpKey: z.undefined("the stand-in does not encrypt with PGP").optional(),
  status: z.enum(["Active", "Inactive"]).optional(),
  user: z.string(),
});

type Inputs = z.infer<typeof inputs>;
type State = Inputs & { createDate?: string; secret?: string; sesSmtpPasswordV4?: string };

export const accessKey: Resource<Aws, Inputs, State> = {
  inputs,
  inputDefaults: { status: "Active" },
  secret: ["secret", "sesSmtpPasswordV4"],
  computed: [
    "createDate",
    "encryptedSecret",
    "encryptedSesSmtpPasswordV4",
    "keyFingerprint",
    "secret",
    "sesSmtpPasswordV4",
  ],
  replaces: ["pgpKey", "user"],

  async create(aws, given) {
    const { AccessKey: key } = await doing(`creating IAM Access Key (${given.user})`, () =>
      aws.iam.send(new CreateAccessKeyCommand({ UserName: given.user })),
    );
    const { AccessKeyId: id, SecretAccessKey: secret } = key ?? {};
    if (key === undefined || id === undefined || secret === undefined)
      throw new Error("CreateAccessKey response did not contain a Secret Access Key as expected");
    // Shown this once, and never again.
    const minted = { ...given, secret, sesSmtpPasswordV4: smtpPasswordOf(secret, aws.region) };
    if (given.status === "Inactive")
      try {
        await doing(`deactivating IAM Access Key (${id})`, () => setStatus(aws, id, given));
      } catch (error) {
        throw new PartialCreation(id, minted, error);
      }
    return { id, outputs: { ...minted, ...dateOf(key) } };
  },

  read: (aws, id, state) => seen(aws, id, state),

  async import(aws, id) {
    const { UserName: user } = await doing(`fetching IAM Access Key (${id}) username`, () =>
      aws.iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: id })),
    );
    if (user === undefined) throw new Error(`fetching IAM Access Key (${id}) username: empty response`);
    const outputs = await seen(aws, id, { user });
    return outputs === undefined ? undefined : { id, outputs };
  },

  async update(aws, id, state, { olds }) {
    if (olds.status !== state.status)
      await doing(`updating IAM Access Key (${id})`, () => setStatus(aws, id, state));
    return (await seen(aws, id, state)) ?? state;
  },

  async delete(aws, id, { user }) {
    await doing(`deleting IAM Access Key (${id})`, () =>
      ifThere(() => aws.iam.send(new DeleteAccessKeyCommand({ UserName: user, AccessKeyId: id }))),
    );
  },
};

async function setStatus(aws: Aws, id: string, { user, status = "Active" }: Inputs): Promise<void> {
  await aws.iam.send(
    new UpdateAccessKeyCommand({ UserName: user, AccessKeyId: id, Status: status satisfies StatusType }),
  );
}

/** What AWS shows of a key, or undefined when it is gone. The secret stays as it is recorded. */
async function seen(aws: Aws, id: string, state: State): Promise<State | undefined> {
  const key = await doing(`reading IAM Access Key (${id})`, () => ifThere(() => find(aws, id, state.user)));
  if (key === undefined) return undefined;
  const status = key.Status === "Inactive" ? "Inactive" : "Active";
  return { ...state, user: key.UserName ?? state.user, status, ...dateOf(key) };
}

async function find(aws: Aws, id: string, user: string): Promise<AccessKeyMetadata | undefined> {
  const pages = paginateListAccessKeys({ client: aws.iam }, { UserName: user });
  for await (const { AccessKeyMetadata: keys = [] } of pages) {
    const found = keys.find(({ AccessKeyId }) => AccessKeyId === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** As Go writes it: without fractions of a second. */
function dateOf({ CreateDate }: { CreateDate?: Date | undefined }): { createDate?: string } {
  return CreateDate === undefined ? {} : { createDate: CreateDate.toISOString().replace(/\.\d+Z$/, "Z") };
}

/** https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html#smtp-credentials-convert */
export function smtpPasswordOf(secret: string, region: string): string {
  const signature = ["11111111", region, "ses", "aws4_request", "SendRawEmail"].reduce(
    (key: Buffer, text) => createHmac("sha256", key).update(text).digest(),
    Buffer.from(`AWS4${secret}`),
  );
  return Buffer.concat([Buffer.from([4]), signature]).toString("base64");
}
