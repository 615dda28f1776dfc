import { destinationsIn, tokens, type Environment, type Token } from "../../catalog";
import { environments, parseTokenName } from "../../catalog/taxonomy";

/** What stands twice, each once. */
function repeated(entries: string[]): string[] {
  return [...new Set(entries.filter((entry, index) => entries.indexOf(entry) !== index))];
}

function githubNames({ destinations, settings }: Token): string[] {
  return [...destinations, ...settings].flatMap((place) =>
    place.kind.startsWith("github-") && "name" in place ? [place.name] : [],
  );
}

const places = tokens.flatMap((token) => token.destinations.map((place) => ({ token, place })));

it("declares at least one token", () => {
  expect(tokens.map(({ name }) => name)).toContain("HK_PLATFORM_FULL");
});

describe.each(tokens.map((token): [string, Token] => [token.name, token]))("%s", (name, token) => {
  it("is named as the grammar has it, without a companion suffix", () => {
    const parsed = parseTokenName(name);
    expect(parsed).toHaveProperty("vendor");
    expect(parsed).not.toHaveProperty("companion");
  });

  it("names its review where it is critical", () => {
    const reviewed = token.review.trim() !== "";
    expect({ critical: token.tags.sensitivity === "critical", reviewed }).not.toEqual({
      critical: true,
      reviewed: false,
    });
  });

  it("has a value in at least one environment, and in each once", () => {
    expect(token.environments.length).toBeGreaterThan(0);
    expect(repeated([...token.environments])).toEqual([]);
    expect(environments).toEqual(expect.arrayContaining([...token.environments]));
  });

  it("goes somewhere, and in the vault only below /MooseQuest/ or /Raxx/", () => {
    expect(token.destinations.length).toBeGreaterThan(0);
    for (const place of token.destinations) {
      if (place.kind === "vault") expect(place.folder).toMatch(/^\/(MooseQuest|Raxx)(\/[A-Za-z0-9_-]+)+$/);
    }
  });

  it("asks Heroku for scopes that Heroku has", () => {
    const scopes = ["global", "identity", "read", "write", "read-protected", "write-protected"];
    if (token.issuer.kind !== "heroku-authorization") return;
    expect(token.issuer.scope.length).toBeGreaterThan(0);
    expect(scopes).toEqual(expect.arrayContaining([...token.issuer.scope]));
  });

  it("is of at least 16 random bytes where we issue it", () => {
    if (token.issuer.kind === "random") expect(token.issuer.bytes).toBeGreaterThanOrEqual(16);
  });

  it("goes by names that GitHub takes", () => {
    for (const name of githubNames(token)) {
      expect(name).toMatch(/^[A-Z_][A-Z0-9_]*$/);
      expect(name).not.toMatch(/^GITHUB_/);
    }
  });
});

it("declares no name twice, and no name that another token had before", () => {
  expect(repeated(tokens.flatMap(({ name, formerNames }) => [name, ...formerNames]))).toEqual([]);
});

it("puts no two values into one config var of one app, settings included", () => {
  const vars = tokens
    .flatMap(({ destinations, settings }) => [...destinations, ...settings])
    .flatMap((place) => (place.kind === "heroku-config-var" ? [`${place.app} ${place.key}`] : []));
  expect(vars.length).toBeGreaterThan(0);
  expect(repeated(vars)).toEqual([]);
});

it.each(["github-secret", "github-environment-secret", "github-environment-variable"])(
  "puts no two values under one name of a %s",
  (kind) => {
    const names = tokens
      .flatMap(({ destinations, settings }) => [...destinations, ...settings])
      .flatMap((place) => (place.kind === kind && "name" in place ? [place.name] : []));
    expect(names.length).toBeGreaterThan(0);
    expect(repeated(names)).toEqual([]);
  },
);

it("leaves the secrets of the repository to prod", () => {
  const platform = tokens.find(({ name }) => name === "HK_PLATFORM_FULL");
  if (platform === undefined) throw new Error("the platform token is gone");
  const kinds = (environment: Environment): string[] =>
    destinationsIn(environment, platform).map(({ kind }) => kind);
  expect(kinds("prod")).toContain("github-secret");
  expect(kinds("staging")).not.toContain("github-secret");
  expect(kinds("staging")).toContain("heroku-config-var");
});

it("puts no two values under one name of one vault folder", () => {
  const secrets = places.flatMap(({ token, place }) =>
    place.kind === "vault" ? [`${place.folder}/${token.name}`] : [],
  );
  expect(secrets.length).toBeGreaterThan(0);
  expect(repeated(secrets)).toEqual([]);
});

it("gives no two vault folders one logical name", () => {
  const folders = places.flatMap(({ place }) => (place.kind === "vault" ? [place.folder] : []));
  expect(repeated([...new Set(folders)].map((folder) => folder.replaceAll("/", "-")))).toEqual([]);
});
