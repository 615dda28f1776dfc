import { randomUUID } from "node:crypto";
import { createServer, type Server } from "node:http";
import { type AddressInfo } from "node:net";

import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";

import { Aws, AwsError } from "../../../../sandbox/plugins/aws/client";

interface Answer {
  status: number;
  type: string;
  body: string;
}

let server: Server;
let answer: Answer;
let scopes: (string | undefined)[];
beforeAll(async () => {
  server = createServer((request, response) => {
    scopes.push(/Credential=\S+?\/\d+\/([^/]+\/[^/]+)\//.exec(request.headers.authorization ?? "")?.[1]);
    response
      .writeHead(answer.status, { "content-type": answer.type, "x-amzn-requestid": "r-1" })
      .end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
beforeEach(() => {
  scopes = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function client(): Aws {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new Aws({
    region: "us-east-1",
    endpoints: { iam: url, ssm: url, sts: url },
    credentials: { accessKeyId: "AKIATEST", secretAccessKey: randomUUID() },
    stsRegion: "eu-west-1",
    maxAttempts: 1,
    retryMode: "standard",
    signal: new AbortController().signal,
  });
}

async function failureOf(call: Promise<unknown>): Promise<AwsError> {
  const failure = await call.catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(AwsError);
  // Nothing but what is said: the SDK's own errors carry request and response.
  expect(Object.keys(failure as AwsError)).toEqual(["code"]);
  expect((failure as AwsError).cause).toBeUndefined();
  return failure as AwsError;
}

describe("an error of AWS", () => {
  it.each([
    ["XML where JSON is asked for", "application/xml"],
    ["a page of whatever stands in between", "text/html"],
  ])("does not quote %s", async (_what, type) => {
    const body = `<html><body>${randomUUID()}</body></html>`;
    answer = { status: 502, type, body };
    const { message } = await failureOf(
      client()
        .ssm()
        .send(new GetParameterCommand({ Name: "/a" })),
    );
    expect(message).toMatch(/^operation error SSM: GetParameter, https response error StatusCode: 502/);
    for (const part of ["<", body.slice(12, 30)]) expect(message).not.toContain(part);
    expect(message).toContain("the answer could not be read");
  });

  it("does not quote the request that a refused signature is explained with", async () => {
    const token = randomUUID();
    answer = {
      status: 403,
      type: "text/xml",
      body: `<ErrorResponse><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>The signature does not match. The Canonical String for this request should have been 'POST
x-amz-security-token:${token}'</Message></Error></ErrorResponse>`,
    };
    const failure = await failureOf(client().sts.send(new GetCallerIdentityCommand({})));
    expect(failure.message).toBe(
      "operation error STS: GetCallerIdentity, https response error StatusCode: 403, RequestID: r-1, SignatureDoesNotMatch: The signature does not match.",
    );
    expect(failure.code).toBe("SignatureDoesNotMatch");
  });
});

describe("the clients", () => {
  it("speak to each service in its region, to SSM in that of the resource", async () => {
    answer = { status: 400, type: "application/json", body: "{}" };
    const aws = client();
    await failureOf(aws.ssm().send(new GetParameterCommand({ Name: "/a" })));
    await failureOf(aws.ssm("us-west-2").send(new GetParameterCommand({ Name: "/a" })));
    await failureOf(aws.sts.send(new GetCallerIdentityCommand({})));
    expect(scopes).toEqual(["us-east-1/ssm", "us-west-2/ssm", "eu-west-1/sts"]);
    expect(aws.ssm("us-west-2")).toBe(aws.ssm("us-west-2"));
  });
});
