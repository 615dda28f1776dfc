/** A fault that the reader can put right: the message says what to do, and is shown without a stack. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
}

/** The one line that a person is shown. An error that is not ours may quote a value: only its kind and place are told. */
export function lineOf(error: unknown): string {
  if (error instanceof SandboxError) return `error: ${error.message}`;
  const known = error instanceof Error ? error : new Error();
  const place = /(sandbox\/[^\s()]*:\d+)/.exec(framesOf(known))?.[1] ?? "an unknown place";
  return `error: unexpected ${known.name} at ${place}: this is a fault of the sandbox, please report it with this line`;
}

/** The stack without its head, which repeats the message; nothing where the message is not found there. */
function framesOf({ message, stack = "" }: Error): string {
  const head = stack.indexOf(message);
  return head < 0 ? "" : stack.slice(head + message.length);
}
