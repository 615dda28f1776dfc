import {
  awsAccount as resourceOf,
  type AwsAccountInputs,
  type AwsUser,
} from "../../../providers/aws/account";
import { type Adoptable } from "../../../providers/adoption";
import { AwsClient } from "../../../providers/aws/client";
import { failureOf, inject, serve } from "../support";

import { allow, awsAccount, awsRegion, AwsWorld, startTimeoutMs } from "./world";

let world: AwsWorld;
let user: string;
let parameter: string;
beforeAll(async () => {
  world = await AwsWorld.start();
}, startTimeoutMs);
beforeEach(() => {
  world.reset();
  user = world.harness.name();
  parameter = `/raxx/${user}/key`;
});
afterAll(() => world.stop());

const marker = "raxx:prod:AWS_BILLING_READ";
/** As {@link AwsWorld.policy} makes it, in other words. */
const document = JSON.stringify({
  Statement: [{ Resource: ["*"], Action: ["ce:Get*"], Effect: "Allow" }],
  Version: "2012-10-17",
});
const [first, second, third] = ["2026-05-06", "2026-06-05", "2026-07-05"] as const;

const resource = (client: AwsClient = world.client()): ReturnType<typeof resourceOf> =>
  resourceOf((region) => {
    expect(region).toBe(awsRegion);
    return client;
  });

/** In order: the user, the policy. */
function userWith(changes: Partial<AwsUser> = {}, adopted: [boolean, boolean] = [false, false]): AwsUser {
  const policy = changes.policy ?? `${user}-policy`;
  const importId = `arn:aws:iam::${awsAccount}:policy/${policy}`;
  return {
    marker,
    generations: [first],
    policy,
    document,
    adopt: {
      user: { name: `aws/user/${user}`, importId: user, adopted: adopted[0] },
      policy: { name: `aws/policy/${policy}`, importId, adopted: adopted[1] },
    },
    ...changes,
  };
}

function parameterPlace(adopted = false): Adoptable {
  return { name: `ssm${parameter}`, importId: parameter, adopted };
}

function wanted(changes: Partial<AwsAccountInputs> = {}, ofUser: Partial<AwsUser> = {}): AwsAccountInputs {
  return {
    accountId: awsAccount,
    region: awsRegion,
    users: { [user]: userWith(ofUser) },
    parameters: [{ name: parameter, marker, adopt: parameterPlace() }],
    supplied: [],
    awaited: [],
    ...changes,
  };
}

const recorded = (keys: string[] = [], inputs = wanted()): AwsAccountInputs => ({
  ...inputs,
  keysBefore: { [user]: keys },
  keysOfOthers: {},
});

/** The user, marked as ours, with keys. */
async function makeUser(keys: number, tag: string | null = marker): Promise<string[]> {
  user = await world.user(tag ?? undefined);
  parameter = `/raxx/${user}/key`;
  for (let made = 0; made < keys; made += 1) await world.harness.key(user);
  const ids = await world.keyIds(user);
  world.forget();
  return ids;
}

async function reasonOf(
  news: AwsAccountInputs,
  olds: Partial<AwsAccountInputs> = {},
  client?: AwsClient,
): Promise<string> {
  const { failures = [] } = await resource(client).check(olds, news);
  expect(failures).toHaveLength(1);
  expect(failures[0]?.property).toBe("");
  expect(world.writes()).toEqual([]);
  return failures[0]?.reason ?? "";
}

