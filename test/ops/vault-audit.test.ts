import { execFile } from "node:child_process";
import { join } from "node:path";

import { tokens } from "../../catalog";
import { type VaultEnvironment } from "../../catalog/taxonomy";
import { linesOf, vaultAudit, type AuditOptions, type Checked } from "../../ops/vault-audit";
import { type Finding } from "../../ops/vault-audit-findings";
import { UserError, VendorError } from "../../providers/errors";
import {
  addMembership,
  createFolder,
  createProject,
  createSecret,
  createTag,
  createUniversalAuthIdentity,
} from "../../sandbox/vendors/infisical/entities";
import { canary, failureOf, inject, snapshot } from "../providers/support";
import { VaultWorld } from "../providers/infisical/world";
import { ScratchFolder } from "../sandbox/scratch-folder";
import { AuditedVault, issuedToday, now } from "./vault-audit-vault";

const root = join(__dirname, "..", "..");
const heroku = "/MooseQuest/heroku/HK_PLATFORM_FULL";
const everywhere: VaultEnvironment[] = ["prod", "staging", "dev"];
const issued = ["HK_PLATFORM_FULL"];

let world: VaultWorld;
let stackFiles: ScratchFolder;
let projectId: string;
let environment: Record<string, string>;
let said: string;
const before = { ...process.env };

