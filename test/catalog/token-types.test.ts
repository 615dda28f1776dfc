import path from "node:path";

import ts from "typescript";

const root = path.resolve(__dirname, "../..");

/** An entry that compiles; each snippet below breaks it in one place. */
const good = `
import { token } from "../../catalog/token";

export const entry = token({
  name: "CF_DNS_EDIT_RAXX_APP",
  purpose: "Write DNS records",
  tags: { function: "dns-edit", sensitivity: "high", consumer: "terraform", rotation: "90d" },
  alsoUsedBy: ["ci"],
  vendorScopes: ["Zone > DNS > Edit"],
  environments: ["prod"],
  issuer: { kind: "cloudflare-api-token", zone: "raxx.app" },
  destinations: [{ kind: "vault", folder: "/MooseQuest/cloudflare" }],
  settings: [{ kind: "github-environment-variable", name: "URL", value: { prod: "a" } }],
  sop: "cloudflare-user-api-token.md",
});
`;

const notAssignable = 2322;
const didYouMean = 2820;
const missingProperty = 2741;
const unknownProperty = 2353;
const misspeltProperty = 2561;
const wrongArgument = 2345;
const twiceInOneLiteral = 1117;

const tags = 'tags: { function: "dns-edit", sensitivity: "high", consumer: "terraform", rotation: "90d" }';

interface Snippet {
  title: string;
  /** What of the good entry is replaced. */
  from: string;
  to: string;
  codes: number[];
  /** Words of the message. @default nothing beside the code is asked for */
  says?: string;
}

const allowed: Omit<Snippet, "codes" | "says">[] = [
  { title: "the entry as it is", from: "", to: "" },
  { title: "every field that has a default left out", from: '  alsoUsedBy: ["ci"],\n', to: "" },
  {
    title: "both environments, with a value for each",
    from: good.slice(good.indexOf("  environments"), good.indexOf("  sop")),
    to: `  environments: ["prod", "staging"],
  issuer: { kind: "operator" },
  destinations: [],
  settings: [
    { kind: "github-environment-variable", name: "URL", value: { prod: "a", staging: "b" } },
    { kind: "heroku-config-var", app: "api", key: "FLAG", value: "on" },
  ],
`,
  },
];

const refused: Snippet[] = [
  {
    title: "a vendor code that there is not",
    from: "CF_DNS_EDIT_RAXX_APP",
    to: "QQ_DNS_EDIT",
    codes: [notAssignable],
    says: '"QQ_DNS_EDIT"',
  },
  {
    title: "a vendor's name for its code",
    from: "CF_DNS",
    to: "CLOUDFLARE_DNS",
    codes: [notAssignable],
    says: '"CLOUDFLARE_DNS_EDIT_RAXX_APP"',
  },
  { title: "a vendor code in small letters", from: "CF_DNS", to: "cf_DNS", codes: [notAssignable] },
  {
    title: "a vendor code and nothing after it",
    from: "CF_DNS_EDIT_RAXX_APP",
    to: "CF",
    codes: [notAssignable],
  },
  {
    title: "a function tag that there is not",
    from: '"dns-edit"',
    to: '"cooking"',
    codes: [notAssignable],
    says: '"cooking"',
  },
  {
    title: "a misspelt function tag",
    from: '"dns-edit"',
    to: '"dns-edits"',
    codes: [didYouMean],
    says: "Did you mean",
  },
  {
    title: "a sensitivity that there is not",
    from: '"high"',
    to: '"extreme"',
    codes: [notAssignable],
    says: '"extreme"',
  },
  {
    title: "a consumer that there is not",
    from: 'consumer: "terraform"',
    to: 'consumer: "nobody"',
    codes: [notAssignable],
    says: '"nobody"',
  },
  { title: "a cadence that there is not", from: '"90d"', to: '"45d"', codes: [notAssignable], says: '"45d"' },
  { title: "a tag of another dimension", from: '"high"', to: '"dns-edit"', codes: [notAssignable] },
  {
    title: "a tag with its dimension in front",
    from: '"high"',
    to: '"sensitivity:high"',
    codes: [notAssignable],
  },
  {
    title: "another consumer that there is not",
    from: 'alsoUsedBy: ["ci"]',
    to: 'alsoUsedBy: ["everybody"]',
    codes: [notAssignable],
  },
  {
    title: "an environment that there is not",
    from: 'environments: ["prod"]',
    to: 'environments: ["prod", "qa"]',
    codes: [notAssignable, notAssignable],
    says: '"qa"',
  },
  {
    title: "dev as an environment: only the vault has it",
    from: 'environments: ["prod"]',
    to: 'environments: ["prod", "dev"]',
    codes: [notAssignable, notAssignable],
  },
  {
    title: "no environment at all",
    from: 'environments: ["prod"]',
    to: "environments: []",
    codes: [notAssignable, notAssignable],
  },
  ...(
    [
      ["function", "waf-edit"],
      ["sensitivity", "low"],
      ["consumer", "ci"],
      ["rotation", "30d"],
    ] as const
  ).flatMap(([dimension, other]): Snippet[] => [
    {
      title: `two tags of the dimension ${dimension}`,
      from: "tags: { ",
      to: `tags: { ${dimension}: "${other}", `,
      codes: [twiceInOneLiteral],
    },
    {
      title: `a list of tags of the dimension ${dimension}`,
      from: tags,
      to: tags.replace(new RegExp(`(${dimension}: )("[^"]+")`), `$1[$2, "${other}"]`),
      codes: [notAssignable],
    },
    {
      title: `no tag of the dimension ${dimension}`,
      from: tags,
      to: tags.replace(new RegExp(`,? ${dimension}: "[^"]+",?`), dimension === "function" ? "" : ","),
      codes: [missingProperty],
      says: `Property '${dimension}' is missing`,
    },
  ]),
  {
    title: "a fifth dimension",
    from: 'rotation: "90d" }',
    to: 'rotation: "90d", team: "sre" }',
    codes: [unknownProperty],
    says: "'team' does not exist",
  },
  {
    title: "a staging value for a token of prod alone",
    from: '{ prod: "a" }',
    to: '{ prod: "a", staging: "b" }',
    codes: [unknownProperty],
    says: "'staging' does not exist",
  },
  {
    title: "no value for staging, where the token has both environments",
    from: '["prod"],\n  issuer',
    to: '["prod", "staging"],\n  issuer',
    codes: [notAssignable],
    says: "Property 'staging' is missing",
  },
  {
    title: "no value for prod",
    from: '{ prod: "a" }',
    to: "{}",
    codes: [notAssignable],
    says: "Type '{}' is not assignable",
  },
  {
    title: "one text for all environments",
    from: '{ prod: "a" }',
    to: '"a"',
    codes: [notAssignable],
  },
  {
    title: "a staging value instead of that for prod",
    from: '{ prod: "a" }',
    to: '{ staging: "b" }',
    codes: [unknownProperty],
  },
  {
    title: "a field that there is not",
    from: "  sop",
    to: '  owner: "me",\n  sop',
    codes: [unknownProperty],
    says: "'owner' does not exist",
  },
  { title: "a misspelt field", from: "alsoUsedBy", to: "alsoUsed", codes: [misspeltProperty] },
  {
    title: "consumers beside the tag: the first one is the tag's",
    from: "  sop",
    to: '  consumers: ["ci"],\n  sop',
    codes: [unknownProperty],
  },
  ...["name", "purpose", "tags", "vendorScopes", "environments", "issuer", "destinations", "sop"].map(
    (field): Snippet => ({
      title: `no ${field}`,
      from: new RegExp(`  ${field}: .*\n`).exec(good)?.[0] ?? "",
      to: "",
      // Without environments nothing is known of what values a setting needs: that is told first.
      codes: [field === "environments" ? notAssignable : wrongArgument],
      says: field === "environments" ? "is missing" : `Property '${field}' is missing`,
    }),
  ),
  {
    title: "an issuer that there is not",
    from: '"cloudflare-api-token", zone: "raxx.app"',
    to: '"oracle"',
    codes: [notAssignable],
    says: '"oracle"',
  },
  {
    title: "a destination of a kind that there is not",
    from: '"vault", folder: "/MooseQuest/cloudflare"',
    to: '"paper", folder: "/desk"',
    codes: [notAssignable],
  },
  {
    title: "a phase of the rename that there is not",
    from: "  sop",
    to: '  formerNames: [{ name: "OLD", phase: "gone" }],\n  sop',
    codes: [notAssignable],
  },
  {
    title: "an exception without a reason",
    from: "  sop",
    to: '  exceptions: [{ rule: "full-suffix" }],\n  sop',
    codes: [missingProperty],
  },
];

