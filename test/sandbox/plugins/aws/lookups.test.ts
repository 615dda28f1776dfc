import { AwsError } from "../../../../sandbox/plugins/aws/client";
import { ifThere, onceAlone, onceFound } from "../../../../sandbox/plugins/aws/lookups";

const waiting = () => ({ signal: new AbortController().signal });

/** Fails with these codes, one at a time, and then succeeds. */
function failing(...codes: (string | undefined)[]) {
  const state = { calls: 0 };
  const call = () => {
    const index = state.calls++;
    return index < codes.length
      ? Promise.reject(new AwsError(`failure ${index}`, codes[index]))
      : Promise.resolve("done");
  };
  return { state, call };
}

describe("a look-up", () => {
  it("takes for gone what AWS says is not there, and nothing else", async () => {
    for (const code of ["NoSuchEntity", "ParameterNotFound"])
      expect(await ifThere(failing(code).call)).toBeUndefined();
    for (const code of ["AccessDenied", undefined])
      await expect(ifThere(failing(code).call)).rejects.toThrow("failure 0");
  });

  it("of what was made just now is repeated while it is not there, and only then", async () => {
    const slow = failing("NoSuchEntity", "NoSuchEntity");
    expect(await onceFound(waiting(), slow.call)).toBe("done");
    expect(slow.state.calls).toBe(3);
    await expect(onceFound(waiting(), failing("AccessDenied").call)).rejects.toThrow("failure 0");
  });

  it("ends at some time", async () => {
    await expect(onceFound(waiting(), () => Promise.resolve(undefined))).rejects.toThrow(
      "couldn't find resource",
    );
  });

  it("ends when the engine cancels", async () => {
    const signal = AbortSignal.timeout(50);
    await expect(onceFound({ signal }, () => Promise.resolve(undefined))).rejects.toThrow(
      "cancelled while waiting for AWS",
    );
  });
});

describe("a change", () => {
  it("is tried again while IAM is at another one, and only then", async () => {
    const busy = failing("ConcurrentModification", "ConcurrentModification");
    await onceAlone(waiting(), busy.call);
    expect(busy.state.calls).toBe(3);
    await expect(onceAlone(waiting(), failing("LimitExceeded").call)).rejects.toThrow("failure 0");
  });
});