describe("check", () => {
  it("lets pass what is not there yet, and asks each thing once", async () => {
    expect(await resource().check({}, wanted())).toEqual({ inputs: recorded() });
    expect(world.calls().sort()).toEqual([
      "IAM GetAccountSummary",
      "IAM GetPolicy",
      "IAM GetUser",
      "IAM ListAccessKeys",
      "SSM DescribeParameters",
      "STS GetCallerIdentity",
    ]);
  });

  it("lets pass what is there and was intended, with the keys that stand there", async () => {
    const ids = await makeUser(1);
    await world.policy(marker, `${user}-policy`);
    await world.parameter(parameter, marker);
    const before = recorded([], wanted({ parameters: [] }, { policy: "before" }));
    delete before.keysBefore;
    expect(await resource().check(before, wanted())).toEqual({ inputs: recorded(ids) });
  });

  it("refuses what is there with our tag though this state never intended it", async () => {
    await makeUser(1);
    await world.policy(marker, `${user}-policy`);
    await world.parameter(parameter, marker);
    world.forget();
    const of = `carries the tag provisioner=${marker}, but the state of this stack never made it: go on with the state that did`;
    expect((await reasonOf(wanted())).split("\n")).toEqual([
      expect.stringContaining(`the IAM user ${user} ${of}`),
      expect.stringContaining(`the IAM policy ${user}-policy ${of}`),
      expect.stringContaining(`the SSM parameter ${parameter} ${of}`),
    ]);
  });

  it("refuses another name for a user that is in use", async () => {
    await makeUser(1);
    const { [user]: before, ...others } = wanted().users;
    if (before === undefined) throw new Error("there is no user");
    const renamed = wanted({ users: { ...others, "raxx-new-name": before } });
    expect(await reasonOf(renamed, recorded())).toMatch(
      new RegExp(
        `^the IAM user of AWS_BILLING_READ is ${user}, and the catalog calls it raxx-new-name now: `,
      ),
    );
  });

  it("asks whose the credentials are, and nothing else, once all is recorded", async () => {
    expect(await resource().check(recorded(["AKIAA"]), wanted())).toEqual({ inputs: recorded(["AKIAA"]) });
    expect(world.calls()).toEqual(["STS GetCallerIdentity"]);
  });

  it("asks for nothing where nothing is wanted", async () => {
    const nothing = wanted({ users: {}, parameters: [] });
    expect(await resource().check({}, nothing)).toEqual({
      inputs: { ...nothing, keysBefore: {}, keysOfOthers: {} },
    });
    expect(world.calls()).toEqual(["STS GetCallerIdentity"]);
  });

  it("asks about a region's parameters again where the region changes", async () => {
    await resource().check({ ...recorded(), region: "eu-west-1" }, wanted());
    expect(world.calls()).toContain("SSM DescribeParameters");
  });

  it("says all that is wrong at once", async () => {
    user = await world.user();
    parameter = `/raxx/${user}/key`;
    await world.policy("raxx:staging:AWS_BILLING_READ", `${user}-policy`);
    await world.parameter(parameter);
    world.forget();
    const reason = await reasonOf(wanted({ awaited: ["/raxx/freescout/ssh_key"] }), {
      supplied: ["/raxx/freescout/ssh_key"],
    });
    expect(reason.split("\n")).toEqual([
      expect.stringMatching(`^the IAM user ${user} exists, but not with the tag provisioner=${marker}: `),
      expect.stringMatching(`^the IAM policy ${user}-policy exists, but not`),
      expect.stringMatching(`^the SSM parameter ${parameter} exists, but not`),
      expect.stringMatching(/^the value of the SSM parameter \/raxx\/freescout\/ssh_key was supplied before/),
    ]);
  });
});

describe("the credentials of the run", () => {
  it("are refused where they are of another account", async () => {
    const reason = await reasonOf(wanted({ accountId: "111111111111" }));
    expect(reason).toBe(
      `the AWS credentials of this run are of the account ${awsAccount}, and not of 111111111111: export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, of 111111111111, or correct raxx:awsAccount`,
    );
    expect(world.calls()).toEqual(["STS GetCallerIdentity"]);
    const props = wanted({ accountId: "111111111111" });
    expect((await failureOf(resource().read("id", props))).message).toBe(reason);
  });

  it("may not be of another account than the recorded one, whatever the configuration says", async () => {
    const reason = await reasonOf(wanted(), { ...recorded(), accountId: "111111111111" });
    expect(reason).toContain(
      "made in the AWS account 111111111111: pulumi config set raxx:awsAccount 111111111111",
    );
    expect(world.calls()).toEqual([]);
  });

  it("that may not look are one fault, with all that they lack", async () => {
    const key = await world.harness.keyWith(allow("ce:Get*"));
    world.forget();
    expect(await reasonOf(wanted(), {}, world.client(key))).toBe(
      "the AWS credentials of this run may not look at what is there: allow them iam:GetPolicy, iam:GetUser, iam:ListAccessKeys, ssm:DescribeParameters, or export others, and run again",
    );
  });

  it("need not be allowed to count what the account has", async () => {
    const rights = ["iam:GetUser", "iam:GetPolicy", "iam:ListAccessKeys", "ssm:DescribeParameters"];
    const key = await world.harness.keyWith(allow(rights));
    expect(await resource(world.client(key)).check({}, wanted())).toEqual({ inputs: recorded() });
  });

  it.each([
    ["unknown", { kind: "status", status: 401 }, "export a valid AWS_ACCESS_KEY_ID"],
    ["never answered", { kind: "drop-before" }, "check the network"],
  ] as const)("that are %s are one line", async (_what, fault, words) => {
    inject(world.vendor, { ...fault, times: 0 });
    const reason = await reasonOf(wanted());
    expect(reason).toContain(words);
    expect(reason).not.toContain("\n");
  });
});

