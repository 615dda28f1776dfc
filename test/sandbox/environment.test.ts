import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { delimiter } from "node:path";

import { environmentOf, exportLines, sandboxVariables, shimFolder } from "../../sandbox/environment";
import { sandboxHome } from "../../sandbox/home";

const home = sandboxHome({ RAXX_SANDBOX_HOME: "/the sandbox/home" });
const vendors = {
  pid: 1,
  endpoints: {
    heroku: "http://127.0.0.1:4010",
    infisical: "http://127.0.0.1:4011",
    github: "http://127.0.0.1:4012",
    cloudflare: "http://127.0.0.1:4013",
    aws: "http://127.0.0.1:4014",
  },
  nameServer: "127.0.0.1:4015",
};
const credentials = {
  HEROKU_API_KEY: `HRKU-${randomBytes(20).toString("hex")}`,
  INFISICAL_CLIENT_SECRET: `it's "quoted" $(id) \`id\` \\ ${randomBytes(8).toString("hex")}`,
};
const engine = { binary: "/engines/built/pulumi" };

function variables(outer: NodeJS.ProcessEnv): ReturnType<typeof sandboxVariables> {
  return sandboxVariables(home, vendors, { credentials }, engine, ["github", "random"], outer);
}

/** What an operator's shell may hold: each of these would reach a real account or another backend. */
const dangerous = [
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"],
  ...["AWS_ENDPOINT_URL_SSM", "AWS_DEFAULT_REGION", "AWS_WEB_IDENTITY_TOKEN_FILE"],
  ...[
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "CLOUDFLARE_API_TOKEN",
    "CF_API_KEY",
    "INFISICAL_TOKEN",
    "HEROKU_ORGANIZATION",
  ],
  ...["PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG", "PULUMI_STACK"],
  ...[
    "SLACK_BOT_TOKEN",
    "POSTMARK_TOKEN",
    "STRIPE_API_KEY",
    "ALPACA_API_KEY",
    "ANTHROPIC_API_KEY",
    "RAXX_OTHER",
  ],
];
const harmless = ["HOME", "TERM", "LANG", "NODE_OPTIONS", "MY_AWS_NOTES", "PULUMIX", "aws_lower"];

function outerWith(names: string[]): NodeJS.ProcessEnv {
  return { PATH: "/usr/bin:/bin", ...Object.fromEntries(names.map((name) => [name, `outer ${name}`])) };
}

describe("what is inherited", () => {
  it.each(dangerous)("is taken away where it is %s", (name) => {
    const outer = outerWith([name]);
    expect(variables(outer).cleared).toEqual([name]);
    expect(environmentOf(variables(outer), outer)).not.toHaveProperty(name);
  });

  it.each(harmless)("stays where it is %s", (name) => {
    const outer = outerWith([name]);
    expect(variables(outer).cleared).toEqual([]);
    expect(environmentOf(variables(outer), outer)[name]).toBe(`outer ${name}`);
  });

  it("is replaced, not cleared, where the sandbox has a value of its own", () => {
    const outer = outerWith([
      ...["HEROKU_API_KEY", "PULUMI_BACKEND_URL", "HEROKU_API_URL"],
      ...["CLOUDFLARE_BASE_URL", "AWS_ENDPOINT_URL", "AWS_REGION"],
      ...["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"],
    ]);
    expect(variables(outer).cleared).toEqual([]);
    expect(environmentOf(variables(outer), outer)).toMatchObject({
      HEROKU_API_KEY: credentials.HEROKU_API_KEY,
      PULUMI_BACKEND_URL: "file:///the%20sandbox/home/backend",
      HEROKU_API_URL: "http://127.0.0.1:4010",
      CLOUDFLARE_BASE_URL: "http://127.0.0.1:4013/client/v4",
      AWS_ENDPOINT_URL: "http://127.0.0.1:4014",
      AWS_REGION: "us-east-1",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    });
  });

  it("is left as it was in the caller's own environment", () => {
    const outer = outerWith([...dangerous]);
    const before = { ...outer };
    environmentOf(variables(outer), outer);
    expect(outer).toEqual(before);
  });
});

