import { type Token } from "../catalog";
import {
  cadenceDays,
  consumerTags,
  environments,
  functionTags,
  sensitivityTags,
  tagSlugs,
  type Environment,
} from "../catalog/taxonomy";
import { inCustody, keysOf, mayStand, vaultPlaces, type VaultPlace } from "./token-places";
import { type StackState, type States } from "./token-state";

const boxIds = [
  "name",
  "folder",
  "environments",
  "expires-at",
  "scopes",
  "tags",
  "review",
  "consumers",
  "index",
  "sop",
  "validation",
] as const;
type BoxId = (typeof boxIds)[number];

/** A box of the checklist. */
export interface Box {
  /** For programs. */
  id: BoxId;
  title: string;
  /** `unknown`: it can only be seen elsewhere. */
  ticked: "yes" | "no" | "unknown";
  /** What is missing and what to do, or where to look. Empty where it is ticked. */
  todo: string[];
}

/** What the checklist looks at beside the entry itself. */
export interface Surroundings {
  states: States;
  /** The text of docs/rotation/INDEX.md; absent where there is no such file. */
  index: string | undefined;
  /** Whether docs/rotation/ has a file of this name. */
  hasSop: (file: string) => boolean;
  /** What the validation finds wrong with the whole catalog. */
  faults: readonly string[];
}

/** Something that keeps a box from being ticked. */
interface Finding {
  ticked: "no" | "unknown";
  todo: string;
}
type Findings = Finding[];

/** Appendix B of the taxonomy, box by box, for one token. */
export function checklistOf(token: Token, surroundings: Surroundings): Box[] {
  const faults = faultsOf(token, surroundings.faults);
  const broken = (id: BoxId): Findings => faults.filter((one) => one.id === id).map(({ fault }) => no(fault));
  const inNoVault = vaultPlaces(token).length === 0 ? " (it is not in the vault)" : "";
  const { sensitivity } = token.tags;
  const boxes: [BoxId, string, Findings][] = [
    ["name", "name follows <VENDOR>_<FUNCTION>[_<SCOPE>]", []],
    ["folder", `path folder is the right one, and exists${inNoVault}`, folderFindings(token, surroundings)],
    [
      "environments",
      "created in the right environments (Section 3)",
      environmentFindings(token, surroundings),
    ],
    [
      "expires-at",
      `companion __EXPIRES_AT is set${inNoVault}`,
      companionFindings(token, "EXPIRES_AT", surroundings),
    ],
    [
      "scopes",
      `companion __SCOPES is set, in the vendor's words${inNoVault}`,
      companionFindings(token, "SCOPES", surroundings),
    ],
    ["tags", `all four tag dimensions are applied${inNoVault}`, tagFindings(token, surroundings)],
    ["review", `sensitivity:critical has its review noted (it is ${sensitivity})`, []],
    ["consumers", "consumer reference is added", consumerFindings(token, surroundings)],
    ["index", "docs/rotation/INDEX.md has its row", indexFindings(token, surroundings)],
    ["sop", `SOP exists at docs/rotation/${token.sop}`, sopFindings(token, surroundings)],
    ["validation", "no other rule of the catalog is broken", []],
  ];
  return boxes.map(([id, title, findings]) => box(id, title, [...broken(id), ...findings]));
}

/** Box → ids of the catalog's rules that it stands for. What no box stands for goes to `validation`. */
const rulesOf: Partial<Record<BoxId, RegExp>> = {
  name: /^name-/,
  folder: /^vault-folder-/,
  environments: /^(environment|dev)-/,
  scopes: /^scopes-/,
  review: /^critical-review$/,
  consumers: /^consumer-/,
  sop: /^sop-/,
};

/** A fault is written `NAME: what is wrong: what to do [rule]`. */
function faultsOf({ name }: Token, faults: readonly string[]): { id: BoxId; fault: string }[] {
  return faults
    .filter((fault) => fault.startsWith(`${name}: `))
    .map((fault) => {
      const text = fault.slice(name.length + 2);
      const [, what = text, rule = ""] = /^(.*) \[([a-z-]+)\]$/s.exec(text) ?? [];
      const id = boxIds.find((one) => rulesOf[one]?.test(rule)) ?? "validation";
      return { id, fault: what };
    });
}

function box(id: BoxId, title: string, findings: Findings): Box {
  const failed = findings.some(({ ticked }) => ticked === "no");
  const ticked = failed ? "no" : findings.length > 0 ? "unknown" : "yes";
  return { id, title, ticked, todo: findings.map(({ todo }) => todo) };
}
function no(todo: string): Finding {
  return { ticked: "no", todo };
}
function unknown(todo: string): Finding {
  return { ticked: "unknown", todo };
}

function folderFindings(token: Token, surroundings: Surroundings): Findings {
  return inVault(token, surroundings, ({ environment, stack, folder }, { folders }) =>
    folders.has(`${environment}:${folder}`)
      ? []
      : [
          `vault ${environment} has no ${folder} by the state of ${stack}: pulumi up --stack ${stack} makes it`,
        ],
  );
}

