import { output, type Output, ResourceHook, type ResourceHookArgs } from "@pulumi/pulumi";
import * as providers from "@raxx/providers";

import { adoptedHooks, type AdoptedHooksArgs } from "../../components/heroku-hooks";
import { Program } from "./program";

jest.mock("@raxx/providers", () => ({
  ...jest.requireActual<typeof providers>("@raxx/providers"),
  finishAdopted: jest.fn(() => Promise.resolve()),
}));

const id = "6f1c5b8e-0000-4000-8000-7866b505a3a6";
const current = "HK_PLATFORM_FULL@2026-11-22";
const vault = { projectId: "the-project", environments: ["prod"] };
const place = "GitHub's secret HEROKU_API_KEY";

beforeEach(async () => {
  jest.clearAllMocks();
  await Program.start("prod");
});

/** Drops the authorization as the engine does, with all in order but for what is given. */
async function drop(changes: Partial<AdoptedHooksArgs> = {}): Promise<void> {
  const binding = adoptedHooks({
    listed: new Set(),
    currentOf: () => current,
    receiptsOf: () => [{ place, source: output(current) }],
    toDo: () => undefined,
    vault,
    ...changes,
  });
  const [hook, ...more] = (binding.beforeDelete ?? []) as unknown[];
  if (!(hook instanceof ResourceHook) || more.length > 0) throw new Error("there is not one hook");
  // It stands in the state of what was adopted under this name.
  expect(hook.name).toBe("heroku-before-finish");
  const args: Partial<ResourceHookArgs> = {
    id,
    name: `HK_PLATFORM_FULL-adopted-${id}`,
    oldInputs: { authorizationId: id, accountId: "the-account" },
  };
  await hook.callback({ urn: "", id: "", name: "", type: "", ...args });
}

/** An output as it is of a resource that failed. */
const unknown = (): Output<string> => Object.assign(output(current), { isKnown: Promise.resolve(false) });

const revoked = (): unknown[][] => jest.mocked(providers.finishAdopted).mock.calls;

it("revokes what is dropped from the list, in its own account and with the whole vault looked through", async () => {
  await drop();
  expect(revoked()).toEqual([[{ authorizationId: id, accountId: "the-account", ...vault }]]);
});

it("keeps what is listed still: a destroy takes nothing away that was there before us", async () => {
  await drop({ listed: new Set([id]), currentOf: () => undefined });
  expect(revoked()).toEqual([]);
});

it.each<[string, Partial<AdoptedHooksArgs>, string]>([
  [
    "its token has no generation",
    { currentOf: () => undefined },
    "HK_PLATFORM_FULL has no generation any more",
  ],
  [
    "a place holds another generation",
    { receiptsOf: () => [{ place, source: output("HK_PLATFORM_FULL@2026-05-06") }] },
    `${place} is not proven to hold ${current}`,
  ],
  [
    "what a place holds is unknown",
    { receiptsOf: () => [{ place, source: unknown() }] },
    `${place} is not proven to hold ${current}`,
  ],
  ["a person has something to do", { toDo: () => "the hand-off" }, "the hand-off"],
])("revokes nothing where %s", async (_what, changes, message) => {
  await expect(drop(changes)).rejects.toThrow(
    `the authorization ${id} from before us is not revoked: ${message}`,
  );
  expect(revoked()).toEqual([]);
});
