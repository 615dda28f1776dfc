import { randomBytes } from "node:crypto";

import { secret } from "@pulumi/pulumi";

import { GitHubSecret } from "../../components/github-secret";
import { IssuedCredential } from "./fixtures";
import { Program, secretOf } from "./program";

const repositorySecret = "github:index/actionsSecret:ActionsSecret";
const environmentSecret = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret";
const platform = new IssuedCredential("HK_PLATFORM_FULL", "2026-11-22");
const compliant = {
  owner: "raxx-app",
  repository: "TradeMasterAPI",
  secretName: "HEROKU_API_KEY",
  credential: platform,
};

let program: Program;
beforeEach(async () => {
  program = await Program.start("prod");
});

it("is a secret of the repository, its value secret", async () => {
  new GitHubSecret("github/HEROKU_API_KEY", compliant);
  const { name, parent, inputs } = await program.only(repositorySecret);
  expect({ name, parent }).toEqual({ name: "github/HEROKU_API_KEY-secret", parent: "github/HEROKU_API_KEY" });
  const { value, ...plain } = inputs;
  expect(secretOf(value)).toBe(platform.plain);
  expect(plain).toEqual({ repository: "TradeMasterAPI", secretName: "HEROKU_API_KEY" });
});

it("is a secret of an environment where one is named", async () => {
  new GitHubSecret("github/production/A", { ...compliant, environment: "production" });
  const { inputs } = await program.only(environmentSecret);
  expect(inputs).toMatchObject({ environment: "production", secretName: "HEROKU_API_KEY" });
  expect(await program.resources(repositorySecret)).toEqual([]);
});

it("is followed by a receipt that knows what was written, and when", async () => {
  program = await Program.start("prod", ({ type }) =>
    type === environmentSecret ? { updatedAt: "2026-11-22 05:06:07 +0000 UTC" } : {},
  );
  new GitHubSecret("github/production/A", { ...compliant, environment: "production" });
  const receipt = await program.only("pulumi-nodejs:dynamic/github:SecretReceipt");
  const { value, ...plain } = receipt.inputs;
  expect(secretOf(value)).toBe(platform.plain);
  expect(plain).toEqual({
    owner: "raxx-app",
    repository: "TradeMasterAPI",
    environment: "production",
    secretName: "HEROKU_API_KEY",
    source: "HK_PLATFORM_FULL@2026-11-22",
    writtenAt: "2026-11-22 05:06:07 +0000 UTC",
  });
  expect(receipt.additionalSecretOutputs).toEqual(["value"]);
  expect(receipt.dependsOn).toContain("github/production/A-secret");
});

it("never has its value in its own entry in state", async () => {
  new GitHubSecret("github/production/A", { ...compliant, environment: "production" });
  expect((await program.only("raxx:github:Secret")).inputs).toEqual({ secretName: "HEROKU_API_KEY" });
});

describe("a name that GitHub does not take", () => {
  it.each(["GITHUB_TOKEN", "github_token", "1ST", "A-B", "a", ""])(
    "is refused before anything is declared: %s",
    async (name) => {
      expect(() => new GitHubSecret("a-secret", { ...compliant, secretName: name })).toThrow(
        /^a-secret cannot be made: /,
      );
      expect(await program.resources(repositorySecret)).toEqual([]);
    },
  );

  it("is refused with what to do", () => {
    expect(
      () => new GitHubSecret("a-secret", { ...compliant, secretName: "GITHUB_API_DISPATCH_TOKEN" }),
    ).toThrow(
      /keeps names that begin with GITHUB_ for itself: give GITHUB_API_DISPATCH_TOKEN another name in the catalog$/,
    );
  });
});

describe("the size of a value", () => {
  const sized = (bytes: number): IssuedCredential =>
    Object.assign(new IssuedCredential("HK_PLATFORM_FULL"), {
      value: secret(randomBytes(bytes / 2).toString("hex")),
    });

  it("may be 48 KB", async () => {
    new GitHubSecret("a-secret", { ...compliant, credential: sized(48 * 1024) });
    const { inputs } = await program.only(repositorySecret);
    expect(String(secretOf(inputs["value"]))).toHaveLength(48 * 1024);
  });
});