describe("access keys", () => {
  const rotating = (...generations: string[]): AwsAccountInputs => wanted({}, { generations });

  it("that stand there are recorded again whenever the wanted generations change, and kept otherwise", async () => {
    const [one = ""] = await makeUser(1);
    const before = recorded([]);
    const { inputs } = await resource().check(before, rotating(first, second));
    expect(inputs?.keysBefore).toEqual({ [user]: [one] });
    await world.harness.key(user);
    const again = await resource().check(inputs ?? {}, rotating(first, second));
    expect(again.inputs?.keysBefore).toEqual({ [user]: [one] });
    const finished = await resource().check(again.inputs ?? {}, rotating(second));
    expect(finished.inputs?.keysBefore).toEqual({ [user]: await world.keyIds(user) });
  });

  it("beyond two are refused before anything is written, with those that are there", async () => {
    const ids = await makeUser(2);
    const reason = await reasonOf(rotating(first, second), recorded());
    expect(reason).toMatch(
      new RegExp(`^the IAM user ${user} may have 2 access keys, and this run would mint ${second} beside `),
    );
    for (const id of ids) expect(reason).toMatch(new RegExp(`${id} \\(active, created .*?, never used\\)`));
    expect(reason).toContain(
      "finish the rotation (drop its previous in raxx:generations), or delete the one",
    );
  });

  it("are counted with those that are wanted newly, and no others", async () => {
    await makeUser(1);
    expect((await resource().check(recorded(), rotating(first, second))).failures).toBeUndefined();
    expect((await resource().check(recorded(), rotating(second))).failures).toBeUndefined();
    expect(await reasonOf(rotating(second, third), recorded())).toContain(
      `would mint ${second} and ${third}`,
    );
    await world.harness.key(user);
    world.forget();
    const both = recorded([], rotating(first, second));
    expect((await resource().check(both, rotating(second))).failures).toBeUndefined();
    expect((await resource().check(both, rotating(first, second))).failures).toBeUndefined();
    expect(await reasonOf(rotating(second, third), both)).toContain(`would mint ${third} beside`);
  });

  it("of a user that is not ours are no second fault", async () => {
    await makeUser(2, "raxx:prod:AWS_FREESCOUT_BACKUP");
    expect(await reasonOf(wanted())).not.toContain("\n");
  });
});

