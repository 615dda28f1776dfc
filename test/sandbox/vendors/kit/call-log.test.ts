import { isWriting } from "../../../../sandbox/vendors/kit/call-log";

function isWritingCall(call: string): boolean {
  const [method = "", ...path] = call.split(" ");
  return isWriting({ time: new Date().toISOString(), method, path: path.join(" "), status: 200, keys: [] });
}

describe("a call", () => {
  it.each([
    "GET /apps/raxx-api-prod/config-vars",
    "POST /api/v1/auth/universal-auth/login",
    "POST IAM ListAccessKeys",
    "POST SSM DescribeParameters",
    "POST SSM GetParameter",
    "POST STS GetCallerIdentity",
    "HEAD S3 HeadObject",
  ])("changes nothing: %s", (call) => {
    expect(isWritingCall(call)).toBe(false);
  });

  it.each([
    "PATCH /apps/raxx-api-prod/config-vars",
    "POST /client/v4/user/tokens",
    "DELETE /oauth/authorizations/1",
    "POST IAM CreateAccessKey",
    "POST SSM PutParameter",
    "POST SSM AddTagsToResource",
    "PUT S3 PutObject",
  ])("could have changed something: %s", (call) => {
    expect(isWritingCall(call)).toBe(true);
  });
});
