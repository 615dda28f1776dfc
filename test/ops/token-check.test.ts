import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { catalogFaults } from "../../catalog/validation";
import { token, type Token } from "../../catalog/token";
import { linesOf } from "../../ops/token-check";
import { checklistOf, type Box, type Surroundings } from "../../ops/token-checklist";
import { stackStateOf, type StackState } from "../../ops/token-state";
import { ScratchFolder } from "../sandbox/scratch-folder";

const root = join(__dirname, "..", "..");
const name = "HK_PLATFORM_FULL";
const generation = "2026-11-22";

/** An entry with which nothing is wrong. Each test breaks what it is about. */
const entry = token({
  name,
  purpose: "Full Heroku platform administration, all apps",
  formerNames: [{ name: "HEROKU_API_KEY", phase: "added" }],
  tags: { function: "platform-api", sensitivity: "critical", consumer: "operator", rotation: "90d" },
  vendorScopes: ["global"],
  review: "somebody else, #1",
  environments: ["prod", "staging"],
  issuer: { kind: "heroku-authorization", scope: ["global"] },
  destinations: [{ kind: "vault", folder: "/MooseQuest/heroku" }],
  sop: "heroku.md",
});
const slugs = ["consumer-operator", "function-platform-api", "rotation-90d", "sensitivity-critical"];

interface Exported {
  type: string;
  urn: string;
  parent?: string;
  delete?: boolean;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
}

/** What an `up` of the stack leaves in its state, as `pulumi stack export` shows it. */
function exported(
  environment: string,
  change: (resources: Exported[]) => Exported[] = (all) => all,
): unknown {
  const path = "/MooseQuest/heroku";
  const source = `${name}@${generation}`;
  const keys = [name, `${name}__AUTH_ID`, `${name}__EXPIRES_AT`, `${name}__SCOPES`];
  const entries = Object.fromEntries(keys.map((key) => [key, { source, tags: slugs, comment: "" }]));
  const resources: Exported[] = [
    { type: "pulumi:pulumi:Stack", urn: "stack" },
    { type: "raxx:heroku:AuthorizationToken", urn: "token", inputs: { token: name, generation } },
    {
      type: "pulumi-nodejs:dynamic/heroku:Authorization",
      urn: "authorization",
      parent: "token",
      inputs: { marker: `raxx:${environment}:${name}:${generation}` },
    },
    {
      type: "pulumi-nodejs:dynamic/infisical:Folder",
      urn: "folder",
      inputs: { projectId: "p", environment, path },
    },
    {
      type: "pulumi-nodejs:dynamic/infisical:Secrets",
      urn: "secrets",
      inputs: { projectId: "p", environment, path, entries },
    },
  ];
  return { version: 3, deployment: { resources: change(resources) } };
}
function state(environment: string, change?: (resources: Exported[]) => Exported[]): StackState {
  return stackStateOf(environment, exported(environment, change));
}
function without(urn: string): (resources: Exported[]) => Exported[] {
  return (resources) => resources.filter((resource) => resource.urn !== urn);
}
/** Changes the secrets that stand in the vault's folder. */
function secrets(
  change: (entries: Record<string, { tags: string[] }>) => object,
): (resources: Exported[]) => Exported[] {
  return (resources) =>
    resources.map((resource) => {
      if (resource.urn !== "secrets" || resource.inputs === undefined) return resource;
      const entries = change(resource.inputs["entries"] as Record<string, { tags: string[] }>);
      return { ...resource, inputs: { ...resource.inputs, entries } };
    });
}
function dropped(suffix: string): (resources: Exported[]) => Exported[] {
  return secrets((entries) =>
    Object.fromEntries(Object.entries(entries).filter(([key]) => key !== `${name}${suffix}`)),
  );
}

