import { setTimeout as sleep } from "node:timers/promises";

import type * as iam from "@aws-sdk/client-iam";
import type * as ssm from "@aws-sdk/client-ssm";
import type * as sts from "@aws-sdk/client-sts";

import { type AwsCredentials } from "../environment";
import { UserError } from "../errors";
import { once } from "../once";
import { AwsError, explain, type Refusal, troubleOf } from "./explain";

export interface TransportOptions {
  region: string;
  /** Where all services are reached. @default AWS's own addresses */
  url?: string;
  /** @default those that the SDK finds: environment, profile, role of the machine */
  credentials?: AwsCredentials;
  /** For one try. @default 15 seconds */
  answerTimeoutMs?: number;
}

const connectTimeoutMs = 5_000;
/** Before the second and the third try. */
const pausesMs = [400, 1_200];

/** They take half a second to load, which a run that does not call AWS need not wait for. */
const library = once(() => {
  // The SDK would write on standard error that it will want a newer Node some day.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  /* eslint-disable @typescript-eslint/no-require-imports -- imports would load them in every process */
  return {
    iam: require("@aws-sdk/client-iam") as typeof iam,
    ssm: require("@aws-sdk/client-ssm") as typeof ssm,
    sts: require("@aws-sdk/client-sts") as typeof sts,
  };
  /* eslint-enable @typescript-eslint/no-require-imports */
});

/** IAM is one for all regions: https://docs.aws.amazon.com/general/latest/gr/iam-service.html */
export function iamSdk(options: TransportOptions): iam.IAM {
  return tamed(new (library().iam.IAM)(settings({ ...options, region: "us-east-1" })));
}

export function ssmSdk(options: TransportOptions): ssm.SSM {
  return tamed(new (library().ssm.SSM)(settings(options)));
}

export function stsSdk(options: TransportOptions): sts.STS {
  return tamed(new (library().sts.STS)(settings(options)));
}

function settings({ region, url, credentials, answerTimeoutMs = 15_000 }: TransportOptions) {
  return {
    region,
    // Which calls may be asked again is decided below: the SDK would repeat a mint whose answer was lost.
    maxAttempts: 1,
    retryMode: "standard",
    logger: silent,
    requestHandler: {
      connectionTimeout: connectTimeoutMs,
      requestTimeout: answerTimeoutMs,
      throwOnRequestTimeout: true,
      logger: silent,
    },
    ...(url === undefined ? {} : { endpoint: url }),
    ...(credentials === undefined ? {} : { credentials }),
  };
}

const nothing = (): void => undefined;
const silent = { trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Reads are asked again within bounds, and errors leave in our words: those of the SDK carry what was sent. */
function tamed<Client extends iam.IAM | ssm.SSM | sts.STS>(client: Client): Client {
  // The three stacks differ in the types of what passes through them, which is passed on as it is.
  const stack = client.middlewareStack as iam.IAM["middlewareStack"];
  stack.add(
    (next, context) => async (args) => {
      const call = callOf(context, args.input);
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await next(args);
        } catch (error) {
          const fault = faultOf(error, call);
          const pauseMs = pausesMs[attempt];
          if (pauseMs === undefined || !mayAskAgain(fault, call)) throw fault;
          await sleep(pauseMs);
        }
      }
    },
    { step: "initialize", priority: "high", name: "raxxTamed" },
  );
  return client;
}

interface SdkCall {
  /** `ListAccessKeys`. */
  name: string;
  /** The permission that it needs: `iam:ListAccessKeys`. */
  action: string;
  /** What it is about, by name; never a value. */
  on: string;
}

function callOf(
  { clientName = "", commandName = "" }: { clientName?: string; commandName?: string },
  input: object,
): SdkCall {
  const name = commandName.replace(/Command$/, "");
  const fields = input as Partial<Record<string, unknown>>;
  const on = ["AccessKeyId", "UserName", "PolicyArn", "ResourceId", "Name"].map((field) => fields[field]);
  return {
    name,
    action: `${clientName.replace(/Client$/, "").toLowerCase()}:${name}`,
    on: on.find((text) => typeof text === "string") ?? "",
  };
}

/** The parts of the SDK's errors that are needed. */
interface SdkError {
  name?: string;
  /** Of AWS's query protocol: the name without the SDK's `Exception`. */
  Code?: string;
  $fault?: "client" | "server";
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

function faultOf(thrown: unknown, { name, action, on }: SdkCall): AwsError | UserError {
  const { name: errorName = "", Code, $fault, $metadata = {} } = thrown as SdkError;
  if (/^(CredentialsProvider|TokenProvider)Error$/.test(errorName)) return new UserError(noCredentials);
  const { httpStatusCode: status, requestId } = $metadata;
  // Without a fault's side it is no answer of AWS, but the SDK's despair of one; of a page it makes an error of no name.
  const named = Code ?? errorName;
  const code =
    $fault === undefined || !/^(?!Unknown$|(Unknown)?Error$)[A-Z]\w{2,80}$/.test(named) ? undefined : named;
  const refusal: Refusal = {
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
  };
  const trouble = troubleOf(refusal);
  const words = name.replace(/\B[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
  return new AwsError(
    {
      vendor: "aws",
      operation: on === "" ? words : `${words} (${on})`,
      meaning: explain(trouble, code ?? "", action, on),
      retryable: trouble === "limited" || trouble === "unavailable" || trouble === "silent",
      ...(status === undefined ? {} : { status }),
      ...(requestId === undefined ? {} : { requestId }),
    },
    trouble,
    action,
  );
}

/** What was refused for being too many was not carried out; after all else only what changes nothing is asked again. */
function mayAskAgain(fault: AwsError | UserError, { name }: SdkCall): boolean {
  if (!(fault instanceof AwsError) || !fault.retryable) return false;
  return fault.trouble === "limited" || /^(Get|List|Describe)/.test(name);
}

const noCredentials =
  "no AWS credentials were found, or the session of the profile has ended: export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or export AWS_PROFILE after aws sso login, and run again";