describe("what is set", () => {
  it("names this sandbox, its vendors and its files", () => {
    expect(variables({ PATH: "/usr/bin" }).set).toMatchObject({
      RAXX_SANDBOX: "1",
      RAXX_SANDBOX_HOME: "/the sandbox/home",
      RAXX_SANDBOX_ENGINE: "/engines/built/pulumi",
      RAXX_SANDBOX_STACK_FILES: "/the sandbox/home/stack-files",
      HEROKU_API_URL: "http://127.0.0.1:4010",
      INFISICAL_SITE_URL: "http://127.0.0.1:4011",
      GITHUB_BASE_URL: "http://127.0.0.1:4012/",
      CLOUDFLARE_BASE_URL: "http://127.0.0.1:4013/client/v4",
      AWS_ENDPOINT_URL: "http://127.0.0.1:4014",
      PULUMI_HOME: "/the sandbox/home/pulumi-home",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/the sandbox/home/passphrase",
      PULUMI_RUN_PROGRAM: "true",
      ...credentials,
    });
  });

  it.each([
    ["/100% #1/what?", "file:///100%25%20%231/what%3F/backend"],
    ["/a%20b", "file:///a%2520b/backend"],
  ])("names the backend in %s so that the engine finds it", (root, url) => {
    const other = sandboxHome({ RAXX_SANDBOX_HOME: root });
    const { set } = sandboxVariables(other, vendors, { credentials }, engine, [], {});
    expect(set["PULUMI_BACKEND_URL"]).toBe(url);
  });

  it("asks the sandbox's own DNS server, whatever the shell asks", () => {
    expect(variables({ RAXX_DNS_RESOLVER: "192.0.2.53" }).set["RAXX_DNS_RESOLVER"]).toBe("127.0.0.1:4015");
  });

  it("has no address that is not on this machine", () => {
    const addresses = Object.values(variables({}).set).filter((value) => /^[a-z]+:\/\//.test(value));
    expect(addresses.length).toBeGreaterThan(4);
    for (const address of addresses) expect(address).toMatch(/^(http:\/\/127\.0\.0\.1:|file:\/\/\/)/);
  });

  it("finds the shim first, then the engine, then what was on PATH", () => {
    const path = variables({ PATH: "/usr/bin:/bin" }).set["PATH"]?.split(delimiter);
    expect(path).toEqual([shimFolder, "/engines/built", "/usr/bin", "/bin"]);
  });
});

describe("the lines for a shell", () => {
  /** Set by shells themselves. */
  const shellsOwn = ["PWD", "OLDPWD", "SHLVL", "_"];

  /** The environment of a shell after it evaluated the lines. */
  function evaluated(outer: NodeJS.ProcessEnv): Record<string, string> {
    const lines = exportLines(variables(outer));
    const ran = spawnSync("/bin/sh", ["-euc", `eval "$LINES"; unset LINES; exec /usr/bin/env -0`], {
      env: { ...outer, LINES: lines },
      encoding: "utf8",
    });
    expect(ran.stderr).toBe("");
    const entries = ran.stdout.split("\0").filter((line) => line !== "");
    return Object.fromEntries(
      entries.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
  }

  it("make exactly the environment that a process inside gets, quotes and all", () => {
    const outer = outerWith([...dangerous, ...harmless]);
    const made = Object.entries(evaluated(outer)).filter(([name]) => !shellsOwn.includes(name));
    expect(Object.fromEntries(made)).toEqual(environmentOf(variables(outer), outer));
  });

  it("restore a value with quotes, dollars and backslashes", () => {
    expect(evaluated({ PATH: "/usr/bin" })["INFISICAL_CLIENT_SECRET"]).toBe(
      credentials.INFISICAL_CLIENT_SECRET,
    );
  });

  it("take away what is inherited", () => {
    const made = evaluated(outerWith(dangerous));
    for (const name of dangerous) expect(made).not.toHaveProperty(name);
  });
});
