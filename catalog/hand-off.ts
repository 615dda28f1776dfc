import { list, written } from "./steps";
import { companions, ownerOf, vendors, type CompanionSuffix, type VaultEnvironment } from "./taxonomy";
import { provisioningOf, vaultDestinations, vaultKeys, vendorOf, type Token } from "./token";

/** Names of a token in one folder of the vault that a person has to see to. */
export interface NamesInVault {
  environment: VaultEnvironment;
  folder: string;
  /** Exact names of secrets. */
  names: readonly string[];
}

/** Why a person has to see to names that should hold the same credential. */
export type RenameHandOffKind =
  /** They hold different values. */
  | "unequal"
  /** An old name that was to be deleted holds something that the new name does not. */
  | "changed"
  /** An old name that nobody reads any more still stands. */
  | "left"
  /** A value cannot be read, or would not be the same under another name. */
  | "uncopyable";

export type HandOffKind = "missing" | RenameHandOffKind;

/**
 * What a person does where a value in custody is missing: complete by itself, several lines, never a value.
 *
 * ```ts
 * custodyHandOff(token, { environment: "prod", folder: "/MooseQuest/anthropic", names: ["ANT_CLAUDE_SDK"] });
 * ```
 */
export function custodyHandOff(token: Token, place: NamesInVault): string {
  const { environment, folder, names } = place;
  const oldNames = token.formerNames.map(({ name }) => name);
  return written(
    `${token.name} is in custody, but ${list(names)} ${names.length === 1 ? "is" : "are"} missing in ${folder} of the vault's ${environment}`,
    [
      `look for it in the vault's ${environment} first${oldNames.length === 0 ? "" : `, also as ${list(oldNames)}`}: where it stands under another name or in another folder, or the folder's history still has it, see that it is alive, take it from there, and make no new one`,
      { step: `else make one at ${vendorNameOf(token)}, ${whereOf(token)}`, details: makingOf(token, place) },
      { step: `${openFolder(place)} → Add Secret`, details: storingOf(token, place) },
      // In dev there is no date of its own: the generation is that of prod's value.
      ...(environment === "dev"
        ? []
        : [
            `if you made a new one, say since when, and commit that: pulumi config set --path raxx:generations.${token.name}.current "$(date -u +%F)" --stack ${environment}`,
          ]),
      lastStep(environment),
    ],
  );
}

/** What a person does where the names of a rename do not agree: complete by itself, several lines, never a value. */
export function renameHandOff(
  token: Token,
  { kind, ...place }: NamesInVault & { kind: RenameHandOffKind },
): string {
  if (kind === "left") return leftHandOff(token, place);
  if (kind === "uncopyable") return uncopyableHandOff(token, place);
  return kind === "unequal" ? unequalHandOff(token, place) : changedHandOff(token, place);
}

/** What a person does where a change policy of the vault holds a write back: several lines, never a value. */
export function approvalHandOff({ request, ...place }: NamesInVault & { request: string }): string {
  const { environment, folder, names } = place;
  return written(
    `a change policy of the vault holds back what the run wrote in ${folder} of ${environment}: ${list(names)}`,
    [
      `${openVault} → Change Requests, open ${request}: it is from this program, and about these names only`,
      "approve and merge it, as somebody whom the policy names; to refuse it, close it",
      lastStep(environment),
    ],
  );
}

/** The text of a hand-off that is about one token. */
export function handOffText(token: Token, { kind, ...place }: NamesInVault & { kind: HandOffKind }): string {
  return kind === "missing" ? custodyHandOff(token, place) : renameHandOff(token, { ...place, kind });
}

function unequalHandOff(token: Token, place: NamesInVault): string {
  const { environment, folder, names } = place;
  const groups = groupsOf(token, place);
  const vendor = vendorNameOf(token);
  return written(
    `names of ${token.name} that should hold the same value hold different ones in ${folder} of the vault's ${environment}, and none of them is changed before they agree: ${groups.map(list).join("; ")}`,
    [
      ...secondPerson(token),
      `find out which value is alive: ${lastUse(token)}; the version history of a secret in the vault shows when it was written, and by whom`,
      {
        step: openFolder(place),
        details: [
          "only one is alive: store it under each of these names, or delete the names that hold a dead one",
          `several are alive: these are several credentials; choose the one with the scopes ${list(token.vendorScopes)}, store it under each of these names, and revoke the others at ${vendor} once whoever uses them has this one`,
          ...(token.parts.length === 0
            ? []
            : ["its parts belong together: take all of them from one and the same credential"]),
          ...(token.issuer.kind === "custody"
            ? []
            : [
                `the program issues ${token.name} itself, and then writes that under ${list(names)}: see first that its scopes are enough for whoever reads them`,
              ]),
          nowhereElse,
        ],
      },
      lastStep(environment),
    ],
  );
}

/** The names by what they are to hold: those of one part together. */
function groupsOf(token: Token, { folder, names }: NamesInVault): string[][] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const isOld = token.formerNames.some((former) => former.name === name);
    const now = isOld ? newNamesOf(token, folder, name).join() : name;
    groups.set(now, [...(groups.get(now) ?? []), name]);
  }
  return [...groups.values()];
}

