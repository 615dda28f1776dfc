import { log, output, ResourceHook, type ResourceHookArgs, type ResourceHookBinding } from "@pulumi/pulumi";
import * as providers from "@raxx/providers";

import { awsHooks, type AwsHooks } from "../../components/aws-hooks";
import { Program } from "./program";

jest.mock("@raxx/providers", () => ({
  ...jest.requireActual<typeof providers>("@raxx/providers"),
  takeOverParameter: jest.fn(() => Promise.resolve()),
  clearHalfMadeParameter: jest.fn(() => Promise.resolve()),
  clearHalfMadePolicy: jest.fn(() => Promise.resolve()),
  clearHalfMadeUser: jest.fn(() => Promise.resolve()),
  revokeHalfMadeKeys: jest.fn(() => Promise.resolve([])),
}));

const marker = "raxx:prod:AWS_BILLING_READ";
const generation = "2026-11-22";
const name = `AWS_BILLING_READ-${generation}`;
const user = "raxx-billing-readonly";
const taken = "a-user-of-before";
const say = expect.any(Function) as unknown;

let hooks: AwsHooks;
beforeEach(async () => {
  jest.clearAllMocks();
  await Program.start("prod");
  const keysBefore = output({
    [user]: ["before-us"],
    "another-user": ["another-key"],
  }).apply((ids): Record<string, string[]> => ids);
  const users = output(
    Object.fromEntries(
      [user, "a-new-user", "raxx-freescout-backup", taken].map((one) => [
        one,
        {
          marker,
          generations: [generation],
          policy: "its-policy",
          document: "{}",
          adopt: {
            user: { name: `aws/user/${one}`, importId: one, adopted: one === taken },
            policy: { name: "aws/policy/its-policy", importId: "its-arn", adopted: false },
          },
        },
      ]),
    ),
  ).apply((all): Record<string, providers.AwsUser> => all);
  hooks = awsHooks({ accountId: "521228113048", region: "us-east-1", users, keysBefore });
});

/** Runs the one hook of a moment as the engine does, and answers with its name. */
async function run(
  binding: ResourceHookBinding,
  moment: "beforeCreate" | "afterCreate",
  args: Partial<ResourceHookArgs>,
): Promise<string> {
  const [hook, ...more] = (binding[moment] ?? []) as unknown[];
  if (!(hook instanceof ResourceHook) || more.length > 0) throw new Error("there is not one hook");
  await hook.callback({ urn: "", id: "", name: "", type: "", ...args });
  return hook.name;
}

