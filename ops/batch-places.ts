import { type Environment } from "../catalog/taxonomy";
import { destinationsIn, vaultKeys, type Destination, type Token } from "../catalog/token";

/** The places of the catalog that do not hold the current one, as the status words them. */
export function missingPlaces(token: Token, stack: Environment, held: readonly string[]): string[] {
  const wanted = destinationsIn(stack, token).map((place) => wordsOf(token, place, stack));
  return wanted
    .filter(({ isHeld }, index) => {
      // Apps of two roles have the same key: each of them is a place.
      const same = wanted.slice(0, index).filter((one) => one.words === wanted[index]?.words).length;
      return held.filter(isHeld).length <= same;
    })
    .map(({ words }) => words);
}

interface WantedPlace {
  words: string;
  isHeld: (place: string) => boolean;
}

function wordsOf(token: Token, place: Destination, stack: Environment): WantedPlace {
  switch (place.kind) {
    case "heroku-config-var":
      return {
        words: `the config var ${place.key} of each app`,
        isHeld: (held) =>
          /^\S+ \S+$/.test(held) && !held.startsWith("ssm ") && held.endsWith(` ${place.key}`),
      };
    case "ssm-parameter":
      return { words: `SSM ${place.name}`, isHeld: (held) => held === `ssm ${place.name}` };
    case "github-secret":
      return {
        words: `GitHub's secret ${place.name}`,
        isHeld: (held) => held.startsWith("github ") && held.endsWith(` ${place.name}`),
      };
    case "github-environment-secret":
      return {
        words: `GitHub's secret ${place.name} of the environment`,
        isHeld: (held) => /^github \S+ .+ \S+$/.test(held) && held.endsWith(` ${place.name}`),
      };
    case "vault": {
      const names = [...vaultKeys(token, place)].sort().join(" + ");
      return {
        words: `the vault's ${place.folder}`,
        isHeld: (held) => held.startsWith(`vault ${stack} ${place.folder}/${names} `),
      };
    }
  }
}
