import { distance } from "fastest-levenshtein";

import { permissionGroup, permissionGroups } from "../cloudflare";
import { cadenceDays, companions } from "../taxonomy";
import { idBeside, vaultDestinations, vendorOf, type Destination, type Token } from "../token";
import { noPart } from "./names";
import { faultIf, repeated, type Rule } from "./rule";

/** What a credential consists of, and who makes it. */
export const credentialRules: readonly Rule[] = [
  {
    id: "parts-form",
    description: "a part is a companion suffix of the taxonomy, and listed once",
    faults: ({ parts }) => [
      ...parts
        .filter((part) => !Object.hasOwn(companions, part))
        .map(
          (part) =>
            `its part ${JSON.stringify(part)} is no companion: use one of ${Object.keys(companions).join(", ")}`,
        ),
      ...[...new Set(parts)]
        .filter((part) => metadata.includes(part))
        .map(
          (part) => `its part ${part} says something about the credential, but is no part of it: remove it`,
        ),
      ...repeated(parts).map((part) => `it lists the part ${part} twice: list it once`),
    ],
  },
  {
    id: "parts-complete",
    description: "a credential with parts has all of them, as its kind has",
    faults: (token) => {
      const { parts } = token;
      const own = wholes.find(({ isOf }) => isOf(token));
      const needed = own === undefined ? wholes.filter((whole) => whole.parts.some(isIn(parts))) : [own];
      const foreign = own === undefined ? [] : parts.filter(isIn(anyWhole)).filter(isNotIn(own.parts));
      return [
        ...needed.flatMap((whole) => {
          const missing = whole.parts.filter(isNotIn(parts));
          return faultIf(
            missing.length > 0,
            `its parts lack ${missing.join(", ")}: ${whole.parts.join(" and ")} go together, so list them all`,
          );
        }),
        ...faultIf(
          foreign.length > 0,
          `its parts have ${foreign.join(", ")} too, but it consists of ${own?.parts.join(" and ") ?? ""}: remove what it has not`,
        ),
      ];
    },
  },
  {
    id: "part-unknown",
    description:
      "a destination holds a part that the token has, or the id that its issuer gives with the value",
    faults: ({ parts, destinations, issuer }) =>
      destinations.flatMap((place) => {
        const part = partOf(place);
        return faultIf(
          part !== undefined && !parts.includes(part) && part !== idBeside[issuer.kind],
          `its ${labelOf(place)} holds ${String(part)}, ${noPart(parts)}`,
        );
      }),
  },
  {
    id: "part-missing",
    description: "a place with room for one value says which part it holds",
    faults: ({ parts, destinations }) =>
      destinations.flatMap((place) =>
        faultIf(
          parts.length > 0 && place.kind !== "vault" && partOf(place) === undefined,
          `its ${labelOf(place)} does not say which part it holds: ${
            place.kind === "ssm-parameter" || place.kind === "github-secret"
              ? `add part, one of ${parts.join(", ")}`
              : "this kind of place takes a single value only, so remove it"
          }`,
        ),
      ),
  },
  {
    id: "parts-together",
    description: "where one half of a credential stands, the other stands too",
    exceptable: true,
    faults: ({ parts, destinations }) =>
      (["ssm-parameter", "github-secret"] as const).flatMap((kind) => {
        const held = destinations.filter((place) => place.kind === kind).map(partOf);
        // An id goes with the value, which is no part.
        const all = parts.length === 0 ? [undefined] : parts;
        const missing = all.filter((part) => !held.includes(part)).map((part) => part ?? "the value");
        return faultIf(
          held.length > 0 && missing.length > 0 && held.some((part) => part !== undefined),
          `a ${kind} holds ${held.flatMap((part) => part ?? []).join(", ")}, but none holds ${missing.join(", ")}: add a ${kind} for it`,
        );
      }),
  },
  {
    id: "destination-none",
    description: "what we issue goes somewhere",
    faults: ({ issuer, destinations }) =>
      faultIf(
        destinations.length === 0 && issuer.kind !== "operator" && issuer.kind !== "custody",
        "it is issued, but goes nowhere: add its destinations",
      ),
  },
  {
    id: "custody-vault",
    description: "what is in custody stands in the vault",
    faults: (token) =>
      faultIf(
        token.issuer.kind === "custody" && vaultDestinations(token).length === 0,
        "it is in custody, but no destination says where it stands: add the vault folder that holds it",
      ),
  },
  {
    id: "custody-place",
    description: "what is in custody is never read, so that nothing copies it to another kind of place",
    faults: ({ issuer, destinations }) =>
      destinations.flatMap((place) =>
        faultIf(
          issuer.kind === "custody" && place.kind !== "vault",
          `it is in custody, so that its ${labelOf(place)} is never written: remove it, or make the issuer operator`,
        ),
      ),
  },
  {
    id: "custody-lifetime",
    description: "a vendor lets what is in custody live, in whole days, until its rotation is due",
    faults: ({ issuer, tags }) => {
      if (issuer.kind !== "custody" || issuer.lifetimeDays === undefined) return [];
      const { lifetimeDays: days } = issuer;
      const least = tags.rotation === "non-rotating" ? 1 : cadenceDays[tags.rotation];
      return faultIf(
        !(Number.isInteger(days) && days >= least),
        `it lives ${days} days at its vendor, and its rotation is ${tags.rotation}: give it ${least} whole days or more, or a shorter cadence`,
      );
    },
  },
  {
    id: "aws-statements",
    description:
      "the policy of an IAM user allows the actions that its companion __SCOPES says, each in one statement",
    faults: ({ issuer, vendorScopes }) => {
      if (issuer.kind !== "aws-access-key") return [];
      const actions = issuer.statements.flatMap((statement) => statement.actions);
      return [
        ...actions
          .filter((action) => !vendorScopes.includes(action))
          .map(
            (action) => `its policy allows ${action}, which its scopes do not say: add it to vendorScopes`,
          ),
        ...vendorScopes
          .filter((scope) => !actions.includes(scope))
          .map((scope) => `its scope ${scope} is in no statement of its policy: add it, or remove the scope`),
        ...repeated(actions).map((action) => `its policy allows ${action} twice: name it once`),
        ...issuer.statements
          .filter(({ resources }) => resources.length === 0)
          .map(
            ({ actions: [first = ""] }) => `a statement of its policy (${first}) names no resource: add some`,
          ),
      ];
    },
  },
  {
    id: "cloudflare-scopes",
    description: "a Cloudflare API token names permissions that the catalog has the groups of",
    faults: ({ issuer, vendorScopes }) =>
      issuer.kind !== "cloudflare-api-token"
        ? []
        : vendorScopes
            .filter((label) => permissionGroup(label) === undefined)
            .map(
              (label) =>
                `its scope ${JSON.stringify(label)} is no permission of a Cloudflare API token: use one of ${nearest(label, Object.keys(permissionGroups)).join(", ")}, or add its group to catalog/cloudflare.ts`,
            ),
  },
  {
    id: "cloudflare-zones",
    description: "a Cloudflare API token names the zones on which its permissions hold, and no others",
    faults: ({ issuer, vendorScopes }) => {
      if (issuer.kind !== "cloudflare-api-token") return [];
      const { zone, zones = [] } = issuer;
      const scopes = vendorScopes.map((label) => permissionGroup(label)?.scope);
      const named = zone === undefined ? zones : [zone, ...zones];
      return [
        ...faultIf(
          zone !== undefined && zones.length > 0,
          "it is for one zone, and for several: keep zone, or zones",
        ),
        ...faultIf(
          zone !== undefined && scopes.includes("account"),
          `it is for the zone ${String(zone)}, but may do something with the account: use zones in place of zone`,
        ),
        ...faultIf(
          scopes.includes("zone") && named.length === 0,
          "it may do something with zones, but names none: add zones",
        ),
        ...faultIf(
          zones.length > 0 && !scopes.includes("zone"),
          "it names zones, but may do nothing with a zone: remove them",
        ),
        ...repeated(named).map((one) => `it names the zone ${one} twice: name it once`),
      ];
    },
  },
  {
    id: "random-bytes",
    description: "randomness of our own has at least 16 bytes",
    faults: ({ issuer }) =>
      faultIf(
        issuer.kind === "random" && !(Number.isInteger(issuer.bytes) && issuer.bytes >= leastBytes),
        `it has fewer than ${leastBytes} random bytes, or no whole number of them: ask for ${leastBytes} or more`,
      ),
  },
  {
    id: "heroku-scopes",
    description: "a Heroku authorization has scopes of Heroku, the same as its companion __SCOPES says",
    faults: ({ issuer, vendorScopes }) => {
      if (issuer.kind !== "heroku-authorization") return [];
      const unknown = issuer.scope.filter((scope) => !herokuScopes.includes(scope));
      return [
        ...faultIf(
          issuer.scope.length === 0 || unknown.length > 0,
          `it asks Heroku for ${unknown.join(", ") || "no scope"}: use ${herokuScopes.join(", ")}`,
        ),
        ...faultIf(
          [...issuer.scope].sort().join() !== [...vendorScopes].sort().join(),
          `it asks Heroku for ${issuer.scope.join(", ") || "no scope"}, but its vendor scopes are ${vendorScopes.join(", ") || "none"}: make them the same`,
        ),
      ];
    },
  },
];

