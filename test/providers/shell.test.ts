import { runtime } from "@pulumi/pulumi";

import { type herokuConfigVars } from "../../providers/heroku/config-vars";
import { implementations } from "../../providers/index";
import { shell } from "../../providers/shell";
import { canary, failureOf } from "./support";
import { HerokuWorld } from "./heroku/world";

const methods = ["check", "create", "delete", "diff", "read", "update"] as const;
const names = Object.keys(implementations) as (keyof typeof implementations)[];

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

describe.each(names)("%s", (name) => {
  it("has all six methods, in the implementation and in its shell", () => {
    for (const holder of [implementations[name], shell(name)]) {
      expect(Object.keys(holder).sort()).toEqual([...methods]);
      for (const method of methods) expect(Reflect.get(holder, method)).toBeInstanceOf(Function);
    }
  });
});

it("there is a shell for each of the resources", () => {
  expect(names.sort()).toEqual([
    "awsAccount",
    "awsCustodyParameter",
    "awsKeyProbe",
    "awsParameterReceipt",
    "cloudflareAccount",
    "cloudflareMailRecords",
    "cloudflareServiceTokenReceipt",
    "dnsPublishedRecords",
    "githubRepository",
    "githubSecretReceipt",
    "githubWorkflowProbe",
    "herokuAccount",
    "herokuAdoptedAuthorization",
    "herokuAuthorization",
    "herokuConfigVars",
    "infisicalFolder",
    "infisicalIdentity",
    "infisicalIdentityToken",
    "infisicalSecrets",
    "infisicalTags",
  ]);
});

describe("what lands in state", () => {
  const serialized = async (name: keyof typeof implementations): Promise<string> =>
    (await runtime.serializeFunction(() => shell(name))).text;

  it.each(names)("of %s is small, names its implementation, and holds nothing of it", async (name) => {
    const key = canary();
    process.env["HEROKU_API_KEY"] = key;
    process.env["INFISICAL_CLIENT_SECRET"] = key;
    const text = await serialized(name);
    expect(text.length).toBeLessThan(3000);
    expect(text).toContain(name);
    expect(text).toContain("@raxx/providers");
    expect(text).not.toContain(key);
    for (const part of [
      "fetch",
      "undici",
      'authorization"',
      "refuseOtherAccount",
      "VendorHttp",
      "/oauth",
      "process.env",
    ]) {
      expect(text).not.toContain(part);
    }
  });

  it("is the same whatever the credential, so that no run sees a change in it", async () => {
    process.env["HEROKU_API_KEY"] = canary();
    const first = await serialized("herokuAuthorization");
    process.env["HEROKU_API_KEY"] = canary();
    expect(await serialized("herokuAuthorization")).toBe(first);
  });
});

describe("the shell", () => {
  it("passes every argument on, and every answer back", async () => {
    const world = await HerokuWorld.start();
    try {
      process.env["HEROKU_API_URL"] = world.vendor.url;
      process.env["HEROKU_API_KEY"] = world.apiKey;
      const provider = shell("herokuConfigVars") as unknown as ReturnType<typeof herokuConfigVars>;
      const inputs = {
        app: "raxx-api-prod",
        appId: world.app.id,
        accountId: world.account.id,
        vars: { OURS: canary() },
        sources: { OURS: "OURS@2026-05-06" },
        settings: {},
        adopted: [],
      };
      const news = { ...inputs, vars: { OURS: canary() } };
      expect(await provider.check({}, inputs)).toEqual({ inputs });
      const { id, outs } = await provider.create(inputs);
      expect(world.vars()).toMatchObject(inputs.vars);
      expect(await provider.read(id, outs)).toEqual({ id, props: inputs });
      expect(await provider.diff(id, outs, news)).toEqual({ changes: true });
      expect(await provider.update(id, outs, news)).toEqual({ outs: news });
      expect(world.vars()).toMatchObject(news.vars);
      await provider.delete(id, news);
      expect(world.vars()).not.toHaveProperty("OURS");
    } finally {
      await world.stop();
    }
  });

  it("says which variable is missing, and carries no stack", async () => {
    process.env = { ...before, INFISICAL_CLIENT_ID: "" };
    const provider = shell("infisicalTags");
    const failure = await failureOf(provider.create({ projectId: "p", slugs: [], create: true }));
    expect(failure.message).toMatch(/^INFISICAL_CLIENT_ID is not set/);
    expect(failure.stack).not.toContain(" at ");
  });
});
