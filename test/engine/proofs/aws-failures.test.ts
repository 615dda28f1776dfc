import { AwsOf } from "../support/aws";
import { day, TestSandbox, type Ran } from "../support/sandbox";

const [second, third] = [day(0), `${day(0)}.2`] as const;
const name = "AWS_BILLING_READ";
const user = "raxx-billing-readonly";

let sandbox: TestSandbox;
let aws: AwsOf;

beforeAll(async () => {
  sandbox = await TestSandbox.open([name]);
  aws = new AwsOf(sandbox);
  expect((await sandbox.up("prod")).code).toBe(0);
}, 600_000);

afterAll(() => sandbox.close());
afterEach(() => sandbox.clearFaults());

async function rotate(generations: Record<string, unknown>): Promise<Ran> {
  sandbox.setGenerations("prod", generations, name);
  return sandbox.up("prod");
}

it.each([
  { what: "refuses", fault: { kind: "status", status: 500, times: 0 } as const, path: "IAM CreateAccessKey" },
  { what: "is not reached", fault: { kind: "drop-before", times: 0 } as const, path: "IAM CreateAccessKey" },
  {
    what: "mints and the answer is lost",
    fault: { kind: "drop-after", times: 1 } as const,
    path: "IAM CreateAccessKey",
  },
  {
    what: "refuses the second parameter",
    fault: { kind: "status", status: 500, times: 0 } as const,
    path: "SSM PutParameter",
  },
  {
    what: "writes and the answer is lost",
    fault: { kind: "drop-after", times: 0 } as const,
    path: "SSM PutParameter",
  },
])(
  "survives a failed rotation where AWS $what; the next run finishes, with one key",
  async ({ fault, path }) => {
    const before = await aws.collectorKey();
    await sandbox.fault("aws", { ...fault, method: "POST", path });
    await rotate({ current: third });
    expect(await aws.whoIs(before)).toBe(`user/${user}`);
    expect(Object.keys(await aws.keysOf(user)).length).toBeLessThanOrEqual(2);
    await sandbox.clearFaults();
    expect((await rotate({ current: third })).code).toBe(0);
    const now = await aws.collectorKey();
    expect(await aws.whoIs(now)).toBe(`user/${user}`);
    expect(Object.keys(await aws.keysOf(user))).toEqual([now.id]);
    expect((await rotate({ current: second })).code).toBe(0);
    expect(Object.keys(await aws.keysOf(user))).toEqual([(await aws.collectorKey()).id]);
  },
  300_000,
);
