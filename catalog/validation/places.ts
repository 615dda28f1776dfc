import { parameterName } from "../parameters";
import { environments, vendors, type ConsumerTag, type FunctionTag, type Vendor } from "../taxonomy";
import { vaultDestinations, vaultKeys, vendorOf, type Destination, type Token } from "../token";
import { labelOf } from "./credentials";
import { faultIf, type Rule } from "./rule";

/** Where a token stands: vault folders, parameters, secrets, config vars, and the settings beside them. */
export const placeRules: readonly Rule[] = [
  {
    id: "vault-folder-form",
    description: "a vault folder is a path below /MooseQuest or /Raxx, without a slash at its end",
    faults: (token) =>
      foldersOf(token)
        .filter((folder) => !folderForm.test(folder))
        .map(
          (folder) =>
            `its vault folder ${JSON.stringify(folder)} is malformed: write it as /MooseQuest/<vendor>, with no slash at the end`,
        ),
  },
  {
    id: "vault-folder-vendor",
    description: "a token stands in the vault folder of its vendor",
    exceptable: true,
    faults: (token) => {
      const vendor = vendorOf(token);
      if (vendor === undefined) return [];
      const { name, folder: own }: Vendor = vendors[vendor];
      const fix =
        own === undefined
          ? `${name} has no folder: remove the destination`
          : `that of ${name} is ${own}: use it`;
      return foldersOf(token)
        .filter((folder) => folderForm.test(folder) && folder !== own)
        .map((folder) => `its vault folder ${folder} is not its vendor's; ${fix}`);
    },
  },
  {
    id: "vault-folder-odd",
    description: "an exception from the vendor's folder is for the folders that a program has fixed",
    faults: (token) => {
      const vendor = vendorOf(token);
      const excepted = token.exceptions.some(({ rule }) => rule === "vault-folder-vendor");
      if (vendor === undefined || !excepted) return [];
      const { folder: own }: Vendor = vendors[vendor];
      const odd = Object.keys(oddFolders).filter((folder) => oddFolders[folder] === token.tags.function);
      return foldersOf(token)
        .filter((folder) => folderForm.test(folder) && folder !== own && !odd.includes(folder))
        .map(
          (folder) =>
            `its vault folder ${folder} is not one that function:${token.tags.function} may have instead of its vendor's: ${
              odd.length > 0 ? `use ${odd.join(" or ")}` : "remove the exception"
            }, or add the folder to oddFolders in catalog/validation/places.ts`,
        );
    },
  },
  {
    id: "vault-key-form",
    description: "a key in the vault is upper-case words joined by single underscores",
    faults: (token) =>
      vaultDestinations(token).flatMap(({ key }) =>
        faultIf(
          key !== undefined && !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(key),
          `its vault key ${JSON.stringify(key)} is not upper-case words joined by single underscores: rename it`,
        ),
      ),
  },
  {
    id: "vault-bare",
    description: "only parts stand under their own names",
    faults: (token) =>
      vaultDestinations(token).flatMap(({ folder, key, bare }) => [
        ...faultIf(
          bare === true && token.parts.length === 0,
          `it is bare in ${folder}, but has no parts: remove bare, or list its parts`,
        ),
        ...faultIf(
          bare === true && key !== undefined,
          `it is bare in ${folder}, so that its key ${String(key)} is never used: remove one of them`,
        ),
      ]),
  },
  {
    id: "ssm-name",
    description: "an SSM parameter is named /raxx/<area>/<name>",
    faults: (token) =>
      parameters(token)
        .filter((name) => !parameterName.test(name))
        .map(
          (name) =>
            `its SSM parameter ${JSON.stringify(name)} is malformed: name it /raxx/<area>/<name>, in small letters`,
        ),
  },
  {
    id: "ssm-environments",
    description: "a token of two environments stands in no SSM parameter: there is one AWS account for both",
    faults: (token) =>
      parameters(token)
        .filter(() => token.environments.length > 1)
        .map(
          (name) =>
            `both environments would write the SSM parameter ${name}: remove it, or make it two tokens`,
        ),
  },
  {
    id: "github-name",
    description: "GitHub takes the names of its secrets and variables",
    faults: (token) =>
      gitHubNames(token).flatMap((name) => [
        ...faultIf(
          !/^[A-Z_][A-Z0-9_]*$/.test(name),
          `GitHub takes no name ${JSON.stringify(name)}: use upper-case letters, digits and underscores, no digit first`,
        ),
        ...faultIf(name.startsWith("GITHUB_"), `GitHub reserves GITHUB_* for itself: rename ${name}`),
      ]),
  },
  {
    id: "github-secret-prod",
    description: "a secret of the repository belongs to a token of prod, whose stack owns it",
    faults: ({ destinations, environments: own }) =>
      destinations
        .flatMap((place) => (place.kind === "github-secret" && !own.includes("prod") ? [place.name] : []))
        .map(
          (name) =>
            `no stack writes its repository secret ${name}: add prod to its environments, or use an environment secret`,
        ),
  },
  {
    id: "config-var-name",
    description: "a config var is named as a shell takes it",
    faults: ({ destinations, settings }) =>
      [...destinations, ...settings]
        .flatMap((place) => (place.kind === "heroku-config-var" ? [place.key] : []))
        .filter((key) => !/^[A-Z_][A-Z0-9_]*$/.test(key))
        .map(
          (key) =>
            `its config var ${JSON.stringify(key)} is malformed: use upper-case letters, digits and underscores, no digit first`,
        ),
  },
  {
    id: "setting-environments",
    description: "a setting has a value for each environment of its token, and for no other",
    faults: ({ settings, environments: own }) =>
      settings.flatMap((setting) => {
        if (setting.kind !== "github-environment-variable") return [];
        return environments.flatMap((environment) => {
          const value = setting.value[environment];
          const belongs = own.includes(environment);
          return [
            ...faultIf(
              belongs && (value ?? "") === "",
              `its setting ${setting.name} has no value for ${environment}: add one`,
            ),
            ...faultIf(
              !belongs && value !== undefined,
              `its setting ${setting.name} has a value for ${environment}, where the token is not: remove it`,
            ),
          ];
        });
      }),
  },
  {
    id: "consumer-destination",
    description: "whoever reads a place where the token stands is one of its consumers",
    exceptable: true,
    faults: ({ consumers, destinations }) => {
      // Of a token that nobody uses, that is told.
      if (consumers.length === 0) return [];
      return destinations.flatMap((place) => {
        const reader = readerOf(place);
        return faultIf(
          reader !== undefined && !consumers.includes(reader),
          `its ${labelOf(place)} is read by ${String(reader)}, which is none of its consumers: add ${String(reader)} to alsoUsedBy, or remove the destination`,
        );
      });
    },
  },
  {
    id: "place-duplicate",
    description: "a place holds one value",
    faults: (token, { earlier }) => {
      const taken = new Map(
        earlier
          .filter(({ name }) => name !== token.name)
          .flatMap((other) => occupied(other).map((place): [string, string] => [keyOf(place), other.name])),
      );
      const own = new Set<string>();
      const where = new Map<string, string[]>();
      for (const place of occupied(token)) {
        const key = keyOf(place);
        const holder = own.has(key) ? token.name : taken.get(key);
        own.add(key);
        if (holder === undefined) continue;
        const fault =
          holder === token.name
            ? `it has ${place.what} twice: remove one of the two`
            : `${holder} has ${place.what} already: give one of them another place`;
        where.set(fault, [...(where.get(fault) ?? []), place.environment]);
      }
      return [...where].map(([fault, environments]) => `in ${environments.join(", ")}, ${fault}`);
    },
  },
];

