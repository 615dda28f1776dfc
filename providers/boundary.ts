import { type dynamic } from "@pulumi/pulumi";

import { PartialFailure, UserError, VendorError } from "./errors";
import { once } from "./once";

/** What stands in place of a value that is not known yet, in previews. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** In a preview the whole of a property can be unknown, whatever its type. */
export function isUnknown(property: unknown): boolean {
  return property === unknownValue;
}

/** All of a dynamic provider's methods, none left out. `I` are its inputs, `O` what it keeps in state. */
export interface Implementation<I, O> {
  /** Refuses what no vendor would accept. Unknown inputs arrive as {@link unknownValue}. */
  check(olds: Partial<I>, news: I): Promise<dynamic.CheckResult<I>>;
  diff(id: string, olds: O, news: I): Promise<dynamic.DiffResult>;
  create(inputs: I): Promise<{ id: string; outs: O }>;
  /** An answer with no id says that the resource is gone. */
  read(id: string, props: O): Promise<{ id?: string; props?: O }>;
  update(id: string, olds: O, news: I): Promise<{ outs: O }>;
  delete(id: string, props: O): Promise<void>;
}

/** A {@link CheckResult} that refuses; its property is empty, because the engine prints a named one's value. */
export function refuse<I>(inputs: I, reason: string): dynamic.CheckResult<I> {
  return { inputs, failures: [{ property: "", reason }] };
}

/** Lets nothing but a message cross into the engine, which prints the stack of whatever else it gets. */
export function withMessagesOnly<I, O>(implementation: Implementation<I, O>): Implementation<I, O> {
  return {
    check: (olds, news) => guarded(() => implementation.check(olds, news)),
    diff: (id, olds, news) => guarded(() => implementation.diff(id, olds, news)),
    create: (inputs) => guarded(() => implementation.create(inputs), inputs),
    read: (id, props) => guarded(() => implementation.read(id, props)),
    update: (id, olds, news) => guarded(() => implementation.update(id, olds, news), news),
    delete: (id, props) => guarded(() => implementation.delete(id, props)),
  };
}

async function guarded<T>(run: () => Promise<T>, inputs: unknown = {}): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw messageOnly(error, inputs);
  }
}

/** Marks the text that the dynamic-provider host prints beside the message, for check, diff, read and delete. */
const quiet = "<message only>";

function messageOnly(error: unknown, inputs: unknown): Error {
  silenceStacks();
  const safe = new Error(messageOf(error));
  safe.stack = quiet;
  if (!(error instanceof PartialFailure)) return safe;
  // The host adds the provider to what a method returns, but not to what it throws; without it, it could not delete.
  const { __provider } = inputs as { __provider?: string };
  const properties = { ...error.properties, __provider };
  return Object.assign(safe, { id: error.id, properties, reasons: [messageOf(error)] });
}

/** The host prints `${error}: ${error.stack}` to the console, then hands the message to the engine: once is enough. */
const silenceStacks = once(() => {
  const print = console.error.bind(console);
  console.error = (...words: unknown[]) => {
    if (typeof words[0] !== "string" || !words[0].endsWith(quiet)) print(...words);
  };
});

/** The one line that a person is shown. An error that is not ours may quote a value: only its kind and place are told. */
export function messageOf(error: unknown): string {
  if (error instanceof PartialFailure) return messageOf(error.cause);
  if (error instanceof UserError || error instanceof VendorError) return error.message;
  const kind = error instanceof Error ? error.name : typeof error;
  const frames = error instanceof Error ? framesOf(error) : "";
  const place = /((?:providers|ops)\/[^\s()]*:\d+)/.exec(frames)?.[1] ?? "an unknown place";
  return `unexpected ${kind} at ${place}: this is a fault of the program, please report it with this line`;
}

/** The stack without its head, which repeats the message; nothing where the message is not found there. */
function framesOf({ message, stack = "" }: Error): string {
  const head = stack.indexOf(message);
  return head < 0 ? "" : stack.slice(head + message.length);
}
