import { type Token } from "../catalog";
import { withoutComponent } from "../catalog/configured-generations";
import { type ConsumerTag, type Environment, type VaultEnvironment } from "../catalog/taxonomy";
import { vaultDestinations, vaultKeys } from "../catalog/token";

/** A place in the vault where the token has to stand. */
export interface VaultPlace {
  environment: VaultEnvironment;
  /** The stack that owns the environment. */
  stack: Environment;
  folder: string;
  /** What the value is called there, or each of its parts. */
  keys: readonly string[];
  /** What its companions' names begin with. */
  base: string;
  /** Why a state without it proves nothing: it may stand there all the same. */
  mayStand: string | undefined;
}

/** Where in the vault the token has to stand, in every environment that has a value. */
export function vaultPlaces(token: Token): VaultPlace[] {
  const owners: { environment: VaultEnvironment; stack: Environment }[] = [
    ...token.environments.map((environment) => ({ environment, stack: environment })),
    ...(token.dev ? [{ environment: "dev", stack: "prod" } as const] : []),
  ];
  return vaultDestinations(token).flatMap((place) => {
    const [base, keys] = [place.key ?? token.name, vaultKeys(token, place)];
    return owners.map((owner) => {
      // The test mode's value is in custody, whoever issues the others.
      const may = owner.environment === "dev" ? inCustody("dev", "prod") : mayStand(token, owner.stack);
      return { ...owner, folder: place.folder, keys, base, mayStand: may };
    });
  });
}

/** Why a token may stand in an environment though the state does not know it, if so. */
export function mayStand(token: Token, stack: Environment): string | undefined {
  if (token.issuer.kind === "custody") return inCustody(stack, stack);
  if (withoutComponent(token) === undefined) return undefined;
  return `the program does not issue it yet, so a person does, for ${stack}: follow docs/rotation/${token.sop}`;
}

export function inCustody(environment: VaultEnvironment, stack: Environment): string {
  return `it is in custody, and the state of ${stack} does not know it: look into the vault's ${environment}`;
}

/** What the consumer knows the token by. */
export function keysOf(token: Token, consumer: ConsumerTag): string {
  const own = token.destinations.flatMap((place) => {
    switch (place.kind) {
      case "github-secret":
      case "github-environment-secret":
        return consumer === "ci" ? [place.name] : [];
      case "heroku-config-var":
        return consumer === (place.app === "console" ? "console" : "raptor") ? [place.key] : [];
      case "ssm-parameter":
        return consumer === "console" ? [place.name] : [];
      case "vault":
        return [];
    }
  });
  const inTheVault = vaultPlaces(token).flatMap(({ keys }) => keys);
  const keys = [own, inTheVault, [token.name]].find((some) => some.length > 0) ?? [];
  return [...new Set(keys)].join(", ");
}