const folderForm = /^\/(MooseQuest|Raxx)(\/[A-Za-z0-9_-]+)+$/;

/** Folders that a program has fixed, and the function whose tokens it looks for there. */
const oddFolders: Readonly<Record<string, FunctionTag>> = {
  "/MooseQuest/raxx-dev-bot": "agent-identity",
  "/MooseQuest/raxx-ops-bot": "agent-identity",
  "/MooseQuest/raxx-pm-bot": "agent-identity",
  "/Raxx/Console/Billing": "billing-read",
};

/** Who reads the place, where only one consumer can: the vault and SSM are open to several. */
function readerOf(place: Destination): ConsumerTag | undefined {
  switch (place.kind) {
    case "github-secret":
    case "github-environment-secret":
      return "ci";
    case "heroku-config-var":
      return place.app === "api" ? "raptor" : "console";
    case "vault":
    case "ssm-parameter":
      return undefined;
  }
}

interface OccupiedPlace {
  environment: string;
  what: string;
}

function keyOf({ environment, what }: OccupiedPlace): string {
  return `${environment} ${what}`;
}

/** Every single place that the token, its old names in the vault and its settings take up. */
function occupied(token: Token): OccupiedPlace[] {
  const { destinations, settings, environments: own } = token;
  const inVault = token.dev ? [...own, "dev"] : own;
  const inEach = (what: string): OccupiedPlace[] => own.map((environment) => ({ environment, what }));
  const standing = token.formerNames.filter(({ phase }) => phase !== "old-deleted").map(({ name }) => name);
  // An old name that is a destination too is told by another rule.
  const keys = new Set(
    vaultDestinations(token).flatMap((place) => [place.key ?? token.name, ...vaultKeys(token, place)]),
  );
  const oldNames = [...new Set(foldersOf(token))].flatMap((folder) =>
    standing.filter((name) => !keys.has(name)).map((name) => `${name} in ${folder}`),
  );
  return [
    ...oldNames.flatMap((what) => inVault.map((environment) => ({ environment, what }))),
    ...destinations.flatMap((place): OccupiedPlace[] => {
      switch (place.kind) {
        case "vault":
          return inVault.flatMap((environment) =>
            // The companions of parts go by the token's own key, so that it is taken too.
            [
              ...new Set([
                ...(place.bare === true ? [] : [place.key ?? token.name]),
                ...vaultKeys(token, place),
              ]),
            ].map((key) => ({ environment, what: `${key} in ${place.folder}` })),
          );
        case "ssm-parameter":
          return [{ environment: "AWS", what: `the parameter ${place.name}` }];
        case "github-secret":
          return [{ environment: "GitHub", what: `the secret ${place.name}` }];
        case "github-environment-secret":
          return inEach(`the environment secret ${place.name}`);
        case "heroku-config-var":
          return inEach(`the config var ${place.key} of the app ${place.app}`);
      }
    }),
    ...settings.flatMap((setting) =>
      setting.kind === "heroku-config-var"
        ? inEach(`the config var ${setting.key} of the app ${setting.app}`)
        : inEach(`the environment variable ${setting.name}`),
    ),
  ];
}

function foldersOf(token: Token): string[] {
  return [...new Set(vaultDestinations(token).map(({ folder }) => folder))];
}

function parameters({ destinations }: Token): string[] {
  return destinations.flatMap((place) => (place.kind === "ssm-parameter" ? [place.name] : []));
}

function gitHubNames({ destinations, settings }: Token): string[] {
  const names = [...destinations, ...settings].flatMap((place) =>
    place.kind === "github-secret" ||
    place.kind === "github-environment-secret" ||
    place.kind === "github-environment-variable"
      ? [place.name]
      : [],
  );
  return [...new Set(names)];
}
