import { catalogFaults, destinationsIn, tokens, type Environment } from "../../catalog";

it("keeps all of its rules", () => {
  expect(catalogFaults(tokens)).toEqual([]);
  expect(tokens.length).toBeGreaterThan(30);
});

it("gives no two vault folders one logical name", () => {
  const folders = tokens
    .flatMap(({ destinations }) => destinations)
    .flatMap((place) => (place.kind === "vault" ? [place.folder] : []));
  const names = [...new Set(folders)].map((folder) => folder.replaceAll("/", "-"));
  expect(new Set(names).size).toBe(names.length);
});

it("leaves the secrets of the repository to prod", () => {
  const platform = tokens.find(({ name }) => name === "HK_PLATFORM_FULL");
  if (platform === undefined) throw new Error("the platform token is gone");
  const kinds = (environment: Environment): string[] =>
    destinationsIn(environment, platform).map(({ kind }) => kind);
  expect(kinds("prod")).toContain("github-secret");
  expect(kinds("staging")).not.toContain("github-secret");
  expect(kinds("staging")).toContain("heroku-config-var");
});
