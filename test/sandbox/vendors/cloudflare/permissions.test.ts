import {
  createServiceToken,
  createUserToken,
  createDnsRecord,
  type SeededPolicy,
} from "../../../../sandbox/vendors/cloudflare";
import { failed, Harness } from "./harness";

let harness: Harness;
let calls: Record<string, [string, string, unknown?]>;

beforeEach(async () => {
  harness = await Harness.start();
  const { account, zone } = harness.ids;
  const { account: owner, operator: user } = harness;
  const victim = createUserToken(harness.state, { user, name: "victim", policies: [] }).token.id;
  const accountVictim = harness.accountToken([]).token.id;
  const serviceToken = createServiceToken(harness.state, { account: owner, name: "victim" }).token.id;
  const record = createDnsRecord(harness.state, harness.zone, {
    type: "A",
    name: "victim",
    content: "192.0.2.1",
  }).id;
  const tokens = `/accounts/${account}/tokens`;
  const service = `/accounts/${account}/access/service_tokens`;
  const records = `/zones/${zone}/dns_records`;
  // The bodies are empty, so that who gets through writes nothing: 400 is as good as 200.
  calls = {
    user: ["GET", "/user"],
    userTokens: ["GET", "/user/tokens"],
    userToken: ["GET", `/user/tokens/${victim}`],
    userGroups: ["GET", "/user/tokens/permission_groups"],
    postUserToken: ["POST", "/user/tokens", {}],
    putUserToken: ["PUT", `/user/tokens/${victim}`, {}],
    rollUserToken: ["PUT", `/user/tokens/${victim}/value`, { wrong: true }],
    deleteUserToken: ["DELETE", `/user/tokens/${"0".repeat(32)}`],
    account: ["GET", `/accounts/${account}`],
    accountTokens: ["GET", tokens],
    accountToken: ["GET", `${tokens}/${accountVictim}`],
    accountGroups: ["GET", `${tokens}/permission_groups`],
    postAccountToken: ["POST", tokens, {}],
    putAccountToken: ["PUT", `${tokens}/${accountVictim}`, {}],
    rollAccountToken: ["PUT", `${tokens}/${accountVictim}/value`, { wrong: true }],
    deleteAccountToken: ["DELETE", `${tokens}/${"0".repeat(32)}`],
    serviceTokens: ["GET", service],
    serviceToken: ["GET", `${service}/${serviceToken}`],
    postServiceToken: ["POST", service, {}],
    putServiceToken: ["PUT", `${service}/${serviceToken}`, { wrong: true }],
    refreshServiceToken: ["POST", `${service}/00000000-0000-0000-0000-000000000000/refresh`],
    rotateServiceToken: ["POST", `${service}/${serviceToken}/rotate`, { wrong: true }],
    deleteServiceToken: ["DELETE", `${service}/00000000-0000-0000-0000-000000000000`],
    zone: ["GET", `/zones/${zone}`],
    records: ["GET", records],
    record: ["GET", `${records}/${record}`],
    postRecord: ["POST", records, {}],
    putRecord: ["PUT", `${records}/${record}`, {}],
    patchRecord: ["PATCH", `${records}/${record}`, { wrong: true }],
    deleteRecord: ["DELETE", `${records}/${"0".repeat(32)}`],
  };
});

afterEach(() => harness.stop());

const reads = {
  userTokens: ["userTokens", "userToken", "userGroups"],
  accountTokens: ["accountTokens", "accountToken", "accountGroups"],
  serviceTokens: ["serviceTokens", "serviceToken"],
  records: ["records", "record"],
};
const writes = {
  userTokens: ["postUserToken", "putUserToken", "rollUserToken", "deleteUserToken"],
  accountTokens: ["postAccountToken", "putAccountToken", "rollAccountToken", "deleteAccountToken"],
  serviceTokens: [
    "postServiceToken",
    "putServiceToken",
    "refreshServiceToken",
    "rotateServiceToken",
    "deleteServiceToken",
  ],
  records: ["postRecord", "putRecord", "patchRecord", "deleteRecord"],
};

async function reached(token: string): Promise<string[]> {
  const names: string[] = [];
  for (const [name, [method, path, body]] of Object.entries(calls)) {
    const answer = await harness.call(method, path, { token, body });
    if (answer.status !== 403) names.push(name);
    else
      expect(answer.text).toContain('"documentation_url":"https://developers.cloudflare.com/api/resources/');
  }
  return names.sort();
}

