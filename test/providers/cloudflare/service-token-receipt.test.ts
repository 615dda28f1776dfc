import { randomBytes } from "node:crypto";

import { unknownValue } from "../../../providers/boundary";
import {
  cloudflareServiceTokenReceipt,
  type ServiceTokenReceiptInputs,
} from "../../../providers/cloudflare/service-token-receipt";

const receipt = cloudflareServiceTokenReceipt();
const digest = (): string => randomBytes(32).toString("hex");

let recorded: ServiceTokenReceiptInputs;
beforeEach(() => {
  recorded = { marker: "raxx:prod:CF_ACCESS_SVC_VAULT:2026-11-22", version: 1, fingerprint: digest() };
});

const rotated = (changes: Partial<ServiceTokenReceiptInputs> = {}): ServiceTokenReceiptInputs => ({
  marker: "raxx:prod:CF_ACCESS_SVC_VAULT:2026-11-29",
  version: 2,
  previousExpiresAt: "2026-12-06T00:00:00Z",
  fingerprint: digest(),
  ...changes,
});

async function reasonOf(news: ServiceTokenReceiptInputs): Promise<string | undefined> {
  const { failures = [] } = await receipt.check(recorded, news);
  expect(failures.length).toBeLessThanOrEqual(1);
  // The engine would print the value of a property that is named.
  expect(failures[0]?.property ?? "").toBe("");
  return failures[0]?.reason;
}

it("takes a first secret, a new one of a rotation, and one that no rotation changed", async () => {
  expect((await receipt.check({}, recorded)).failures).toBeUndefined();
  expect(await reasonOf(rotated())).toBeUndefined();
  expect(await reasonOf(recorded)).toBeUndefined();
});

it("takes another secret at the same version, of a token that was issued anew", async () => {
  expect(await reasonOf({ ...recorded, fingerprint: digest() })).toBeUndefined();
});

it("does not judge what a preview does not know yet", async () => {
  expect(await reasonOf(rotated({ fingerprint: unknownValue }))).toBeUndefined();
});

it("refuses the old secret as that of a higher version, and says what to do before it dies", async () => {
  const reason = await reasonOf(rotated({ fingerprint: recorded.fingerprint }));
  expect(reason).toMatch(
    /^Cloudflare rotated CF_ACCESS_SVC_VAULT to version 2, but its answer was lost, or .* good until 2026-12-06T00:00:00Z\./,
  );
  for (const setting of ["version 3", "current DATE", "previousExpiresAt TIME"]) {
    expect(reason).toContain(
      `pulumi config set --path raxx:generations.CF_ACCESS_SVC_VAULT.${setting} --stack prod`,
    );
  }
  expect(reason).not.toContain(recorded.fingerprint);
});

it("goes on refusing it in every run, until a rotation brings another secret", async () => {
  const lost = rotated({ fingerprint: recorded.fingerprint });
  expect(await reasonOf({ ...lost, version: 3 })).toMatch(/to version 3, but its answer was lost/);
  expect(await reasonOf(rotated({ version: 3 }))).toBeUndefined();
});

it("records its inputs alone, in place", async () => {
  const internals = { ...recorded, __provider: "x" };
  const id = "raxx:prod:CF_ACCESS_SVC_VAULT";
  expect((await receipt.check({}, internals)).inputs).toEqual(recorded);
  expect(await receipt.create(internals)).toEqual({ id, outs: recorded });
  expect(await receipt.update(id, recorded, { ...rotated(), ...{ __provider: "x" } })).toMatchObject({
    outs: { version: 2, previousExpiresAt: "2026-12-06T00:00:00Z" },
  });
  expect(await receipt.diff(id, recorded, internals)).toEqual({ changes: false });
  expect(await receipt.diff(id, recorded, rotated())).toEqual({ changes: true });
  expect(await receipt.read(id, recorded)).toEqual({ id, props: recorded });
  await receipt.delete(id, recorded);
});
