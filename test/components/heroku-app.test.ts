import { output } from "@pulumi/pulumi";

import { HerokuApp } from "../../components/heroku-app";
import { IssuedCredential } from "./fixtures";
import { Program, secretsOf } from "./program";

const configVars = "pulumi-nodejs:dynamic/heroku:ConfigVars";
let program: Program;
beforeEach(async () => {
  program = await Program.start("prod");
});

it("writes all of its keys at once: one release, and one restart", async () => {
  const platform = new IssuedCredential("HK_PLATFORM_FULL", "2026-11-22");
  const billing = new IssuedCredential("HK_BILLING_FULL", "2026-05-06.2");
  new HerokuApp("raxx-api-prod", {
    app: "raxx-api-prod",
    appId: output("the-app"),
    accountId: output("the-account"),
    credentials: { HEROKU_API_KEY: platform, OLD_NAME: platform, BILLING_KEY: billing },
  });

  const resource = await program.only(configVars);
  const { vars, ...inputs } = resource.inputs;
  expect(resource).toMatchObject({ name: "raxx-api-prod-config-vars", parent: "raxx-api-prod" });
  expect(resource.additionalSecretOutputs).toEqual(["vars", "uncertain"]);
  expect(secretsOf(vars)).toEqual({
    HEROKU_API_KEY: platform.plain,
    OLD_NAME: platform.plain,
    BILLING_KEY: billing.plain,
  });
  expect(inputs).toEqual({
    app: "raxx-api-prod",
    appId: "the-app",
    accountId: "the-account",
    sources: {
      HEROKU_API_KEY: "HK_PLATFORM_FULL@2026-11-22",
      OLD_NAME: "HK_PLATFORM_FULL@2026-11-22",
      BILLING_KEY: "HK_BILLING_FULL@2026-05-06.2",
    },
    settings: {},
    adopted: [],
  });
});

it("keeps every value out of its own entry in state", async () => {
  const credentials = { HEROKU_API_KEY: new IssuedCredential("HK_PLATFORM_FULL") };
  new HerokuApp("an-app", { app: "raxx-api-prod", appId: "the-app", accountId: "the-account", credentials });
  expect((await program.only("raxx:heroku:App")).inputs).toEqual({ app: "raxx-api-prod" });
});

it("is named by its own name, whatever the app is called", async () => {
  new HerokuApp("api", { app: "raxx-api-prod", appId: "the-app", accountId: "the-account", credentials: {} });
  expect((await program.only(configVars)).name).toBe("api-config-vars");
});

it("writes plain settings beside them, and says which were there before us", async () => {
  const credentials = { HEROKU_API_KEY: new IssuedCredential("HK_PLATFORM_FULL") };
  const settings = { FLAG_A: "on", FLAG_B: "off" };
  const place = { app: "raxx-api-prod", appId: "the-app", accountId: "the-account" };
  new HerokuApp("an-app", { ...place, credentials, settings, adopted: ["FLAG_B"] });
  expect((await program.only(configVars)).inputs).toMatchObject({ settings, adopted: ["FLAG_B"] });
});
