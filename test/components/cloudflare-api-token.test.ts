import { randomBytes } from "node:crypto";

import { isSecret, ResourceHook, secret } from "@pulumi/pulumi";

import { type TokenGenerations } from "../../catalog";
import { CloudflareApiToken, type CloudflareApiTokenArgs } from "../../components/cloudflare-api-token";
import { generation, Preflight, tokenNamed } from "./fixtures";
import { Program, valueOf } from "./program";

const tokenType = "cloudflare:index/apiToken:ApiToken";
const accountId = "a".repeat(32);
const zoneIds = { "raxx.app": "b".repeat(32), "getraxx.com": "c".repeat(32) };
const dnsWrite = { id: "4755a26eedb94da69e1066d98aa820be" };
const zoneRead = { id: "c8fed203ed3043cba015a93ad1616f1f" };
const pagesWrite = { id: "8d28297797f24fb8a0c332fe0866ec89" };

const dns = {
  ...tokenNamed("CF_DNS_EDIT_RAXX_APP"),
  vendorScopes: ["Zone > Zone > Read", "Zone > DNS > Edit"],
  issuer: { kind: "cloudflare-api-token", zone: "raxx.app" },
} as const;

/** Logical name → the value that the vendor shows once. */
let minted: Record<string, string>;
let program: Program;
beforeEach(async () => {
  minted = {};
  program = await Program.start("prod", ({ type, name }) =>
    type === tokenType ? { value: secret((minted[name] ??= `cfut_${randomBytes(24).toString("hex")}`)) } : {},
  );
});

function issue(
  generations: Partial<TokenGenerations> = {},
  token: CloudflareApiTokenArgs["token"] = dns,
  more: Partial<CloudflareApiTokenArgs> = {},
): CloudflareApiToken {
  return new CloudflareApiToken(token.name, {
    token,
    generations: { current: generation("2026-05-06"), previousAdopt: [], ...generations },
    stack: "prod",
    accountId,
    zoneIds,
    ...more,
  });
}

it("is one token with its marker as name, exactly its groups and its zone, and an expiry", async () => {
  issue();
  expect(await program.only(tokenType)).toMatchObject({
    name: "CF_DNS_EDIT_RAXX_APP-2026-05-06",
    parent: "CF_DNS_EDIT_RAXX_APP",
    inputs: {
      name: "raxx:prod:CF_DNS_EDIT_RAXX_APP:2026-05-06",
      expiresOn: "2026-08-18T00:00:00Z",
      policies: [
        {
          effect: "allow",
          permissionGroups: [dnsWrite, zoneRead],
          resources: JSON.stringify({ [`com.cloudflare.api.account.zone.${zoneIds["raxx.app"]}`]: "*" }),
        },
      ],
    },
  });
});

it("has a policy for the account and one for the zones where it may do something with both", async () => {
  const scopes = ["Zone > Zone > Read", "Account > Cloudflare Pages > Edit"];
  const zones = ["raxx.app", "getraxx.com"];
  issue(
    {},
    { ...dns, name: "CF_PAGES_DEPLOY", vendorScopes: scopes, issuer: { kind: dns.issuer.kind, zones } },
  );
  const { inputs } = await program.only(tokenType);
  expect(inputs["policies"]).toEqual([
    {
      effect: "allow",
      permissionGroups: [pagesWrite],
      resources: JSON.stringify({ [`com.cloudflare.api.account.${accountId}`]: "*" }),
    },
    {
      effect: "allow",
      permissionGroups: [zoneRead],
      resources: JSON.stringify({
        [`com.cloudflare.api.account.zone.${zoneIds["raxx.app"]}`]: "*",
        [`com.cloudflare.api.account.zone.${zoneIds["getraxx.com"]}`]: "*",
      }),
    },
  ]);
});

it("declares the same whatever the order in the catalog", async () => {
  issue();
  const { inputs } = await program.only(tokenType);
  program = await Program.start("prod");
  issue({}, { ...dns, vendorScopes: [...dns.vendorScopes].reverse() });
  expect((await program.only(tokenType)).inputs).toEqual(inputs);
});

it("hands out the current generation's value as a secret, with its companions", async () => {
  const issued = issue({ current: generation("2026-11-22"), previous: generation("2026-05-06") });
  expect(await isSecret(issued.value)).toBe(true);
  expect(await valueOf(issued.value)).toBe(minted["CF_DNS_EDIT_RAXX_APP-2026-11-22"]);
  expect(issued.companions).toEqual({
    EXPIRES_AT: "2027-03-06T00:00:00Z",
    SCOPES: "Zone > Zone > Read Zone > DNS > Edit",
  });
  expect((await program.resources(tokenType)).map(({ name }) => name)).toEqual([
    "CF_DNS_EDIT_RAXX_APP-2026-05-06",
    "CF_DNS_EDIT_RAXX_APP-2026-11-22",
  ]);
});

it("goes back without another mint where current and previous are swapped", async () => {
  issue({ current: generation("2026-11-22"), previous: generation("2026-05-06") });
  const before = (await program.resources(tokenType)).map(({ name, inputs }) => ({ name, inputs }));
  program = await Program.start("prod");
  issue({ current: generation("2026-05-06"), previous: generation("2026-11-22") });
  const after = (await program.resources(tokenType)).map(({ name, inputs }) => ({ name, inputs }));
  expect(after).toEqual(before);
});

it("is minted after what it is to come after, with the hooks that it is given around it", async () => {
  const hooks = { beforeCreate: [new ResourceHook("cloudflare-before-mint", () => undefined)] };
  issue({ previous: generation("2026-02-06") }, dns, { hooks, after: [new Preflight()] });
  const minted = await program.resources(tokenType);
  expect(minted.map(({ dependsOn, hooks: bound }) => [dependsOn, bound])).toEqual(
    Array(2).fill([["the-preflight"], { beforeCreate: ["cloudflare-before-mint"] }]),
  );
});

it.each([
  [{ vendorScopes: ["Zone > DNS > Write"] }, /no permission group: Zone > DNS > Write/],
  [
    { issuer: { kind: "cloudflare-api-token", zone: "raxx.dev" } },
    /zone raxx\.dev, whose id is not known: pulumi config set --path 'raxx:cloudflareZones\["raxx\.dev"\]' ID/,
  ],
  [{ tags: { ...dns.tags, rotation: "non-rotating" } }, /it has to rotate/],
] as const)("refuses %j, and says what to do", (change, message) => {
  expect(() => issue({}, { ...dns, ...change })).toThrow(message);
});
