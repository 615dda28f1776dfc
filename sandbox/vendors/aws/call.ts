import { type IncomingHttpHeaders } from "node:http";

/** One call, read from its headers and body as far as the proxy needs it. */
export interface AwsCall {
  /** As in the signature's scope, e.g. `ssm`. */
  service: string;
  region: string;
  /** E.g. `PutParameter`. */
  action: string;
  protocol: Protocol;
  /** Whose signature it carries; undefined where it carries none that can be read. */
  accessKeyId: string | undefined;
  /** Names of the things it is about, e.g. of a user or a parameter. */
  things: string[];
}

/** How requests and errors are written: https://smithy.io/2.0/aws/protocols/ */
export type Protocol = "json" | "query" | "s3";

/** Fields that name a thing; all others may hold a value. */
const namingFields = [
  ...["UserName", "PolicyName", "PolicyArn", "AccessKeyId", "RoleName", "GroupName"],
  ...["Name", "Names", "ResourceId", "Path", "KeyId"],
];

export function readCall(request: {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: Buffer | undefined;
}): AwsCall {
  const { method, headers, body } = request;
  const url = new URL(request.url, "http://aws");
  const scope = /Credential=([^,\s]+)/.exec(headers.authorization ?? "")?.[1]?.split("/") ?? [];
  const [accessKeyId, , region, signedService] = scope.length === 5 ? scope : [];
  const common = { accessKeyId, region: region ?? "us-east-1" };

  const target = headers["x-amz-target"];
  if (typeof target === "string") {
    const [, action = ""] = target.split(".");
    const service = signedService ?? serviceOfTarget(target);
    return { ...common, service, action, protocol: "json", things: thingsOf(jsonFields(body)) };
  }
  const isForm = headers["content-type"]?.startsWith("application/x-www-form-urlencoded") === true;
  const form = new URLSearchParams(isForm ? body?.toString("utf8") : url.search);
  const action = form.get("Action");
  if (action !== null) {
    const fields = Object.fromEntries(form);
    const service = signedService ?? "sts";
    return { ...common, service, action, protocol: "query", things: thingsOf(fields) };
  }
  const [bucket = "", ...key] = url.pathname.slice(1).split("/");
  const things = [bucket, key.join("/")].filter((thing) => thing !== "").map(decoded);
  const of = (["Service", "Bucket", "Object"] as const)[things.length] ?? "Object";
  return {
    ...common,
    service: signedService ?? "s3",
    action: `${method.charAt(0)}${method.slice(1).toLowerCase()}${of}`,
    protocol: "s3",
    things,
  };
}

/** What log and faults call it, e.g. `SSM PutParameter`. */
export function callName({ service, action }: AwsCall): string {
  return `${service.toUpperCase()} ${action}`;
}

/** `AmazonSSM.PutParameter`, `Lightsail_20161128.GetInstances`: only where there is no signature to say it. */
function serviceOfTarget(target: string): string {
  const [prefix = ""] = target.split(".");
  return prefix
    .replace(/^(Amazon|AWS)/, "")
    .replace(/_\d+$/, "")
    .toLowerCase();
}

function jsonFields(body: Buffer | undefined): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(body?.toString("utf8") ?? "");
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function thingsOf(fields: Record<string, unknown>): string[] {
  return namingFields
    .flatMap((name) => fields[name])
    .filter((thing): thing is string => typeof thing === "string" && thing !== "");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
