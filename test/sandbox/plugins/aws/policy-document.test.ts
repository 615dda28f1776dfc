import { areEquivalent, faultIn, normalized } from "../../../../sandbox/plugins/aws/policy-document";

const statement = { Effect: "Allow", Action: ["ssm:GetParameter"], Resource: "*" };
const policy = (...Statement: object[]) => JSON.stringify({ Version: "2012-10-17", Statement });

describe("a policy's text", () => {
  it("is recorded without white space, its keys sorted", () => {
    expect(normalized(` { "b": [2, 1], "a": { "d": 1, "c": true } } `)).toBe(
      `{"a":{"c":true,"d":1},"b":[2,1]}`,
    );
    expect(normalized({ b: 1, a: 2 })).toBe(`{"a":2,"b":1}`);
  });

  it.each([
    [
      "the order of statements",
      policy(statement, { ...statement, Sid: "B" }),
      policy({ ...statement, Sid: "B" }, statement),
    ],
    [
      "a statement that is no list",
      JSON.stringify({ Version: "2012-10-17", Statement: statement }),
      policy(statement),
    ],
    ["a text for a list of one", policy({ ...statement, Action: "ssm:GetParameter" }), policy(statement)],
    [
      "the order of resources",
      policy({ ...statement, Resource: ["a", "b"] }),
      policy({ ...statement, Resource: ["b", "a"] }),
    ],
    [
      "a condition's type",
      policy({ ...statement, Condition: { Bool: { a: true } } }),
      policy({ ...statement, Condition: { Bool: { a: ["true"] } } }),
    ],
  ])("means the same whatever %s", (_what, one, other) => {
    expect(areEquivalent(one, other)).toBe(true);
  });

  it.each([
    ["action", { Action: "ssm:PutParameter" }],
    ["effect", { Effect: "Deny" }],
    ["condition", { Condition: { Bool: { a: false } } }],
    ["resource more", { Resource: ["*", "a"] }],
  ])("means something else with another %s", (_what, change) => {
    expect(areEquivalent(policy(statement), policy({ ...statement, ...change }))).toBe(false);
  });

  it("must be a JSON object", () => {
    expect(faultIn("{")).toContain("invalid JSON");
    expect(faultIn("")).toContain("invalid JSON");
    expect(faultIn(`"text"`)).toContain("JSON object");
    expect(faultIn("[]")).toContain("JSON object");
    expect(faultIn(policy(statement))).toBeUndefined();
  });
});
