import { DateTime } from "luxon";

import { batch, batchHandOffs, tokens } from "../../catalog";
import { parseEvidence, type Evidence } from "../../catalog/evidence";
import { batchStatus, openHandOffTexts, type BatchFacts, type ItemStatus } from "../../ops/batch-status";
import { type Issued } from "../../ops/status";

const now = new Date("2026-11-22T12:00:00Z");
const day = "2026-11-22";

/** How the status words every place that the batch writes to, once all is done. */
const places: Record<string, Record<string, string[]>> = {
  HK_PLATFORM_FULL: {
    prod: [
      "github raxx-app/TradeMasterAPI HEROKU_API_KEY",
      "raxx-api-prod HEROKU_API_KEY",
      "raxx-console-prod HEROKU_API_KEY",
      "vault prod /MooseQuest/heroku/HK_PLATFORM_FULL (+3 companions)",
    ],
    staging: [
      "raxx-api-staging HEROKU_API_KEY",
      "raxx-console-staging HEROKU_API_KEY",
      "vault staging /MooseQuest/heroku/HK_PLATFORM_FULL (+3 companions)",
    ],
  },
  HK_BILLING_FULL: {
    prod: [
      "ssm /raxx/billing-readonly/heroku_billing_api_key",
      "ssm /raxx/billing-readonly/heroku_billing_auth_id",
      "vault prod /Raxx/Console/Billing/HEROKU_BILLING_API_KEY (+3 companions)",
    ],
  },
  AWS_BILLING_READ: {
    prod: [
      "ssm /raxx/billing-readonly/aws_access_key_id",
      "ssm /raxx/billing-readonly/aws_secret_access_key",
    ],
  },
  CF_BILLING_READ: {
    prod: [
      "ssm /raxx/billing-readonly/cloudflare_billing_token",
      "vault prod /Raxx/Console/Billing/CLOUDFLARE_BILLING_TOKEN (+2 companions)",
    ],
  },
  RAXX_AUDIT_INGEST: {
    prod: [
      "github raxx-app/TradeMasterAPI production CONSOLE_AUDIT_INGEST_TOKEN",
      "raxx-console-prod CONSOLE_AUDIT_INGEST_TOKEN",
    ],
    staging: [
      "github raxx-app/TradeMasterAPI staging CONSOLE_AUDIT_INGEST_TOKEN",
      "raxx-console-staging CONSOLE_AUDIT_INGEST_TOKEN",
    ],
  },
  AWS_FREESCOUT_BACKUP: {
    prod: [
      "github raxx-app/TradeMasterAPI AWS_BACKUP_ACCESS_KEY_ID",
      "github raxx-app/TradeMasterAPI AWS_BACKUP_SECRET_ACCESS_KEY",
    ],
  },
};

function evidenceOf(entries: Record<string, string>): ReadonlyMap<string, Evidence> {
  return new Map(
    Object.entries(entries).map(([id, text]) => {
      const evidence = parseEvidence(text);
      if (evidence === undefined) throw new Error(`no evidence: ${text}`);
      return [id, evidence];
    }),
  );
}

const said = Object.fromEntries(
  batchHandOffs.filter(({ proof }) => proof === undefined).map(({ id }) => [id, `${day} Ada Lovelace`]),
);

/** Everything done. */
function all(): BatchFacts & { issued: Issued[] } {
  return {
    issued: Object.entries(places).flatMap(([token, stacks]) =>
      Object.entries(stacks).map(([stack, destinations]) => ({
        ...{ stack, token, issuer: "", generation: day, minted: true },
        ...{ alsoAlive: [], destinations },
      })),
    ),
    parameters: ["/raxx/freescout/ssh_key", "/raxx/freescout/db_password"].map((parameter) => ({
      ...{ stack: "prod", parameter, token: "AWS_FREESCOUT_BACKUP" },
      ...{ origin: "supplied" as const, standing: "there" as const },
    })),
    proven: [
      { stack: "prod", source: `AWS_BILLING_READ@${day}`, probe: "key" },
      { stack: "prod", source: `AWS_FREESCOUT_BACKUP@${day}`, probe: "key" },
      { stack: "prod", source: `AWS_FREESCOUT_BACKUP@${day}`, probe: "workflow" },
    ],
    evidence: evidenceOf(said),
    mail: new Map([["raxx.app", { dkim: true, faults: [], some: true }]]),
    now,
  };
}

const summary = (facts: BatchFacts): Record<number, string> =>
  Object.fromEntries(batchStatus(facts, tokens).map(({ item, status }) => [item, status]));
const done = { 1: "DONE", 2: "DONE", 3: "DONE", 4: "DONE", 5: "DONE", 6: "DONE" };

function item(number: number, facts: BatchFacts): ItemStatus {
  const found = batchStatus(facts, tokens).find((one) => one.item === number);
  if (found === undefined) throw new Error(`no item ${number}`);
  return found;
}