function environmentFindings(token: Token, { states }: Surroundings): Findings {
  const findings = environments.flatMap((environment): Findings => {
    const state = states[environment];
    if ("unknown" in state) return [];
    const issued = state.issued.find((one) => one.token === token.name);
    const held = state.secrets.some(({ source }) => source.startsWith(`${token.name}@`));
    if (!token.environments.includes(environment)) {
      if (issued === undefined && !held) return [];
      return [no(`it stands in ${environment}, where it has no value: remove it from that stack's file`)];
    }
    if (issued?.minted === false && token.issuer.kind === "custody") {
      return [no(`it is missing in ${environment}: ./raxx status says what a person has to do`)];
    }
    if (issued?.minted === false) {
      return [no(`its current generation is not minted in ${environment}: pulumi up --stack ${environment}`)];
    }
    if (issued !== undefined || held) return [];
    const may = mayStand(token, environment);
    if (may !== undefined) return [unknown(may)];
    return [
      no(
        `it is not issued in ${environment}: pulumi config set --path raxx:generations.${token.name}.current DATE --stack ${environment}, then pulumi up --stack ${environment}`,
      ),
    ];
  });
  return [...findings, ...testModeFindings(token, states), ...withoutState(token.environments, states)];
}

function testModeFindings({ name, dev }: Token, { prod }: States): Findings {
  if (!dev || "unknown" in prod) return [];
  const there = prod.secrets.some(
    ({ environment, source }) => environment === "dev" && source.startsWith(`${name}@`),
  );
  return there ? [] : [unknown(inCustody("dev", "prod"))];
}

function companionFindings(token: Token, suffix: string, surroundings: Surroundings): Findings {
  return inVault(token, surroundings, (place, { secrets }) => {
    const path = `${place.folder}/${place.base}__${suffix}`;
    const there = secrets.some((one) => one.environment === place.environment && one.path === path);
    return there ? [] : [notThere(place, path)];
  });
}

function notThere({ environment, stack }: VaultPlace, path: string): string {
  return `vault ${environment} has no ${path} by the state of ${stack}: pulumi up --stack ${stack} writes it with the value`;
}

function tagFindings(token: Token, surroundings: Surroundings): Findings {
  const given: Partial<Record<string, string>> = token.tags;
  const known = {
    function: Object.keys(functionTags),
    sensitivity: Object.keys(sensitivityTags),
    consumer: Object.keys(consumerTags),
    rotation: [...Object.keys(cadenceDays), "non-rotating"],
  };
  const missing = Object.entries(known).flatMap(([dimension, tags]) => {
    const tag = given[dimension] ?? "";
    if (tags.includes(tag)) return [];
    return [
      no(
        `${tag === "" ? "it has no tag" : `${tag} is no tag`} of ${dimension}: use one of ${tags.join(", ")}`,
      ),
    ];
  });
  if (missing.length > 0) return missing;
  return inVault(token, surroundings, (place, { secrets }) =>
    place.keys.flatMap((key) => {
      const path = `${place.folder}/${key}`;
      const secret = secrets.find((one) => one.environment === place.environment && one.path === path);
      if (secret === undefined) return [notThere(place, path)];
      const lacking = tagSlugs(token.tags).filter((slug) => !secret.tags.includes(slug));
      if (lacking.length === 0) return [];
      return [
        `vault ${place.environment} ${path} lacks ${lacking.join(", ")}: pulumi up --stack ${place.stack} applies it`,
      ];
    }),
  );
}

function consumerFindings(token: Token, { index }: Surroundings): Findings {
  return token.consumers.flatMap((consumer): Findings => {
    const { reference } = consumerTags[consumer];
    // The one reference that is kept in this repository; the others are in the consumers' own.
    if (consumer !== "operator") return [unknown(`look for ${keysOf(token, consumer)} in ${reference}`)];
    return hasRow(token, index) ? [] : [no(`${reference} has no row for it: ./raxx docs writes it`)];
  });
}

function indexFindings(token: Token, { index }: Surroundings): Findings {
  if (index === undefined) return [no("docs/rotation/INDEX.md is not there: ./raxx docs writes it")];
  return hasRow(token, index) ? [] : [no(`it has no row for ${token.name}: ./raxx docs writes it`)];
}

function hasRow({ name }: Token, index: string | undefined): boolean {
  const firstCells = (index ?? "").split("\n").map((line) => /^\|\s*([^|]*?)\s*\|/.exec(line)?.[1] ?? "");
  return firstCells.some((cell) => cell.replaceAll("`", "").replace(/^\[(.*)\]\(.*\)$/, "$1") === name);
}

function sopFindings({ sop }: Token, { hasSop }: Surroundings): Findings {
  return hasSop(sop) ? [] : [no(`docs/rotation/${sop} is not there: write it, or correct sop in its entry`)];
}

/** What the states say against the token's places in the vault, and where there is no state to say it. */
function inVault(
  token: Token,
  { states }: Surroundings,
  against: (place: VaultPlace, state: StackState) => string[],
): Findings {
  const places = vaultPlaces(token);
  const findings = places.flatMap((place): Findings => {
    const state = states[place.stack];
    if ("unknown" in state) return [];
    const wait = state.issued.find((one) => one.token === token.name)?.waitsFor;
    if (wait !== undefined) {
      return [
        no(
          `it is not distributed in ${place.stack}, since it waits for ${wait}: ./raxx status says what to do`,
        ),
      ];
    }
    const said = against(place, state);
    if (said.length > 0 && place.mayStand !== undefined) return [unknown(place.mayStand)];
    return said.map(no);
  });
  // Of two folders of one environment the same may be said.
  const each = new Map(findings.map((finding) => [finding.todo, finding]));
  const stacks = places.map(({ stack }) => stack);
  return [...each.values(), ...withoutState(stacks, states)];
}

function withoutState(stacks: readonly Environment[], states: States): Findings {
  const without = [...new Set(stacks)].filter((stack) => "unknown" in states[stack]).join(" and ");
  if (without === "") return [];
  return [unknown(`not known: no state of ${without} here; run it where pulumi stack export works`)];
}
