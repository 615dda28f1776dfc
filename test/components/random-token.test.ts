import { randomBytes } from "node:crypto";

import { isSecret } from "@pulumi/pulumi";

import { type TokenGenerations } from "../../catalog";
import { RandomToken } from "../../components/random-token";
import { generation, tokenNamed } from "./fixtures";
import { Program, valueOf } from "./program";

const drawType = "random:index/randomPassword:RandomPassword";
const token = { ...tokenNamed("RAXX_AUDIT_INGEST"), issuer: { kind: "random", bytes: 32 } } as const;

/** Logical name → the value that the provider answers with. */
let hex: Record<string, string>;
let program: Program;
beforeEach(async () => {
  hex = {};
  program = await Program.start("prod", ({ type, name }) =>
    type === drawType ? { result: (hex[name] ??= randomBytes(32).toString("hex")) } : {},
  );
});

function issue(generations: Partial<TokenGenerations> = {}): RandomToken {
  return new RandomToken("RAXX_AUDIT_INGEST", {
    token,
    generations: { current: generation("2026-05-06"), previousAdopt: [], ...generations },
    stack: "prod",
  });
}

it("is one draw of two hexadecimal digits a byte per generation, marked as ours", async () => {
  issue();
  expect(await program.only(drawType)).toMatchObject({
    name: "RAXX_AUDIT_INGEST-2026-05-06",
    parent: "RAXX_AUDIT_INGEST",
    inputs: {
      length: 64,
      numeric: true,
      special: true,
      overrideSpecial: "abcdef",
      lower: false,
      upper: false,
      keepers: { marker: "raxx:prod:RAXX_AUDIT_INGEST:2026-05-06" },
    },
  });
});

it("hands out the current generation's bytes in hexadecimal, as a secret", async () => {
  const issued = issue({ current: generation("2026-11-22"), previous: generation("2026-05-06") });
  expect(await isSecret(issued.value)).toBe(true);
  expect(await valueOf(issued.value)).toBe(hex["RAXX_AUDIT_INGEST-2026-11-22"]);
  expect(issued.generation).toBe("2026-11-22");
  expect(Object.keys(hex).sort()).toEqual(["RAXX_AUDIT_INGEST-2026-05-06", "RAXX_AUDIT_INGEST-2026-11-22"]);
});

it("goes back without a new draw where current and previous are swapped", async () => {
  issue({ current: generation("2026-11-22"), previous: generation("2026-05-06") });
  const before = (await program.resources(drawType)).map(({ name, inputs }) => ({ name, inputs }));
  program = await Program.start("prod");
  issue({ current: generation("2026-05-06"), previous: generation("2026-11-22") });
  const after = (await program.resources(drawType)).map(({ name, inputs }) => ({ name, inputs }));
  expect(after).toEqual(before);
});

it("never expires by itself, and keeps its value out of its own entry in state", async () => {
  expect(issue().companions).toEqual({ EXPIRES_AT: "non-expiring" });
  expect((await program.only("raxx:random:Token")).inputs).toEqual({
    token: "RAXX_AUDIT_INGEST",
    generation: "2026-05-06",
  });
});