const index = `| name | vendor |\n| --- | --- |\n| \`${name}\` | Heroku |\n`;
function boxes(other: Partial<Token> = {}, surroundings: Partial<Surroundings> = {}): Box[] {
  const changed = { ...entry, ...other };
  return checklistOf(changed, {
    states: { prod: state("prod"), staging: state("staging") },
    index,
    hasSop: (file) => file === "heroku.md",
    faults: surroundings.faults ?? catalogFaults([changed]),
    ...surroundings,
  });
}
function prod(change: (resources: Exported[]) => Exported[]): Partial<Surroundings> {
  return { states: { prod: state("prod", change), staging: state("staging") } };
}
function notTicked(all: Box[]): [string, string, string[]][] {
  return all
    .filter(({ ticked }) => ticked !== "yes")
    .map(({ id, ticked, todo }): [string, string, string[]] => [id, ticked, todo]);
}

it("ticks every box of a token that is provisioned as it should be", () => {
  expect(notTicked(boxes())).toEqual([]);
  expect(boxes()).toHaveLength(11);
});

it.each<[string, Box[], RegExp]>([
  [
    "folder",
    boxes({}, prod(without("folder"))),
    /^vault prod has no \/MooseQuest\/heroku .*: pulumi up --stack prod/,
  ],
  [
    "expires-at",
    boxes({}, prod(dropped("__EXPIRES_AT"))),
    /HK_PLATFORM_FULL__EXPIRES_AT .*: pulumi up --stack prod/,
  ],
  ["scopes", boxes({}, prod(dropped("__SCOPES"))), /HK_PLATFORM_FULL__SCOPES .*: pulumi up --stack prod/],
  [
    "tags",
    boxes({}, prod(secrets((all) => ({ ...all, [name]: { ...all[name], tags: slugs.slice(1) } })))),
    /lacks consumer-operator: pulumi up --stack prod applies it/,
  ],
  ["review", boxes({ review: " " }), /critical.*review/],
  ["consumers", boxes({ consumers: [] }), /name its consumers/],
  ["sop", boxes({ sop: "other.md" }), /^docs\/rotation\/other.md is not there: write it/],
  ["validation", boxes({ purpose: "" }), /say what it is for/],
])("leaves no other box than that of the %s unticked where only that is broken", (id, all, todo) => {
  expect(notTicked(all)).toEqual([[id, "no", [expect.stringMatching(todo)]]]);
});

it("does not tick the name where it breaks the grammar", () => {
  const all = boxes({ name: "HK_PLATFORM__FULL" });
  expect(all.find(({ id }) => id === "name")).toMatchObject({ ticked: "no" });
});

it("does not tick the folder where it is not the vendor's, but does with an exception", () => {
  const destinations = [{ kind: "vault", folder: "/Raxx/Console/Billing" }] as const;
  const tags = { ...entry.tags, function: "billing-read" as const };
  const exceptions = [{ rule: "vault-folder-vendor", reason: "a table says so" }];
  const states = { prod: { unknown: "none" }, staging: { unknown: "none" } };
  const folder = (other: Partial<Token>): Box | undefined =>
    boxes({ destinations, tags, ...other }, { states }).find(({ id }) => id === "folder");
  expect(folder({})?.ticked).toBe("no");
  expect(folder({})?.todo[0]).toContain("/MooseQuest/heroku");
  expect(folder({ exceptions })?.ticked).toBe("unknown");
});

it("does not tick the scopes where the entry has none", () => {
  const all = boxes({ vendorScopes: [] });
  expect(all.find(({ id }) => id === "scopes")).toMatchObject({ ticked: "no" });
});

it.each(["function", "sensitivity", "consumer", "rotation"])(
  "does not tick the tags without a %s",
  (dimension) => {
    const tags = { ...entry.tags, [dimension]: "" };
    const all = boxes({ tags }, { faults: [] });
    expect(notTicked(all)).toEqual([
      ["tags", "no", [expect.stringMatching(`^it has no tag of ${dimension}: use one of `)]],
    ]);
  },
);

