import { AwsClient, ifThere } from "../../../providers/aws/client";
import { AwsError } from "../../../providers/aws/explain";
import { canary, failureOf, inject, serve } from "../support";
import { allow, awsAccount, awsRegion, AwsWorld, startTimeoutMs } from "./world";

let world: AwsWorld;
beforeAll(async () => {
  world = await AwsWorld.start();
}, startTimeoutMs);
beforeEach(() => {
  world.reset();
});
afterAll(() => world.stop());

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

async function errorOf(call: Promise<unknown>): Promise<AwsError> {
  const error = await failureOf(call);
  // The SDK's own errors carry request and answer: nothing of them is kept.
  expect(error.cause).toBeUndefined();
  expect(error.message).not.toContain("\n");
  if (error instanceof AwsError) return error;
  throw error;
}

describe("a client", () => {
  it("speaks to IAM in the one region that it has, to the others in its own", async () => {
    const scopes: (string | undefined)[] = [];
    const server = await serve((response, { headers }) => {
      scopes.push(/Credential=\S+?\/\d+\/([^/]+\/[^/]+)\//.exec(headers.authorization ?? "")?.[1]);
      response.writeHead(400, { "content-type": "text/plain" }).end("no");
    });
    const credentials = { accessKeyId: "AKIATEST", secretAccessKey: canary() };
    const client = new AwsClient({ region: "eu-west-1", url: server.url, credentials });
    await errorOf(client.iam.getUser({}));
    await errorOf(client.ssm.getParameter({ Name: "/a" }));
    await errorOf(client.sts.getCallerIdentity({}));
    expect(scopes).toEqual(["us-east-1/iam", "eu-west-1/ssm", "eu-west-1/sts"]);
    await server.close();
  });

  it("takes place and credentials from the environment", async () => {
    const { id, secret } = world.harness.operator;
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: world.vendor.url,
      AWS_ACCESS_KEY_ID: id,
      AWS_SECRET_ACCESS_KEY: secret,
      RAXX_SANDBOX: "1",
    });
    const client = AwsClient.fromEnvironment(awsRegion);
    expect(await client.sts.getCallerIdentity({})).toMatchObject({ Account: awsAccount });
    const other = await world.harness.keyWith(allow("ce:Get*"));
    const theirs = AwsClient.withCredentials(awsRegion, {
      accessKeyId: other.id,
      secretAccessKey: other.secret,
    });
    expect((await theirs.sts.getCallerIdentity({})).Arn).toBe(await world.harness.arn(other));
  });

  it("says what to do where there are no credentials", async () => {
    for (const name of Object.keys(process.env))
      if (name.startsWith("AWS_")) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: world.vendor.url,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_SHARED_CREDENTIALS_FILE: "/nowhere/credentials",
      AWS_CONFIG_FILE: "/nowhere/config",
    });
    const failure = await failureOf(AwsClient.fromEnvironment(awsRegion).sts.getCallerIdentity({}));
    expect(failure.name).toBe("UserError");
    expect(failure.message).toMatch(/^no AWS credentials were found.*aws sso login, and run again$/);
  });

  it("prints nothing, whatever happens", async () => {
    const printed = jest.fn();
    const spies = (["log", "info", "warn", "error", "debug"] as const).map((level) =>
      jest.spyOn(console, level).mockImplementation(printed),
    );
    const emitted = jest.spyOn(process, "emitWarning").mockImplementation(printed);
    inject(world.vendor, { kind: "drop-before", times: 3 });
    await errorOf(world.client().ssm.getParameter({ Name: "/raxx/none" }));
    expect(printed).not.toHaveBeenCalled();
    for (const spy of [...spies, emitted]) spy.mockRestore();
  });
});

