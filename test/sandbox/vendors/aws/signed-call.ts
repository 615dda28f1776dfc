import { createHash } from "node:crypto";
import { type IncomingHttpHeaders } from "node:http";

import { STSClient } from "@aws-sdk/client-sts";
import { request } from "undici";

import { awsRegion } from "../../../../sandbox/vendors/aws";
import { type Key } from "./harness";

export interface SignedCall {
  service: string;
  method: string;
  path: string;
  /** X-Amz-Target, of services that speak JSON. */
  target?: string;
  body?: string;
  /** The host that the call says it goes to. @default that of the URL */
  host?: string;
}

/** A call to a service whose client is not installed, signed by the signer of one that is. */
export async function signedCall(
  url: string,
  key: Key,
  { service, method, path, target, body = "", host = new URL(url).host }: SignedCall,
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  const { hostname, port, protocol } = new URL(url);
  const credentials = { accessKeyId: key.id, secretAccessKey: key.secret };
  const client = new STSClient({ region: awsRegion, credentials });
  const signer = await client.config.signer({
    name: "sigv4",
    signingName: service,
    signingRegion: awsRegion,
    properties: {},
  });
  const signed = await signer.sign({
    method,
    protocol,
    hostname,
    port: Number(port),
    path,
    query: {},
    headers: {
      host,
      "x-amz-content-sha256": createHash("sha256").update(body).digest("hex"),
      ...(target !== undefined && { "x-amz-target": target, "content-type": "application/x-amz-json-1.1" }),
    },
    body,
  });
  const answer = await request(`${url}${path}`, {
    method: method as "GET",
    headers: signed.headers,
    body: body === "" ? null : body,
  });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}