describe("the environments", () => {
  /** A token of one environment, which this one's vendor keeps apart. */
  const exceptions = [{ rule: "environment-each", reason: "it is for a test" }];
  const prodOnly = { environments: ["prod"], exceptions } as const;
  const found = (all: Box[]): Box | undefined => all.find(({ id }) => id === "environments");

  it("lack one where nothing is issued, and name the commands", () => {
    const nothing = { states: { prod: state("prod"), staging: state("staging", () => []) } };
    expect(found(boxes({}, nothing))).toMatchObject({
      ticked: "no",
      todo: [
        `it is not issued in staging: pulumi config set --path raxx:generations.${name}.current DATE --stack staging, then pulumi up --stack staging`,
      ],
    });
  });

  it("lack one where the current generation is not minted", () => {
    const older = (resources: Exported[]): Exported[] =>
      resources.map((one) =>
        one.urn === "authorization" ? { ...one, inputs: { marker: `raxx:prod:${name}:2026-05-06` } } : one,
      );
    expect(notTicked(boxes({}, prod(older)))).toEqual([
      ["environments", "no", ["its current generation is not minted in prod: pulumi up --stack prod"]],
    ]);
  });

  it("have it made, but nothing in the vault, where an Access policy has to name it first", () => {
    const waiting = (resources: Exported[]): Exported[] =>
      resources
        .filter(({ urn }) => urn !== "secrets" && urn !== "folder")
        .map((one) => (one.urn === "token" ? { ...one, type: "raxx:cloudflare:ServiceToken" } : one))
        .concat(
          { type: "made", urn: "made", parent: "token", inputs: { name: `raxx:prod:${name}` } },
          { type: "account", urn: "account", inputs: { serviceTokens: [{ name: `raxx:prod:${name}` }] } },
        );
    const todo =
      "it is not distributed in prod, since it waits for an Access policy that names it: ./raxx status says what to do";
    expect(notTicked(boxes({}, prod(waiting)))).toEqual(
      ["folder", "expires-at", "scopes", "tags"].map((box) => [box, "no", [todo]]),
    );
  });

  it("are too many where it stands in one that has no value of it", () => {
    expect(notTicked(boxes(prodOnly))).toEqual([
      [
        "environments",
        "no",
        ["it stands in staging, where it has no value: remove it from that stack's file"],
      ],
    ]);
  });

  it("lack one where a value in custody is missing, and nothing of it stands there", () => {
    const handOffs = [{ kind: "missing", source: `${name}@${generation}`, names: [name] }];
    const kept = (resources: Exported[]): Exported[] =>
      without("authorization")(resources).map((one) => ({
        ...one,
        ...(one.urn === "token" && { type: "raxx:custody:Token" }),
        ...(one.urn === "secrets" && { outputs: { handOffs } }),
      }));
    const all = boxes({ issuer: { kind: "custody" }, ...prodOnly }, { ...prod(kept), faults: [] });
    expect(found(all)?.todo).toContain("it is missing in prod: ./raxx status says what a person has to do");
    const ticked = all.filter((box) => box.ticked === "yes").map(({ id }) => id);
    for (const id of ["environments", "expires-at", "scopes", "tags"]) expect(ticked).not.toContain(id);
  });

  it("are not known of what is in custody and not in the state", () => {
    const nothing = { states: { prod: state("prod", () => []), staging: state("staging", () => []) } };
    const all = boxes({ issuer: { kind: "custody" }, ...prodOnly }, nothing);
    expect(all.filter(({ ticked }) => ticked === "unknown").map(({ id }) => id)).toEqual([
      "folder",
      "environments",
      "expires-at",
      "scopes",
      "tags",
    ]);
    expect(found(all)?.todo).toEqual([
      "it is in custody, and the state of prod does not know it: look into the vault's prod",
    ]);
  });

  it("are not known of what the program does not issue yet", () => {
    const nothing = { states: { prod: state("prod", () => []), staging: state("staging", () => []) } };
    const issuer = { kind: "operator" } as const;
    expect(found(boxes({ issuer, ...prodOnly }, nothing))).toMatchObject({
      ticked: "unknown",
      todo: [expect.stringMatching(/docs\/rotation\/heroku.md/)],
    });
  });

  it("include dev, whose value is in custody", () => {
    expect(found(boxes({ dev: true }, { faults: [] }))).toMatchObject({
      ticked: "unknown",
      todo: ["it is in custody, and the state of prod does not know it: look into the vault's dev"],
    });
  });
});

it("leaves open what only a state knows where there is none, without failing", () => {
  const unknown = { states: { prod: state("prod"), staging: { unknown: "pulumi is not on PATH" } } };
  expect(notTicked(boxes({}, unknown))).toEqual(
    ["folder", "environments", "expires-at", "scopes", "tags"].map((id) => [
      id,
      "unknown",
      ["not known: no state of staging here; run it where pulumi stack export works"],
    ]),
  );
});

