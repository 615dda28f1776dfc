import { randomBytes } from "node:crypto";

import { lineOf, SandboxError } from "../../sandbox/error";

const value = randomBytes(24).toString("hex");

it("shows the message of a fault that the reader can put right, and no stack", () => {
  expect(lineOf(new SandboxError("the port 80 is in use: choose another"))).toBe(
    "error: the port 80 is in use: choose another",
  );
});

it("tells only kind and place of any other error", () => {
  const error = new TypeError(`cannot read ${value}`);
  error.stack = `TypeError: cannot read ${value}\n    at f (/some/where/sandbox/vendors/kit/store.ts:26:14)\n    at g (/some/where/sandbox/main.ts:1:1)`;
  expect(lineOf(error)).toBe(
    "error: unexpected TypeError at sandbox/vendors/kit/store.ts:26:14: this is a fault of the sandbox, please report it with this line",
  );
});

it("finds the place of a function without a name", () => {
  const error = new Error("x");
  error.stack = "Error: x\n    at /some/where/sandbox/main.ts:3:5";
  expect(lineOf(error)).toContain(" at sandbox/main.ts:3:5: ");
});

it("finds the place of an error that is really thrown", () => {
  const place = / at sandbox\/error\.test\.ts:\d+:\d+: /;
  expect(lineOf(new RangeError(value))).toMatch(/^error: unexpected RangeError at /);
  expect(lineOf(new RangeError(value))).toMatch(place);
});

it("takes no part of a message for a place, on none of its lines", () => {
  for (const message of [`cannot open sandbox/${value}:12`, `first\n    at sandbox/${value}:12`]) {
    const error = new Error(message);
    expect(error.stack).toContain(value);
    expect(lineOf(error)).not.toContain(value);
  }
});

it.each([
  ["from outside the sandbox", Object.assign(new Error("x"), { stack: "Error: x\n    at node:fs:1:1" })],
  ["without a stack", Object.assign(new Error("x"), { stack: undefined })],
])("does not know the place of an error %s", (_what, error) => {
  expect(lineOf(error)).toContain("unexpected Error at an unknown place: ");
});

it.each([[value], [{ message: value }], [undefined], [null], [7]])(
  "shows nothing of %p, which is no error",
  (thrown) => {
    const line = lineOf(thrown);
    expect(line).toMatch(/^error: unexpected Error at .*: this is a fault of the sandbox/);
    expect(line).not.toContain(value);
  },
);