const leastBytes = 16;

/** https://devcenter.heroku.com/articles/oauth#scopes */
const herokuScopes = ["global", "identity", "read", "write", "read-protected", "write-protected"];

/** Companions that describe a credential: it works without them. */
const metadata: readonly string[] = ["EXPIRES_AT", "SCOPES", "AUTH_ID"];

interface Whole {
  parts: readonly string[];
  /** Whether the token has to be one, whatever parts it lists. */
  isOf: (token: Token) => boolean;
}

/** The parts that make one credential: Section 4's pairs, and what a bot's folder holds. */
const wholes: readonly Whole[] = [
  {
    parts: ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"],
    isOf: (token) => vendorOf(token) === "AWS" || token.issuer.kind === "aws-access-key",
  },
  { parts: ["KEY_ID", "SECRET_KEY"], isOf: (token) => vendorOf(token) === "ALP" },
  {
    parts: ["APP_ID", "INSTALLATION_ID", "PRIVATE_KEY_PEM"],
    isOf: ({ tags }) => tags.function === "agent-identity",
  },
  // Of the vault's identities some have the pair, and others a token: the parts listed tell which.
  { parts: ["CLIENT_ID", "CLIENT_SECRET"], isOf: () => false },
];

const anyWhole = wholes.flatMap(({ parts }) => parts);

function isIn(list: readonly string[]): (entry: string) => boolean {
  return (entry) => list.includes(entry);
}

function isNotIn(list: readonly string[]): (entry: string) => boolean {
  return (entry) => !list.includes(entry);
}

function partOf(place: Destination): string | undefined {
  return "part" in place ? place.part : undefined;
}

/** What a fault calls a place. */
export function labelOf(place: Destination): string {
  switch (place.kind) {
    case "vault":
      return `vault folder ${place.folder}`;
    case "heroku-config-var":
      return `config var ${place.key} of the app ${place.app}`;
    case "ssm-parameter":
      return `SSM parameter ${place.name}`;
    case "github-secret":
      return `repository secret ${place.name}`;
    case "github-environment-secret":
      return `environment secret ${place.name}`;
  }
}

/** The names most like the one that was given, the nearest first. */
function nearest(name: string, all: readonly string[]): string[] {
  return [...all].sort((one, other) => distance(name, one) - distance(name, other)).slice(0, 3);
}