function without(token: string, place: string, stack = "prod"): BatchFacts {
  const facts = all();
  const one = facts.issued.find((issued) => issued.token === token && issued.stack === stack);
  const kept = one?.destinations.filter((held) => held !== place);
  if (one === undefined || kept?.length === one.destinations.length) throw new Error(`not there: ${place}`);
  Object.assign(one, { destinations: kept });
  return facts;
}

it("is DONE where every place, probe, record and hand-off is", () => {
  expect(summary(all())).toEqual(done);
  for (const { reasons, next, issues, handOffs } of batchStatus(all(), tokens)) {
    expect([reasons, next, handOffs]).toEqual([[], null, []]);
    expect(issues.every(({ close }) => close)).toBe(true);
  }
  expect(openHandOffTexts(batchStatus(all(), tokens), all())).toEqual([]);
});

describe("each place of each token flips its item alone", () => {
  const each = Object.entries(places).flatMap(([token, stacks]) =>
    Object.entries(stacks).flatMap(([stack, held]) => held.map((place) => [token, stack, place] as const)),
  );

  it.each(each)("%s of %s: %s", (token, stack, place) => {
    const facts = without(token, place, stack);
    const own = batch.find(({ tokens: names }) => names.some((name) => name === token))?.number ?? 0;
    expect(summary(facts)).toEqual({ ...done, [own]: "PARTIAL" });
    expect(item(own, facts).reasons).toEqual([
      expect.stringMatching(new RegExp(`^${token} of ${stack} does not stand in `)),
    ]);
    expect(item(own, facts).next).toContain(`pulumi up --stack ${stack}`);
  });

  it("and a place that holds another generation does not count", () => {
    const facts = without("HK_PLATFORM_FULL", "raxx-api-prod HEROKU_API_KEY");
    facts.issued[0]?.destinations.push("raxx-api-prod HEROKU_API_KEY (holds 2026-05-06)");
    expect(item(1, facts).reasons).toEqual([
      "HK_PLATFORM_FULL of prod does not stand in the config var HEROKU_API_KEY of each app",
    ]);
  });
});

it("is PARTIAL while an earlier credential is alive, and says how it is finished", () => {
  const facts = all();
  const id = "6f1c5b8e-0000-4000-8000-7866b505a3a6";
  facts.issued[0]?.alsoAlive.push(`${id} (from before us)`);
  expect(summary(facts)).toEqual({ ...done, 1: "PARTIAL" });
  expect(item(1, facts)).toMatchObject({
    reasons: [`HK_PLATFORM_FULL of prod has an earlier one that is alive: ${id} (from before us)`],
    next: expect.stringContaining(
      "pulumi config rm --path raxx:generations.HK_PLATFORM_FULL.previousAdopt --stack prod",
    ) as unknown,
    issues: [{ number: 454, close: false }],
  });
});

it.each([
  ["AWS_BILLING_READ", "key", 2],
  ["AWS_FREESCOUT_BACKUP", "key", 4],
  ["AWS_FREESCOUT_BACKUP", "workflow", 4],
])("%s is not done before its %s probe has seen this generation", (token, probe, number) => {
  const facts = all();
  const proven = facts.proven.map((one) =>
    one.source.startsWith(token) && one.probe === probe ? { ...one, source: `${token}@2026-05-06` } : one,
  );
  expect(summary({ ...facts, proven })).toEqual({ ...done, [number]: "PARTIAL" });
});

it.each(["missing", "not set", "not written"] as const)(
  "an SSM parameter that is %s holds item 4",
  (standing) => {
    const facts = all();
    const [first, ...rest] = facts.parameters;
    if (first === undefined) throw new Error("no parameter");
    const changed = { ...facts, parameters: [{ ...first, standing }, ...rest] };
    expect(summary(changed)).toEqual({ ...done, 4: "PARTIAL" });
    expect(item(4, changed).reasons).toEqual([`the SSM parameter ${first.parameter} is ${standing}`]);
  },
);