function changedHandOff(token: Token, place: NamesInVault): string {
  const { environment, folder, names } = place;
  const all = list(names);
  return written(
    `what stands under ${all} in ${folder} of the vault's ${environment} is not deleted: the old name of ${token.name} was written to after its consumers moved, or holds a value that was never taken over`,
    [
      ...secondPerson(token),
      {
        step: "find out who writes there: the version history of a secret in the vault shows when, and by whom; let them write the new name instead",
        details: names.map((name) => `${name} is ${list(newNamesOf(token, folder, name))} now`),
      },
      `find out which value is alive, that of the old name or that of the new one: ${lastUse(token)}`,
      {
        step: openFolder(place),
        details: [
          token.issuer.kind === "custody"
            ? "the value of the old name is alive: store it under the new name, so that it is not lost"
            : `the value of the old name is alive: let whoever uses it take that of the new name, which the program issues, and then revoke the old one at ${vendorNameOf(token)}; do not store it under the new name`,
          `nobody reads or writes ${all} any more: delete it there`,
          `somebody has to for some time: leave it, and set its phase back to "added" in the catalog (formerNames of ${token.name}, in catalog/tokens/)`,
          nowhereElse,
        ],
      },
      lastStep(environment),
    ],
  );
}

function uncopyableHandOff(token: Token, place: NamesInVault): string {
  const { environment, folder, names } = place;
  return written(
    `the run cannot bring the value of ${token.name} under ${list(names)} in ${folder} of the vault's ${environment}: the vault does not show it to the run, or would not store the same under another name`,
    [
      "give the identity INF_PROVISIONER the right to read values in this folder, where it lacks that",
      {
        step: openFolder(place),
        details: [
          "the value starts or ends with white space, or holds a reference to another secret (a dollar sign and a brace): store it under each of its names by hand, as it has to be",
          nowhereElse,
        ],
      },
      lastStep(environment),
    ],
  );
}

function leftHandOff(token: Token, place: NamesInVault): string {
  const { environment, folder, names } = place;
  const [all, one] = [list(names), names.length === 1];
  return written(
    `${all} in ${folder} of the vault's ${environment} ${one ? "is" : "are"} still valid beside the new name of ${token.name}, for one deploy and no longer`,
    [
      `see that the deploy which moved the consumers has succeeded, and that nobody reads ${all} any more`,
      `in the catalog, set the phase of ${all} to "old-deleted" (formerNames of ${token.name}, in catalog/tokens/), and merge that`,
      lastStep(environment),
    ],
  );
}

function makingOf(token: Token, { environment }: NamesInVault): string[] {
  const { issuer, environments } = token;
  const lifetimeDays = issuer.kind === "custody" ? issuer.lifetimeDays : undefined;
  return [
    ...(environment === "dev"
      ? ["in the vendor's test mode: a value that works on live data does not belong into dev"]
      : []),
    ...(provisioningOf(token)?.how ?? []),
    `what it may do: ${list(token.vendorScopes)}, and no more`,
    ...(lifetimeDays === undefined ? [] : [`let it expire after ${lifetimeDays} days`]),
    ...(environments.length > 1 && environment !== "dev"
      ? [
          `${environment} has a value of its own: not the one of ${list(environments.filter((other) => other !== environment))}`,
        ]
      : []),
    ...secondPerson(token),
  ];
}

function storingOf(token: Token, { names, folder }: NamesInVault): string[] {
  const [place] = vaultDestinations(token).filter((one) => one.folder === folder);
  const keys = place === undefined ? [] : vaultKeys(token, place);
  const stillRead = token.formerNames
    .filter(
      ({ name, phase }) =>
        phase === "added" && newNamesOf(token, folder, name).some((key) => names.includes(key)),
    )
    .map(({ name }) => `under ${name} the same, where a consumer still reads that name`);
  const standing = keys.filter((key) => !names.includes(key));
  return [
    ...names.map((name) => {
      const part = token.parts[keys.indexOf(name)];
      return part === undefined ? `under ${name}` : `under ${name}: ${meaningOf(part)}`;
    }),
    ...stillRead,
    ...(standing.length === 0
      ? []
      : [`what stands under ${list(standing)} has to belong to it: replace it where it does not`]),
    "no tags, no comment and no other secret: the run adds those",
    nowhereElse,
  ];
}

/** The last detail of a step that stores a value. */
export const nowhereElse = "a value is pasted there and nowhere else: not into a command, a file or a chat";

function secondPerson({ tags }: Token): string[] {
  return tags.sensitivity === "critical"
    ? [
        "it is critical: do this together with a second person, and name them in the pull request or the ticket",
      ]
    : [];
}

/** What the old name is called now in this folder: the token's name, or that of the part which it held. */
function newNamesOf(token: Token, folder: string, oldName: string): readonly string[] {
  const part = token.formerNames.find(({ name }) => name === oldName)?.part;
  const places = vaultDestinations(token).filter((place) => place.folder === folder);
  const keys = places.flatMap((place) => {
    const all = vaultKeys(token, place);
    const own = part === undefined ? undefined : all[token.parts.indexOf(part)];
    return own === undefined ? all : [own];
  });
  return keys.length === 0 ? [token.name] : keys;
}

function meaningOf(part: string): string {
  const known = (Object.keys(companions) as CompanionSuffix[]).find((suffix) => suffix === part);
  if (known === undefined) return part;
  const [first = "", ...rest] = companions[known];
  return first.toLowerCase() + rest.join("");
}

function vendorNameOf(token: Token): string {
  const code = vendorOf(token);
  return code === undefined ? "its vendor" : vendors[code].name;
}

function whereOf(token: Token): string {
  return provisioningOf(token)?.where ?? "where its credentials are made";
}

function lastUse(token: Token): string {
  return `look at ${vendorNameOf(token)} which credentials there are, and when each was used last (${whereOf(token)})`;
}

const openVault = "in the web page of the vault (https://vault.raxx.app)";

function openFolder({ environment, folder }: NamesInVault): string {
  return `${openVault}, open the environment ${environment} and the folder ${folder}`;
}

function lastStep(environment: VaultEnvironment): string {
  const owner = ownerOf(environment);
  return `pulumi up --stack ${owner}${owner === environment ? "" : `, which owns the vault's ${environment} too`}`;
}
