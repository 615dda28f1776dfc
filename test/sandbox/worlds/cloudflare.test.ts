import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { tokens } from "../../../catalog";
import { hash } from "../../../sandbox/vendors/cloudflare/values";
import { seedCloudflare } from "../../../sandbox/worlds/cloudflare";

const { cloudflare, mintToken, accountId, zoneIds } = seedCloudflare();

it("has the zones that the catalog's tokens are for, with the ids that are known of them", () => {
  const named = tokens.flatMap(({ issuer }) =>
    issuer.kind === "cloudflare-api-token" ? [issuer.zone ?? issuer.zones ?? []].flat() : [],
  );
  expect([...new Set(named)].sort()).toEqual(Object.keys(zoneIds).sort());
  const file = readFileSync(join(__dirname, "../../../Pulumi.prod.yaml"), "utf8");
  const { config } = parse(file) as { config: { "raxx:cloudflareZones": object } };
  expect(zoneIds).toMatchObject(config["raxx:cloudflareZones"]);
  for (const { id, name, account_id } of cloudflare.zones) {
    expect(zoneIds[name]).toBe(id);
    expect(account_id).toBe(accountId);
  }
});

it("gives the run the token that mints the others, with just what the taxonomy gives it", () => {
  const minting = cloudflare.tokens.find(({ value_hash }) => value_hash === hash(mintToken));
  expect(minting).toMatchObject({ name: "CF_TOKENS_MINT", status: "active", expires_on: null });
  const nameOf = new Map(cloudflare.permission_groups.map(({ id, name }) => [id, name]));
  const granted = minting?.policies.flatMap(({ permission_groups: groups, resources }) =>
    groups.map((id) => [nameOf.get(id), Object.keys(resources).length]),
  );
  expect(granted).toEqual([
    ["API Tokens Write", 1],
    ["Access: Service Tokens Write", 1],
    ["DNS Write", 2],
    ["Zone Read", 2],
  ]);
});

it("has tokens and service tokens of other people, and none of ours", () => {
  const names = [...cloudflare.tokens, ...cloudflare.service_tokens].map(({ name }) => name);
  expect(names).toEqual(["CF_TOKENS_MINT", "raxx-automation", "grafana"]);
});

it("has nobody's value in its database, nor one of another seed", () => {
  expect(JSON.stringify(cloudflare)).not.toContain(mintToken);
  expect(seedCloudflare().mintToken).not.toBe(mintToken);
});
