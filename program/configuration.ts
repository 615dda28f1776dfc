import * as pulumi from "@pulumi/pulumi";
import { environmentFaults, type OptionalVendor } from "@raxx/providers";

import {
  catalogFaults,
  isSupplied,
  mailDomainFaults,
  mailDomains,
  parameterFaults,
  parameters,
  readStackConfiguration,
  tokens,
  type StackConfiguration,
  type SuppliedValue,
} from "../catalog";

/** Stops with everything that is wrong, before any resource is declared. */
export function readConfiguration(): StackConfiguration {
  const raxx = new pulumi.Config("raxx");
  const object = (key: string): unknown => {
    try {
      return raxx.getObject(key);
    } catch {
      // Not an object: the schema says so, with what to do. Pulumi's own error takes long and quotes the value.
      return raxx.get(key);
    }
  };
  const read = readStackConfiguration(
    {
      stack: pulumi.getStack(),
      environment: raxx.get("environment"),
      generations: object("generations"),
      herokuApps: object("herokuApps"),
      infisicalProject: raxx.get("infisicalProject"),
      githubOwner: new pulumi.Config("github").get("owner"),
      githubRepository: raxx.get("githubRepository"),
      githubEnvironment: raxx.get("githubEnvironment"),
      cloudflareAccount: raxx.get("cloudflareAccount"),
      cloudflareZones: object("cloudflareZones"),
      awsAccount: raxx.get("awsAccount"),
      awsRegion: new pulumi.Config("aws").get("region"),
      mailDomains: object("mailDomains"),
      adopt: object("adopt"),
      supplied: Object.fromEntries(
        parameters
          .filter(isSupplied)
          .map(({ origin }) => [origin.configKey, suppliedValue(origin.configKey)]),
      ),
    },
    tokens,
    parameters,
    mailDomains,
  );
  const needs = "faults" in read ? [] : neededBy(read);
  const faults = environmentFaults(process.env, needs);
  if ("faults" in read) faults.unshift(...read.faults);
  else if (![undefined, "", read.infisicalProject].includes(process.env["INFISICAL_PROJECT_ID"])) {
    faults.push(
      "INFISICAL_PROJECT_ID is not the project in raxx:infisicalProject: export the credentials of that project, or correct the stack configuration",
    );
  }
  faults.push(
    ...otherGitHub("faults" in read ? undefined : read.github.owner),
    ...otherCloudflare(),
    ...otherAws(),
  );
  faults.unshift(
    ...catalogFaults(tokens),
    ...parameterFaults(parameters, tokens),
    ...mailDomainFaults(mailDomains),
  );
  if (faults.length > 0 || "faults" in read) throw new pulumi.RunError(faults.join("\n"));
  return read;
}

function neededBy({ aws, cloudflare, mailDomains: domains }: StackConfiguration): OptionalVendor[] {
  const needed: Record<OptionalVendor, boolean> = {
    aws: aws !== undefined,
    cloudflare: cloudflare !== undefined || domains.length > 0,
    dns: domains.length > 0,
  };
  return (Object.keys(needed) as OptionalVendor[]).filter((vendor) => needed[vendor]);
}

/** Read in plain text to be looked at, and quoted nowhere; what is written takes it as a secret. */
function suppliedValue(configKey: string): SuppliedValue | undefined {
  const value = new pulumi.Config("raxx").get(configKey);
  if (value === undefined) return undefined;
  // Not among Pulumi's types.
  const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };
  return { value, encrypted: isConfigSecret(`raxx:${configKey}`) };
}

/** Settings that would send the GitHub provider to another place, or with another token, than what is verified. */
function otherGitHub(owner: string | undefined): string[] {
  return [
    ...setInEnvironment(
      ["GITHUB_ORGANIZATION", "GITHUB_OWNER"],
      "and the GitHub provider follows it before github:owner",
      owner,
    ),
    ...setInConfiguration(
      "github",
      ["appAuth", "baseUrl", "organization", "token"],
      "the address and the token come from GITHUB_BASE_URL and GITHUB_TOKEN",
    ),
  ];
}

/** Settings that would send the Cloudflare provider to another place, or with another credential. */
function otherCloudflare(): string[] {
  return [
    ...setInEnvironment(
      ["CLOUDFLARE_API_KEY", "CLOUDFLARE_API_USER_SERVICE_KEY", "CLOUDFLARE_EMAIL"],
      "but the credential is CLOUDFLARE_API_TOKEN alone",
    ),
    ...setInConfiguration(
      "cloudflare",
      ["apiKey", "apiToken", "apiUserServiceKey", "baseUrl", "email"],
      "the address and the token come from CLOUDFLARE_BASE_URL and CLOUDFLARE_API_TOKEN",
    ),
  ];
}

/** Settings that would send the AWS provider to another place, or with other credentials, than what is verified. */
function otherAws(): string[] {
  return setInConfiguration(
    "aws",
    [
      ...["accessKey", "assumeRoles", "endpoints", "profile", "secretKey", "sharedConfigFiles"],
      ...["sharedCredentialsFiles", "token"],
    ],
    "the credentials come from the environment (AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) and the address from AWS_ENDPOINT_URL",
  );
}

function setInEnvironment(names: readonly string[], why: string, allowed?: string): string[] {
  return names
    .filter((name) => ![undefined, "", allowed].includes(process.env[name]))
    .map((name) => `${name} is set, ${why}: unset ${name}`);
}

function setInConfiguration(namespace: string, keys: readonly string[], instead: string): string[] {
  const config = new pulumi.Config(namespace);
  return keys
    .filter((key) => config.get(key) !== undefined)
    .map(
      (key) =>
        `${namespace}:${key} is set, but ${instead}: pulumi config rm ${namespace}:${key} --stack ${pulumi.getStack()}`,
    );
}
