import { GetCallerIdentityCommand, type GetCallerIdentityResponse, STSClient } from "@aws-sdk/client-sts";

import { reach } from "../internet";

/*
 * What a step's script calls as `aws`, for the one call that workflows here make: `aws sts get-caller-identity`. It is
 * signed and made, and what goes wrong is told as AWS's own client does:
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-returncodes.html
 */
const exitCodes = { syntax: 252, configuration: 253, service: 254, other: 255 } as const;

/** Tells what AWS's own client would, and how it would end. */
class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
  }
}

async function main([service, operation, ...options]: string[], environment: NodeJS.ProcessEnv) {
  if (service !== "sts" || operation !== "get-caller-identity") {
    throw new CliError("argument command: Invalid choice, this aws knows sts get-caller-identity only", 252);
  }
  const fields = fieldsOf(options);
  const identity = await callerIdentity(environment);
  process.stdout.write(`${fields.map((field) => identity[field] ?? "None").join("\t")}\n`);
}

type Field = "Account" | "Arn" | "UserId";

/** Of `--query '[Account, Arn]' --output text`, or of one field. */
function fieldsOf(options: string[]): Field[] {
  const [query, queried = "", output, format] = options;
  const fields = queried.replace(/^\[(.*)\]$/, "$1").split(/\s*,\s*/);
  const known = fields.every((field) => ["Account", "Arn", "UserId"].includes(field));
  if (query === "--query" && output === "--output" && format === "text" && known && options.length === 4) {
    return fields as Field[];
  }
  throw new CliError("Unknown options: this aws takes --query FIELDS --output text only", exitCodes.syntax);
}

async function callerIdentity(environment: NodeJS.ProcessEnv): Promise<GetCallerIdentityResponse> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = environment;
  if (accessKeyId === "") {
    throw new CliError("Unable to locate credentials.", exitCodes.configuration);
  }
  if (secretAccessKey === "") {
    const missing = "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY";
    throw new CliError(missing, exitCodes.configuration);
  }
  const region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "";
  if (region === "") {
    throw new CliError(
      'You must specify a region. You can also configure your region by running "aws configure".',
      253,
    );
  }
  const url = `https://sts.${region}.amazonaws.com/`;
  const client = new STSClient({
    region,
    endpoint: addressOf(url, environment),
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    return await client.send(new GetCallerIdentityCommand({}));
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    if ($metadata?.httpStatusCode === undefined) throw unreachable(url);
    const refusal = `An error occurred (${name}) when calling the GetCallerIdentity operation: ${message}`;
    throw new CliError(refusal, exitCodes.service);
  }
}

function addressOf(url: string, { SANDBOX_INTERNET: internet = "{}" }: NodeJS.ProcessEnv): string {
  try {
    return reach(JSON.parse(internet) as Record<string, string>, url);
  } catch {
    throw unreachable(url);
  }
}

function unreachable(url: string): CliError {
  return new CliError(`Could not connect to the endpoint URL: "${url}"`, exitCodes.other);
}

main(process.argv.slice(2), process.env).catch((error: unknown) => {
  const fault = error instanceof CliError ? error : new CliError("aws failed", exitCodes.other);
  process.stderr.write(`\n${fault.message}\n`);
  process.exitCode = fault.exitCode;
});