const snippets: Snippet[] = [...allowed.map((snippet) => ({ ...snippet, codes: [] })), ...refused];

/** Where a snippet would stand: beside this test, so that its import resolves. Nothing is written there. */
function fileOf(index: number): string {
  return path.join(__dirname, `snippet-${index}.ts`);
}

/** One program for all snippets, with the options of the project; per snippet what the compiler says. */
function compile(): Map<string, { code: number; text: string }[]> {
  const config = ts.readConfigFile(path.join(root, "tsconfig.json"), (file) => ts.sys.readFile(file));
  const { options } = ts.parseJsonConfigFileContent(
    config.config,
    { ...ts.sys, readDirectory: () => [] },
    root,
  );
  const texts = new Map(snippets.map(({ from, to }, index) => [fileOf(index), good.replace(from, () => to)]));
  // The entries need no ambient types, and those of node take most of the time.
  const quick = { ...options, types: [] };
  const host = ts.createCompilerHost(quick);
  const read = host.readFile.bind(host);
  const exists = host.fileExists.bind(host);
  host.readFile = (file) => texts.get(path.normalize(file)) ?? read(file);
  host.fileExists = (file) => texts.has(path.normalize(file)) || exists(file);
  const getFile = host.getSourceFile.bind(host);
  host.getSourceFile = (file, version, ...rest) => {
    const text = texts.get(path.normalize(file));
    return text === undefined ? getFile(file, version, ...rest) : ts.createSourceFile(file, text, version);
  };
  const program = ts.createProgram([...texts.keys()], quick, host);
  expect(program.getOptionsDiagnostics()).toEqual([]);
  return new Map(
    [...texts.keys()].map((file) => {
      const source = program.getSourceFile(file);
      const diagnostics = [
        ...program.getSyntacticDiagnostics(source),
        ...program.getSemanticDiagnostics(source),
      ];
      return [
        file,
        diagnostics.map(({ code, messageText }) => ({
          code,
          text: ts.flattenDiagnosticMessageText(messageText, "\n"),
        })),
      ];
    }),
  );
}

describe("the compiler", () => {
  let said: ReturnType<typeof compile>;
  beforeAll(() => {
    said = compile();
  });

  it.each(snippets.map((snippet, index) => ({ ...snippet, index })))(
    "$codes for $title",
    ({ from, to, codes, says = "", index }) => {
      expect(good).toContain(from);
      if (index > 0) expect(good.replace(from, () => to)).not.toBe(good);
      const diagnostics = said.get(fileOf(index)) ?? [];
      expect({ codes: diagnostics.map(({ code }) => code), diagnostics }).toEqual({ codes, diagnostics });
      expect(diagnostics.map(({ text }) => text).join("\n")).toContain(says);
    },
  );
});
