import { createServer, type AddressInfo } from "node:net";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { checkout } from "../../sandbox/home";
import { stackFile } from "../../sandbox/stacks";
import { run, mainJob, TestSandbox, type Ran } from "./support/sandbox";

let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await TestSandbox.open(mainJob);
}, 600_000);

afterAll(() => sandbox.close());

/** One message, non-zero, no stack trace. */
function expectRefusal({ code, output }: Ran, message: string | RegExp): void {
  expect(output).toMatch(message);
  expect(code).not.toBe(0);
  expect(output).not.toMatch(/^\s+at .+:\d+:\d+/m);
}

describe("the program refuses, before any resource is declared", () => {
  const unset = { HEROKU_API_KEY: undefined, CF_ACCESS_CLIENT_ID: undefined };

  it("missing environment variables, all of them at once", async () => {
    const ran = await sandbox.up("prod", unset);
    expectRefusal(ran, "HEROKU_API_KEY is not set");
    expect(ran.output).toContain("CF_ACCESS_CLIENT_ID is not set");
  }, 60_000);

  it("an endpoint that is not on loopback", async () => {
    const ran = await sandbox.up("prod", { HEROKU_API_URL: "https://api.heroku.com" });
    expectRefusal(ran, "HEROKU_API_URL names api.heroku.com, which is not on loopback");
  }, 60_000);

  it("credentials of another vault project than the stack's", async () => {
    const ran = await sandbox.up("prod", { INFISICAL_PROJECT_ID: "another" });
    expectRefusal(ran, "INFISICAL_PROJECT_ID is not the project in raxx:infisicalProject");
  }, 60_000);

  it.each([
    [
      "an unknown token",
      { NO_SUCH_TOKEN: { current: "2026-11-20" } },
      "NO_SUCH_TOKEN, which the catalog does not know",
    ],
    ["an old name", { HEROKU_API_KEY: { current: "2026-11-20" } }, "it is called HK_PLATFORM_FULL now"],
    ["a malformed generation", { HK_PLATFORM_FULL: { current: "20.11.2026" } }, "names no generation"],
    ["generations that are no map", "oops", "raxx:generations is not of the form"],
  ])(
    "%s in the configuration",
    async (_what, generations, message) => {
      const file = stackFile(sandbox.session.home, "staging");
      const before = readFileSync(file, "utf8");
      sandbox.editStackFile("staging", ["config", "raxx:generations"], generations);
      expectRefusal(await sandbox.pulumi(["preview", "--stack", "staging"]), message);
      writeFileSync(file, before);
    },
    60_000,
  );
});

describe("a vendor that refuses or is silent", () => {
  afterEach(async () => {
    await sandbox.clearFaults();
    await sandbox.gate("open-to-service-token");
  });

  it("Heroku does not know the credential", async () => {
    const ran = await sandbox.up("prod", { HEROKU_API_KEY: "HRKU-nobody" });
    expectRefusal(ran, "heroku answered 401 when asked to read the account");
    expect(ran.output).toContain("export a valid HEROKU_API_KEY and run again");
  }, 60_000);

  it("nothing listens where Heroku should be", async () => {
    const ran = await sandbox.up("prod", { HEROKU_API_URL: "http://127.0.0.1:9" });
    expectRefusal(
      ran,
      "heroku gave no answer when asked to read the account: check the network and HEROKU_API_URL",
    );
  }, 60_000);

  it.each([
    [{ kind: "status", status: 500, times: 0 } as const, "heroku answered 500"],
    [{ kind: "rate-limit", retryAfterSeconds: 0, times: 0 } as const, "heroku answered 429"],
    [{ kind: "drop-before", times: 0 } as const, "heroku gave no answer"],
  ])(
    "Heroku under %j",
    async (fault, message) => {
      await sandbox.fault("heroku", fault);
      expectRefusal(await sandbox.up("prod"), message);
    },
    120_000,
  );

  it.each([
    ["access-login", "Cloudflare Access sent its login page"],
    ["strict-401", "Cloudflare Access cannot authenticate the service token"],
    ["strict-403", "no policy lets it through"],
    ["forbidden-html", "no policy lets it through"],
    ["error-1010", "Cloudflare's edge blocked the User-Agent"],
  ])(
    "the vault's gate in mode %s",
    async (mode, message) => {
      await sandbox.gate(mode);
      expectRefusal(await sandbox.up("prod"), message);
    },
    60_000,
  );

  it.each([
    [{ kind: "status", status: 500, times: 0 } as const, "the vault answered 500"],
    [{ kind: "rate-limit", retryAfterSeconds: 0, times: 0 } as const, "the vault answered 429"],
    [{ kind: "drop-before", times: 0 } as const, "the vault gave no answer"],
  ])(
    "the vault under %j",
    async (fault, message) => {
      await sandbox.fault("infisical", fault);
      expectRefusal(await sandbox.up("prod"), message);
    },
    120_000,
  );

  it("loses nothing: the next run finishes with what is there, and mints no second authorization", async () => {
    expect((await sandbox.up("prod")).code).toBe(0);
    const minted = sandbox
      .heroku()
      .authorizations.filter(({ description }) => description.startsWith("raxx:prod:"));
    expect(minted).toHaveLength(1);
  }, 60_000);
});

describe("./raxx sandbox refuses", () => {
  it("a port that is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const root = mkdtempSync(join(tmpdir(), "raxx-port-test-"));
    const ran = await run(join(checkout, "raxx"), ["sandbox", "start", "--port", String(port)], {
      ...process.env,
      RAXX_SANDBOX_HOME: root,
    });
    server.close();
    rmSync(root, { recursive: true, force: true });
    expectRefusal(ran, `port ${port} is in use: choose another with --port`);
  }, 60_000);

  it("a wrong passphrase, and says what to do", async () => {
    const { passphraseFile } = sandbox.session.home;
    const right = readFileSync(passphraseFile, "utf8");
    writeFileSync(passphraseFile, "wrong");
    const ran = await sandbox.raxx("sandbox", "up");
    writeFileSync(passphraseFile, right);
    expectRefusal(ran, "put that one back, or start over with ./raxx sandbox reset");
  }, 60_000);

  it("another world than the one that was seeded, and a world that does not exist", async () => {
    expectRefusal(await sandbox.raxx("sandbox", "up", "--world", "nowhere"), "Allowed choices are open");
  }, 60_000);

  it("to go on with neither an engine nor Go, naming both ways out", async () => {
    const folder = mkdtempSync(join(tmpdir(), "raxx-path-test-"));
    for (const name of ["node", "npm", "sh", "find", "dirname", "touch", "env"]) {
      const found = process.env["PATH"]?.split(":").map((entry) => join(entry, name)) ?? [];
      const real = found.find((path) => existsSync(path));
      if (real !== undefined) symlinkSync(real, join(folder, name));
    }
    const ran = await run(join(checkout, "raxx"), ["sandbox", "up"], {
      ...process.env,
      PATH: folder,
      HOME: folder,
      XDG_CACHE_HOME: join(folder, "cache"),
      RAXX_SANDBOX_HOME: join(folder, "sandbox"),
    });
    rmSync(folder, { recursive: true, force: true });
    expectRefusal(ran, /no usable Pulumi engine.*install Pulumi >= 3\.\d+\.\d+.* or Go >= 1\./);
  }, 60_000);
});
