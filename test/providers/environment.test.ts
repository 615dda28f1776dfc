import fc from "fast-check";

import {
  environmentFaults,
  githubEnvironment,
  herokuEnvironment,
  infisicalEnvironment,
} from "../../providers/environment";
import { UserError } from "../../providers/errors";
import { canary } from "./support";

const githubNames = ["GITHUB_TOKEN"];
const herokuNames = ["HEROKU_API_KEY"];
const vaultNames = [
  "INFISICAL_CLIENT_ID",
  "INFISICAL_CLIENT_SECRET",
  "INFISICAL_PROJECT_ID",
  "CF_ACCESS_CLIENT_ID",
  "CF_ACCESS_CLIENT_SECRET",
];
const allNames = [...githubNames, ...herokuNames, ...vaultNames];
const endpointNames = ["GITHUB_BASE_URL", "HEROKU_API_URL", "INFISICAL_SITE_URL"];

/** A complete environment outside the sandbox, with no endpoint set. */
function complete(changes: Record<string, string | undefined> = {}): Record<string, string | undefined> {
  const values = allNames.map((name) => [name, canary()] as const);
  return { ...Object.fromEntries(values), ...changes };
}

/** Throws what the readers of the endpoints throw. */
function readAll(environment: Record<string, string | undefined>): void {
  githubEnvironment(environment);
  herokuEnvironment(environment);
  infisicalEnvironment(environment);
}

describe("credentials", () => {
  it("are read from the environment, with the vendors' own endpoints", () => {
    const environment = complete();
    expect(environmentFaults(environment)).toEqual([]);
    expect(githubEnvironment(environment)).toEqual({
      url: "https://api.github.com",
      token: environment["GITHUB_TOKEN"],
    });
    expect(herokuEnvironment(environment)).toEqual({
      url: "https://api.heroku.com",
      apiKey: environment["HEROKU_API_KEY"],
    });
    expect(infisicalEnvironment(environment)).toEqual({
      url: "https://vault.raxx.app",
      clientId: environment["INFISICAL_CLIENT_ID"],
      clientSecret: environment["INFISICAL_CLIENT_SECRET"],
      projectId: environment["INFISICAL_PROJECT_ID"],
      accessClientId: environment["CF_ACCESS_CLIENT_ID"],
      accessClientSecret: environment["CF_ACCESS_CLIENT_SECRET"],
    });
  });

  it.each(allNames)("%s is named where it is missing or empty", (name) => {
    for (const value of [undefined, ""]) {
      const environment = complete({ [name]: value });
      const faults = environmentFaults(environment);
      expect(faults).toHaveLength(1);
      expect(faults[0]).toMatch(new RegExp(`^${name} is not set: export `));
      expect(() => {
        readAll(environment);
      }).toThrow(new UserError(faults[0]));
    }
  });

  it("are all named at once where all are missing", () => {
    const named = environmentFaults({}).map((fault) => fault.split(" ", 1)[0]);
    expect(named.sort()).toEqual(allNames.sort());
  });

  it("of one vendor do not need the others'", () => {
    expect(githubEnvironment({ GITHUB_TOKEN: "x" }).token).toBe("x");
    expect(herokuEnvironment({ HEROKU_API_KEY: "x" }).apiKey).toBe("x");
    const vault = Object.fromEntries(vaultNames.map((name) => [name, "x"]));
    expect(infisicalEnvironment(vault).projectId).toBe("x");
  });
});

describe.each(endpointNames)("%s", (name) => {
  it("is taken where it is https, anywhere", () => {
    const environment = complete({ [name]: "https://eu.example.com" });
    expect(environmentFaults(environment)).toEqual([]);
    const urls = [githubEnvironment, herokuEnvironment, infisicalEnvironment].map(
      (read) => read(environment).url,
    );
    expect(urls).toContain("https://eu.example.com");
  });

  it("is the vendor's own where it is empty", () => {
    expect(environmentFaults(complete({ [name]: "" }))).toEqual([]);
  });

  it.each(["not a url", "api.heroku.com"])("is refused where it is %p, which is no URL", (url) => {
    const environment = complete({ [name]: url });
    expect(environmentFaults(environment)).toEqual([
      expect.stringMatching(new RegExp(`^${name} is not a URL: unset it to use https://`)),
    ]);
    expect(() => {
      readAll(environment);
    }).toThrow(UserError);
  });

  it.each([
    "http://api.heroku.com",
    "http://127.0.0.1.example.com",
    "http://10.0.0.1:8080",
    "ftp://127.0.0.1",
  ])("is refused where the credential would travel in the clear to %s", (url) => {
    const environment = complete({ [name]: url });
    expect(environmentFaults(environment)).toEqual([
      expect.stringMatching(new RegExp(`^${name} has to start with https://`)),
    ]);
    expect(() => {
      readAll(environment);
    }).toThrow("in the clear");
  });

  it.each(["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080", "https://127.0.0.1"])(
    "may be %s, in the sandbox and outside",
    (url) => {
      const all = Object.fromEntries(endpointNames.map((one) => [one, url]));
      expect(environmentFaults(complete(all))).toEqual([]);
      expect(environmentFaults(complete({ ...all, RAXX_SANDBOX: "1" }))).toEqual([]);
    },
  );

  it.each([
    undefined,
    "https://api.heroku.com",
    "http://localhost.example.com",
    "https://127.0.0.1@example.com",
  ])("may not be %s in the sandbox", (url) => {
    const loopback = Object.fromEntries(endpointNames.map((one) => [one, "http://127.0.0.1:1"]));
    const environment = complete({ ...loopback, RAXX_SANDBOX: "1", [name]: url });
    expect(environmentFaults(environment)).toEqual([
      expect.stringMatching(new RegExp(`^${name} names .* not on loopback.*\\./raxx sandbox exec$`)),
    ]);
    expect(() => {
      readAll(environment);
    }).toThrow("not on loopback");
  });

  it("never shows a password in it", () => {
    const password = canary();
    const url = `https://user:${password}@example.com/?token=${password}`;
    const faults = environmentFaults(complete({ [name]: url, RAXX_SANDBOX: "1" }));
    expect(faults.join()).toContain("example.com");
    expect(faults.join()).not.toContain(password);
  });
});

it("no host but loopback passes in the sandbox", () => {
  fc.assert(
    fc.property(fc.webUrl({ validSchemes: ["http", "https"] }), (url) => {
      const environment = complete({ RAXX_SANDBOX: "1", HEROKU_API_URL: url });
      const { hostname } = new URL(url);
      fc.pre(!["127.0.0.1", "localhost", "[::1]"].includes(hostname));
      expect(() => herokuEnvironment(environment)).toThrow(UserError);
    }),
  );
});
