import { restUrlOf } from "../../../../sandbox/plugins/github/configure";
import { github } from "../../../../sandbox/plugins/github";
import { without } from "../../../../sandbox/plugins/kit/properties";
import { secretly, servedForTests } from "../plugin-client";
import { types, worldForTests } from "./world";

const world = worldForTests();
const served = servedForTests(() => github);

describe("the github provider's configuration", () => {
  const names = ["GITHUB_TOKEN", "GITHUB_OWNER", "GITHUB_BASE_URL", "RAXX_SANDBOX"] as const;
  const before = names.map((name) => [name, process.env[name]] as const);
  afterEach(() => {
    for (const [name, value] of before)
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
  });

  it("comes from the environment of the moment where the program gives none", async () => {
    Object.assign(process.env, {
      GITHUB_TOKEN: world().token,
      GITHUB_OWNER: "raxx",
      GITHUB_BASE_URL: world().vendor.url,
    });
    await served.client();
    expect(world().calls()).toEqual(["GET /orgs/raxx"]);
  });

  it("prefers GITHUB_OWNER to the configured owner, as the real plugin does", async () => {
    process.env["GITHUB_OWNER"] = "operator";
    await served.client(world().settings);
    expect(world().calls()).toEqual(["GET /orgs/operator"]);
  });

  it("asks who the token belongs to where no owner is named, and takes a user's account", async () => {
    await served.client(without(world().settings, "owner"));
    expect(world().calls()).toEqual(["GET /user", "GET /orgs/operator"]);
  });

  it("fails with GitHub's answer when the token is refused, without the token", async () => {
    const failure = await served
      .client({ ...world().settings, token: secretly("ghp_refused") })
      .catch((error: unknown) => error);
    expect((failure as Error).message).toContain(
      `failed to lookup organization "raxx": GET ${world().vendor.url}/api/v3/orgs/raxx: 401 Bad credentials []`,
    );
    expect((failure as Error).message).not.toContain("ghp_refused");
  });

  it("reads what is no text from JSON, and refuses what it does not know", async () => {
    const client = served.connect();
    const { failures } = await client.checkConfig({ writeDelayMs: "5", maxRetries: "many", appAuth: "{}" });
    expect(failures).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^property "maxRetries": /),
        `unexpected property "appAuth"`,
      ]),
    );
    expect(failures).toHaveLength(2);
  });

  it("is needed before anything is asked of a resource", async () => {
    const bare = servedOnce.connect();
    await expect(
      bare.create(types.variable, { repository: "a", variableName: "B", value: "c" }),
    ).rejects.toThrow("the github provider is not configured");
  });
  const servedOnce = servedForTests(() => github);
});

describe("the address of the REST API", () => {
  it.each([
    ["https://api.github.com/", "https://api.github.com"],
    ["https://github.com", "https://api.github.com"],
    ["https://raxx.ghe.com", "https://api.raxx.ghe.com"],
    ["http://127.0.0.1:9", "http://127.0.0.1:9/api/v3"],
    ["http://127.0.0.1:9/api/v3/", "http://127.0.0.1:9/api/v3"],
    ["https://git.example/sub", "https://git.example/sub/api/v3"],
  ])("for %s is %s", (base, url) => {
    expect(restUrlOf(base, {})).toBe(url);
  });

  it("in the sandbox is on this machine", () => {
    const env = { RAXX_SANDBOX: "1" };
    expect(restUrlOf("http://localhost:9", env)).toBe("http://localhost:9/api/v3");
    for (const outside of ["https://api.github.com/", "http://127.0.0.1.example:9"])
      expect(() => restUrlOf(outside, env)).toThrow("is not on this machine");
  });

  it("is refused when it is none, or no plain address of GitHub's own", () => {
    expect(() => restUrlOf("api.github.com", {})).toThrow("must be absolute");
    expect(() => restUrlOf("http://api.github.com", {})).toThrow("https scheme");
    expect(() => restUrlOf("https://github.com/x", {})).toThrow("must not contain a path");
  });
});