describe("a call", () => {
  it.each(["drop-before", "drop-after"] as const)("that reads is made again after %s", async (kind) => {
    inject(world.vendor, { kind, times: 2 });
    await world.client().sts.getCallerIdentity({});
    expect(world.calls()).toHaveLength(3);
  });

  it("that reads is made three times at most", async () => {
    inject(world.vendor, { kind: "status", status: 503, times: 0 });
    const error = await errorOf(world.client().iam.listAccessKeys({ UserName: "raxx-billing" }));
    expect(error).toMatchObject({ trouble: "unavailable", status: 503, action: "iam:ListAccessKeys" });
    expect(error.message).toMatch(
      /^aws answered 503 when asked to list access keys \(raxx-billing\) \(request /,
    );
    expect(world.calls()).toHaveLength(3);
  });

  it.each([
    { kind: "drop-after" },
    { kind: "drop-before" },
    { kind: "status", status: 500 },
    { kind: "status", status: 503 },
  ] as const)("that mints is never repeated after %j", async (fault) => {
    const user = await world.user();
    world.forget();
    inject(world.vendor, fault);
    await errorOf(world.client().iam.createAccessKey({ UserName: user }));
    expect(world.calls()).toEqual(["IAM CreateAccessKey"]);
  });

  it("that AWS refused for being too many was not carried out, and is made again", async () => {
    const user = await world.user();
    inject(world.vendor, { kind: "rate-limit" });
    await world.client().iam.createAccessKey({ UserName: user });
    expect(await world.keyIds(user)).toHaveLength(1);
  });

  it("that gets no answer in time fails, and is not waited for", async () => {
    const silent = await serve(() => undefined);
    const url = silent.url;
    const credentials = { accessKeyId: "AKIATEST", secretAccessKey: canary() };
    const client = new AwsClient({ region: awsRegion, url, credentials, answerTimeoutMs: 200 });
    const error = await errorOf(client.iam.createAccessKey({ UserName: "raxx" }));
    expect(error.trouble).toBe("silent");
    expect(silent.received).toHaveLength(1);
    await silent.close();
  });
});

describe("what went wrong is told in one line:", () => {
  it("a key that AWS does not know", async () => {
    const key = { id: "AKIAQQQQQQQQQQQQQQQQ", secret: canary() };
    for (const call of [
      () => world.client(key).sts.getCallerIdentity({}),
      () => world.client(key).ssm.getParameter({ Name: "/raxx/a" }),
    ]) {
      const error = await errorOf(call());
      expect(error.trouble).toBe("unauthorized");
      expect(error.message).toContain("export a valid AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
      expect(error.message).not.toContain(key.secret);
    }
  });

  it("a permission that is missing, by name", async () => {
    const key = await world.harness.keyWith(allow("ce:Get*"));
    const denied = await errorOf(world.client(key).iam.listAccessKeys({ UserName: "raxx-billing" }));
    expect(denied.trouble).toBe("forbidden");
    expect(denied.message).toContain("allow them iam:ListAccessKeys on raxx-billing, or export others");
    const other = await errorOf(world.client(key).ssm.getParameter({ Name: "/raxx/a" }));
    expect(other.message).toContain("allow them ssm:GetParameter on /raxx/a,");
  });

  it.each([
    ["ExpiredToken", 403, "expired", "aws sso login"],
    ["Teapot", 418, "refused", "the request was refused (Teapot); nothing was changed"],
    ["EntityAlreadyExists", 409, "exists", "it exists already, and this stack did not make it"],
    ["LimitExceeded", 409, "quota", "as many as AWS allows"],
    ["DeleteConflict", 409, "bound", "something belongs to it"],
  ])("%s", async (code, status, trouble, words) => {
    const message = canary();
    const server = await serve((response) => {
      response
        .writeHead(status, { "content-type": "text/xml", "x-amzn-requestid": "r-1" })
        .end(
          `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
        );
    });
    const credentials = { accessKeyId: "AKIATEST", secretAccessKey: canary() };
    const client = new AwsClient({ region: awsRegion, url: server.url, credentials });
    const error = await errorOf(client.iam.deleteUser({ UserName: "raxx" }));
    expect(error.trouble).toBe(trouble);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain(message);
    expect(error.requestId).toBe("r-1");
    await server.close();
  });

  it("an answer that is not AWS's", async () => {
    const page = canary();
    const server = await serve((response) => {
      response.writeHead(403, { "content-type": "text/html" }).end(`<html>${page}</html>`);
    });
    const credentials = { accessKeyId: "AKIATEST", secretAccessKey: canary() };
    const client = new AwsClient({ region: awsRegion, url: server.url, credentials });
    for (const call of [() => client.ssm.getParameter({ Name: "/a" }), () => client.iam.getUser({})]) {
      const error = await errorOf(call());
      expect(error.trouble).toBe("foreign");
      expect(error.message).toContain("check AWS_ENDPOINT_URL (unset it to use AWS itself)");
      expect(error.message).not.toContain(page);
    }
    await server.close();
  });

  it("nobody who listens", async () => {
    const server = await serve(() => undefined);
    await server.close();
    const credentials = { accessKeyId: "AKIATEST", secretAccessKey: canary() };
    const client = new AwsClient({ region: awsRegion, url: server.url, credentials });
    const error = await errorOf(client.iam.deleteUser({ UserName: "raxx" }));
    expect(error).toMatchObject({ trouble: "silent", status: undefined });
    expect(error.message).toMatch(
      /^aws gave no answer when asked to delete user \(raxx\): check the network/,
    );
  });
});

describe("what is not there", () => {
  it("is undefined, of either service", async () => {
    expect(await ifThere(world.client().iam.getUser({ UserName: "raxx-none" }))).toBeUndefined();
    const ResourceId = "/raxx/none";
    const tags = world.client().ssm.listTagsForResource({ ResourceType: "Parameter", ResourceId });
    expect(await ifThere(tags)).toBeUndefined();
    expect(await ifThere(world.client().ssm.getParameter({ Name: ResourceId }))).toBeUndefined();
  });

  it("is not what may not be looked at", async () => {
    const key = await world.harness.keyWith(allow("ce:Get*"));
    await errorOf(ifThere(world.client(key).iam.getUser({ UserName: "raxx-none" })));
  });
});
