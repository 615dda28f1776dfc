import { IAMClient } from "@aws-sdk/client-iam";
import { SSMClient } from "@aws-sdk/client-ssm";
import { STSClient } from "@aws-sdk/client-sts";

export type Service = "iam" | "ssm" | "sts";

export interface AwsOptions {
  region: string;
  /** Where a service is reached. @default AWS's own address */
  endpoints: Partial<Record<Service, string>>;
  /** @default the SDK's own chain, with the profile */
  credentials?: Credentials;
  profile?: string;
  stsRegion?: string;
  maxAttempts: number;
  retryMode: string;
  /** Ends what waits for AWS. */
  signal: AbortSignal;
}

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** What AWS refused, told as the real plugin tells it: service, operation, status, request, code, AWS's message. */
export class AwsError extends Error {
  constructor(
    message: string,
    /** AWS's own word for the failure, e.g. `NoSuchEntity`. Undefined where there was no answer. */
    readonly code: string | undefined,
  ) {
    super(message);
  }
}

/** AWS says that what was asked for is not there. */
export function isGone(error: unknown): boolean {
  return error instanceof AwsError && (error.code === "NoSuchEntity" || error.code === "ParameterNotFound");
}

/** Puts in front of AWS's refusal what it was that failed. */
export async function doing<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AwsError) throw new AwsError(`${what}: ${error.message}`, error.code);
    throw error;
  }
}

/** A provider's clients. IAM is one for all regions, SSM has one for each. */
export class Aws {
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly region: string;
  readonly signal: AbortSignal;
  private readonly ssmClients = new Map<string, SSMClient>();

  constructor(private readonly options: AwsOptions) {
    this.region = options.region;
    this.signal = options.signal;
    this.iam = tellPlainly(new IAMClient(this.settings("iam")));
    this.sts = tellPlainly(new STSClient(this.settings("sts", options.stsRegion)));
  }

  ssm(region = this.region): SSMClient {
    let client = this.ssmClients.get(region);
    if (client === undefined) {
      client = tellPlainly(new SSMClient(this.settings("ssm", region)));
      this.ssmClients.set(region, client);
    }
    return client;
  }

  private settings(service: Service, region = this.region) {
    const { endpoints, credentials, profile, maxAttempts, retryMode } = this.options;
    const endpoint = endpoints[service];
    return {
      region,
      maxAttempts,
      retryMode,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined ? {} : { credentials }),
      ...(profile === undefined ? {} : { profile }),
    };
  }
}

/** Errors of the SDK carry the whole answer, and with it what was asked: they end here. */
function tellPlainly<Client extends IAMClient | SSMClient | STSClient>(client: Client): Client {
  // The three stacks differ in the types of what passes through them, which is passed on as it is.
  const stack = client.middlewareStack as IAMClient["middlewareStack"];
  stack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        throw read(error, operationOf(context));
      }
    },
    { step: "initialize", priority: "high", name: "tellPlainly" },
  );
  return client;
}

function operationOf({ clientName = "", commandName = "" }: { clientName?: string; commandName?: string }) {
  return `${clientName.replace(/Client$/, "")}: ${commandName.replace(/Command$/, "")}`;
}

/** The parts of the SDK's errors that are needed. */
interface SdkError {
  name?: string;
  message?: string;
  /** Of AWS's query protocol: the name without the SDK's `Exception`. */
  Code?: string;
  $fault?: "client" | "server";
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

function read(thrown: unknown, operation: string): AwsError {
  const { name, message = "", Code, $fault, $metadata = {} } = thrown as SdkError;
  const { httpStatusCode: status, requestId } = $metadata;
  if (name === "CredentialsProviderError")
    return new AwsError(`operation error ${operation}: no credentials could be found`, undefined);
  if (status === undefined)
    // Go's words for a call that was not answered.
    return new AwsError(
      `operation error ${operation}: ${message.includes("ECONNREFUSED") ? "connect: connection refused" : "EOF"}`,
      undefined,
    );
  const response = `https response error StatusCode: ${status}, RequestID: ${requestId ?? ""}`;
  // Without a fault's side it is no answer of AWS, but the SDK's despair of one: its message quotes the body.
  if ($fault === undefined)
    return new AwsError(`operation error ${operation}, ${response}, the answer could not be read`, undefined);
  const code = Code ?? name;
  return new AwsError(
    `operation error ${operation}, ${response}, ${code ?? ""}: ${withoutRequest(message)}`,
    code,
  );
}

/** A refused signature is explained with the request as it should have been signed, its token included. */
function withoutRequest(message: string): string {
  return (message.split("\n", 1)[0] ?? "").replace(/ The Canonical String .*$/, "");
}
