import { createHash, randomBytes } from "node:crypto";

import { isSecret, log, runtime, secret } from "@pulumi/pulumi";

import { type TokenGenerations } from "../../catalog";
import {
  CloudflareServiceToken,
  type CloudflareServiceTokenArgs,
} from "../../components/cloudflare-service-token";
import { generation, tokenNamed } from "./fixtures";
import { Program, secretOf, valueOf } from "./program";

const tokenType = "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken";
const receiptType = "pulumi-nodejs:dynamic/cloudflare:ServiceTokenReceipt";
const accountId = "a".repeat(32);
const clientId = `${"b".repeat(32)}.access`;
const issued = generation("2026-11-22");
const admitted = "2026-11-22 Ada Lovelace";

const vault = {
  ...tokenNamed("CF_ACCESS_SVC_VAULT"),
  vendorScopes: ["Service Auth: vault.raxx.app"],
  issuer: { kind: "cloudflare-access-service-token", application: "vault.raxx.app" },
} as const;

let clientSecret: string;
let expiresAt: string;
let program: Program;
beforeEach(async () => {
  clientSecret = `cfast_${randomBytes(24).toString("hex")}`;
  expiresAt = "2027-03-06T01:02:03Z";
  program = await Program.start("prod", ({ type }) =>
    type === tokenType ? { clientId, expiresAt, clientSecret: secret(clientSecret) } : {},
  );
});
afterEach(() => {
  jest.restoreAllMocks();
});

function issue(
  inPlace: NonNullable<TokenGenerations["inPlace"]> = { version: 1, admitted },
  token: CloudflareServiceTokenArgs["token"] = vault,
): CloudflareServiceToken {
  return new CloudflareServiceToken(token.name, {
    token,
    generations: { current: issued, previousAdopt: [], inPlace },
    stack: "prod",
    accountId,
  });
}

it("is one token with a name that no rotation changes, and the provider's own first version", async () => {
  issue();
  expect(await program.only(tokenType)).toMatchObject({
    name: "CF_ACCESS_SVC_VAULT-service-token",
    parent: "CF_ACCESS_SVC_VAULT",
    inputs: { accountId, name: "raxx:prod:CF_ACCESS_SVC_VAULT", duration: "2496h" },
  });
  const { inputs } = await program.only(tokenType);
  expect(Object.keys(inputs).sort()).toEqual(["accountId", "duration", "name"]);
});

it("rotates by its version, in place, with an end of the secret before and another duration", async () => {
  issue({ version: 2, previousExpiresAt: "2026-12-01T00:00:00Z", admitted });
  expect(await program.only(tokenType)).toMatchObject({
    name: "CF_ACCESS_SVC_VAULT-service-token",
    inputs: {
      name: "raxx:prod:CF_ACCESS_SVC_VAULT",
      duration: "2497h",
      clientSecretVersion: 2,
      previousClientSecretExpiresAt: "2026-12-01T00:00:00Z",
    },
  });
});

it("hands out the secret, and its id and real expiry beside it", async () => {
  const { value, companions, generation: name } = issue();
  expect(name).toBe("2026-11-22");
  expect(await isSecret(value)).toBe(true);
  expect(await valueOf(value)).toBe(clientSecret);
  expect(companions["SCOPES"]).toBe("Service Auth: vault.raxx.app");
  expect(await valueOf(companions["CLIENT_ID"] ?? "")).toBe(clientId);
  expect(await valueOf(companions["EXPIRES_AT"] ?? "")).toBe(expiresAt);
});

it("has a receipt of the secret, without the secret, that names the generation", async () => {
  issue({ version: 2, previousExpiresAt: "2026-12-01T00:00:00Z", admitted });
  const { inputs, additionalSecretOutputs } = await program.only(receiptType);
  const { fingerprint, ...rest } = inputs;
  expect(rest).toEqual({
    marker: "raxx:prod:CF_ACCESS_SVC_VAULT:2026-11-22",
    version: 2,
    previousExpiresAt: "2026-12-01T00:00:00Z",
  });
  expect(secretOf(fingerprint)).toBe(createHash("sha256").update(clientSecret).digest("hex"));
  expect(additionalSecretOutputs).toEqual(["fingerprint"]);
});

it("warns where the token expires at Cloudflare before its rotation is due, and only there", async () => {
  const warn = jest.spyOn(log, "warn").mockResolvedValue(undefined);
  issue();
  await program.resources();
  expect(warn).not.toHaveBeenCalled();
  expiresAt = "2027-02-19T23:59:59Z";
  program = await Program.start("prod", ({ type }) => (type === tokenType ? { expiresAt } : {}));
  issue();
  await program.resources();
  expect(warn.mock.calls).toEqual([
    [
      "CF_ACCESS_SVC_VAULT expires at Cloudflare at 2027-02-19T23:59:59Z, before its rotation is due (2027-02-20): rotate it before that",
    ],
  ]);
});

describe("where no policy names it yet", () => {
  let warn: jest.SpyInstance;
  beforeEach(() => {
    warn = jest.spyOn(log, "warn").mockResolvedValue(undefined);
  });

  it("says with its name and id what a person has to do, and is made all the same", async () => {
    issue({ version: 1 });
    await program.resources();
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^hand-off: CF_ACCESS_SVC_VAULT is not distributed, because it is new/)],
    ]);
    expect(String(warn.mock.calls)).toContain(`raxx:prod:CF_ACCESS_SVC_VAULT (client id ${clientId})`);
    expect(String(warn.mock.calls)).not.toContain(clientSecret);
    expect(await program.only(receiptType)).toBeDefined();
  });

  it("says it in a preview too, which may not know the id", async () => {
    jest.spyOn(runtime, "isDryRun").mockReturnValue(true);
    issue({ version: 1 });
    await program.resources();
    expect(warn.mock.calls).toEqual([[expect.stringMatching(/^hand-off: CF_ACCESS_SVC_VAULT/)]]);
    expect(String(warn.mock.calls)).not.toContain("client id");
  });

  it("says nothing in a destroy of what is gone already", async () => {
    program = await Program.start("prod");
    issue({ version: 1 });
    await program.resources();
    expect(warn).not.toHaveBeenCalled();
  });

  it("says nothing any more once somebody has put it there", async () => {
    issue();
    await program.resources();
    expect(warn).not.toHaveBeenCalled();
  });
});

it("is declared in a destroy of what is gone already, too", async () => {
  program = await Program.start("prod");
  issue();
  expect(await program.only(receiptType)).toBeDefined();
});

it("is not issued without a version, nor where it does not rotate", () => {
  const generations = { current: issued, previousAdopt: [] };
  const args = { token: vault, generations, stack: "prod", accountId };
  expect(() => new CloudflareServiceToken(vault.name, args)).toThrow(/has no version/);
  const tags = { ...vault.tags, rotation: "non-rotating" } as const;
  expect(() => issue(undefined, { ...vault, tags })).toThrow(/it has to rotate/);
});
