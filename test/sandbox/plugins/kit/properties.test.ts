import * as rpc from "@pulumi/pulumi/runtime/rpc";

import { decode, encode, hasUnknown, UNKNOWN, wire } from "../../../../sandbox/plugins/kit/properties";

describe("the properties on the wire", () => {
  it("are marked with the SDK's own signatures", () => {
    expect(wire).toEqual({
      signatureKey: rpc.specialSigKey,
      secret: rpc.specialSecretSig,
      output: rpc.specialOutputValueSig,
      unknown: rpc.unknownValue,
    });
  });

  it("lose their secret's wrapper, at any depth, and keep that they are secret", () => {
    const secret = { [wire.signatureKey]: wire.secret, value: "s" };
    expect(decode({ plain: "p", whole: secret, deep: [{ in: secret }] })).toEqual({
      values: { plain: "p", whole: "s", deep: [{ in: "s" }] },
      secrets: ["whole", "deep"],
    });
  });

  it("may be outputs, known or not", () => {
    const output = { [wire.signatureKey]: wire.output };
    expect(decode({ a: { ...output, value: 1, secret: true }, b: output })).toEqual({
      values: { a: 1, b: UNKNOWN },
      secrets: ["a"],
    });
  });

  it("that are null, or the engine's own, do not count", () => {
    expect(decode({ a: null, __defaults: [], b: { c: null } })).toEqual({ values: { b: {} }, secrets: [] });
  });

  it("come back as they went, an unknown one inside a list included", () => {
    const values = { a: "s", b: [UNKNOWN, 1], c: { d: true } };
    expect(decode(encode(values, ["a"]))).toEqual({ values, secrets: ["a"] });
    expect(hasUnknown(values.b)).toBe(true);
    expect(hasUnknown(values.c)).toBe(false);
  });
});
