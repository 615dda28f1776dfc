import { ResourceHook, type ResourceHookArgs } from "@pulumi/pulumi";
import * as providers from "@raxx/providers";

import { apiTokenHooks, serviceTokenHooks } from "../../components/cloudflare-hooks";
import { tokenNamed } from "./fixtures";
import { heardWarnings, Program } from "./program";

jest.mock("@raxx/providers", () => ({
  ...jest.requireActual<typeof providers>("@raxx/providers"),
  revokeHalfMade: jest.fn(() => Promise.resolve([])),
  revokeHalfMadeServiceTokens: jest.fn(() => Promise.resolve([])),
}));

const accountId = "a".repeat(32);
const vault = {
  ...tokenNamed("CF_ACCESS_SVC_VAULT"),
  issuer: { kind: "cloudflare-access-service-token", application: "vault.raxx.app" },
} as const;
const newInputs = { accountId, name: "raxx:prod:CF_ACCESS_SVC_VAULT" };

let warned: string[];
beforeEach(async () => {
  jest.clearAllMocks();
  await Program.start("prod");
  warned = heardWarnings();
});

/** Runs the one hook of a kind as the engine does. */
async function run(bound: unknown, args: Partial<ResourceHookArgs>): Promise<string> {
  const [hook, ...more] = bound as unknown[];
  if (!(hook instanceof ResourceHook) || more.length > 0) throw new Error("there is not one hook");
  await hook.callback({ urn: "", id: "", name: "", type: "", ...args });
  return hook.name;
}

it("look for API tokens of the same name before and after one is minted, under permanent names", async () => {
  const hooks = apiTokenHooks();
  const expiresOn = new Date(Date.now() + 86_400_000).toISOString();
  const inputs = { name: "raxx:prod:CF_DNS_EDIT_RAXX_APP:2026-11-22", expiresOn };
  expect(await run(hooks.beforeCreate, { newInputs: inputs })).toBe("cloudflare-before-mint");
  expect(await run(hooks.afterCreate, { newInputs: inputs, id: "its-id" })).toBe("cloudflare-after-mint");
  expect(jest.mocked(providers.revokeHalfMade).mock.calls).toEqual([
    [inputs.name, [], expect.any(Function)],
    [inputs.name, ["its-id"], expect.any(Function)],
  ]);
});

it("refuse an API token that would have expired by now, and name the command", async () => {
  const expiresOn = new Date(Date.now() - 1000).toISOString();
  const newInputs = { name: "raxx:prod:CF_DNS_EDIT_RAXX_APP:2026-05-06", expiresOn };
  await expect(run(apiTokenHooks().beforeCreate, { newInputs })).rejects.toThrow(
    /^generation 2026-05-06 of CF_DNS_EDIT_RAXX_APP would have expired at .* pulumi config set --path raxx:generations\.CF_DNS_EDIT_RAXX_APP\.current \d{4}-\d\d-\d\d --stack prod/,
  );
  expect(jest.mocked(providers.revokeHalfMade)).not.toHaveBeenCalled();
});

it("look for service tokens of the same name too, and say of a new one that is distributed that it is in no policy", async () => {
  const hooks = serviceTokenHooks([vault]);
  expect(await run(hooks.beforeCreate, { newInputs })).toBe("access-before-mint");
  expect(warned).toEqual([]);
  expect(await run(hooks.afterCreate, { newInputs, id: "its-id" })).toBe("access-after-mint");
  expect(jest.mocked(providers.revokeHalfMadeServiceTokens).mock.calls).toEqual([
    [accountId, newInputs.name, [], expect.any(Function)],
    [accountId, newInputs.name, ["its-id"], expect.any(Function)],
  ]);
  expect(warned).toEqual([
    expect.stringMatching(
      /^raxx:prod:CF_ACCESS_SVC_VAULT was made just now, so .* Service Auth of vault\.raxx\.app/,
    ),
  ]);
});

it("say nothing of one that is not distributed: its own hand-off says it", async () => {
  const hooks = serviceTokenHooks([]);
  await run(hooks.afterCreate, { newInputs, id: "its-id" });
  expect(warned).toEqual([]);
});

it("refuse the rotation of a service token that has no overlap", async () => {
  const hooks = serviceTokenHooks([vault]);
  const rotated = { ...newInputs, clientSecretVersion: 2 };
  const past = { ...rotated, previousClientSecretExpiresAt: new Date(Date.now() - 1000).toISOString() };
  await expect(run(hooks.beforeUpdate, { oldInputs: newInputs, newInputs: past })).rejects.toThrow(
    /would end the secret in use at once/,
  );
  expect(await run(hooks.beforeUpdate, { oldInputs: rotated, newInputs: past })).toBe("access-before-update");
});