const cases: [keyof Pick<Harness, "onUser" | "onAccount" | "onZone">, string, string[]][] = [
  ["onUser", "API Tokens Read", reads.userTokens],
  ["onUser", "API Tokens Write", [...reads.userTokens, ...writes.userTokens]],
  ["onUser", "User Details Read", ["user"]],
  ["onUser", "Memberships Write", []],
  ["onAccount", "Account API Tokens Read", reads.accountTokens],
  ["onAccount", "Account API Tokens Write", [...reads.accountTokens, ...writes.accountTokens]],
  ["onAccount", "Account Settings Read", ["account"]],
  ["onAccount", "Access: Service Tokens Read", reads.serviceTokens],
  ["onAccount", "Access: Service Tokens Write", [...reads.serviceTokens, ...writes.serviceTokens]],
  ["onAccount", "Access: Apps and Policies Write", []],
  ["onAccount", "Billing Write", []],
  ["onZone", "DNS Read", reads.records],
  ["onZone", "DNS Write", [...reads.records, ...writes.records]],
  ["onZone", "Zone Read", ["zone"]],
  ["onZone", "Zone Write", ["zone"]],
  ["onZone", "Zone DNS Settings Write", []],
];

describe("a user token reaches what its groups are for, and nothing else", () => {
  test.each(cases)("%s %s: %p", async (place, group, expected) => {
    const { value } = harness.userToken([harness[place](group)]);
    expect(await reached(value)).toEqual([...expected].sort());
  });
});

describe("an account token reaches the same of its account, and nothing of a user", () => {
  test.each(cases)("%s %s: %p", async (place, group, expected) => {
    const { value } = harness.accountToken([harness[place](group)]);
    expect(await reached(value)).toEqual(place === "onUser" ? [] : [...expected].sort());
  });
});

test.each<[string, SeededPolicy["scope"], (ids: Harness["ids"]) => string]>([
  ["DNS Write", "com.cloudflare.api.account.zone", ({ otherZone }) => otherZone],
  ["Zone Read", "com.cloudflare.api.account.zone", ({ otherZone }) => otherZone],
  ["Access: Service Tokens Write", "com.cloudflare.api.account", ({ foreignAccount }) => foreignAccount],
  ["Account API Tokens Write", "com.cloudflare.api.account", ({ foreignAccount }) => foreignAccount],
  ["API Tokens Write", "com.cloudflare.api.user", ({ stranger }) => stranger],
])("%s on another %s reaches nothing here", async (group, scope, id) => {
  const resources = { [`${scope}.${id(harness.ids)}`]: "*" };
  const { value } = harness.userToken([{ groups: [group], scope, resources }]);
  expect(await reached(value)).toEqual([]);
});

describe("how a missing permission is said", () => {
  test("9109 for tokens of a user, for accounts and for zones themselves", async () => {
    const { value: token } = harness.userToken([harness.onZone("Cache Purge")]);
    for (const name of ["user", "userTokens", "postUserToken", "userGroups", "account", "zone"]) {
      const [method, path, body] = calls[name] ?? ["", ""];
      expect(await harness.call(method, path, { token, body })).toMatchObject(failed(403, 9109));
    }
  });

  test("10000 for what is in an account or in a zone", async () => {
    const { value: token } = harness.userToken([harness.onZone("Cache Purge")]);
    for (const name of [
      "accountTokens",
      "accountGroups",
      "serviceTokens",
      "postServiceToken",
      "records",
      "postRecord",
    ]) {
      const [method, path, body] = calls[name] ?? ["", ""];
      const answer = await harness.call(method, path, { token, body });
      expect(answer).toMatchObject(failed(403, 10000));
      expect(answer.text).toContain("Authentication error");
    }
  });

  test("an account and a zone that do not exist are like those of a stranger", async () => {
    const none = "0".repeat(32);
    const { foreignAccount, foreignZone } = harness.ids;
    for (const id of [none, foreignZone]) {
      expect(await harness.call("GET", `/zones/${id}`)).toMatchObject(failed(403, 9109));
      expect(await harness.call("GET", `/zones/${id}/dns_records`)).toMatchObject(failed(403, 10000));
    }
    for (const id of [none, foreignAccount]) {
      const path = `/accounts/${id}/access/service_tokens`;
      expect(await harness.call("GET", path)).toMatchObject(failed(403, 10000));
    }
  });

  test("an id that is none answers 404 7003 with the path", async () => {
    for (const path of [
      "/zones/raxx.app",
      "/zones/raxx.app/dns_records",
      "/accounts/raxx/access/service_tokens",
    ]) {
      const answer = await harness.call("GET", path);
      expect(answer).toMatchObject(failed(404, 7003));
      expect(answer.text).toContain(
        `Could not route to /client/v4${path}, perhaps your object identifier is invalid?`,
      );
    }
  });
});
