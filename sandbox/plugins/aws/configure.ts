import { GetUserCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { z } from "zod";

import { jsonText } from "../kit/check";
import { type Properties } from "../kit/properties";
import { Aws, AwsError, type Credentials, doing, type Service } from "./client";

/** What is missing here is not imitated, and refused: roles to assume, default tags, proxies, shared files. */
export const config = z.strictObject({
  accessKey: z.string().optional(),
  allowedAccountIds: jsonText(z.array(z.string())),
  endpoints: jsonText(z.array(z.record(z.string(), z.string()))),
  forbiddenAccountIds: jsonText(z.array(z.string())),
  insecure: jsonText(z.boolean()),
  maxRetries: jsonText(z.int().min(0)),
  profile: z.string().optional(),
  region: z.string().optional(),
  retryMode: z.enum(["standard", "adaptive"]).optional(),
  s3UsePathStyle: jsonText(z.boolean()),
  secretKey: z.string().optional(),
  skipCredentialsValidation: jsonText(z.boolean()),
  skipMetadataApiCheck: jsonText(z.boolean()),
  skipRegionValidation: jsonText(z.boolean()),
  skipRequestingAccountId: jsonText(z.boolean()),
  stsRegion: z.string().optional(),
  token: z.string().optional(),
});
type Settings = z.infer<typeof config>;

export const secretConfig = ["accessKey", "secretKey", "token"];

/** The real plugin tries 25 times: with an emulator that is gone, each call would take minutes to fail. */
const MOST_ATTEMPTS = 5;

const services = ["iam", "ssm", "sts"] as const;

/** Reads the environment now, not before: the values may be those of a later moment than the process's start. */
export async function configure(given: Properties, { signal }: { signal: AbortSignal }): Promise<Aws> {
  const settings = config.parse(given);
  const env = process.env;
  const region = firstOf(settings.region, env["AWS_REGION"], env["AWS_DEFAULT_REGION"]);
  if (region === undefined) throw new Error("missing region: set aws:region, or AWS_REGION");
  const profile = firstOf(settings.profile, env["AWS_PROFILE"]);
  const credentials = credentialsOf(settings, env);
  // The SDK writes on standard error that it will want a newer Node some day.
  env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const aws = new Aws({
    region,
    endpoints: endpointsOf(settings, env),
    ...(credentials === undefined ? {} : { credentials }),
    ...(profile === undefined ? {} : { profile }),
    ...(settings.stsRegion === undefined ? {} : { stsRegion: settings.stsRegion }),
    maxAttempts: Math.max(1, settings.maxRetries ?? (Number(env["AWS_MAX_ATTEMPTS"]) || MOST_ATTEMPTS)),
    retryMode: settings.retryMode ?? "standard",
    signal,
  });
  verifyAllowed(await accountOf(aws, settings, env), settings);
  return aws;
}

/** The real plugin asks three times for whose credentials they are, and is answered the same. */
async function accountOf(aws: Aws, settings: Settings, env: NodeJS.ProcessEnv): Promise<string> {
  const skips = settings.skipCredentialsValidation ?? env["AWS_SKIP_CREDENTIALS_VALIDATION"] === "true";
  if (!skips) return doing("validating provider credentials", () => accountFromSts(aws));
  if (settings.skipRequestingAccountId === true) return "";
  return (await accountFromIam(aws)) ?? accountFromSts(aws);
}

async function accountFromSts(aws: Aws): Promise<string> {
  return (await aws.sts.send(new GetCallerIdentityCommand({}))).Account ?? "";
}

async function accountFromIam(aws: Aws): Promise<string | undefined> {
  try {
    return (await aws.iam.send(new GetUserCommand({}))).User?.Arn?.split(":")[4];
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}

function verifyAllowed(account: string, { allowedAccountIds = [], forbiddenAccountIds = [] }: Settings) {
  const isMissing = allowedAccountIds.length > 0 && !allowedAccountIds.includes(account);
  if (isMissing || forbiddenAccountIds.includes(account))
    throw new Error(`AWS account ID not allowed: ${account}`);
}

/** Undefined leaves it to the SDK's chain, which may ask services elsewhere: never in the sandbox. */
function credentialsOf(
  { accessKey, secretKey, token }: Settings,
  env: NodeJS.ProcessEnv,
): Credentials | undefined {
  const isConfigured = [accessKey, secretKey, token].some((text) => text !== undefined && text !== "");
  if (isConfigured) return together(accessKey, secretKey, token);
  if (env["RAXX_SANDBOX"] !== "1") return undefined;
  return together(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env["AWS_SESSION_TOKEN"]);
}

function together(id = "", secret = "", token = ""): Credentials {
  if (id === "" || secret === "")
    throw new Error(
      "missing AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or aws:accessKey and aws:secretKey",
    );
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    ...(token === "" ? {} : { sessionToken: token }),
  };
}

const loopback = /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/;

/**
 * Addresses of the services, where they are not AWS's own. https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 *
 * @throws Error in the sandbox, for any that is not on this machine
 */
export function endpointsOf(
  { endpoints = [] }: Pick<Settings, "endpoints">,
  env: NodeJS.ProcessEnv,
): Partial<Record<Service, string>> {
  const configured = Object.assign({}, ...endpoints) as Partial<Record<string, string>>;
  const found = Object.fromEntries(
    services.map((service) => [
      service,
      firstOf(configured[service], env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`], env["AWS_ENDPOINT_URL"]),
    ]),
  ) as Record<Service, string | undefined>;
  for (const [service, address] of Object.entries({ ...configured, ...found })) {
    if (address !== undefined && !URL.canParse(address))
      throw new Error(`endpoint of ${service} must be an absolute address`);
    const isHere = address !== undefined && loopback.test(new URL(address).hostname);
    if (env["RAXX_SANDBOX"] === "1" && !isHere)
      throw new Error(
        `endpoint of ${service} is not on this machine: in the sandbox set AWS_ENDPOINT_URL, or aws:endpoints, to an emulator on loopback`,
      );
  }
  return Object.fromEntries(
    services.flatMap((service) => {
      const address = found[service];
      return address === undefined ? [] : [[service, address] as const];
    }),
  );
}

function firstOf(...texts: (string | undefined)[]): string | undefined {
  return texts.find((text) => text !== undefined && text !== "");
}
