import { randomBytes } from "node:crypto";

import { CreateUserCommand, ListAccessKeysCommand } from "@aws-sdk/client-iam";
import { GetParameterCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { request } from "undici";

import { allow, failed, failure, Harness, startTimeoutMs } from "./harness";
import { signedCall } from "./signed-call";

let aws: Harness;
beforeAll(async () => {
  aws = await Harness.start();
}, startTimeoutMs);
afterAll(() => aws.stop());
afterEach(() => {
  aws.aws.faults.clear();
});

async function arm(fault: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(fault);
  const { status } = await fetch(`${aws.aws.url}/_sandbox/faults`, { method: "POST", headers, body });
  expect(status).toBe(201);
}

const put = (Name: string, Value = "x") =>
  aws.ssm().send(new PutParameterCommand({ Name, Value, Type: "SecureString" }));
const get = (Name: string) => aws.ssm().send(new GetParameterCommand({ Name }));
const identity = () => aws.sts().send(new GetCallerIdentityCommand({}));
const post = (body: string, headers: Record<string, string> = {}) =>
  request(aws.aws.url, { method: "POST", body, headers });

describe("faults", () => {
  it("meet the action they name, once, and no other", async () => {
    await arm({ kind: "status", status: 503, path: "SSM PutParameter" });
    await identity();
    const Name = `/${aws.name()}`;
    expect(await failure(put(Name))).toEqual([503, "ServiceUnavailableException"]);
    expect(await failure(get(Name))).toEqual([400, "ParameterNotFound"]);
    await put(Name);
  });

  it.each([
    [403, "AccessDenied", "AccessDeniedException"],
    [500, "InternalFailure", "InternalServerError"],
  ])("of status %i are in each service's own words", async (status, query, json) => {
    await arm({ kind: "status", status, times: 2 });
    expect(await failure(identity())).toEqual([status, query]);
    expect(await failure(get("/a"))).toEqual([status, json]);
  });

  it("of a rate limit are the vendor's throttling", async () => {
    await arm({ kind: "rate-limit", times: 2 });
    expect(await failure(identity())).toEqual([400, "Throttling"]);
    expect(await failure(get("/a"))).toEqual([400, "ThrottlingException"]);
  });

  it("drop a call before or after it is carried out", async () => {
    const [lost, kept] = [aws.name(), aws.name()];
    const create = (UserName: string) => aws.iam().send(new CreateUserCommand({ UserName }));
    const keys = (UserName: string) => aws.iam().send(new ListAccessKeysCommand({ UserName }));
    await arm({ kind: "drop-before", path: "IAM CreateUser" });
    await expect(create(lost)).rejects.toThrow();
    expect(await failure(keys(lost))).toEqual([404, "NoSuchEntityException"]);
    await arm({ kind: "drop-after", path: "IAM Create*" });
    await expect(create(kept)).rejects.toThrow();
    await keys(kept);
    expect(
      aws.aws.log
        .read()
        .filter(({ path }) => path === "IAM CreateUser")
        .slice(-2),
    ).toMatchObject([
      { status: 0, keys: [lost] },
      { status: 0, keys: [kept] },
    ]);
  });

  it("delay an answer", async () => {
    await arm({ kind: "delay", delayMs: 300, path: "STS *" });
    const started = Date.now();
    await identity();
    expect(Date.now() - started).toBeGreaterThan(290);
  });

  it("that make no sense are refused, and can be listed and cleared", async () => {
    const url = `${aws.aws.url}/_sandbox/faults`;
    const headers = { "content-type": "application/json" };
    const refused = await fetch(url, { method: "POST", headers, body: '{"kind":"flood"}' });
    expect(refused.status).toBe(422);
    await arm({ kind: "status", path: "SSM *" });
    expect(await (await fetch(url)).json()).toMatchObject([{ kind: "status", path: "SSM *" }]);
    expect((await fetch(url, { method: "DELETE" })).status).toBe(204);
    expect(await (await fetch(url)).json()).toEqual([]);
  });
});

describe("the settings", () => {
  const patch = (body: object) =>
    fetch(`${aws.aws.url}/_sandbox/settings`, {
      method: "PATCH",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  it("can be changed while it runs, one by one", async () => {
    const changed = await patch({ new_key_delay_ms: 60_000 });
    expect([changed.status, await changed.json()]).toEqual([200, aws.state.settings]);
    const key = await aws.keyWith();
    expect(await failure(aws.arn(key))).toEqual([403, "InvalidClientTokenId"]);
    await patch({ new_key_delay_ms: 0 });
    await aws.arn(key);
    expect(await (await fetch(`${aws.aws.url}/_sandbox/settings`)).json()).toEqual({
      new_key_delay_ms: 0,
      new_key_delay_ms_by_service: {},
      new_key_flickers: 0,
      last_used_lag_ms: 0,
    });
  });

  it.each([{ new_key_delay_ms: -1 }, { new_key_delay: 1 }])("%j is refused", async (body) => {
    expect((await patch(body)).status).toBe(422);
  });
});

describe("the log", () => {
  it("has each call's action and the names of its things, and no value", async () => {
    const before = aws.aws.log.read().length;
    const secret = randomBytes(16).toString("hex");
    const Name = `/${aws.name()}`;
    await put(Name, secret);
    const key = await aws.keyWith();
    await failure(aws.ssm(key).send(new GetParameterCommand({ Name })));
    await signedCall(aws.aws.url, aws.operator, {
      service: "s3",
      method: "PUT",
      path: "/raxx-bucket/a/b",
      body: secret,
    });
    await post(`Action=GetCallerIdentity&UserName=${aws.name()}`, {
      "content-type": "application/x-www-form-urlencoded",
    });
    await request(`${aws.aws.url}/raxx-bucket/a%20b`, { method: "DELETE" });
    const calls = aws.aws.log.read().slice(before);
    expect(calls.map(({ method, path, status, keys }) => [method, path, status, keys])).toEqual([
      ["POST", "SSM PutParameter", 200, [Name]],
      ["POST", "IAM CreateUser", 200, [expect.stringContaining("raxx-test-")]],
      ["POST", "IAM CreateAccessKey", 200, [expect.stringContaining("raxx-test-")]],
      ["POST", "SSM GetParameter", 400, [Name]],
      ["PUT", "S3 PutObject", 404, ["raxx-bucket", "a/b"]],
      ["POST", "STS GetCallerIdentity", 403, [expect.stringContaining("raxx-test-")]],
      ["DELETE", "S3 DeleteObject", 403, ["raxx-bucket", "a b"]],
    ]);
    const text = JSON.stringify(await (await fetch(`${aws.aws.url}/_sandbox/calls`)).json());
    for (const value of [secret, key.secret, aws.operator.secret]) expect(text).not.toContain(value);
  });
});

describe("what is no call of a person with a key", () => {
  it("is refused without a signature, in each service's own words", async () => {
    const query = await post("Action=ListUsers", { "content-type": "application/x-www-form-urlencoded" });
    expect([query.statusCode, await query.body.text()]).toEqual([
      403,
      expect.stringContaining("<Code>MissingAuthenticationToken</Code>"),
    ]);
    const json = await post("{}", { "x-amz-target": "AmazonSSM.DescribeParameters" });
    expect([json.statusCode, await json.body.json()]).toMatchObject([
      400,
      { __type: "MissingAuthenticationTokenException" },
    ]);
  });

  it.each([
    "POST /moto-api/reset",
    "POST /moto-api/reset-auth",
    "GET /moto-api/data.json",
    "GET /_raxx/keys/a",
  ])("%s does not reach moto's own controls", async (call) => {
    const [method = "", path = ""] = call.split(" ");
    const unsigned = await request(`${aws.aws.url}${path}`, { method: method as "GET" });
    expect(unsigned.statusCode).toBe(403);
    const signed = await signedCall(aws.aws.url, aws.operator, { service: "s3", method, path });
    expect(signed.status).toBeGreaterThanOrEqual(400);
    await identity();
  });

  it("moto itself refuses whoever does not come through the proxy", async () => {
    for (const path of ["/", "/moto-api/data.json", "/_raxx/keys/a"]) {
      expect((await request(aws.aws.moto.url + path)).statusCode).toBe(403);
    }
  });
});

it("an action that moto lacks is said to be not emulated", async () => {
  const key = await aws.keyWith(allow("ssm:*"));
  const answer = await signedCall(aws.aws.url, key, {
    service: "ssm",
    method: "POST",
    path: "/",
    target: "AmazonSSM.StartSession",
    body: "{}",
  });
  expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
    400,
    { __type: "UnknownOperationException" },
  ]);
});

it("an error never repeats a value that was sent", async () => {
  const secret = randomBytes(16).toString("hex");
  const call = aws
    .ssm()
    .send(new PutParameterCommand({ Name: "/a", Value: secret, Type: "Nonsense" as "String" }));
  expect((await failed(call)).message).not.toContain(secret);
});