describe("what a person does", () => {
  const lacking = (...ids: string[]): BatchFacts => ({
    ...all(),
    evidence: evidenceOf(Object.fromEntries(Object.entries(said).filter(([id]) => !ids.includes(id)))),
  });

  it("holds its item, and is printed with the command that says it is done", () => {
    const facts = lacking("heroku-keychain");
    expect(summary(facts)).toEqual({ ...done, 1: "PARTIAL" });
    const [text] = openHandOffTexts(batchStatus(facts, tokens), facts);
    expect(text?.text).toContain(
      'pulumi config set --path raxx:handOffs.heroku-keychain "$(date -u +%F) NAME" --stack prod',
    );
  });

  it("counts only from the generation on that is copied", () => {
    const facts = {
      ...all(),
      evidence: evidenceOf({ ...said, "heroku-keychain": "2026-11-21 Ada Lovelace" }),
    };
    expect(summary(facts)).toEqual({ ...done, 1: "PARTIAL" });
  });

  it("does not count on a day that is still to come", () => {
    const tomorrow = DateTime.fromJSDate(now, { zone: "utc" }).plus({ days: 1 }).toFormat("yyyy-MM-dd");
    const facts = { ...all(), evidence: evidenceOf({ ...said, "ops-group": `${tomorrow} Ada Lovelace` }) };
    expect(summary(facts)).toEqual({ ...done, 6: "PARTIAL" });
  });

  it("is not printed before what comes before it is done, nor while its item waits for another", () => {
    const facts = lacking("secondary-domain-decided", "secondary-domain", "ops-group");
    expect(openHandOffTexts(batchStatus(facts, tokens), facts).map(({ id }) => id)).toEqual([
      "secondary-domain-decided",
    ]);
    const waiting = lacking("workspace-mail-tested", "secondary-domain-decided");
    expect(openHandOffTexts(batchStatus(waiting, tokens), waiting).map(({ id }) => id)).toEqual([
      "workspace-mail-tested",
    ]);
  });

  it("is listed where it belongs to an issue of its own, and holds nothing", () => {
    const facts = lacking("freescout-restore");
    expect(summary(facts)).toEqual(done);
    expect(openHandOffTexts(batchStatus(facts, tokens), facts).map(({ id }) => id)).toEqual([
      "freescout-restore",
    ]);
  });

  it("marks what cannot be undone, which another step decides before", () => {
    for (const { id, oneWay, after = [] } of batchHandOffs.filter((one) => one.oneWay === true)) {
      expect([id, oneWay, after]).toEqual([id, true, [`${id}-decided`]]);
      const facts = lacking(id);
      expect(openHandOffTexts(batchStatus(facts, tokens), facts)[0]?.text).toMatch(/^hand-off: ONE-WAY: /);
    }
    expect(batchHandOffs.some(({ oneWay }) => oneWay === true)).toBe(true);
  });
});

describe("mail", () => {
  it("is PARTIAL without its DKIM key, and what comes after it is BLOCKED where nothing of it is done", () => {
    const keys = Object.entries(said).filter(
      ([id]) => id === "heroku-keychain" || id === "workspace-verified",
    );
    const facts = {
      ...all(),
      mail: new Map([["raxx.app", { dkim: false, faults: [], some: true }]]),
      evidence: evidenceOf(Object.fromEntries(keys)),
    };
    expect(summary(facts)).toEqual({ ...done, 5: "PARTIAL", 6: "BLOCKED" });
    expect(item(6, facts)).toMatchObject({ next: "item 5, which comes before it", handOffs: [] });
    expect(openHandOffTexts(batchStatus(facts, tokens), facts).map(({ id }) => id)).toEqual([
      "freescout-restore",
      "workspace-dkim",
    ]);
  });

  it("is PARTIAL where a record is not published as it is configured, and says which", () => {
    const faults = ["MX raxx.app lacks alt4.aspmx.l.google.com"];
    const facts = { ...all(), mail: new Map([["raxx.app", { dkim: true, faults, some: true }]]) };
    expect(summary(facts)).toEqual({ ...done, 5: "PARTIAL" });
    expect(item(5, facts).reasons).toEqual(faults);
  });

  it("is not done where it is in no stack file", () => {
    expect(item(5, { ...all(), mail: new Map() })).toMatchObject({ status: "PARTIAL" });
  });
});

it("is the batch's own summary where the vault is closed, Cloudflare's credential dead and DKIM missing", () => {
  const facts = all();
  const issued = facts.issued
    .filter(({ token }) => token !== "CF_BILLING_READ")
    .map((one) => ({ ...one, destinations: one.destinations.filter((held) => !held.startsWith("vault ")) }));
  issued[0]?.alsoAlive.push("ba6a2961 (from before us)");
  const first = {
    ...facts,
    issued,
    evidence: evidenceOf({}),
    mail: new Map([["raxx.app", { dkim: false, faults: [], some: true }]]),
  };
  expect(summary(first)).toEqual({
    ...{ 1: "PARTIAL", 2: "PARTIAL", 3: "DONE" },
    ...{ 4: "DONE", 5: "PARTIAL", 6: "BLOCKED" },
  });
  // Nobody can copy from the vault what does not stand there yet.
  expect(openHandOffTexts(batchStatus(first, tokens), first).map(({ id }) => id)).toEqual([
    "freescout-restore",
    "workspace-verified",
  ]);
});

it("names only tokens and hand-offs that there are, each hand-off in one place", () => {
  const names = tokens.map(({ name }) => name);
  for (const { tokens: own } of batch) expect(names).toEqual(expect.arrayContaining([...own]));
  const used = batch.flatMap(({ handOffs, alsoListed = [] }) => [...handOffs, ...alsoListed]);
  expect(used.sort()).toEqual(batchHandOffs.map(({ id }) => id).sort());
  const ids = batchHandOffs.map(({ id }) => id);
  for (const [index, { after = [] }] of batchHandOffs.entries())
    for (const earlier of after) expect(ids.slice(0, index)).toContain(earlier);
});