describe("what is made", () => {
  it.each(["/aws/a", "/SSM-a/b", "raxx/a", "/raxx//a", "/raxx/a b", "/raxx/a/", "/a".repeat(16)])(
    "may not have the parameter %j",
    async (name) => {
      const reason = await reasonOf(wanted({ parameters: [{ name, marker }] }));
      expect(reason).toMatch(/^\S.* is no name of an SSM parameter: .*; correct it in the catalog$/);
      expect(world.calls()).not.toContain("SSM DescribeParameters");
    },
  );

  it("is found among more parameters than one call takes", async () => {
    const last = `${parameter}/z`;
    await world.parameter(last);
    world.forget();
    const names = Array.from({ length: 60 }, (_, at) => `${parameter}/${at}`);
    const parameters = [...names, last].map((name) => ({ name, marker, adopt: parameterPlace() }));
    expect(await reasonOf(wanted({ parameters }))).toContain(`the SSM parameter ${last} exists`);
    expect(world.calls().filter((call) => call === "SSM DescribeParameters")).toHaveLength(2);
    expect(world.calls()).not.toContain("SSM GetParameter");
  });

  it("is asked about again where its marker or its policy is another", async () => {
    await makeUser(0);
    const other = "raxx:prod:AWS_FREESCOUT_BACKUP";
    expect(await reasonOf(wanted({}, { marker: other }), recorded())).toContain(`provisioner=${other}`);
    await world.policy(undefined, `${user}-new`);
    world.forget();
    expect(await reasonOf(wanted({}, { policy: `${user}-new` }), recorded())).toContain(
      `the IAM policy ${user}-new exists`,
    );
  });

  it("has to fit into the account", async () => {
    const entry = (key: string, value: number): string =>
      `<entry><key>${key}</key><value>${value}</value></entry>`;
    const server = await serve((response, { body }) => {
      const action = new URLSearchParams(body).get("Action") ?? "";
      const results: Record<string, string> = {
        GetCallerIdentity: `<Account>${awsAccount}</Account>`,
        GetAccountSummary: `<SummaryMap>${entry("Users", 5000)}${entry("UsersQuota", 5000)}${entry("Policies", 1499)}${entry("PoliciesQuota", 1500)}</SummaryMap>`,
      };
      const result = results[action];
      response.writeHead(result === undefined ? 404 : 200, { "content-type": "text/xml" });
      response.end(
        result === undefined
          ? "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code></Error></ErrorResponse>"
          : `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`,
      );
    });
    const { id, secret } = world.harness.operator;
    const credentials = { accessKeyId: id, secretAccessKey: secret };
    const client = new AwsClient({ region: awsRegion, url: server.url, credentials });
    const reason = await reasonOf(wanted({ parameters: [] }), {}, client);
    await server.close();
    expect(reason).toMatch(
      /^the AWS account has 5000 of at most 5000 IAM users, and this run would make 1 more: /,
    );
    expect(reason).not.toContain("\n");
  });

  it("keeps the values that a person gave, for as long as their token is there", async () => {
    const awaited = [parameter];
    const before = recorded([], wanted({ supplied: [parameter], awaited }));
    const kept = wanted({ supplied: [parameter], awaited });
    expect((await resource().check(before, kept)).failures).toBeUndefined();
    expect(await reasonOf(wanted({ awaited }), before)).toContain(
      `the value of the SSM parameter ${parameter} was supplied before and is missing`,
    );
    expect(await reasonOf(wanted({ parameters: [], awaited }), before)).toContain("was supplied before");
    const withoutToken = wanted({ users: {}, parameters: [] });
    expect((await resource().check(before, withoutToken)).failures).toBeUndefined();
  });
});

