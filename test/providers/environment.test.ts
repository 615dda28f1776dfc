import fc from "fast-check";

import {
  awsEnvironment,
  cloudflareEnvironment,
  dnsResolver,
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

/** Nothing of Cloudflare is asked for until a run needs it. */
describe("Cloudflare", () => {
  it("is read from the environment, with its own endpoint", () => {
    const environment = { CLOUDFLARE_API_TOKEN: canary() };
    expect(cloudflareEnvironment(environment)).toEqual({
      url: "https://api.cloudflare.com/client/v4",
      token: environment.CLOUDFLARE_API_TOKEN,
    });
  });

  it("is not missed where no run needs it, in the sandbox either", () => {
    const loopback = Object.fromEntries(endpointNames.map((one) => [one, "http://127.0.0.1:1"]));
    expect(environmentFaults(complete())).toEqual([]);
    expect(environmentFaults(complete({ ...loopback, RAXX_SANDBOX: "1" }), [])).toEqual([]);
  });

  it.each([undefined, ""])("is missed where it is needed and the token is %j", (token) => {
    const environment = complete({ CLOUDFLARE_API_TOKEN: token });
    const faults = environmentFaults(environment, ["cloudflare"]);
    expect(faults).toEqual([
      expect.stringMatching(/^CLOUDFLARE_API_TOKEN is not set: export .*CF_TOKENS_MINT/),
    ]);
    expect(() => cloudflareEnvironment(environment)).toThrow(new UserError(faults[0]));
  });

  it.each([
    [{ CLOUDFLARE_BASE_URL: "api.cloudflare.com" }, "CLOUDFLARE_BASE_URL is not a URL"],
    [{ CLOUDFLARE_BASE_URL: "http://api.cloudflare.com" }, "CLOUDFLARE_BASE_URL has to start with https://"],
    [{ RAXX_SANDBOX: "1" }, "CLOUDFLARE_BASE_URL names api.cloudflare.com, which is not on loopback"],
  ])("is refused at another place than it may be: %j", (changes, words) => {
    const loopback = Object.fromEntries(endpointNames.map((one) => [one, "http://127.0.0.1:1"]));
    const environment = complete({ ...loopback, CLOUDFLARE_API_TOKEN: canary(), ...changes });
    expect(environmentFaults(environment, ["cloudflare"])).toEqual([expect.stringContaining(words)]);
    expect(() => cloudflareEnvironment(environment)).toThrow(words);
  });
});

/** Its credentials are the SDK's own affair, but not in the sandbox. */
describe("AWS", () => {
  const key = (): Record<string, string> => ({
    AWS_ACCESS_KEY_ID: canary(),
    AWS_SECRET_ACCESS_KEY: canary(),
  });
  const sandbox = (changes: Record<string, string | undefined> = {}): Record<string, string | undefined> => {
    const loopback = [...endpointNames, "AWS_ENDPOINT_URL"].map(
      (one) => [one, "http://127.0.0.1:1"] as const,
    );
    return complete({ ...Object.fromEntries(loopback), RAXX_SANDBOX: "1", ...key(), ...changes });
  };

  it.each([undefined, ""])("is left to the SDK where AWS_ENDPOINT_URL is %j, with its credentials", (url) => {
    const environment = complete({ AWS_ENDPOINT_URL: url, ...key() });
    expect(environmentFaults(environment, ["aws"])).toEqual([]);
    expect(awsEnvironment(environment)).toEqual({});
    expect(awsEnvironment({ AWS_ENDPOINT_URL: "https://example.com" })).toEqual({
      url: "https://example.com",
    });
  });

  it("is taken from the environment alone in the sandbox", () => {
    const environment = sandbox();
    expect(environmentFaults(environment, ["aws"])).toEqual([]);
    const credentials = {
      accessKeyId: environment["AWS_ACCESS_KEY_ID"],
      secretAccessKey: environment["AWS_SECRET_ACCESS_KEY"],
    };
    expect(awsEnvironment(environment)).toEqual({ url: "http://127.0.0.1:1", credentials });
    const sessionToken = canary();
    expect(awsEnvironment({ ...environment, AWS_SESSION_TOKEN: sessionToken }).credentials).toEqual({
      ...credentials,
      sessionToken,
    });
  });

  it.each([
    [
      { AWS_ENDPOINT_URL: "" },
      "AWS_ENDPOINT_URL is not set: in the sandbox only emulated vendors are called",
    ],
    [
      { AWS_ENDPOINT_URL: "https://iam.amazonaws.com" },
      "AWS_ENDPOINT_URL names iam.amazonaws.com, which is not",
    ],
    [{ AWS_ENDPOINT_URL: "aws" }, "AWS_ENDPOINT_URL is not a URL: unset it to use the vendor's own"],
    [{ AWS_ACCESS_KEY_ID: "" }, "AWS_ACCESS_KEY_ID is not set: in the sandbox no other AWS credentials"],
    [{ AWS_SECRET_ACCESS_KEY: undefined }, "AWS_SECRET_ACCESS_KEY is not set: in the sandbox"],
  ])("is refused in the sandbox with %j, and not missed where no run needs it", (changes, words) => {
    expect(environmentFaults(sandbox(changes), ["aws"])).toEqual([expect.stringContaining(words)]);
    expect(environmentFaults(sandbox(changes))).toEqual([]);
    expect(() => awsEnvironment(sandbox(changes))).toThrow(words);
  });

  it("is refused where the credentials would travel in the clear", () => {
    const environment = complete({ AWS_ENDPOINT_URL: "http://iam.amazonaws.com" });
    expect(environmentFaults(environment, ["aws"])).toEqual([
      expect.stringMatching(/in the clear; unset it to use the vendor's own$/),
    ]);
  });

  it.each(["AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL_STS"])(
    "has no other address than the one that is looked at: %s",
    (name) => {
      const environment = complete({ [name]: "https://example.com" });
      expect(environmentFaults(environment, ["aws"])).toEqual([expect.stringMatching(`: unset ${name}$`)]);
      expect(environmentFaults(environment)).toEqual([]);
    },
  );
});

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

describe("the DNS server to ask", () => {
  const loopback = Object.fromEntries(endpointNames.map((one) => [one, "http://127.0.0.1:1"]));
  const faults = (address: string | undefined, sandbox: boolean): string[] => {
    const environment = complete({
      ...(sandbox ? { ...loopback, RAXX_SANDBOX: "1" } : {}),
      RAXX_DNS_RESOLVER: address,
    });
    const found = environmentFaults(environment, ["dns"]);
    // Where no run asks, it is not looked at.
    expect(environmentFaults(environment)).toEqual([]);
    if (found.length > 0) expect(() => dnsResolver(environment)).toThrow(found[0]);
    return found;
  };

  it.each(["127.0.0.1:5353", "127.0.0.1", "[::1]:5353"])(
    "may be %s, in the sandbox and outside",
    (address) => {
      for (const sandbox of [true, false]) expect(faults(address, sandbox)).toEqual([]);
      expect(dnsResolver({ RAXX_DNS_RESOLVER: address })).toBe(address);
    },
  );

  it.each([undefined, ""])("is the machine's own where it is %j, but not in the sandbox", (address) => {
    expect(faults(address, false)).toEqual([]);
    expect(dnsResolver({ RAXX_DNS_RESOLVER: address })).toBeUndefined();
    expect(faults(address, true)).toEqual([
      expect.stringMatching(/^RAXX_DNS_RESOLVER is not set: .*\.\/raxx sandbox exec$/),
    ]);
  });

  it.each(["1.1.1.1", "1.1.1.1:53", "[2606:4700:4700::1111]:53", "0.0.0.0:53", "[::127.0.0.1]"])(
    "may be %s, but not in the sandbox",
    (address) => {
      expect(faults(address, false)).toEqual([]);
      expect(faults(address, true)).toEqual([
        expect.stringContaining(`names ${address}, which is not on loopback`),
      ]);
    },
  );

  it.each([
    "localhost:53",
    "dns.example",
    "127.0.0.1:0",
    "127.0.0.1:65536",
    "127.0.0.1:",
    "::1:5353",
    "1.2.3",
    "http://127.0.0.1:53",
  ])("is refused where it is %s, in words that say how it is written", (address) => {
    expect(faults(address, false)).toEqual([
      "RAXX_DNS_RESOLVER is no address of a DNS server: set it to one as 127.0.0.1:5353 or [::1]:5353, or unset it to ask this machine's own",
    ]);
  });
});
