import { randomUUID } from "node:crypto";

import * as accessKey from "@pulumi/aws/iam/accessKey";
import * as policy from "@pulumi/aws/iam/policy";
import * as user from "@pulumi/aws/iam/user";
import * as userPolicyAttachment from "@pulumi/aws/iam/userPolicyAttachment";
import * as parameter from "@pulumi/aws/ssm/parameter";
import * as apiToken from "@pulumi/cloudflare/apiToken";
import * as dnsRecord from "@pulumi/cloudflare/dnsRecord";
import * as serviceToken from "@pulumi/cloudflare/zeroTrustAccessServiceToken";
import * as actionsEnvironmentSecret from "@pulumi/github/actionsEnvironmentSecret";
import * as actionsEnvironmentVariable from "@pulumi/github/actionsEnvironmentVariable";
import * as actionsSecret from "@pulumi/github/actionsSecret";
import * as pulumi from "@pulumi/pulumi";
import * as randomPassword from "@pulumi/random/randomPassword";
import * as providers from "@raxx/providers";
import * as luxon from "luxon";
import * as zod from "zod";

import { tokens, type catalogFaults, type Token } from "../catalog";
import { Program, type Registered } from "./components/program";

/** Loaded once, and heavy: the rest of the program is loaded anew for each run, since loading it runs it. */
const shared = {
  "@pulumi/aws/iam/accessKey": accessKey,
  "@pulumi/aws/iam/policy": policy,
  "@pulumi/aws/iam/user": user,
  "@pulumi/aws/iam/userPolicyAttachment": userPolicyAttachment,
  "@pulumi/aws/ssm/parameter": parameter,
  "@pulumi/cloudflare/apiToken": apiToken,
  "@pulumi/cloudflare/dnsRecord": dnsRecord,
  "@pulumi/cloudflare/zeroTrustAccessServiceToken": serviceToken,
  "@pulumi/github/actionsEnvironmentSecret": actionsEnvironmentSecret,
  "@pulumi/github/actionsEnvironmentVariable": actionsEnvironmentVariable,
  "@pulumi/github/actionsSecret": actionsSecret,
  "@pulumi/pulumi": pulumi,
  "@pulumi/random/randomPassword": randomPassword,
  "@raxx/providers": providers,
  luxon,
  zod,
};

/** What an operator exports. Made at run time: none of it is anybody's. */
export function credentials(): Record<string, string> {
  return {
    GITHUB_TOKEN: `github_pat_${randomUUID()}`,
    HEROKU_API_KEY: `HRKU-${randomUUID()}`,
    INFISICAL_CLIENT_ID: randomUUID(),
    INFISICAL_CLIENT_SECRET: randomUUID(),
    INFISICAL_PROJECT_ID: "the-project",
    CF_ACCESS_CLIENT_ID: randomUUID(),
    CF_ACCESS_CLIENT_SECRET: randomUUID(),
  };
}

/** Where each stack's credentials of Cloudflare and of AWS hold. */
export const cloudflareAccount = "a".repeat(32);
export const zones = { "raxx.app": "b".repeat(32), "getraxx.com": "c".repeat(32) };

/** The configuration of a stack, as the tracked file has it and with the ids set that it leaves open. */
export function configurationOf(
  stack: string,
  generations: object = {
    HK_PLATFORM_FULL: { current: "2026-05-06" },
    RAXX_AUDIT_INGEST: { current: "2026-05-06" },
  },
): Record<string, string> {
  return {
    "raxx:environment": stack,
    "raxx:infisicalProject": "the-project",
    "raxx:herokuApps": JSON.stringify({ console: `raxx-console-${stack}`, api: `raxx-api-${stack}` }),
    "github:owner": "raxx-app",
    "raxx:githubRepository": "TradeMasterAPI",
    "raxx:githubEnvironment": stack === "prod" ? "production" : "staging",
    "raxx:cloudflareAccount": cloudflareAccount,
    "raxx:cloudflareZones": JSON.stringify(zones),
    "raxx:awsAccount": "521228113048",
    "aws:region": "us-east-1",
    "raxx:generations": JSON.stringify(generations),
  };
}

const issuable = ["HK_BILLING_FULL", "HK_PLATFORM_FULL", "RAXX_AUDIT_INGEST"];

export interface RunOptions {
  /** @default what {@link configurationOf} gives */
  configuration?: Record<string, string>;
  /** Keys that are encrypted in the stack's file. @default none */
  encrypted?: string[];
  /** What an operator exports. */
  environment: Record<string, string>;
  /** In place of Heroku's tokens and of our own; those of the other vendors are the real ones. */
  catalog?: readonly Token[];
  /** @default no fault is looked for: the catalog is another than the real one */
  validate?: typeof catalogFaults;
}

/** Runs the program as the engine does, and keeps what it declared. */
export async function runProgram(stack: string, options: RunOptions): Promise<Program> {
  const {
    configuration = configurationOf(stack),
    catalog = tokens.filter(({ name }) => issuable.includes(name)),
    validate = () => [],
  } = options;
  const program = await Program.start(stack, answerOf);
  pulumi.runtime.setAllConfig(configuration, options.encrypted);
  const inherited = process.env;
  process.env = { ...options.environment };
  try {
    jest.isolateModules(() => {
      // The Pulumi that has the mocks, and what was loaded with it.
      for (const [name, module] of Object.entries(shared)) jest.doMock(name, () => module);
      jest.doMock("../catalog/tokens/heroku", () => ({ herokuTokens: catalog }));
      jest.doMock("../catalog/tokens/raxx", () => ({ raxxTokens: [] }));
      jest.doMock("../catalog/validation", () => ({ catalogFaults: validate }));
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- an import would run the program once, not once per test
      require("../index");
    });
  } finally {
    process.env = inherited;
  }
  return program;
}

/** What the providers would answer. */
function answerOf({ type, name, inputs }: Registered): Record<string, unknown> {
  if (/heroku:Authorization$|infisical:IdentityToken$/.test(type))
    return { token: `the value of ${String(inputs["marker"])}` };
  if (type.endsWith(":RandomPassword")) return { result: `the random value of ${name}` };
  if (type.endsWith(":AccessKey") && type.startsWith("aws:")) return { secret: `the secret of ${name}` };
  if (type.endsWith(":ApiToken") && type.startsWith("cloudflare:")) return { value: `the value of ${name}` };
  if (type.endsWith("aws:CustodyParameter")) return { present: true };
  if (type.endsWith("infisical:Tags")) return { ids: {} };
  if (!type.endsWith("heroku:Account")) return {};
  const apps = inputs["apps"] as string[];
  return { accountId: "the-account", appIds: Object.fromEntries(apps.map((app) => [app, `id-of-${app}`])) };
}

/** What the program says when it refuses to run. Fails where it runs. */
export async function refusalOf(stack: string, options: RunOptions): Promise<string> {
  try {
    await runProgram(stack, options);
  } catch (error) {
    if (error instanceof pulumi.RunError) return error.message;
    throw error;
  }
  throw new Error("the program was not refused");
}

/** Types and names. */
export function named(resources: Registered[]): string[] {
  return resources.map(({ type, name }) => `${type.replace("pulumi-nodejs:dynamic/", "")} ${name}`);
}