beforeEach(async () => {
  world = await VaultWorld.start();
  projectId = createProject(world.state, { name: "audited", environments: everywhere }).id;
  const { identityId, clientId, clientSecret } = createUniversalAuthIdentity(world.state, {
    name: "auditor",
  });
  // Reading is all that it needs.
  addMembership(world.state, identityId, { projectId, role: "viewer" });
  stackFiles = new ScratchFolder();
  const generations = issued.map((name) => `    ${name}:\n      current: "${now.toISODate()}"\n`).join("");
  for (const stack of ["prod", "staging"]) {
    stackFiles.write(`Pulumi.${stack}.yaml`, `config:\n  raxx:generations:\n${generations}`);
  }
  environment = {
    INFISICAL_SITE_URL: world.environment.url,
    INFISICAL_PROJECT_ID: projectId,
    INFISICAL_CLIENT_ID: clientId,
    INFISICAL_CLIENT_SECRET: clientSecret,
    CF_ACCESS_CLIENT_ID: world.environment.accessClientId,
    CF_ACCESS_CLIENT_SECRET: world.environment.accessClientSecret,
    RAXX_SANDBOX: "1",
    RAXX_SANDBOX_STACK_FILES: stackFiles.root,
  };
  Object.assign(process.env, environment);
  said = "";
  jest.spyOn(console, "log").mockImplementation((line: string) => {
    said += `${line}\n`;
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
  for (const name of Object.keys(environment)) {
    if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before[name];
  }
  stackFiles.remove();
  await world.stop();
});

/** A vault with what has a generation, which {@link fill} puts into the emulated one. */
function provisioned(): AuditedVault {
  return AuditedVault.provisioned(tokens, issuedToday({ prod: issued, staging: issued }));
}

function fill({ folders, secrets }: AuditedVault): void {
  for (const folder of folders) createFolder(world.state, { projectId, ...folder });
  for (const slug of new Set(secrets.flatMap(({ tags }) => tags)))
    createTag(world.state, { projectId, slug });
  for (const { folder, tags, ...secret } of secrets) {
    createSecret(world.state, { projectId, path: folder, tagSlugs: tags, ...secret });
  }
}

async function audit(options: Partial<AuditOptions> = {}): Promise<number> {
  await vaultAudit({ environment: everywhere, ...options });
  return Number(process.exitCode ?? 0);
}

async function auditJson(
  options: Partial<AuditOptions> = {},
): Promise<{ code: number; version: number; findings: Finding[]; checked: Checked }> {
  const code = await audit({ ...options, json: true });
  return { code, ...(JSON.parse(said) as { version: number; findings: Finding[]; checked: Checked }) };
}

function calls(): string[] {
  return world.vendor.log.read().map(({ method, path }) => `${method} ${path}`);
}

it("finds nothing in a vault that is as the catalog says, and says how much it looked at", async () => {
  const vault = provisioned();
  fill(vault);
  expect(await audit()).toBe(0);
  expect(said).toBe(`0 findings in 3 environments (${vault.secrets.length} secrets looked at)\n`);
});

it("logs in once, then lists folders and secrets of each environment once, and changes nothing", async () => {
  fill(provisioned());
  const stood = snapshot({
    secrets: world.state.secrets,
    folders: world.state.folders,
    tags: world.state.tags,
  });
  await audit();
  expect(calls()).toEqual([
    "POST /api/v1/auth/universal-auth/login",
    ...everywhere.flatMap(() => ["GET /api/v2/folders", "GET /api/v4/secrets"]),
  ]);
  const { secrets, folders, tags } = world.state;
  expect({ secrets, folders, tags }).toEqual(stood);
});

it("reads only the environments that are asked for, each once", async () => {
  fill(provisioned().drop("staging", heroku));
  const { code, findings, checked } = await auditJson({ environment: ["dev", "prod", "dev"] });
  expect({ code, findings }).toEqual({ code: 0, findings: [] });
  expect(checked.secrets).toBe(4);
  expect(calls()).toHaveLength(1 + 2 * 2);
});

it("ends with 2 where something is found, and tells it as a program reads it", async () => {
  const vault = provisioned().drop("staging", heroku).put("prod", "/MooseQuest/heroku/SENTRY_DSN");
  fill(vault);
  const { code, version, findings, checked } = await auditJson();
  expect({ code, version }).toEqual({ code: 2, version: 1 });
  expect(findings).toEqual([
    {
      kind: "unknown-secret",
      environment: "prod",
      folder: "/MooseQuest/heroku",
      name: "SENTRY_DSN",
      todo: "the catalog does not know it: add it to catalog/tokens, or delete it in the vault",
    },
    {
      kind: "missing-secret",
      environment: "staging",
      folder: "/MooseQuest/heroku",
      name: "HK_PLATFORM_FULL",
      todo: "HK_PLATFORM_FULL has a generation, but this does not stand in staging: pulumi up --refresh --stack staging",
    },
  ]);
  // In each of the two there is /MooseQuest, and what is below it.
  expect(checked).toEqual({ secrets: vault.secrets.length, folders: 4 });
});

it("ends with 2 where a person reads it, who sees each environment with its findings below each other", async () => {
  fill(
    provisioned()
      .put("prod", "/MooseQuest/heroku/AAA")
      .put("prod", "/MooseQuest/heroku/BBB")
      .drop("staging", `${heroku}__SCOPES`),
  );
  expect(await audit()).toBe(2);
  const lines = said.trimEnd().split("\n");
  const rows = lines.filter((line) => /unknown-secret|missing-companion/.test(line));
  expect(rows).toEqual([
    expect.stringMatching(/ prod .* unknown-secret .* \/MooseQuest\/heroku .* AAA .* delete it in the vault/),
    expect.stringMatching(/ unknown-secret .* BBB /),
    expect.stringMatching(/ staging .* missing-companion .* HK_PLATFORM_FULL__SCOPES .*--stack staging/),
  ]);
  expect(rows[1]).not.toContain("prod");
  expect(lines.at(-1)).toBe("3 findings in 3 environments (9 secrets looked at)");
});

it("ends with 0 where all that is found is other people's", async () => {
  fill(provisioned().put("staging", "/Other/SENTRY_DSN").put("prod", "/Other/SENTRY_DSN"));
  const { code, findings } = await auditJson();
  expect(findings.map(({ kind, environment: where }) => [kind, where])).toEqual([
    ["foreign-folder", "prod"],
    ["foreign-folder", "staging"],
  ]);
  expect(code).toBe(0);
});

it("is content with an identity that sees our folders only, and then tells of no others", async () => {
  fill(provisioned().put("prod", "/Other/SENTRY_DSN").put("staging", "/SENTRY_DSN"));
  const [identity] = world.state.identities.slice(-1);
  addMembership(world.state, identity?.id ?? "", {
    projectId,
    role: "viewer",
    pathPrefixes: ["/MooseQuest", "/Raxx"],
  });
  const { code, findings } = await auditJson();
  expect({ code, findings }).toEqual({ code: 0, findings: [] });
});

it("compares values across environments, and says none", async () => {
  const vault = provisioned();
  vault.set("staging", heroku, vault.at("prod", heroku).value);
  vault.set("prod", `${heroku}__EXPIRES_AT`, canary()).set("staging", `${heroku}__EXPIRES_AT`, now.toISO());
  vault.put("prod", `/MooseQuest/${canary()}`).put("dev", "/Other/THEIRS");
  fill(vault);
  const { code, findings } = await auditJson();
  expect(code).toBe(2);
  expect(findings.map(({ kind }) => kind).sort()).toEqual([
    "expired",
    "foreign-folder",
    "malformed-companion",
    "unknown-secret",
    "value-in-two-places",
  ]);
  await audit();
  // The scopes are words of the catalog, and `global` is found in many a sentence.
  const values = vault.secrets.filter(({ name }) => !name.endsWith("__SCOPES")).map(({ value }) => value);
  for (const value of [...values, ...Object.values(environment).slice(2, 6)])
    expect(said).not.toContain(value);
});

it("takes the tracked stack files where those of the sandbox are gone with it", async () => {
  fill(provisioned());
  process.env["RAXX_SANDBOX_STACK_FILES"] = stackFiles.path("reset");
  const { findings } = await auditJson();
  expect(findings.filter(({ kind }) => kind === "unknown-secret")).toEqual([]);
});

describe("an error", () => {
  it.each<[string[], string]>([
    [["prod", "test"], 'there is no environment "test": use --environment with prod, staging, dev'],
    [["p".repeat(17)], "there is no such environment: use --environment with prod, staging, dev"],
  ])("is an environment that there is not: %j", async (wanted, message) => {
    const error = await failureOf(audit({ environment: wanted }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe(message);
    expect(calls()).toEqual([]);
  });

  it("is an address that is not on loopback, in the sandbox", async () => {
    process.env["INFISICAL_SITE_URL"] = "https://vault.raxx.app";
    const error = await failureOf(audit());
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(/^INFISICAL_SITE_URL names vault\.raxx\.app, which is not on loopback: /);
  });

  it("is a credential that is not set", async () => {
    process.env["INFISICAL_PROJECT_ID"] = "";
    const error = await failureOf(audit());
    expect(error.message).toBe("INFISICAL_PROJECT_ID is not set: export the id of the vault project");
  });

  it("is a stack file that is not there, before anything is asked", async () => {
    stackFiles.drop("Pulumi.staging.yaml");
    const error = await failureOf(audit());
    expect(error.message).toMatch(/^Pulumi\.staging\.yaml cannot be read: /);
    expect(calls()).toEqual([]);
  });

  it("is an environment that the vault does not have", async () => {
    process.env["INFISICAL_PROJECT_ID"] = world.project.id;
    process.env["INFISICAL_CLIENT_ID"] = world.environment.clientId;
    process.env["INFISICAL_CLIENT_SECRET"] = world.environment.clientSecret;
    const error = await failureOf(audit({ environment: ["dev"] }));
    expect(error).toBeInstanceOf(VendorError);
    expect(error.message).toMatch(/^the vault answered 404 when asked to list the (folders|secrets) .*dev: /);
  });

  it("is a vault that fails half way: nothing is said of the rest", async () => {
    fill(provisioned());
    inject(world.vendor, { kind: "status", status: 403, method: "GET", path: "/api/v4/secrets", call: 2 });
    const error = await failureOf(audit());
    expect(error).toBeInstanceOf(VendorError);
    expect(error.message).toMatch(
      /^the vault answered 403 when asked to list the secrets in \/ of staging: /,
    );
    expect({ said, code: process.exitCode }).toEqual({ said: "", code: undefined });
  });
});

describe("what a person reads", () => {
  const finding: Finding = {
    kind: "unknown-secret",
    environment: "dev",
    folder: "/MooseQuest",
    todo: "look",
  };
  const last = (findings: Finding[], environments: number, secrets: number): string | undefined =>
    linesOf(findings, environments, { secrets, folders: 0 }).at(-1);

  it("counts one as one", () => {
    expect(last([finding], 1, 1)).toBe("1 finding in 1 environment (1 secret looked at)");
  });

  it("counts several as several", () => {
    expect(last([finding, finding], 2, 0)).toBe("2 findings in 2 environments (0 secrets looked at)");
  });

  it("has a dash where there is no name", () => {
    expect(linesOf([finding], 1, { secrets: 1, folders: 1 })[0]).toMatch(/\/MooseQuest .* - .* look/);
  });
});

describe("on the command line", () => {
  /** Without blocking the emulated vault, which runs in this process. */
  function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
    const tsx = join(root, "node_modules/tsx/dist/cjs/index.cjs");
    const command = ["--require", tsx, join(root, "ops/main.ts"), "vault", "audit", ...args];
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        command,
        { cwd: stackFiles.root, env: environment },
        (failed, out, error) => {
          resolve({ code: failed === null ? 0 : Number(failed.code), out, error });
        },
      );
    });
  }

  it("audits prod, staging and dev, and ends with 2 for what it finds", async () => {
    fill(provisioned().drop("staging", heroku));
    const { code, out, error } = await run("--json");
    expect({ code, error }).toEqual({ code: 2, error: "" });
    expect(JSON.parse(out)).toMatchObject({ version: 1, findings: [{ kind: "missing-secret" }] });
    expect(calls()).toHaveLength(1 + 2 * 3);
  });

  it("takes several environments at once, and ends with 0 where nothing is found", async () => {
    fill(provisioned());
    const { code, out } = await run("--environment", "prod", "staging");
    expect(code).toBe(0);
    expect(out).toBe("0 findings in 2 environments (8 secrets looked at)\n");
  });

  it("ends with 1 and one line where it cannot", async () => {
    const { code, out, error } = await run("--environment", "test");
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(error).toMatch(/^error: there is no environment "test": [^\n]*\n$/);
  });
});
