import { isStatus, UserError, VendorError } from "../../providers/errors";

const fault = {
  vendor: "heroku",
  operation: "read the account",
  meaning: "export a valid key",
  retryable: false,
};

describe("VendorError", () => {
  it("says vendor, status, operation, request and meaning in one line", () => {
    const error = new VendorError({ ...fault, status: 401, requestId: "r-1" });
    expect(error.message).toBe(
      "heroku answered 401 when asked to read the account (request r-1): export a valid key",
    );
    expect(error).toMatchObject({ name: "VendorError", status: 401, requestId: "r-1", retryable: false });
  });

  it("says that no answer came where there is no status", () => {
    const error = new VendorError({ ...fault, retryable: true });
    expect(error.message).toBe("heroku gave no answer when asked to read the account: export a valid key");
    expect(error).toMatchObject({ status: undefined, requestId: undefined, retryable: true });
    expect(error.operation).toBe("read the account");
  });

  it("is an error, and no UserError", () => {
    expect(new VendorError(fault)).toBeInstanceOf(Error);
    expect(new VendorError(fault)).not.toBeInstanceOf(UserError);
  });
});

describe("UserError", () => {
  it("keeps its message and its name", () => {
    expect(new UserError("run ./raxx rotate X")).toMatchObject({
      name: "UserError",
      message: "run ./raxx rotate X",
    });
  });
});

describe("isStatus", () => {
  it("goes by the field of a VendorError", () => {
    expect(isStatus(new VendorError({ ...fault, status: 404 }), 404)).toBe(true);
    expect(isStatus(new VendorError({ ...fault, status: 403 }), 404)).toBe(false);
    expect(isStatus(new VendorError(fault), 404)).toBe(false);
  });

  it("does not believe a text, or another object with a status", () => {
    expect(isStatus(new Error("heroku answered 404"), 404)).toBe(false);
    expect(isStatus({ status: 404 }, 404)).toBe(false);
    expect(isStatus(undefined, 404)).toBe(false);
  });
});
