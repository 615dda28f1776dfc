import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { aws } from "../../../../sandbox/plugins/aws";
import { endpointsOf } from "../../../../sandbox/plugins/aws/configure";
import { without } from "../../../../sandbox/plugins/kit/properties";
import { ScratchFolder } from "../../scratch-folder";
import { secretly, servedForTests } from "../plugin-client";
import { refusal, types, worldForTests } from "./world";

const world = worldForTests();
const served = servedForTests(() => aws);
const identity = "aws:index/getCallerIdentity:getCallerIdentity";

const names = [
  "AWS_ACCESS_KEY_ID",
  "AWS_DEFAULT_REGION",
  "AWS_ENDPOINT_URL",
  "AWS_MAX_ATTEMPTS",
  "AWS_PROFILE",
  "AWS_REGION",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_SKIP_CREDENTIALS_VALIDATION",
  "RAXX_SANDBOX",
] as const;

describe("the aws provider's configuration", () => {
  const scratch = new ScratchFolder();
  afterAll(() => {
    scratch.remove();
  });
  const before = names.map((name) => [name, process.env[name]] as const);
  beforeEach(() => {
    for (const name of names) Reflect.deleteProperty(process.env, name);
  });
  afterAll(() => {
    for (const [name, value] of before)
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
  });

  const environment = () => ({
    AWS_ACCESS_KEY_ID: world().operator.id,
    AWS_SECRET_ACCESS_KEY: world().operator.secret,
    AWS_ENDPOINT_URL: world().vendor.url,
    AWS_REGION: "us-east-1",
    RAXX_SANDBOX: "1",
  });

  it("comes from the environment of the moment where the program gives none, and is tried by one call", async () => {
    Object.assign(process.env, environment());
    const client = await served.client();
    expect(world().calls()).toEqual(["STS GetCallerIdentity"]);
    expect(await client.invoke(identity)).toEqual({
      accountId: "521228113048",
      arn: "arn:aws:iam::521228113048:user/operator",
      id: "521228113048",
      userId: expect.any(String) as string,
    });
  });

  it("outside the sandbox takes what the SDK's chain finds", async () => {
    Object.assign(process.env, environment(), { RAXX_SANDBOX: "" });
    const client = await served.client();
    expect(await client.invoke(identity)).toMatchObject({ accountId: "521228113048" });
  });

  it("may name a profile, whose file is not read in the sandbox", async () => {
    const file = join(scratch.root, "credentials");
    const { id, secret } = world().operator;
    writeFileSync(file, `[ours]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`);
    const { AWS_ENDPOINT_URL, AWS_REGION } = environment();
    Object.assign(process.env, {
      AWS_ENDPOINT_URL,
      AWS_REGION,
      AWS_PROFILE: "ours",
      AWS_SHARED_CREDENTIALS_FILE: file,
    });
    expect(await (await served.client()).invoke(identity)).toMatchObject({ accountId: "521228113048" });
    process.env["RAXX_SANDBOX"] = "1";
    expect(await refusal(served.client())).toContain("missing AWS credentials");
  });

  it("prefers what the program gives", async () => {
    Object.assign(process.env, environment(), { AWS_SECRET_ACCESS_KEY: "wrong", AWS_ENDPOINT_URL: "" });
    await served.client(world().settings);
    expect(world().calls()).toEqual(["STS GetCallerIdentity"]);
  });

  it("fails with AWS's answer when the key is refused, without the key or its secret", async () => {
    const secret = randomBytes(30).toString("base64");
    const wrongSecret = await refusal(served.client({ ...world().settings, secretKey: secretly(secret) }));
    expect(wrongSecret).toMatch(
      /validating provider credentials: operation error STS: GetCallerIdentity, .*StatusCode: 403.*SignatureDoesNotMatch: \S/,
    );
    const id = `AKIA${"A".repeat(16)}`;
    const wrongKey = await refusal(served.client({ ...world().settings, accessKey: secretly(id) }));
    expect(wrongKey).toContain("InvalidClientTokenId");
    for (const message of [wrongSecret, wrongKey])
      for (const text of [secret, id, world().operator.id, world().operator.secret, "\n"])
        expect(message).not.toContain(text);
  });

  it("refuses an account that is not the allowed one, or is forbidden", async () => {
    const settings = world().settings;
    await served.client({ ...settings, allowedAccountIds: `["521228113048"]` });
    for (const rule of [
      { allowedAccountIds: `["111122223333"]` },
      { forbiddenAccountIds: `["521228113048"]` },
    ])
      expect(await refusal(served.client({ ...settings, ...rule }))).toContain(
        "AWS account ID not allowed: 521228113048",
      );
  });

  it("asks IAM for the account where the credentials are not validated, and nobody where that is skipped too", async () => {
    const settings = { ...world().settings, skipCredentialsValidation: "true" };
    await served.client({ ...settings, allowedAccountIds: `["521228113048"]` });
    expect(world().calls()).toEqual(["IAM GetUser"]);
    await served.client({ ...settings, skipRequestingAccountId: "true" });
    expect(world().calls()).toEqual([]);
  });

  it("asks STS where IAM does not say", async () => {
    world().fail("IAM GetUser", { status: 403 });
    await served.client({ ...world().settings, skipCredentialsValidation: "true" });
    expect(world().calls()).toEqual(["IAM GetUser", "STS GetCallerIdentity"]);
  });

  it("says which setting is missing", async () => {
    expect(await refusal(served.client(without(world().settings, "region")))).toContain(
      "missing region: set aws:region, or AWS_REGION",
    );
    process.env["RAXX_SANDBOX"] = "1";
    for (const keys of [{}, { accessKey: "A" }, { secretKey: "B" }])
      expect(
        await refusal(served.client({ ...without(world().settings, "accessKey", "secretKey"), ...keys })),
      ).toContain("missing AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  });

  it("in the sandbox never looks for credentials elsewhere, and reaches no address that is not on this machine", async () => {
    Object.assign(process.env, environment(), { AWS_ENDPOINT_URL: "" });
    expect(await refusal(served.client())).toContain(
      "endpoint of iam is not on this machine: in the sandbox set AWS_ENDPOINT_URL, or aws:endpoints, to an emulator on loopback",
    );
    expect(world().calls()).toEqual([]);
  });

  it("refuses what it does not imitate, and settings that are not what they should be", async () => {
    const { failures } = await served.connect().checkConfig({
      assumeRoles: "[]",
      defaultTags: "{}",
      maxRetries: "many",
    });
    expect(failures).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^property "maxRetries": /),
        `unexpected property "assumeRoles"`,
        `unexpected property "defaultTags"`,
      ]),
    );
    expect(failures).toHaveLength(3);
  });

  it("tries a call that got no answer again as often as it is told to, and then says so", async () => {
    const client = await served.client({ ...world().settings, maxRetries: "3" });
    world().fail("STS GetCallerIdentity", { kind: "drop-before", times: 3 });
    world().calls();
    expect(await refusal(client.invoke(identity))).toMatch(
      /reading STS Caller Identity: operation error STS: GetCallerIdentity: EOF$/,
    );
    expect(world().calls()).toHaveLength(3);
  });

  it("says when nobody is there", async () => {
    const gone = JSON.stringify([
      { iam: world().vendor.url, ssm: world().vendor.url, sts: "http://127.0.0.1:9" },
    ]);
    expect(await refusal(served.client({ ...world().settings, endpoints: gone }))).toMatch(
      /operation error STS: GetCallerIdentity: connect: connection refused$/,
    );
  });

  it("tells a refusal for want of a right", async () => {
    const user = await world().client.create(types.user, { name: world().name(), path: "/" });
    const { id, state } = await world().client.create(types.key, { user: user.id, status: "Active" });
    const { value: secret } = state["secret"] as { value: string };
    const client = await served.client({
      ...world().settings,
      accessKey: secretly(id),
      secretKey: secretly(secret),
    });
    expect(await refusal(client.create(types.user, { name: world().name(), path: "/" }))).toMatch(
      /creating IAM User .*StatusCode: 403.*AccessDenied: \S/,
    );
    const parameter = { name: "/raxx/denied", type: "String", insecureValue: "x" };
    expect(await refusal(client.create(types.parameter, parameter))).toMatch(
      /creating SSM Parameter .*StatusCode: 400.*AccessDeniedException: \S/,
    );
  });
});

describe("the addresses of the services", () => {
  const env = {
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    AWS_ENDPOINT_URL_SSM: "http://localhost:2",
  };

  it("are those of the program, then the service's own in the environment, then the one for all", () => {
    expect(endpointsOf({ endpoints: [{ sts: "http://[::1]:3" }] }, { ...env, RAXX_SANDBOX: "1" })).toEqual({
      iam: "http://127.0.0.1:1",
      ssm: "http://localhost:2",
      sts: "http://[::1]:3",
    });
    expect(endpointsOf({}, {})).toEqual({});
  });

  it.each(["http://127.0.0.1.example:9", "https://iam.amazonaws.com", "http://10.0.0.1"])(
    "in the sandbox are not %s, whichever service has it",
    (outside) => {
      const sandbox = { ...env, RAXX_SANDBOX: "1" };
      for (const service of ["iam", "kms"])
        expect(() => endpointsOf({ endpoints: [{ [service]: outside }] }, sandbox)).toThrow(
          `endpoint of ${service} is not on this machine`,
        );
    },
  );

  it("are refused when they are none", () => {
    expect(() => endpointsOf({ endpoints: [{ sts: "localhost" }] }, {})).toThrow(
      "endpoint of sts must be an absolute address",
    );
  });
});
