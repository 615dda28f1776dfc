import { join } from "node:path";

import { herokuCli } from "./support/heroku-cli";
import { run, mainJob, TestSandbox, type Ran } from "./support/sandbox";
import { appsOf, configVars } from "./support/vendors";

let sandbox: TestSandbox;

beforeAll(async () => {
  sandbox = await TestSandbox.open(mainJob);
  expect((await sandbox.up("prod")).code).toBe(0);
}, 900_000);

afterAll(() => sandbox.close());

/** The real Heroku CLI, in a home folder of its own, pointed at the sandbox by its environment alone. */
async function heroku(...args: string[]): Promise<Ran> {
  const home = join(sandbox.session.home.root, "cli-home");
  const ran = await run(herokuCli, args, {
    ...sandbox.session.environment,
    HOME: home,
    XDG_CACHE_HOME: home,
  });
  expect(ran.code).toBe(0);
  return ran;
}

describe("the real Heroku CLI reads from the sandbox what was provisioned", () => {
  it.each(appsOf.prod)(
    "the config var of %s",
    async (app) => {
      const { output } = await heroku("config:get", "HEROKU_API_KEY", "-a", app);
      const held = configVars(sandbox.heroku(), app)["HEROKU_API_KEY"];
      expect(held).toMatch(/^HRKU-/);
      // Not compared by the matcher, which would print both values.
      expect(output.includes(held ?? "nothing")).toBe(true);
    },
    60_000,
  );

  it("the authorizations, ours by its marker and the one from before us", async () => {
    const { output } = await heroku("authorizations");
    expect(output).toMatch(/raxx:prod:HK_PLATFORM_FULL:\d{4}-\d\d-\d\d/);
    expect(output).toContain("GitHub Actions deploy (raxx-console + raxx-api)");
  }, 60_000);

  it("one release for our write", async () => {
    const { output } = await heroku("releases", "-a", "raxx-api-prod");
    expect(output.match(/Set HEROKU_API_KEY config vars/g)).toHaveLength(1);
  }, 60_000);

  it("the account that a minted token belongs to", async () => {
    const token = configVars(sandbox.heroku(), "raxx-api-prod")["HEROKU_API_KEY"];
    const environment = { ...sandbox.session.environment, HEROKU_API_KEY: token };
    const { code, output } = await run(herokuCli, ["auth:whoami"], environment);
    expect(output).toContain("operator@moosequest.net");
    expect(code).toBe(0);
  }, 60_000);
});
