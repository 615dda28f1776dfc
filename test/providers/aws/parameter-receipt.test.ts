import { PutParameterCommand } from "@aws-sdk/client-ssm";

import {
  awsParameterReceipt,
  type AwsParameterReceiptInputs,
} from "../../../providers/aws/parameter-receipt";
import { canary, failureOf, inject } from "../support";
import { awsRegion, AwsWorld, startTimeoutMs } from "./world";

const marker = "raxx:prod:AWS_BILLING_READ";

let world: AwsWorld;
let parameterName: string;
let value: string;
beforeAll(async () => {
  world = await AwsWorld.start();
}, startTimeoutMs);
beforeEach(async () => {
  world.reset();
  parameterName = `/raxx/billing-readonly/${world.harness.name()}`;
  value = await world.parameter(parameterName, marker);
  world.forget();
});
afterAll(() => world.stop());

const receipt = awsParameterReceipt((region) => {
  expect(region).toBe(awsRegion);
  return world.client();
});

function inputs(changes: Partial<AwsParameterReceiptInputs> = {}): AwsParameterReceiptInputs {
  return { region: awsRegion, parameterName, value, source: "AWS_BILLING_READ@2026-05-06", ...changes };
}

async function checked(changes: Partial<AwsParameterReceiptInputs> = {}): Promise<AwsParameterReceiptInputs> {
  const { inputs: found, failures } = await receipt.check({}, inputs(changes));
  expect(failures ?? []).toEqual([]);
  return found as AwsParameterReceiptInputs;
}

async function write(Value: string): Promise<void> {
  await world.harness.ssm().send(new PutParameterCommand({ Name: parameterName, Value, Overwrite: true }));
  world.forget();
}

describe("the receipt of an SSM parameter", () => {
  it("writes nothing where the value stands, and then changes no more", async () => {
    const { outs } = await receipt.create(inputs());
    expect(outs).toMatchObject({ confirmedVersion: 1 });
    expect(world.writes()).toEqual([]);
    expect(await receipt.diff("id", outs, await checked())).toMatchObject({ changes: false });
  });

  it("writes what the record took for written, once, and proves it", async () => {
    const { outs } = await receipt.create(inputs());
    const next = canary();
    const news = await checked({ value: next, source: "AWS_BILLING_READ@2026-08-04" });
    expect(await receipt.diff("id", outs, news)).toMatchObject({ changes: true });
    const updated = await receipt.update("id", outs, news);
    expect(world.writes()).toEqual(["SSM PutParameter"]);
    expect(updated.outs).toMatchObject({ confirmedVersion: 2, source: "AWS_BILLING_READ@2026-08-04" });
    const again = await checked({ value: next, source: "AWS_BILLING_READ@2026-08-04" });
    expect(await receipt.diff("id", updated.outs, again)).toMatchObject({ changes: false });
  });

  it("looks again where somebody wrote to it since, and puts the value back", async () => {
    const { outs } = await receipt.create(inputs());
    await write(canary());
    const news = await checked();
    expect(await receipt.diff("id", outs, news)).toMatchObject({ changes: true });
    world.forget();
    await receipt.update("id", outs, news);
    expect(world.writes()).toEqual(["SSM PutParameter"]);
  });

  it("only looks where the bridged provider has just written it", async () => {
    const { outs } = await receipt.create(inputs());
    const next = canary();
    await write(next);
    const updated = await receipt.update("id", outs, await checked({ value: next }));
    expect(world.writes()).toEqual([]);
    expect(updated.outs).toMatchObject({ confirmedVersion: 2 });
  });

  it("proves after a write whose answer was lost that it was carried out", async () => {
    const { outs } = await receipt.create(inputs());
    const news = await checked({ value: canary() });
    inject(world.vendor, { kind: "drop-after", method: "POST", path: "SSM PutParameter", times: 1 });
    await failureOf(receipt.update("id", outs, news));
    world.forget();
    const updated = await receipt.update("id", outs, await checked({ value: news.value }));
    expect(world.writes()).toEqual([]);
    expect(updated.outs).toMatchObject({ confirmedVersion: 2 });
  });

  it("takes a parameter that is gone for no success, and says what to do", async () => {
    const { message } = await failureOf(
      receipt.create(inputs({ parameterName: "/raxx/billing-readonly/gone" })),
    );
    expect(message).toBe(
      "the SSM parameter /raxx/billing-readonly/gone is gone, though it was made: pulumi refresh, then run again",
    );
  });

  it("refuses an empty value before anything is asked", async () => {
    const { failures } = await receipt.check({}, inputs({ value: "" }));
    expect(failures?.map(({ reason }) => reason)).toEqual([
      `the value for the SSM parameter ${parameterName} is empty: nothing is written`,
    ]);
    expect(world.calls()).toEqual([]);
  });

  it("lets a preview pass where AWS does not answer", async () => {
    inject(world.vendor, {
      kind: "status",
      status: 500,
      method: "POST",
      path: "SSM GetParameter",
      times: 0,
    });
    expect(await checked()).toMatchObject({ foundVersion: 0 });
  });

  it("is another one for another parameter", async () => {
    const { outs } = await receipt.create(inputs());
    expect(
      await receipt.diff("id", outs, inputs({ parameterName: "/raxx/billing-readonly/b" })),
    ).toMatchObject({ changes: true, replaces: ["parameterName"] });
  });
});
