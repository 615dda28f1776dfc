import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";

import { baseUrlOf } from "../../../../sandbox/plugins/cloudflare/configure";
import { cloudflare } from "../../../../sandbox/plugins/cloudflare";
import { without } from "../../../../sandbox/plugins/kit/properties";
import { secretly, servedForTests } from "../plugin-client";
import { failureOf, given, types, worldForTests } from "./world";

const world = worldForTests();
const served = servedForTests(() => cloudflare);
const randomToken = () => `cfut_${randomBytes(24).toString("hex")}`;

const names = [
  "CLOUDFLARE_API_KEY",
  "CLOUDFLARE_API_TOKEN",
  "CLOUDFLARE_BASE_URL",
  "CLOUDFLARE_EMAIL",
  "RAXX_SANDBOX",
] as const;
const before = names.map((name) => [name, process.env[name]] as const);
beforeEach(() => {
  for (const name of names) Reflect.deleteProperty(process.env, name);
});
afterAll(() => {
  for (const [name, value] of before)
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
});

const inputs = () => ({ name: "n", policies: [given(world().harness.onZone("DNS Write"))] });

describe("the cloudflare provider's configuration", () => {
  it("comes from the environment of the moment where the program gives none, and asks nobody", async () => {
    process.env["CLOUDFLARE_API_TOKEN"] = world().harness.token;
    process.env["CLOUDFLARE_BASE_URL"] = String(world().settings["baseUrl"]);
    const client = await served.client();
    expect(world().calls()).toEqual([]);
    await client.create(types.apiToken, inputs());
    expect(world().calls()).toEqual(["POST /user/tokens"]);
  });

  it("is the program's where it gives one", async () => {
    process.env["CLOUDFLARE_API_TOKEN"] = randomToken();
    process.env["CLOUDFLARE_BASE_URL"] = "http://127.0.0.1:9/client/v4";
    const client = await served.client(world().settings);
    await client.create(types.apiToken, inputs());
    expect(world().calls()).toEqual(["POST /user/tokens"]);
  });

  it("refuses a token that is none, an incomplete key, and what it does not know, without saying it", async () => {
    const token = `${randomToken()}\n`;
    const failure = await failureOf(served.client({ apiToken: secretly(token) }));
    expect(failure.message).toMatch(/^.*the API token must have 40 to 80 characters/);
    expect(failure.message).not.toContain(token.trim());
    const apiKey = randomBytes(20).toString("hex");
    expect((await failureOf(served.client({ apiKey: "short" }))).message).toMatch(/must have 37 to 60/);
    const keyAlone = await failureOf(served.client({ apiKey: secretly(apiKey) }));
    expect(keyAlone.message).toMatch(/an API key needs the email of its user: set CLOUDFLARE_EMAIL/);
    expect(keyAlone.message).not.toContain(apiKey);
    expect((await served.connect().checkConfig({ apiHostname: "x" })).failures).toEqual([
      `unexpected property "apiHostname"`,
    ]);
  });

  it("fails with Cloudflare's reason when the token is refused, without the token", async () => {
    const token = randomToken();
    const client = await served.client({ ...world().settings, apiToken: secretly(token) });
    const failure = await failureOf(client.create(types.apiToken, inputs()));
    expect(failure.message).toMatch(/POST "http.*\/client\/v4\/user\/tokens": 403 Forbidden: .* \(9109\)$/);
    expect(failure.message).not.toContain(token);
  });

  it("has a token without the right to mint refused, and nothing is made", async () => {
    const { harness } = world();
    const { value } = harness.userToken([harness.onZone("DNS Write")]);
    const client = await served.client({ ...world().settings, apiToken: secretly(value) });
    const count = harness.state.tokens.length;
    const failure = await failureOf(client.create(types.apiToken, inputs()));
    expect(failure.message).toMatch(/403 Forbidden: .* \((9109|10000)\)$/);
    expect(harness.state.tokens).toHaveLength(count);
  });

  it("tells a malformed header with what it comes from", async () => {
    world().harness.vendor.faults.clear();
    const client = await served.client({
      ...without(world().settings, "apiToken"),
      apiKey: "x".repeat(40),
      email: "a@b",
    });
    const failure = await failureOf(client.create(types.apiToken, inputs()));
    expect(failure.message).toMatch(
      /400 Bad Request: Invalid request headers \(6003\): Invalid format .* \(61\d\d\)/,
    );
  });

  it("says that nobody listens, or that what answers is not Cloudflare", async () => {
    const answers = ["text/html", "application/json"];
    const page = createServer((_request, response) => {
      response.setHeader("content-type", answers.shift() ?? "").end("<html>Sign in</html>");
    });
    await new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve));
    const { port } = page.address() as AddressInfo;
    const client = await served.client({
      ...world().settings,
      baseUrl: `http://127.0.0.1:${port}/client/v4/`,
    });
    const notCloudflare = await failureOf(client.create(types.apiToken, inputs()));
    expect(notCloudflare.message).toMatch(
      /failed to deserialize http request: POST "http:\/\/127.0.0.1:\d+\/client\/v4\/user\/tokens": no result/,
    );
    const noJson = await failureOf(client.create(types.apiToken, inputs()));
    expect(noJson.message).toMatch(/the call could not be made, or its answer not read$/);
    await new Promise((resolve) => page.close(resolve));
    const nobody = await failureOf(client.create(types.apiToken, inputs()));
    expect(nobody.message).toMatch(/POST ".*": connect: connection refused$/);
  });
});

describe("CLOUDFLARE_LOG", () => {
  it("does not make the SDK print what it sends and gets", async () => {
    process.env["CLOUDFLARE_LOG"] = "debug";
    const printed = (["debug", "info", "log", "warn", "error"] as const).map((level) =>
      jest.spyOn(console, level).mockReturnValue(undefined),
    );
    const client = await served.client(world().settings);
    await client.create(types.apiToken, inputs());
    for (const spy of printed) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
    Reflect.deleteProperty(process.env, "CLOUDFLARE_LOG");
  });
});

describe("the address of Cloudflare's API", () => {
  it("is the one that is given, in the sandbox only on this machine", () => {
    const env = { RAXX_SANDBOX: "1" };
    for (const own of ["http://127.0.0.1:9/client/v4", "http://localhost:9/x", "http://[::1]:9"])
      expect(baseUrlOf(own, env)).toBe(own);
    for (const outside of ["https://api.cloudflare.com/client/v4", "http://127.0.0.1.example:9"]) {
      expect(baseUrlOf(outside, {})).toBe(outside);
      expect(() => baseUrlOf(outside, env)).toThrow(/is not on this machine: .* set CLOUDFLARE_BASE_URL/);
    }
    expect(() => baseUrlOf("api.cloudflare.com", {})).toThrow("must be absolute");
  });

  it("in the sandbox is not Cloudflare's own when none is given", async () => {
    process.env["RAXX_SANDBOX"] = "1";
    const failure = await failureOf(served.client({ apiToken: secretly(randomToken()) }));
    expect(failure.message).toMatch(/base URL https:\/\/api.cloudflare.com is not on this machine/);
  });
});