describe("a key", () => {
  const looks = (): unknown[][] => jest.mocked(providers.revokeHalfMadeKeys).mock.calls;

  it("is minted after the keys are revoked that no record knows, under permanent names of the hooks", async () => {
    const binding = hooks.key({ name, generation, marker, others: [output("earlier")] });
    expect(await run(binding, "beforeCreate", { name, newInputs: { user } })).toBe("aws-before-mint");
    expect(await run(binding, "afterCreate", { name, newInputs: { user }, id: "minted" })).toBe(
      "aws-after-mint",
    );
    expect(looks()).toEqual([
      [user, marker, ["before-us", "earlier"], say, { beforeMint: true, adopted: false }],
      [user, marker, ["before-us", "earlier", "minted"], say, { beforeMint: false, adopted: false }],
    ]);
  });

  it("of a user without keys before us has none of another user's among those that are known", async () => {
    const binding = hooks.key({ name, generation, marker, others: [] });
    await run(binding, "beforeCreate", { name, newInputs: { user: "a-new-user" } });
    expect(looks()).toEqual([["a-new-user", marker, [], say, { beforeMint: true, adopted: false }]]);
  });

  it("of a user that was taken over is minted though the user has no tag of ours", async () => {
    const binding = hooks.key({ name, generation, marker, others: [] });
    await run(binding, "beforeCreate", { name, newInputs: { user: taken } });
    expect(looks()).toEqual([[taken, marker, [], say, { beforeMint: true, adopted: true }]]);
  });

  it("has no hook where the others are not known: nothing is revoked around it", async () => {
    expect(hooks.key({ name, generation, marker })).toEqual({});
    const binding = hooks.key({ name: "AWS_BILLING_READ-2026-12-22", generation, marker, others: [] });
    await run(binding, "beforeCreate", { name, newInputs: { user } });
    expect(looks()).toEqual([]);
  });

  it("is told apart from another key by its own name, though all have the same hooks", async () => {
    const other = { name: "AWS_FREESCOUT_BACKUP-2026-11-22", marker: "raxx:prod:AWS_FREESCOUT_BACKUP" };
    const binding = hooks.key({ name, generation, marker, others: [output("earlier")] });
    expect(hooks.key({ ...other, generation, others: [] })).toBe(binding);
    await run(binding, "beforeCreate", { name: other.name, newInputs: { user: "raxx-freescout-backup" } });
    expect(looks()).toEqual([
      ["raxx-freescout-backup", other.marker, [], say, { beforeMint: true, adopted: false }],
    ]);
  });

  it("is not minted in a run that did not look at AWS, as with --target: no key is taken for half made", async () => {
    const later = { name: "AWS_BILLING_READ-2026-12-22", generation: "2026-12-22" };
    const binding = hooks.key({ ...later, marker, others: [] });
    await expect(run(binding, "beforeCreate", { name: later.name, newInputs: { user } })).rejects.toThrow(
      "run it without --target",
    );
    expect(looks()).toEqual([]);
  });

  it("is not minted where the look fails", async () => {
    jest.mocked(providers.revokeHalfMadeKeys).mockRejectedValueOnce(new Error("somebody uses it"));
    const binding = hooks.key({ name, generation, marker, others: [] });
    await expect(run(binding, "beforeCreate", { name, newInputs: { user } })).rejects.toThrow(
      "somebody uses it",
    );
  });

  it("says in the run what was revoked", async () => {
    const warn = jest.spyOn(log, "warn").mockResolvedValue();
    await run(hooks.key({ name, generation, marker, others: [] }), "beforeCreate", {
      name,
      newInputs: { user },
    });
    jest.mocked(providers.revokeHalfMadeKeys).mock.calls[0]?.[3]("deleted the access key");
    expect(warn.mock.calls).toEqual([["deleted the access key"]]);
    warn.mockRestore();
  });
});

describe("before it is made", () => {
  const newInputs = { name: "its-name", tags: { function: "billing-read", provisioner: marker } };

  it("a user is cleared away by its name and our tag", async () => {
    expect(await run(hooks.user, "beforeCreate", { newInputs })).toBe("aws-before-user");
    expect(jest.mocked(providers.clearHalfMadeUser).mock.calls).toEqual([["its-name", marker, say]]);
  });

  it("a policy is cleared away by its ARN in our account", async () => {
    expect(await run(hooks.policy, "beforeCreate", { newInputs })).toBe("aws-before-policy");
    expect(jest.mocked(providers.clearHalfMadePolicy).mock.calls).toEqual([
      ["arn:aws:iam::521228113048:policy/its-name", marker, say],
    ]);
  });

  it("a parameter is cleared away in the region of the stack", async () => {
    expect(await run(hooks.parameter, "beforeCreate", { newInputs })).toBe("aws-before-parameter");
    expect(jest.mocked(providers.clearHalfMadeParameter).mock.calls).toEqual([
      ["its-name", marker, "us-east-1", say],
    ]);
    expect(providers.takeOverParameter).not.toHaveBeenCalled();
  });

  it("a parameter that writes over what stands there takes it over, and clears nothing away", async () => {
    await run(hooks.parameter, "beforeCreate", { newInputs: { ...newInputs, overwrite: true } });
    expect(jest.mocked(providers.takeOverParameter).mock.calls).toEqual([
      ["its-name", marker, "us-east-1", say],
    ]);
    expect(providers.clearHalfMadeParameter).not.toHaveBeenCalled();
  });
});
