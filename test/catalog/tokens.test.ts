import { tokens, type Token } from "../../catalog";
import { environments, parseTokenName } from "../../catalog/taxonomy";

/** What stands twice, each once. */
function repeated(entries: string[]): string[] {
  return [...new Set(entries.filter((entry, index) => entries.indexOf(entry) !== index))];
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
    expect(token.issuer.scope.length).toBeGreaterThan(0);
    expect(scopes).toEqual(expect.arrayContaining([...token.issuer.scope]));
  });
});

it("declares no name twice, and no name that another token had before", () => {
  expect(repeated(tokens.flatMap(({ name, formerNames }) => [name, ...formerNames]))).toEqual([]);
});

it("puts no two values into one config var of one app", () => {
  const vars = places.flatMap(({ place }) =>
    place.kind === "heroku-config-var" ? [`${place.app} ${place.key}`] : [],
  );
  expect(vars.length).toBeGreaterThan(0);
  expect(repeated(vars)).toEqual([]);
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