describe("what was there before us", () => {
  const policyName = (): string => `${user}-policy`;
  const arn = (): string => `arn:aws:iam::${awsAccount}:policy/${policyName()}`;
  const taking = (users: [boolean, boolean], ofParameter = false): AwsAccountInputs =>
    wanted({
      users: { [user]: userWith({}, users) },
      parameters: [{ name: parameter, marker, adopt: parameterPlace(ofParameter) }],
    });

  /** All three, without our tag, and the policy attached. */
  async function before(keys = 0): Promise<string[]> {
    const ids = await makeUser(keys, null);
    await world.attach(user, await world.policy(undefined, policyName()));
    await world.parameter(parameter);
    world.forget();
    return ids;
  }

  it("stops the run with the lines to add, each in full", async () => {
    await before();
    const line = (name: string, id: string): unknown =>
      expect.stringMatching(
        ` or take it over \\(it is then kept on destroy\\) with pulumi config set --path 'raxx:adopt\\["${name}"\\]' '${id}' --stack prod$`,
      );
    expect((await reasonOf(wanted())).split("\n")).toEqual([
      line(`aws/user/${user}`, user),
      line(`aws/policy/${policyName()}`, arn()),
      line(`ssm${parameter}`, parameter),
    ]);
  });

  it("is taken over where it is listed, with the keys that it has, which are remembered while they are there", async () => {
    const ids = await before(1);
    const news = taking([true, true], true);
    const { inputs, failures } = await resource().check({}, news);
    expect(failures).toBeUndefined();
    expect(inputs).toMatchObject({ keysBefore: { [user]: ids }, keysOfOthers: { [user]: ids } });
    expect(world.writes()).toEqual([]);
    const rotated = { ...news, users: { [user]: userWith({ generations: [second] }, [true, true]) } };
    expect((await resource().check(inputs ?? {}, rotated)).inputs?.keysOfOthers).toEqual({ [user]: ids });
    await world.harness.key(user);
    const again = await resource().check(inputs ?? {}, news);
    expect(again.inputs).toEqual(inputs);
    await world.client().iam.deleteAccessKey({ UserName: user, AccessKeyId: ids[0] ?? "" });
    const without = await resource().check(again.inputs ?? {}, news);
    expect(without.inputs?.keysOfOthers).toEqual({});
    world.forget();
    expect((await resource().check(without.inputs ?? {}, news)).failures).toBeUndefined();
    expect(world.calls()).toEqual(["STS GetCallerIdentity"]);
  });

  it("is looked at with its keys where the line comes after a run that intended to make it", async () => {
    const [id = ""] = await before(1);
    const { inputs, failures } = await resource().check(recorded([]), taking([true, true], true));
    expect(failures).toBeUndefined();
    expect(inputs).toMatchObject({ keysBefore: { [user]: [id] }, keysOfOthers: { [user]: [id] } });
  });

  it("may be a user alone, whose policy is then made", async () => {
    await makeUser(0, null);
    expect((await resource().check({}, taking([true, false]))).failures).toBeUndefined();
  });

  it("is asked about again where its line is taken away", async () => {
    await before();
    const { inputs = {} } = await resource().check({}, taking([true, true], true));
    expect((await reasonOf(wanted(), inputs)).split("\n")).toEqual([
      expect.stringContaining(`the IAM user ${user} exists, but not with the tag`),
      expect.stringContaining(`the IAM policy ${policyName()} exists, but not with the tag`),
      expect.stringContaining(`the SSM parameter ${parameter} exists, but not with the tag`),
    ]);
  });

  it("has to be there", async () => {
    expect((await reasonOf(taking([true, true], true))).split("\n")).toEqual([
      `raxx:adopt takes over the IAM user ${user}, but there is none: pulumi config rm --path 'raxx:adopt["aws/user/${user}"]' --stack prod`,
      expect.stringMatching(`^raxx:adopt takes over the IAM policy ${policyName()}, but there is none: `),
      expect.stringMatching(`^raxx:adopt takes over the SSM parameter ${parameter}, but there is none: `),
    ]);
  });

  it("is not said to be missing where these credentials may not look", async () => {
    const key = await world.harness.keyWith(allow("ce:Get*"));
    world.forget();
    const reason = await reasonOf(taking([true, true], true), {}, world.client(key));
    expect(reason).toMatch(/^the AWS credentials of this run may not look at what is there: [^\n]*$/);
  });

  it("may be of our own making: then none of its keys are somebody else's", async () => {
    await makeUser(1);
    await world.policy(marker, policyName());
    const { inputs, failures } = await resource().check(recorded(), taking([true, true]));
    expect(failures).toBeUndefined();
    expect(inputs?.keysOfOthers).toEqual({});
  });

  it("of a user counts for the two keys that it may have, by name", async () => {
    const ids = await before(2);
    const reason = await reasonOf(taking([true, true], true));
    expect(reason).toContain(`this run would mint ${first} beside ${ids[0] ?? ""} (active, created `);
    expect(reason).toContain(ids[1]);
    expect(reason).not.toContain("\n");
  });

  it.each<[string, unknown, string]>([
    [
      "allows more, and less",
      { Effect: "Allow", Action: ["iam:*", "ce:List*"], Resource: "*" },
      "it has besides ce:List*, iam:*; it lacks ce:Get*",
    ],
    [
      "is for other resources",
      { Effect: "Allow", Action: "ce:Get*", Resource: "arn:aws:ce:us-east-1:521228113048:a" },
      "the actions are the same, but not all of the rest",
    ],
  ])("is no policy that %s: it says how, and what sets it", async (_what, statement, words) => {
    await makeUser(0, null);
    const PolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
    await world.client().iam.createPolicy({ PolicyName: policyName(), PolicyDocument });
    world.forget();
    expect(await reasonOf(taking([true, true]))).toBe(
      `raxx:adopt takes over the IAM policy ${policyName()}, but it is not as the catalog has it: ${words}: correct the catalog, or set it for all who have it and run again: aws iam create-policy-version --policy-arn '${arn()}' --set-as-default --policy-document '${document}'`,
    );
    await world.client().iam.createPolicyVersion({
      PolicyArn: arn(),
      PolicyDocument: document,
      SetAsDefault: true,
    });
    expect((await resource().check({}, taking([true, true]))).failures).toBeUndefined();
  });

  it("is no user that has other rights: every key of it has them", async () => {
    await before();
    const { iam } = world.client();
    const other = await world.policy();
    await world.attach(user, other);
    await iam.putUserPolicy({ UserName: user, PolicyName: "inline-one", PolicyDocument: document });
    await iam.createGroup({ GroupName: `${user}-group` });
    await iam.addUserToGroup({ GroupName: `${user}-group`, UserName: user });
    world.forget();
    const reason = await reasonOf(taking([true, true], true));
    expect(reason).toContain(
      `has more rights than those of ${policyName()}, and every key of it has them too: the policy ${other.split("/").at(-1) ?? ""}, the inline policy inline-one, the group ${user}-group: `,
    );
  });

  it.each([
    ["a String", { Type: "String" }],
    ["of the advanced tier", { Type: "SecureString", Tier: "Advanced" }],
  ] as const)("is no parameter that is %s: AWS does not change that", async (kind, made) => {
    const other = `${parameter}/other`;
    for (const Name of [parameter, other])
      await world.client().ssm.putParameter({ Name, Value: "x", ...made });
    world.forget();
    const adopt = parameterPlace(true);
    const parameters = [
      { name: parameter, marker, adopt },
      { name: other, marker },
    ];
    const said = (await reasonOf(wanted({ users: {}, parameters }))).split("\n");
    expect(said).toEqual(
      [parameter, other].map((name) => expect.stringContaining(`${name} is ${kind}, which`) as unknown),
    );
    expect(said[1]).toContain(
      `delete it (aws ssm delete-parameter --name ${other} --region ${awsRegion}); then run again`,
    );
  });

  it("needs no line where it is a parameter for what we mint, unless it is for another token", async () => {
    await world.parameter(parameter);
    const minted = wanted({ users: {}, parameters: [{ name: parameter, marker }] });
    expect((await resource().check({}, minted)).failures).toBeUndefined();
    const other = `${parameter}/other`;
    await world.parameter(other, "raxx:staging:AWS_BILLING_READ");
    world.forget();
    const parameters = [{ name: other, marker }];
    expect(await reasonOf({ ...minted, parameters })).toContain(
      `the SSM parameter ${other} has another tag provisioner than ${marker}`,
    );
  });
});

describe("the record", () => {
  it("holds what check has seen, and nothing of the engine's", async () => {
    const inputs = { ...recorded(["AKIAA"]), __provider: "code" } as AwsAccountInputs;
    expect(await resource().create(inputs)).toEqual({ id: awsAccount, outs: recorded(["AKIAA"]) });
    expect(await resource().update("id", recorded(), inputs)).toEqual({ outs: recorded(["AKIAA"]) });
    expect(await resource().diff("id", recorded(["AKIAA"]), inputs)).toEqual({ changes: false });
    expect(await resource().diff("id", recorded(["AKIAB"]), inputs)).toEqual({ changes: true });
    expect(world.calls()).toEqual([]);
  });

  it("is never gone, and its end ends nothing", async () => {
    expect(await resource().read("id", recorded(["AKIAA"]))).toEqual({
      id: "id",
      props: recorded(["AKIAA"]),
    });
    await resource().delete("id", recorded());
    expect(world.calls()).toEqual(["STS GetCallerIdentity"]);
  });
});