it("says of a token outside the vault that it is not in it", () => {
  const destinations = [{ kind: "github-secret", name: "HEROKU_API_KEY" }] as const;
  const titles = boxes({ destinations }).map(({ title, ticked }) => [title, ticked]);
  expect(titles).toContainEqual(["companion __EXPIRES_AT is set (it is not in the vault)", "yes"]);
});

it("looks for each part of a credential that has parts, bare or not", () => {
  const parts = ["APP_ID", "PRIVATE_KEY_PEM"];
  const todo = (bare?: true): string[] | undefined => {
    const destinations = [{ kind: "vault", folder: "/MooseQuest/heroku", ...(bare && { bare }) }] as const;
    return boxes({ parts, destinations }).find(({ id }) => id === "tags")?.todo;
  };
  expect(todo()?.join()).toContain(`/MooseQuest/heroku/${name}__APP_ID`);
  expect(todo(true)?.join()).toContain("/MooseQuest/heroku/APP_ID");
});

it("names, per consumer, what to look for and where", () => {
  const consumers = ["ci", "console", "raptor"] as const;
  const tags = { ...entry.tags, consumer: "ci" } as const;
  const destinations = [
    ...entry.destinations,
    { kind: "github-secret", name: "IN_CI" },
    { kind: "heroku-config-var", app: "console", key: "IN_CONSOLE" },
  ] as const;
  const box = boxes({ consumers, tags, destinations }).find(({ id }) => id === "consumers");
  expect(box).toMatchObject({
    ticked: "unknown",
    todo: [
      "look for IN_CI in .github/workflows/*.yml: the env: block or secrets mapping",
      "look for IN_CONSOLE in console/vault.py, or the app's config loader",
      `look for ${name} in backend_v2/api/vault.py: the bootstrap list and its os.environ.get`,
    ],
  });
});

it.each([
  ["is not there", undefined],
  ["has only an old name that leads to it", `| \`HEROKU_API_KEY\`, now \`${name}\` | Heroku |\n`],
  ["has a longer name only", `| ${name}_READ | Heroku |\n`],
])("does not tick the row where the rotation matrix %s", (_what, text) => {
  const tags = { ...entry.tags, consumer: "ci" } as const;
  const all = boxes({ tags, consumers: ["ci"] }, { index: text, faults: [] });
  expect(all.find(({ id }) => id === "index")).toMatchObject({
    ticked: "no",
    todo: [expect.stringMatching(/: \.\/raxx docs writes it$/)],
  });
});

it("takes faults of other entries for theirs", () => {
  expect(notTicked(boxes({}, { faults: [`${name}_READ: it is wrong: mend it [name-full]`] }))).toEqual([]);
});

it("puts a fault whose rule it does not know into the last box", () => {
  expect(notTicked(boxes({}, { faults: [`${name}: it is wrong: mend it`] }))).toEqual([
    ["validation", "no", ["it is wrong: mend it"]],
  ]);
});

it("ignores what is pending deletion", () => {
  const gone = (resources: Exported[]): Exported[] =>
    resources.map((one) => (one.urn === "folder" ? { ...one, delete: true } : one));
  expect(notTicked(boxes({}, prod(gone))).map(([id]) => id)).toEqual(["folder"]);
});

it("prints a line per box, with what to do below, and why there is no state", () => {
  const states = { prod: state("prod"), staging: { unknown: "pulumi is not on PATH" } };
  const lines = linesOf(name, boxes({ review: "" }, { states }), states);
  expect(lines[0]).toBe(name);
  expect(lines).toContain("[x] name follows <VENDOR>_<FUNCTION>[_<SCOPE>]");
  expect(lines).toContain("[ ] sensitivity:critical has its review noted (it is critical)");
  expect(lines).toContain("[?] path folder is the right one, and exists");
  expect(lines.at(-2)).toBe("5 ticked, 1 not, 5 cannot be known from here");
  expect(lines.at(-1)).toBe("no state of staging: pulumi is not on PATH");
});

