/** A fault that the reader can put right: the message says what to do, and is shown without a stack. */
export class SandboxError extends Error {
  override readonly name = "SandboxError";
}
