import { generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";

import { mailDomains } from "../../catalog/mail-domains";
import { type Parameter } from "../../catalog/parameters";
import {
  readStackConfiguration,
  type RawStackConfiguration,
  type StackConfiguration,
} from "../../catalog/stack-configuration";
import { type Token } from "../../catalog/token";
import { tokenNamed } from "../components/fixtures";

const platform: Token = {
  ...tokenNamed("HK_PLATFORM_FULL"),
  formerNames: [
    { name: "HEROKU_API_KEY", phase: "added" },
    { name: "HEROKU_PLATFORM_API_TOKEN", phase: "added" },
  ],
  tags: { function: "platform-api", sensitivity: "critical", consumer: "ci", rotation: "90d" },
  review: "somebody",
  environments: ["prod", "staging"],
  issuer: { kind: "heroku-authorization", scope: ["global"] },
  destinations: [{ kind: "vault", folder: "/MooseQuest/heroku" }],
  settings: [
    { kind: "heroku-config-var", app: "console", key: "FLAG_A", value: "on" },
    { kind: "github-environment-variable", name: "URL_B", value: { prod: "b", staging: "c" } },
  ],
};
const prodOnly: Token = {
  ...platform,
  name: "HK_BILLING_FULL",
  formerNames: [],
  environments: ["prod"],
  settings: [],
};
const ours: Token = {
  ...prodOnly,
  name: "RAXX_AUDIT_INGEST",
  environments: ["prod", "staging"],
  issuer: { kind: "random", bytes: 32 },
};
const kept: Token = {
  ...prodOnly,
  name: "GH_READONLY",
  issuer: { kind: "custody" },
  destinations: [{ kind: "vault", folder: "/MooseQuest/github" }],
};
const reader: Token = {
  ...prodOnly,
  name: "INF_APP_READER",
  issuer: { kind: "infisical-identity-token", folders: ["/MooseQuest/stripe"] },
  destinations: [{ kind: "vault", folder: "/MooseQuest/infisical" }],
};
const tokens = [platform, prodOnly, ours, kept, reader];
const adoptedId = randomUUID();

function compliant(): RawStackConfiguration {
  return {
    stack: "prod",
    environment: "prod",
    generations: {
      HK_PLATFORM_FULL: { current: "2026-11-22.2", previous: "2026-05-06" },
      HK_BILLING_FULL: { current: "2026-05-06", previousAdopt: [adoptedId] },
    },
    herokuApps: { console: "raxx-console-prod", api: "raxx-api-prod" },
    infisicalProject: "a-project",
    githubOwner: "raxx-app",
    githubRepository: "TradeMasterAPI",
    githubEnvironment: "production",
    cloudflareAccount: undefined,
    cloudflareZones: undefined,
    awsAccount: undefined,
    awsRegion: undefined,
    adopt: undefined,
  };
}

function read(broken: Partial<RawStackConfiguration> = {}): StackConfiguration {
  const answer = readStackConfiguration({ ...compliant(), ...broken }, tokens);
  if ("faults" in answer) throw new Error(answer.faults.join("\n"));
  return answer;
}

function faults(broken: Partial<RawStackConfiguration>, all = tokens, more: Parameter[] = []): string[] {
  const answer = readStackConfiguration({ ...compliant(), ...broken }, all, more);
  return "faults" in answer ? answer.faults : [];
}

/** The compliant generations with those of one token replaced. */
function generationsWith(entry: unknown, token = "HK_PLATFORM_FULL"): Partial<RawStackConfiguration> {
  return { generations: { ...(compliant().generations as object), [token]: entry } };
}

describe("a compliant configuration", () => {
  it("is read with every generation", () => {
    const { generations, ...rest } = read();
    expect(rest).toEqual({
      environment: "prod",
      herokuApps: { console: "raxx-console-prod", api: "raxx-api-prod" },
      infisicalProject: "a-project",
      github: { owner: "raxx-app", repository: "TradeMasterAPI", environment: "production" },
      cloudflare: undefined,
      aws: undefined,
      mailDomains: [],
      adopt: new Map(),
      evidence: new Map(),
      supplied: new Set(),
    });
    expect([...generations.keys()]).toEqual(["HK_PLATFORM_FULL", "HK_BILLING_FULL"]);
    expect(generations.get("HK_PLATFORM_FULL")).toMatchObject({
      current: { name: "2026-11-22.2", number: 2 },
      previous: { name: "2026-05-06" },
      previousAdopt: [],
    });
    expect(generations.get("HK_BILLING_FULL")).toMatchObject({ previousAdopt: [adoptedId] });
    expect(generations.get("HK_BILLING_FULL")).not.toHaveProperty("previous");
  });

  it("may leave a token out: it is not issued yet", () => {
    const generations = { HK_BILLING_FULL: { current: "2026-05-06" } };
    expect([...read({ generations }).generations.keys()]).toEqual(["HK_BILLING_FULL"]);
  });

  it("has each id to adopt once, in small letters as Heroku writes it", () => {
    const entry = { current: "2026-05-06", previousAdopt: [adoptedId.toUpperCase(), adoptedId] };
    expect(read(generationsWith(entry)).generations.get("HK_PLATFORM_FULL")?.previousAdopt).toEqual([
      adoptedId,
    ]);
  });

  it("may go back: the previous generation is then the later one", () => {
    const entry = { current: "2026-05-06", previous: "2026-11-22" };
    expect(read(generationsWith(entry)).generations.get("HK_PLATFORM_FULL")).toMatchObject({
      current: { name: "2026-05-06" },
      previous: { name: "2026-11-22" },
    });
  });

  it("may have dates without quotes, as Pulumi then gives them", () => {
    const entry = { current: "2026-11-22 00:00:00 +0000 UTC" };
    const { generations } = read(generationsWith(entry));
    expect(generations.get("HK_PLATFORM_FULL")?.current.name).toBe("2026-11-22");
  });
});

describe("a broken configuration", () => {
  it("of a stack that does not exist names those that do", () => {
    expect(faults({ stack: "dev" })).toEqual(["there is no stack dev: use --stack prod or --stack staging"]);
  });

  it.each([
    ["prod", "staging"],
    ["staging", "prod"],
  ])("for stack %s in the stack file of %s is refused, whatever else is wrong", (stack, environment) => {
    const apps = { console: `raxx-console-${environment}`, api: `raxx-api-${environment}` };
    for (const rest of [{}, { generations: {}, herokuApps: apps, infisicalProject: "" }]) {
      expect(faults({ stack, environment, ...rest })).toEqual([
        `this is the stack file of ${environment}, but the stack is ${stack}: use --stack ${environment}, or the file Pulumi.${stack}.yaml`,
      ]);
    }
  });

  it.each([undefined, "", null])("with %j for environment says how to set it", (environment) => {
    expect(faults({ environment })).toEqual([
      "raxx:environment is not set: pulumi config set raxx:environment prod --stack prod",
    ]);
  });

  it.each([
    ["a credential", randomBytes(20).toString("hex")],
    ["a word", "production"],
    ["a number", 7],
  ])("with %s for environment says how to set it, without quoting it", (_what, environment) => {
    expect(faults({ environment })).toEqual([
      "raxx:environment is none of prod, staging: pulumi config set raxx:environment prod --stack prod",
    ]);
  });

  it("with one app for two roles is refused", () => {
    expect(faults({ herokuApps: { console: "raxx-api-prod", api: "raxx-api-prod" } })).toEqual([
      "raxx:herokuApps has the same app for console and api: give each role an app of its own, pulumi config set --path raxx:herokuApps.api NAME --stack prod",
    ]);
  });

  it.each([undefined, null, "", {}])(
    "with %j for generations is refused: it would take everything away",
    (generations) => {
      expect(faults({ generations })).toEqual([
        "raxx:generations is empty: give the tokens of this environment a generation, pulumi config set --path raxx:generations.HK_PLATFORM_FULL.current DATE --stack prod; to take a stack's credentials away use pulumi destroy",
      ]);
    },
  );

  it.each([
    ["nothing at all", undefined],
    ["a text", "raxx-api-prod"],
    ["no console", { api: "raxx-api-prod" }],
    ["no api", { console: "raxx-console-prod" }],
    ["an empty name", { console: "", api: "raxx-api-prod" }],
    ["a role that does not exist", { console: "a", api: "b", worker: "c" }],
  ])("with %s for apps says how to name them", (_what, herokuApps) => {
    expect(faults({ herokuApps })).toEqual([
      "raxx:herokuApps has to name an app for each of console, api: pulumi config set --path raxx:herokuApps.console NAME --stack prod",
    ]);
  });

  it.each([undefined, "", 7])("with %j for vault project says how to set it", (infisicalProject) => {
    expect(faults({ infisicalProject })).toEqual([
      "raxx:infisicalProject is not set: pulumi config set raxx:infisicalProject PROJECT_ID --stack prod",
    ]);
  });

  it.each([
    ["a text", "2026-05-06", "raxx:generations.HK_PLATFORM_FULL"],
    ["no current", { previous: "2026-05-06" }, "raxx:generations.HK_PLATFORM_FULL.current"],
    ["a number as current", { current: 2026 }, "raxx:generations.HK_PLATFORM_FULL.current"],
    [
      "one id instead of a list",
      { current: "2026-05-06", previousAdopt: "an-id" },
      "raxx:generations.HK_PLATFORM_FULL.previousAdopt",
    ],
    ["nothing", null, "raxx:generations.HK_PLATFORM_FULL"],
    ["a misspelt field", { current: "2026-05-06", prevoius: "x" }, "raxx:generations.HK_PLATFORM_FULL"],
  ])("with %s for a token says where, and what form is needed", (_what, entry, place) => {
    expect(faults(generationsWith(entry))).toEqual([
      `${place} is not of the form {current, previous?, previousAdopt?: [id, ...]}: see the README, "Stack configuration"`,
    ]);
  });

  it.each([["2026-05-06"], [["HK_PLATFORM_FULL"]], [7]])(
    "with %j for generations says what form the map has",
    (generations) => {
      expect(faults({ generations })).toEqual([
        'raxx:generations is not of the form {TOKEN_NAME: {current: "2026-05-06"}, ...}: see the README, "Stack configuration"',
      ]);
    },
  );

  it("tells the form of one token for each place that has another", () => {
    const generations = { HK_PLATFORM_FULL: "2026-05-06", HK_BILLING_FULL: { current: 7 } };
    expect(faults({ generations })).toEqual([
      `raxx:generations.HK_PLATFORM_FULL, raxx:generations.HK_BILLING_FULL.current is not of the form {current, previous?, previousAdopt?: [id, ...]}: see the README, "Stack configuration"`,
    ]);
  });

  it.each([
    ["nothing", ""],
    ["a word", "an-id"],
    ["the short form", "ba6a2961"],
    ["an id and more", `${adoptedId}0`],
    ["a token", `HRKU-${adoptedId}`],
  ])("with %s to adopt says where, and what lists the ids", (_what, id) => {
    expect(faults(generationsWith({ current: "2026-05-06", previousAdopt: [adoptedId, id] }))).toEqual([
      "raxx:generations.HK_PLATFORM_FULL.previousAdopt.1 is no id of an authorization (a UUID of 36 characters): copy it from `heroku authorizations`",
    ]);
  });

  it.each(["current", "previous"])("with a %s that names no generation says what does", (which) => {
    const entry = { current: "2026-11-22", [which]: "2026-11-22.1" };
    expect(faults(generationsWith(entry))).toEqual([
      `raxx:generations.HK_PLATFORM_FULL.${which} is "2026-11-22.1", which names no generation: write the UTC day of the mint, as 2026-05-06, or 2026-05-06.2 for the second of a day`,
    ]);
  });

  it.each([
    ["2026-05-06", "2026-05-06"],
    ["2026-05-06", "2026-05-06 00:00:00 +0000 UTC"],
  ])("with current %j and previous %j is refused: they are the same", (current, previous) => {
    expect(faults(generationsWith({ current, previous }))).toEqual([
      "HK_PLATFORM_FULL has the same generation 2026-05-06 as current and as previous: drop previous",
    ]);
  });

  it.each(["HEROKU_API_KEY", "HEROKU_PLATFORM_API_TOKEN"])("that says %s names the name of now", (name) => {
    expect(faults(generationsWith({ current: "2026-05-06" }, name))).toEqual([
      `raxx:generations names ${name}, which the catalog does not know: it is called HK_PLATFORM_FULL now`,
    ]);
  });

  it("with an unknown token lists those that there are", () => {
    expect(faults(generationsWith({ current: "2026-05-06" }, "HK_OTHER"))).toEqual([
      "raxx:generations names HK_OTHER, which the catalog does not know: use one of HK_PLATFORM_FULL, HK_BILLING_FULL, RAXX_AUDIT_INGEST, GH_READONLY, INF_APP_READER",
    ]);
  });

  it.each([
    ["an entry", { current: "2026-05-06" }],
    ["a text", "2026-05-06"],
  ])("with a credential as the name of %s is refused without quoting it", (_what, entry) => {
    for (const value of [`HRKU-${randomUUID()}`, randomBytes(20).toString("hex"), randomUUID()]) {
      const said = faults(generationsWith(entry, value));
      expect(said).toHaveLength(1);
      expect(said[0]).toMatch(/^raxx:generations/);
      expect(said[0]).not.toContain(value);
    }
  });

  it("with a name that is none says what there is", () => {
    expect(faults(generationsWith({ current: "2026-05-06" }, "hk-other"))).toEqual([
      "raxx:generations has a key that is no token name: use one of HK_PLATFORM_FULL, HK_BILLING_FULL, RAXX_AUDIT_INGEST, GH_READONLY, INF_APP_READER",
    ]);
  });

  it("is refused where a token has no value in the environment", () => {
    expect(faults({ stack: "staging", environment: "staging" })).toEqual([
      "HK_BILLING_FULL has no value in staging: remove it from raxx:generations of that stack",
    ]);
  });

  it("is told with all its faults at once", () => {
    const generations = {
      HK_PLATFORM_FULL: { current: "yesterday", previous: "2026-02-30" },
      HK_BILLING_FULL: { current: "2026-05-06", previous: "2026-05-06" },
      HEROKU_API_KEY: { current: "2026-05-06" },
    };
    const all = faults({ environment: "", generations, herokuApps: {}, infisicalProject: "" });
    expect(all.map((fault) => fault.split(" ").slice(0, 2).join(" "))).toEqual([
      "raxx:environment is",
      "raxx:generations.HK_PLATFORM_FULL.current names",
      "raxx:generations.HK_PLATFORM_FULL.previous is",
      "HK_BILLING_FULL has",
      "raxx:generations names",
      "raxx:herokuApps has",
      "raxx:infisicalProject is",
    ]);
  });

  it.each(["current", "previous", "previousAdopt", "previousAdopt.0", "token"])(
    "with a credential pasted where %s belongs is refused without quoting it",
    (place) => {
      const value = `HRKU-${randomBytes(20).toString("hex")}`;
      const [field = "", index] = place.split(".");
      const entry = { current: "2026-05-06", [field]: index === undefined ? value : [value] };
      const said = faults(generationsWith(entry));
      expect(said).toHaveLength(1);
      expect(said[0]).toContain("HK_PLATFORM_FULL");
      expect(said[0]).not.toContain(value);
    },
  );

  it("with a credential among the apps is refused without quoting it", () => {
    const value = randomBytes(20).toString("hex");
    const said = faults({ herokuApps: { console: "a", api: "b", key: value } });
    expect(said).toHaveLength(1);
    expect(said.join()).not.toContain(value);
  });
});

describe("a token that the program has no component for", () => {
  const listed = { generations: { GH_READONLY: { current: "2026-05-06" } } };
  const faultsOf = (changes: Partial<Token>): string[] => {
    const token = { ...tokenNamed("GH_READONLY"), ...changes };
    const answer = readStackConfiguration({ ...compliant(), ...listed }, [token]);
    return "faults" in answer ? answer.faults : [];
  };

  it("has no generation", () => {
    expect(faultsOf({ issuer: { kind: "operator" } })).toEqual([
      "GH_READONLY cannot be issued yet, since the program has no component for operator: remove it from raxx:generations of prod",
    ]);
    expect(faultsOf({})).toEqual([]);
  });
});

/** The entry of one token, in a catalog of its own. */
function configurationOf(token: Token, given: Partial<RawStackConfiguration>, entry: object = {}): unknown {
  const generations = { [token.name]: { current: "2026-11-22", ...entry } };
  return readStackConfiguration({ ...compliant(), generations, ...given }, [token]);
}

describe("Cloudflare", () => {
  const [account, zoneId] = ["a".repeat(32), "f".repeat(32)];
  const dns: Token = {
    ...prodOnly,
    name: "CF_DNS_EDIT_RAXX_APP",
    issuer: { kind: "cloudflare-api-token", zone: "raxx.app" },
  };
  const pages: Token = {
    ...prodOnly,
    name: "CF_PAGES_DEPLOY",
    issuer: { kind: "cloudflare-api-token", zones: ["getraxx.com", "raxx.app"] },
  };
  const noZone = (zone: string): string =>
    `raxx:cloudflareZones has no id for the zone ${zone} (32 hexadecimal digits, as the zone's overview page shows them): pulumi config set --path 'raxx:cloudflareZones["${zone}"]' ID --stack prod`;

  it("needs its account, and the zones of the tokens that are issued", () => {
    const cloudflareZones = { "raxx.app": zoneId, "getraxx.com": account };
    const given = { cloudflareAccount: account, cloudflareZones };
    expect(configurationOf(dns, given)).toMatchObject({
      cloudflare: { account, zones: { "raxx.app": zoneId } },
    });
    expect(configurationOf(pages, given)).toMatchObject({ cloudflare: { account, zones: cloudflareZones } });
  });

  it("needs no zone for a token of the account alone", () => {
    const billing: Token = { ...dns, name: "CF_BILLING_READ", issuer: { kind: "cloudflare-api-token" } };
    expect(configurationOf(billing, { cloudflareAccount: account })).toMatchObject({
      cloudflare: { account, zones: {} },
    });
  });

  it.each([undefined, "", "a".repeat(31), "A".repeat(32), 7])(
    "says how to set its account where it is %j",
    (cloudflareAccount) => {
      expect(configurationOf(dns, { cloudflareAccount, cloudflareZones: { "raxx.app": zoneId } })).toEqual({
        faults: [
          "raxx:cloudflareAccount is no id of a Cloudflare account (32 hexadecimal digits, as the zone's overview page shows them): pulumi config set raxx:cloudflareAccount ID --stack prod",
        ],
      });
    },
  );

  it.each([undefined, "", [zoneId], { "raxx.app": "raxx.app" }, { "other.app": zoneId }])(
    "says how to set each zone that is missing in %j",
    (cloudflareZones) => {
      expect(configurationOf(pages, { cloudflareAccount: account, cloudflareZones })).toEqual({
        faults: [noZone("getraxx.com"), noZone("raxx.app")],
      });
    },
  );

  it("quotes nothing of what was pasted in place of an id", () => {
    const pasted = randomBytes(20).toString("hex");
    const said = configurationOf(dns, { cloudflareAccount: pasted, cloudflareZones: { "raxx.app": pasted } });
    expect(said).toMatchObject({ faults: [expect.any(String), expect.any(String)] });
    expect(JSON.stringify(said)).not.toContain(pasted);
  });
});

describe("AWS", () => {
  const key: Token = {
    ...prodOnly,
    name: "AWS_BILLING_READ",
    issuer: { kind: "aws-access-key", user: "a-user", policy: "a-policy", statements: [] },
  };
  const inSsm: Token = { ...prodOnly, destinations: [{ kind: "ssm-parameter", name: "/raxx/a/b" }] };
  const given = { awsAccount: "521228113048", awsRegion: "us-east-1" };

  it.each([
    ["a key is issued by it", key],
    ["a value is written to it", inSsm],
  ])("is needed where %s", (_where, token) => {
    expect(configurationOf(token, given)).toMatchObject({
      aws: { account: "521228113048", region: "us-east-1" },
    });
    expect(configurationOf(token, { awsAccount: undefined, awsRegion: undefined })).toEqual({
      faults: [
        "raxx:awsAccount is no id of an AWS account (twelve digits, in quotes): pulumi config set raxx:awsAccount ID --stack prod",
        "aws:region is no region of AWS (as us-east-1): pulumi config set aws:region REGION --stack prod",
      ],
    });
  });

  it("is not needed for anything else", () => {
    expect(configurationOf(prodOnly, {})).toMatchObject({ aws: undefined });
    expect(configurationOf(prodOnly, given)).toMatchObject({ aws: undefined });
  });

  it.each([521228113048, "", "52122811304", "5212281130480", "raxx-prod", null])(
    "says how to set its account where it is %j, which is not quoted",
    (awsAccount) => {
      expect(configurationOf(key, { ...given, awsAccount })).toEqual({
        faults: [
          "raxx:awsAccount is no id of an AWS account (twelve digits, in quotes): pulumi config set raxx:awsAccount ID --stack prod",
        ],
      });
    },
  );

  it.each(["", "us-east", "us-east-1a", "US-EAST-1", "Virginia", 1])(
    "says how to set its region where it is %j",
    (awsRegion) => {
      expect(configurationOf(key, { ...given, awsRegion })).toEqual({
        faults: [
          "aws:region is no region of AWS (as us-east-1): pulumi config set aws:region REGION --stack prod",
        ],
      });
    },
  );

  it.each(["eu-central-1", "us-gov-west-1", "ap-southeast-2"])("may be in %s", (awsRegion) => {
    expect(configurationOf(key, { ...given, awsRegion })).toMatchObject({ aws: { region: awsRegion } });
  });
});

describe("an Access service token", () => {
  const access: Token = {
    ...prodOnly,
    name: "CF_ACCESS_SVC_VAULT",
    issuer: { kind: "cloudflare-access-service-token", application: "vault.raxx.app" },
  };
  const raw = {
    ...compliant(),
    generations: { CF_ACCESS_SVC_VAULT: { current: "2026-11-22", version: 1 } },
  };
  const account = "a".repeat(32);

  it("needs the account alone, also where Cloudflare issues nothing else", () => {
    expect(readStackConfiguration({ ...raw, cloudflareAccount: account }, [access])).toMatchObject({
      cloudflare: { account, zones: {} },
    });
    expect(readStackConfiguration(raw, [access])).toEqual({
      faults: [expect.stringContaining("pulumi config set raxx:cloudflareAccount ID --stack prod")],
    });
  });
});

describe("a token in custody", () => {
  const ofKept = (entry: object): Partial<RawStackConfiguration> => generationsWith(entry, "GH_READONLY");

  it("has the day of its last known rotation as its generation", () => {
    const { generations } = read(ofKept({ current: "2026-04-30" }));
    expect(generations.get("GH_READONLY")).toMatchObject({
      current: { name: "2026-04-30" },
      previousAdopt: [],
    });
  });

  it("has no previous generation: there is nothing of ours to keep", () => {
    expect(faults(ofKept({ current: "2026-04-30", previous: "2026-01-30" }))).toEqual([
      "raxx:generations.GH_READONLY.previous keeps a credential that we issued, but GH_READONLY is in custody, and only its current value is known to stand in the vault: remove it, and revoke the earlier one at the vendor by hand",
    ]);
  });

  it("takes nothing over: there is nothing that we would revoke", () => {
    expect(faults(ofKept({ current: "2026-04-30", previousAdopt: [adoptedId] }))).toEqual([
      "raxx:generations.GH_READONLY.previousAdopt takes over what is revoked later, but GH_READONLY is in custody, and nothing of it is ever revoked by the program: remove it, and revoke the earlier one at the vendor by hand",
    ]);
  });

  it("is told one fault for each field that it cannot have, and no value of it", () => {
    const pasted = `github_pat_${randomBytes(20).toString("hex")}`;
    const said = faults(ofKept({ current: "2026-04-30", previous: pasted, previousAdopt: [pasted] }));
    expect(said).toHaveLength(2);
    expect(said.join()).not.toContain(pasted);
  });
});

describe("GitHub", () => {
  it.each([
    ["githubOwner", "github:owner"],
    ["githubRepository", "raxx:githubRepository"],
    ["githubEnvironment", "raxx:githubEnvironment"],
  ])("has to be named: %s", (field, key) => {
    for (const nothing of [undefined, null, ""]) {
      const [fault, ...more] = faults({ [field]: nothing });
      expect(more).toEqual([]);
      expect(fault).toMatch(new RegExp(`^${key} is not set: pulumi config set ${key} NAME --stack prod`));
    }
  });

  it.each([
    ["githubOwner", "raxx app", "no name of an owner"],
    ["githubOwner", "raxx-app/TradeMasterAPI", "no name of an owner"],
    ["githubRepository", "raxx-app/TradeMasterAPI", "no name of a repository"],
    ["githubRepository", "..", "no name of a repository"],
    ["githubEnvironment", " prod-eu", "no name of an environment"],
    ["githubEnvironment", 7, "no name of an environment"],
  ])("takes names only: %s", (field, value, words) => {
    const [fault, ...more] = faults({ [field]: value });
    expect(more).toEqual([]);
    expect(fault).toContain(words);
    expect(fault).not.toContain(String(value));
  });
});

describe("what was there before us", () => {
  const both = {
    "raxx-console-prod/FLAG_A": "raxx-console-prod:FLAG_A",
    "github/production/URL_B": "TradeMasterAPI:production:URL_B",
  };

  it("is taken over where it is listed with the id of its place", () => {
    expect(read({ adopt: both }).adopt).toEqual(new Map(Object.entries(both)));
    expect(read({ adopt: {} }).adopt.size).toBe(0);
  });

  it("has the escaped name of an environment with a colon in its id", () => {
    const adopt = { "github/a:b/URL_B": "TradeMasterAPI:a??b:URL_B" };
    expect(read({ githubEnvironment: "a:b", adopt }).adopt.size).toBe(1);
  });

  it("is refused under a name that nothing goes by, which is not quoted", () => {
    const pasted = `HRKU-${randomUUID()}`;
    const [fault, ...more] = faults({ adopt: { [pasted]: "x" } });
    expect(more).toEqual([]);
    expect(fault).toContain("there are: raxx-console-prod/FLAG_A, github/production/URL_B");
    expect(fault).not.toContain(pasted);
  });

  it("is refused with another id than that of its place, and the right one is said", () => {
    const pasted = `HRKU-${randomUUID()}`;
    const [fault, ...more] = faults({ adopt: { ...both, "github/production/URL_B": pasted } });
    expect(more).toEqual([]);
    expect(fault).toMatch(
      /pulumi config set --path 'raxx:adopt\["github\/production\/URL_B"\]' 'TradeMasterAPI:production:URL_B' --stack prod$/,
    );
    expect(fault).not.toContain(pasted);
  });

  describe("at AWS", () => {
    const reader: Token = {
      ...prodOnly,
      name: "AWS_BILLING_READ",
      issuer: { kind: "aws-access-key", user: "a-user", policy: "a-policy", statements: [] },
    };
    const parameter: Parameter = {
      ...{ name: "/raxx/a/key", purpose: "", goesWith: "AWS_BILLING_READ", blocks: "", how: [] },
      origin: { kind: "operator", configKey: "aKey", format: "pem-private-key" },
    };
    const standing: Parameter = { ...parameter, name: "/raxx/a/password", origin: { kind: "custody" } };
    const adopt = {
      "aws/user/a-user": "a-user",
      "aws/policy/a-policy": "arn:aws:iam::521228113048:policy/a-policy",
      "ssm/raxx/a/key": "/raxx/a/key",
    };
    const faultsOf = (broken: Partial<RawStackConfiguration>): string[] =>
      faults({ awsAccount: "521228113048", ...broken }, [...tokens, reader], [parameter, standing]);

    it("is the user, the policy of our account, and the parameter that a person supplies", () => {
      expect(faultsOf({ adopt })).toEqual([]);
    });

    it("is no policy of another account", () => {
      const other = { ...adopt, "aws/policy/a-policy": "arn:aws:iam::111111111111:policy/a-policy" };
      expect(faultsOf({ adopt: other })).toEqual([
        `raxx:adopt has another id for aws/policy/a-policy than the one of that place: pulumi config set --path 'raxx:adopt["aws/policy/a-policy"]' 'arn:aws:iam::521228113048:policy/a-policy' --stack prod`,
      ]);
    });

    it.each(["ssm/raxx/a/password", "ssm/raxx/billing-readonly/aws_access_key_id", "aws/user/another"])(
      "is not %s, which stays or which we mint",
      (name) => {
        const [fault, ...more] = faultsOf({ adopt: { [name]: "x" } });
        expect(more).toEqual([]);
        expect(fault).toContain(
          `there are: raxx-console-prod/FLAG_A, github/production/URL_B, ${Object.keys(adopt).join(", ")})`,
        );
      },
    );

    it("is nothing in an environment where the token has no value", () => {
      const staging = {
        ...{ stack: "staging", environment: "staging" },
        generations: { HK_PLATFORM_FULL: { current: "2026-05-06" } },
      };
      for (const [name, id] of Object.entries(adopt))
        expect(faultsOf({ ...staging, adopt: { [name]: id } })).toEqual([
          expect.stringContaining("a name that nothing goes by here"),
        ]);
    });
  });

  it.each([[["a"]], ["a"], [7]])("is a map, not %j", (adopt) => {
    expect(faults({ adopt })).toEqual([expect.stringMatching(/^raxx:adopt is not of the form/)]);
  });

  it("is nothing where the value is randomness of our own", () => {
    const [fault, ...more] = faults(
      generationsWith({ current: "2026-05-06", previousAdopt: [adoptedId] }, "RAXX_AUDIT_INGEST"),
    );
    expect(more).toEqual([]);
    expect(fault).toContain("RAXX_AUDIT_INGEST is randomness of our own: remove it");
  });

  it.each([
    [
      "AWS_BILLING_READ",
      "an access key of AWS",
      { kind: "aws-access-key", user: "a", policy: "b", statements: [] },
    ],
    ["CF_BILLING_READ", "a token of Cloudflare", { kind: "cloudflare-api-token" }],
  ] as const)("is nothing where the token is %s, %s: nothing would become of it", (name, what, issuer) => {
    const token: Token = { ...prodOnly, name, issuer };
    const given = { awsAccount: "521228113048", awsRegion: "us-east-1", cloudflareAccount: "a".repeat(32) };
    expect(configurationOf(token, given)).not.toHaveProperty("faults");
    expect(configurationOf(token, given, { previousAdopt: [adoptedId] })).toEqual({
      faults: [
        `raxx:generations.${name}.previousAdopt takes over authorizations of Heroku from before us, but ${name} is ${what}: remove it, and revoke the earlier one at the vendor by hand`,
      ],
    });
  });

  it("is nothing where the token is of an identity that the program makes", () => {
    const adopting = { current: "2026-05-06", previousAdopt: [adoptedId] };
    const [fault, ...more] = faults(generationsWith(adopting, "INF_APP_READER"));
    expect(more).toEqual([]);
    expect(fault).toMatch(/^raxx:generations\.INF_APP_READER\.previousAdopt .* in the vault by hand$/);
    expect(fault).not.toContain(adoptedId);
  });
});

describe("what a person supplies", () => {
  const parameter: Parameter = {
    name: "/raxx/freescout/ssh_key",
    purpose: "to be tested",
    goesWith: "HK_BILLING_FULL",
    blocks: "a test",
    how: [],
    origin: { kind: "operator", configKey: "freescoutSshKey", format: "pem-private-key" },
  };
  const value = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const given = { freescoutSshKey: { value, encrypted: true } };
  const readWith = (broken: Partial<RawStackConfiguration>): ReturnType<typeof readStackConfiguration> =>
    readStackConfiguration({ ...compliant(), supplied: given, ...broken }, tokens, [parameter]);

  it("is known by the name of the parameter, without its value", () => {
    const configuration = readWith({});
    expect(configuration).toMatchObject({ supplied: new Set([parameter.name]) });
    expect(JSON.stringify(configuration)).not.toContain(value.split("\n")[1]);
  });

  it("is told with all else that is wrong", () => {
    const { faults } = readWith({
      supplied: { freescoutSshKey: { value: "", encrypted: true } },
      infisicalProject: "",
    }) as { faults: string[] };
    expect(faults.map((fault) => fault.split(" ")[0])).toEqual([
      "raxx:infisicalProject",
      "raxx:freescoutSshKey",
    ]);
  });

  it("is not to be removed because the generation of its token is misspelt", () => {
    const { faults } = readWith(generationsWith({ current: "22.11.2026" }, "HK_BILLING_FULL")) as {
      faults: string[];
    };
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain("raxx:generations.HK_BILLING_FULL.current");
  });
});

describe("a mail domain", () => {
  const [account, zone] = ["a".repeat(32), "b".repeat(32)];
  const name = "dns/raxx.app/spf";
  const given: Partial<RawStackConfiguration> = {
    cloudflareAccount: account,
    cloudflareZones: { "raxx.app": zone },
    mailDomains: { "raxx.app": {} },
  };
  const readWith = (broken: Partial<RawStackConfiguration>): ReturnType<typeof readStackConfiguration> =>
    readStackConfiguration({ ...compliant(), ...given, ...broken }, tokens, [], mailDomains);
  const faultsOf = (broken: Partial<RawStackConfiguration>): string[] => {
    const answer = readWith(broken);
    return "faults" in answer ? answer.faults : [];
  };

  it("has its zone, and issues nothing of Cloudflare by itself", () => {
    expect(readWith({})).toMatchObject({
      cloudflare: undefined,
      mailDomains: [{ mailDomain: mailDomains[0], accountId: account, zoneId: zone }],
    });
  });

  it("needs the account, and the id of its zone", () => {
    const lost = faultsOf({ cloudflareAccount: undefined, cloudflareZones: { "getraxx.com": zone } });
    expect(lost).toEqual([
      expect.stringMatching(/^raxx:cloudflareAccount is no id/),
      expect.stringMatching(/^raxx:cloudflareZones has no id for the zone raxx\.app/),
    ]);
  });

  it("has records that are taken over by the zone's id and their own", () => {
    const id = `${zone}/${"1".repeat(32)}`;
    expect(readWith({ adopt: { [name]: id } })).toMatchObject({ adopt: new Map([[name, id]]) });
    expect(readWith({ adopt: { "dns/raxx.app/dkim": id } })).toMatchObject({
      adopt: new Map([["dns/raxx.app/dkim", id]]),
    });
  });

  it.each([
    ["of another zone", `${"c".repeat(32)}/${"1".repeat(32)}`],
    ["without its zone", "1".repeat(32)],
    ["that is none", 7],
  ])("refuses an id %s, which is not quoted", (_what, id) => {
    expect(faultsOf({ adopt: { [name]: id } })).toEqual([
      `raxx:adopt has no id of a place such as ${name}: pulumi config set --path 'raxx:adopt["${name}"]' '${zone}/RECORD_ID' --stack prod`,
    ]);
  });

  it("keeps what is taken over while something else of it is wrong", () => {
    const adopt = { [name]: `${zone}/${"1".repeat(32)}` };
    for (const broken of [{ mailDomains: { "raxx.app": { dkim: "" } } }, { cloudflareZones: {} }]) {
      expect(faultsOf({ ...broken, adopt })).toHaveLength(1);
    }
  });

  it("lets go of its places once the stack does not answer for it", () => {
    const adopt = { [name]: `${zone}/${"1".repeat(32)}` };
    expect(faultsOf({ mailDomains: {}, adopt })).toEqual([
      expect.stringMatching(/^raxx:adopt has a name that nothing goes by here/),
    ]);
  });
});
