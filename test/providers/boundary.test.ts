import { inspect } from "node:util";

import type * as boundary from "../../providers/boundary";
import { type Implementation, refuse, withMessagesOnly } from "../../providers/boundary";
import { PartialFailure, UserError, VendorError } from "../../providers/errors";
import { canary, failureOf } from "./support";

interface Thing {
  name: string;
}

/** An implementation whose every method fails with this. */
function failing(error: unknown): Implementation<Thing, Thing> {
  const fail = (): never => {
    throw error;
  };
  return {
    check: async () => Promise.resolve().then(fail),
    diff: async () => Promise.resolve().then(fail),
    create: async () => Promise.resolve().then(fail),
    read: async () => Promise.resolve().then(fail),
    update: async () => Promise.resolve().then(fail),
    delete: fail,
  };
}

const thing = { name: "x" };

function callEach(implementation: Implementation<Thing, Thing>): Record<string, () => Promise<unknown>> {
  return {
    check: () => implementation.check(thing, thing),
    diff: () => implementation.diff("id", thing, thing),
    create: () => implementation.create(thing),
    read: () => implementation.read("id", thing),
    update: () => implementation.update("id", thing, thing),
    delete: () => implementation.delete("id", thing),
  };
}

const methods = Object.keys(callEach(failing(undefined)));

async function crossing(method: string, error: unknown): Promise<Error> {
  const run = callEach(withMessagesOnly(failing(error)))[method];
  if (run === undefined) throw new Error(`no method ${method}`);
  return failureOf(run());
}

describe.each(methods)("%s", (method) => {
  it("lets our own messages pass, and no stack", async () => {
    const vendor = { vendor: "heroku", operation: "x", meaning: "y", status: 403, retryable: false };
    for (const error of [new UserError("run ./raxx rotate X"), new VendorError(vendor)]) {
      const crossed = await crossing(method, error);
      expect(crossed.message).toBe(error.message);
      expect(crossed.stack).not.toContain(" at ");
      expect(crossed.cause).toBeUndefined();
    }
  });

  it("tells only kind and place of an error that quotes a value", async () => {
    const value = canary();
    const crossed = await crossing(method, new TypeError(`cannot read ${value}`, { cause: value }));
    expect(inspect(crossed, { showHidden: true, depth: 9 })).not.toContain(value);
    expect(crossed.message).toMatch(/^unexpected TypeError at .*: this is a fault of the program/);
    expect(crossed.stack).not.toContain(" at ");
  });

  it("passes answers on unchanged", async () => {
    const answer = { changes: true };
    const implementation = { ...failing(undefined), [method]: () => Promise.resolve(answer) };
    const run = callEach(withMessagesOnly(implementation))[method];
    expect(await run?.()).toBe(answer);
  });
});

describe("an unexpected error", () => {
  it.each(["providers", "ops"])("shows no value that looks like a place below %s", async (folder) => {
    const value = canary();
    for (const text of [`/${folder}/${value}:12`, `x\n    at ${folder}/${value}:12`]) {
      const crossed = await crossing("create", new SyntaxError(`unexpected token in ${text}`));
      expect(crossed.message).not.toContain(value);
    }
  });

  it("names the place below the program's folder, never a path of the machine", async () => {
    const error = new RangeError("x");
    error.stack = "RangeError: x\n    at run (/home/somebody/raxx/providers/heroku/client.ts:12:3)";
    expect((await crossing("create", error)).message).toMatch(
      /^unexpected RangeError at providers\/heroku\/client\.ts:12(:3)?: /,
    );
  });

  it.each([canary(), 5, null, undefined, { value: canary() }])(
    "that is no Error is told by its type only",
    async (thrown) => {
      const { message } = await crossing("create", thrown);
      expect(message).toMatch(new RegExp(`^unexpected ${typeof thrown}( at [a-z ]+)?: `));
    },
  );
});

it("what the host prints beside the message is silenced, and nothing else", async () => {
  const original = console.error;
  const print = jest.fn();
  console.error = print;
  try {
    // A copy of its own: it takes the console as it finds it.
    let fresh = withMessagesOnly;
    jest.isolateModules(() => {
      fresh = jest.requireActual<typeof boundary>("../../providers/boundary").withMessagesOnly;
    });
    const error = await failureOf(fresh(failing(new Error("x"))).read("id", thing));
    console.error(`${error.toString()}: ${error.stack ?? ""}`);
    console.error("of the host itself", 1);
    console.error(new Error("of somebody else"));
  } finally {
    console.error = original;
  }
  expect(print.mock.calls).toEqual([["of the host itself", 1], [new Error("of somebody else")]]);
});

describe("refuse", () => {
  it("names no property, because the engine would print its value", () => {
    expect(refuse(thing, "too short")).toEqual({
      inputs: thing,
      failures: [{ property: "", reason: "too short" }],
    });
  });
});

it("hands the record of a partial failure to the engine, with the provider that the host leaves out", async () => {
  const cause = new UserError("the write failed");
  const failing = withMessagesOnly({
    ...({} as Implementation<object, object>),
    update: () => Promise.reject(new PartialFailure(cause, "the-id", { vars: { A: "new" } })),
  });
  const failure = await failureOf(failing.update("the-id", {}, { __provider: "shell", vars: {} }));
  expect(failure).toMatchObject({
    message: "the write failed",
    id: "the-id",
    properties: { vars: { A: "new" }, __provider: "shell" },
    reasons: ["the write failed"],
  });
});