describe("on the command line", () => {
  let scratch: ScratchFolder;
  beforeEach(() => {
    scratch = new ScratchFolder();
  });
  afterEach(() => {
    scratch.remove();
  });

  function run(...args: string[]): { code: number | null; out: string; said: string } {
    const tsx = join(root, "node_modules/tsx/dist/cjs/index.cjs");
    const ran = spawnSync(
      process.execPath,
      ["--require", tsx, join(root, "ops/main.ts"), "token", "check", ...args],
      { encoding: "utf8", env: { PATH: scratch.path("bin") } },
    );
    return { code: ran.status, out: ran.stdout, said: ran.stderr };
  }
  interface Answer {
    version: number;
    token: string;
    boxes: Box[];
    withoutState: { stack: string; reason: string }[];
  }

  it("checks a token of the catalog, and fails exactly where a box is not ticked", () => {
    const { code, out, said } = run(name, "--json");
    const answer = JSON.parse(out) as Answer;
    expect(said).toBe("");
    expect(answer).toMatchObject({ version: 1, token: name });
    expect(answer.withoutState).toEqual([
      { stack: "prod", reason: "pulumi is not on PATH" },
      { stack: "staging", reason: "pulumi is not on PATH" },
    ]);
    expect(answer.boxes.map(({ id }) => id)).toContain("scopes");
    expect(code).toBe(answer.boxes.some(({ ticked }) => ticked === "no") ? 1 : 0);
    expect(run(name).out).toContain(`${name}\n[x] name follows`);
  });

  it("reads the states that pulumi exports", () => {
    for (const stack of ["prod", "staging"]) scratch.write(`${stack}.json`, JSON.stringify(exported(stack)));
    // By shell alone: nothing else is on PATH.
    scratch.script(
      "bin/pulumi",
      `[ "$1 $2 $3" = "stack export --stack" ] || exit 9`,
      `while IFS= read -r line || [ -n "$line" ]; do echo "$line"; done < "${scratch.root}/$4.json"`,
    );
    const answer = JSON.parse(run(name, "--json").out) as Answer;
    expect(answer.withoutState).toEqual([]);
    const ticked = Object.fromEntries(answer.boxes.map((box) => [box.id, box.ticked]));
    expect(ticked).toMatchObject({ folder: "yes", environments: "yes", "expires-at": "yes", scopes: "yes" });
  });

  it("says why a state cannot be read, and quotes nothing of it", () => {
    scratch.script(
      "bin/pulumi",
      `if [ "$4" = prod ]; then echo "hidden {"; else echo "error: no stack" >&2; exit 255; fi`,
    );
    const { out } = run(name, "--json");
    expect((JSON.parse(out) as Answer).withoutState).toEqual([
      { stack: "prod", reason: "its export is not JSON" },
      { stack: "staging", reason: "no stack" },
    ]);
    expect(out).not.toContain("hidden");
  });

  it.each([
    ["HEROKU_API_KEY", "there is no token HEROKU_API_KEY: it is called HK_PLATFORM_FULL now"],
    [
      "HK_PLATFORM_FULL__SCOPES",
      "there is no token HK_PLATFORM_FULL__SCOPES: it is a companion of HK_PLATFORM_FULL",
    ],
    ["CONSOLE_AUDIT_INGEST_TOKEN", /^there is no token CONSOLE_AUDIT_INGEST_TOKEN: .*RAXX_AUDIT_INGEST/],
    ["HK_PLATFROM_FUL", /^there is no token HK_PLATFROM_FUL: the nearest names are HK_PLATFORM_FULL, /],
    ["hk-platform", /^that is no name of a token: the nearest names are HK_PLATFORM_FULL, /],
    [
      "INFISICAL_SERVICE_TOKEN",
      /: it is called INF_SVC_DISPATCHER now, and a copy of INF_APP_READER goes by that name$/,
    ],
    ["5f/secret+value=", /^that is no name of a token: the nearest names are /],
  ])("refuses %s in one line", (wrong, message) => {
    const { code, out, said } = run(wrong);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(said).toMatch(/^error: [^\n]*\n$/);
    const text = said.slice("error: ".length, -1);
    if (typeof message === "string") expect(text).toBe(message);
    else expect(text).toMatch(message);
  });
});
