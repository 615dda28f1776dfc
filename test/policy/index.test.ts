import { PolicyPack } from "@pulumi/policy";

import "../../policy/index";

// A real pack opens a server at once, which ends only with its process.
jest.mock("@pulumi/policy", () => ({ PolicyPack: jest.fn() }));

it("makes one pack, of policies with names of their own that say what they are for", () => {
  const [pack, ...more] = jest.mocked(PolicyPack).mock.calls;
  expect(more).toEqual([]);
  expect(pack?.[0]).toBe("raxx");
  const policies = pack?.[1].policies ?? [];
  const names = policies.map(({ name }) => name);
  expect(names).toContain("naming-token-grammar");
  expect(new Set(names).size).toBe(names.length);
  for (const { name, description } of policies) {
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/);
    expect(description).not.toBe("");
  }
});
