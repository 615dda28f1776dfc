import { once, oncePer } from "../../providers/once";

it("makes once, even what is undefined", () => {
  const make = jest.fn((): string | undefined => undefined);
  const get = once(make);
  expect([get(), get()]).toEqual([undefined, undefined]);
  expect(make).toHaveBeenCalledTimes(1);
});

it("makes once for each key", () => {
  const make = jest.fn((key: string) => ({ key }));
  const get = oncePer(make);
  expect(get("a")).toBe(get("a"));
  expect(get("b")).toEqual({ key: "b" });
  expect(make.mock.calls).toEqual([["a"], ["b"]]);
});
