import { documentOf, policyDifference } from "../../../providers/aws/policy-difference";

const statement = { Effect: "Allow", Action: ["ce:Get*", "ce:List*"], Resource: ["*"] };
const ours = policy(statement, { Effect: "Allow", Action: ["kms:Decrypt"], Resource: ["a", "b"] });

function policy(...statements: object[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

it("is none where AWS reads the same: the order and one thing for a list of it do not matter", () => {
  const other = {
    Statement: [
      { Resource: ["b", "a"], Action: "kms:Decrypt", Effect: "Allow" },
      { Effect: "Allow", Resource: "*", Action: ["ce:List*", "ce:Get*", "ce:Get*"] },
    ],
    Version: "2012-10-17",
  };
  expect(policyDifference(JSON.stringify(other, undefined, 2), ours)).toBeUndefined();
  expect(
    policyDifference(policy(statement), JSON.stringify({ Version: "2012-10-17", Statement: statement })),
  ).toBeUndefined();
});

it("names the actions that are more, and those that are less", () => {
  const theirs = policy({ ...statement, Action: ["ce:Get*", "iam:*"] });
  expect(policyDifference(theirs, ours)).toEqual({ more: ["iam:*"], less: ["ce:List*", "kms:Decrypt"] });
});

it("names what is denied, and what is allowed by leaving out", () => {
  const theirs = policy(
    statement,
    { Effect: "Deny", Action: "s3:*", Resource: "*" },
    { Effect: "Allow", NotAction: "iam:*", Resource: "*" },
  );
  expect(policyDifference(theirs, policy(statement))).toEqual({
    more: ["Deny s3:*", "all but iam:*"],
    less: [],
  });
});

it.each([
  ["resources", { Resource: ["a"] }],
  ["conditions", { Condition: { Bool: { "aws:SecureTransport": "true" } } }],
  ["names", { Sid: "One" }],
])("is one without actions where only %s differ", (_what, change) => {
  expect(policyDifference(policy({ ...statement, ...change }), policy(statement))).toEqual({
    more: [],
    less: [],
  });
});

it("is one where what stands there is no policy at all", () => {
  expect(policyDifference("{", policy(statement))).toEqual({ more: [], less: ["ce:Get*", "ce:List*"] });
});

it("reads the form of an address in which IAM shows a policy", () => {
  expect(documentOf(encodeURIComponent(ours))).toBe(ours);
});
