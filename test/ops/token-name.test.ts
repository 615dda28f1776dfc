import { randomBytes, randomUUID } from "node:crypto";

import { UserError } from "@raxx/providers/errors";

import { tokens } from "../../catalog";
import { tokenCalled } from "../../ops/token-name";

function refusal(name: string): string {
  try {
    tokenCalled(name, tokens);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error("it was found");
}

it("finds a token by its name", () => {
  expect(tokenCalled("HK_PLATFORM_FULL", tokens).name).toBe("HK_PLATFORM_FULL");
});

it.each([
  `ghp_${randomBytes(18).toString("hex")}`,
  `github_pat_${randomBytes(20).toString("hex")}`,
  `HRKU-${randomUUID()}`,
  randomUUID(),
  randomBytes(32).toString("hex"),
])("never quotes what could be a credential in the wrong place", (pasted) => {
  expect(refusal(pasted)).toMatch(/^that is no name of a token: /);
  expect(refusal(pasted)).not.toContain(pasted);
});

it("tells an old name in the vault from a copy's name at a consumer", () => {
  expect(refusal("INFISICAL_SERVICE_TOKEN")).toBe(
    "there is no token INFISICAL_SERVICE_TOKEN: it is called INF_SVC_DISPATCHER now, and a copy of INF_APP_READER goes by that name",
  );
});
