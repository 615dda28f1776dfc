import { randomBytes } from "node:crypto";

import { UserError } from "@raxx/providers";

import { tokens } from "../../catalog";
import { handOffsIn } from "../../ops/hand-offs";
import { issuedIn, reportOf } from "../../ops/status";

/** A resource as `pulumi stack export` shows it. */
interface Exported {
  urn: string;
  custom: boolean;
  id?: string;
  type: string;
  inputs: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  parent?: string;
  delete?: boolean;
}

const secretMark = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/** A state as a first `up` leaves it. Each test changes what it is about. */
class State {
  /** Of everything that is secret; encrypted in a real export. */
  readonly value = `HRKU-${randomBytes(20).toString("hex")}`;
  readonly resources: Exported[] = [];

  constructor(private readonly stack = "prod") {
    this.add({ type: "pulumi:pulumi:Stack", custom: false, inputs: {} }, `raxx-credentials-${stack}`);
    this.add(
      { type: "pulumi-nodejs:dynamic/heroku:Account", custom: true, inputs: { apps: ["a"] } },
      "heroku",
    );
  }

  add(resource: Omit<Exported, "urn">, name: string): string {
    const urn = `urn:pulumi:${this.stack}::raxx-credentials::${resource.type}::${name}`;
    this.resources.push({ urn, ...resource });
    return urn;
  }

  credential(token: string, generation: string): string {
    return this.add(
      { type: "raxx:heroku:AuthorizationToken", custom: false, inputs: { token, generation } },
      token,
    );
  }

  authorization(parent: string, token: string, generation: string, pendingDelete?: true): void {
    this.add(
      {
        type: "pulumi-nodejs:dynamic/heroku:Authorization",
        custom: true,
        id: `id-of-${generation}`,
        inputs: { marker: `raxx:${this.stack}:${token}:${generation}`, scope: ["global"] },
        outputs: { token: { ...secretMark, plaintext: this.value } },
        parent,
        ...(pendingDelete && { delete: true }),
      },
      `${token}-${generation}`,
    );
  }

  adopted(parent: string, id: string): void {
    const inputs = { authorizationId: id, accountId: "account" };
    const type = "pulumi-nodejs:dynamic/heroku:AdoptedAuthorization";
    this.add({ type, custom: true, id, inputs, parent }, `${token}-adopted-${id}`);
  }

  configVars(app: string, sources: Record<string, string>, pendingDelete?: true): void {
    const vars = Object.fromEntries(
      Object.keys(sources).map((key) => [key, { ...secretMark, plaintext: this.value }]),
    );
    this.add(
      {
        type: "pulumi-nodejs:dynamic/heroku:ConfigVars",
        custom: true,
        id: `id-of-${app}`,
        inputs: { app, appId: `id-of-${app}`, vars, sources },
        ...(pendingDelete && { delete: true }),
      },
      `${app}-config-vars`,
    );
  }

  secrets(environment: string, path: string, sources: Record<string, string>): void {
    const entries = Object.entries(sources).map(([key, source]) => [key, { source }]);
    this.folder(environment, path, Object.fromEntries(entries) as Record<string, { source: string }>);
  }

  /** A folder of the vault, with what its entries say beside their sources, and what it recorded for a person. */
  folder(
    environment: string,
    path: string,
    entries: Record<string, { source: string; companion?: true }>,
    handOffs?: object[],
  ): void {
    const said = Object.entries(entries).map(([key, entry]) => [
      key,
      { tags: [], comment: this.value, ...entry },
    ]);
    const values = Object.fromEntries(Object.keys(entries).map((key) => [key, this.value]));
    const inputs = { environment, path, entries: Object.fromEntries(said) as object, values };
    this.add(
      {
        type: "pulumi-nodejs:dynamic/infisical:Secrets",
        custom: true,
        id: `${environment}:${path}`,
        inputs,
        ...(handOffs && { outputs: { ...inputs, handOffs } }),
      },
      `vault${path}-secrets`,
    );
  }

  custody(token: string, generation: string): void {
    this.add({ type: "raxx:custody:Token", custom: false, inputs: { token, generation } }, token);
  }

  receipt(secretName: string, source: string, environment?: string): void {
    const inputs = { owner: "raxx-app", repository: "TradeMasterAPI", secretName, source, value: this.value };
    this.add(
      {
        type: "pulumi-nodejs:dynamic/github:SecretReceipt",
        custom: true,
        id: secretName,
        inputs: { ...inputs, ...(environment !== undefined && { environment }) },
      },
      `${secretName}-receipt`,
    );
  }

  exported(): unknown {
    return { version: 3, deployment: { manifest: {}, resources: this.resources } };
  }
}

const token = "HK_PLATFORM_FULL";
const source = `${token}@2026-11-22`;

/** A credential with all its places, all on the current generation. */
function compliant(stack?: string): { state: State; component: string } {
  const state = new State(stack);
  const component = state.credential(token, "2026-11-22");
  state.authorization(component, token, "2026-11-22");
  state.configVars("raxx-console-prod", { HEROKU_API_KEY: source });
  state.configVars("raxx-api-prod", { HEROKU_API_KEY: source });
  const companions = ["AUTH_ID", "EXPIRES_AT", "SCOPES"].map((suffix) => [`${token}__${suffix}`, source]);
  const entries = { [token]: source, ...(Object.fromEntries(companions) as object) };
  state.secrets("prod", "/MooseQuest/heroku", entries);
  return { state, component };
}

it("says what was issued, and every place it went to", () => {
  expect(issuedIn("prod", compliant().state.exported())).toEqual([
    {
      stack: "prod",
      token,
      issuer: "Heroku authorization",
      generation: "2026-11-22",
      minted: true,
      alsoAlive: [],
      destinations: [
        "raxx-api-prod HEROKU_API_KEY",
        "raxx-console-prod HEROKU_API_KEY",
        "vault prod /MooseQuest/heroku/HK_PLATFORM_FULL (+3 companions)",
      ],
    },
  ]);
});

it("names the previous generation and what was there before us as alive", () => {
  const { state, component } = compliant();
  state.authorization(component, token, "2026-05-06.2");
  state.adopted(component, "ba6a2961");
  expect(issuedIn("prod", state.exported())[0]?.alsoAlive).toEqual([
    "2026-05-06.2",
    "ba6a2961 (from before us)",
  ]);
});

it("takes no identity for a generation of the tokens that it has", () => {
  const [state, reader] = [new State(), "INF_APP_READER"];
  const inputs = { token: reader, generation: "2026-11-22" };
  const component = state.add({ type: "raxx:infisical:IdentityToken", custom: false, inputs }, reader);
  const child = (kind: string, id: string, marker: string): void => {
    const type = `pulumi-nodejs:dynamic/infisical:${kind}`;
    state.add({ type, custom: true, id, inputs: { marker }, parent: component }, id);
  };
  child("Identity", "the-identity", `raxx:prod:${reader}`);
  child("IdentityToken", "the-token", `raxx:prod:${reader}:2026-11-22`);
  child("IdentityToken", "the-old-token", `raxx:prod:${reader}:2026-05-06`);
  expect(issuedIn("prod", state.exported())).toEqual([
    {
      stack: "prod",
      token: reader,
      issuer: "Infisical identity token",
      generation: "2026-11-22",
      minted: true,
      alsoAlive: ["2026-05-06"],
      destinations: [],
    },
  ]);
});

it("says of a generation that was not minted that it was not, and what is alive instead", () => {
  const state = new State();
  state.authorization(state.credential(token, "2026-11-22"), token, "2026-05-06");
  expect(issuedIn("prod", state.exported())).toMatchObject([{ minted: false, alsoAlive: ["2026-05-06"] }]);
});

it("does not take a component that issued nothing for a credential", () => {
  const state = new State();
  state.credential(token, "2026-11-22");
  expect(issuedIn("prod", state.exported())).toEqual([]);
});

it("says of a destination on another generation which one it holds", () => {
  const { state } = compliant();
  state.configVars("raxx-late", { HEROKU_API_KEY: `${token}@2026-05-06` });
  expect(issuedIn("prod", state.exported())[0]?.destinations).toContain(
    "raxx-late HEROKU_API_KEY (holds 2026-05-06)",
  );
});

it("ignores resources that are pending deletion", () => {
  const { state, component } = compliant();
  state.authorization(component, token, "2026-05-06", true);
  state.configVars("raxx-gone", { HEROKU_API_KEY: source }, true);
  expect(issuedIn("prod", state.exported())).toEqual(issuedIn("prod", compliant().state.exported()));
});

it("keeps the tokens apart, also where one's name starts with the other's", () => {
  const { state } = compliant();
  const longer = `${token}_READ`;
  state.authorization(state.credential(longer, "2026-11-22"), longer, "2026-11-22");
  state.configVars("raxx-reader", { READ_KEY: `${longer}@2026-11-22` });
  state.secrets("prod", "/Raxx", { [longer]: `${longer}@2026-11-22` });
  const issued = issuedIn("prod", state.exported());
  expect(issued.map((one) => [one.token, one.destinations.length])).toEqual([
    [token, 3],
    [longer, 2],
  ]);
  expect(issued[1]?.destinations).toEqual([
    "raxx-reader READ_KEY",
    `vault prod /Raxx/${longer} (+0 companions)`,
  ]);
});

it("names a credential that reached no place yet", () => {
  const state = new State();
  state.authorization(state.credential(token, "2026-11-22"), token, "2026-11-22");
  expect(issuedIn("prod", state.exported())).toMatchObject([{ token, destinations: [] }]);
});

it("shows no value, whichever field of the state holds one", () => {
  const { state, component } = compliant();
  state.authorization(component, token, "2026-05-06");
  const issued = issuedIn("prod", state.exported());
  expect(JSON.stringify(state.exported())).toContain(state.value);
  expect(JSON.stringify(issued)).not.toContain(state.value);
});

it.each([
  ["no resources yet", { deployment: { manifest: {} } }],
  ["null for resources", { deployment: { resources: null } }],
  ["only a stack", new State().exported()],
])("finds nothing issued in a state with %s", (_what, state) => {
  expect(issuedIn("prod", state)).toEqual([]);
});

it.each([
  ["nothing", undefined],
  ["a text", "state"],
  ["no deployment", { version: 3 }],
  ["resources that are none", { deployment: { resources: [{ urn: 7 }] } }],
])("refuses a state that is %s, and names the command that shows it", (_what, state) => {
  expect(() => issuedIn("staging", state)).toThrow(
    new UserError("the state of stack staging cannot be read: pulumi stack export --stack staging shows it"),
  );
  expect(() => issuedIn("staging", state)).toThrow(UserError);
});

it("does not quote a state that it cannot read", () => {
  const { state } = compliant();
  state.resources.push({ urn: "x", custom: true, type: state.value, inputs: {}, id: 7 as unknown as string });
  let said: unknown;
  try {
    issuedIn("prod", state.exported());
  } catch (error) {
    said = error;
  }
  expect(said).toBeInstanceOf(UserError);
  expect(String(said)).not.toContain(state.value);
});

it("shows a secret at GitHub by its receipt: what it is proven to hold", () => {
  const { state } = compliant();
  state.receipt("A", source);
  state.receipt("B", `${token}@2026-05-06`, "production");
  expect(issuedIn("prod", state.exported())[0]?.destinations).toEqual(
    expect.arrayContaining([
      "github raxx-app/TradeMasterAPI A",
      "github raxx-app/TradeMasterAPI production B (holds 2026-05-06)",
    ]),
  );
});

it("shows what we issue ourselves, by the marker among its keepers", () => {
  const state = new State("staging");
  const inputs = { token: "RAXX_AUDIT_INGEST", generation: "2026-11-22" };
  const parent = state.add({ type: "raxx:random:Token", custom: false, inputs }, "RAXX_AUDIT_INGEST");
  for (const name of ["2026-11-22", "2026-05-06"]) {
    const keepers = { marker: `raxx:staging:RAXX_AUDIT_INGEST:${name}` };
    const drawn = { type: "random:index/randomPassword:RandomPassword", custom: true, id: "none", parent };
    state.add({ ...drawn, inputs: { length: 64, keepers } }, `RAXX_AUDIT_INGEST-${name}`);
  }
  expect(issuedIn("staging", state.exported())).toMatchObject([
    {
      token: "RAXX_AUDIT_INGEST",
      issuer: "our own randomness",
      generation: "2026-11-22",
      minted: true,
      alsoAlive: ["2026-05-06"],
    },
  ]);
});

it("shows the keys of AWS by their logical names, and takes no user and no policy for one", () => {
  const [state, name] = [new State(), "AWS_BILLING_READ"];
  const inputs = { token: name, generation: "2026-11-22" };
  const parent = state.add({ type: "raxx:aws:AccessKey", custom: false, inputs }, name);
  const child = (type: string, id: string, role: string, own: object): void => {
    state.add({ type: `aws:iam/${type}`, custom: true, id, inputs: { ...own }, parent }, `${name}-${role}`);
  };
  const user = "raxx-billing-readonly";
  child("user:User", user, "user", { name: user });
  child("policy:Policy", "an-arn", "policy", { name: `${user}-policy`, policy: "{}" });
  child("userPolicyAttachment:UserPolicyAttachment", "attached", "attachment", { user, policyArn: "an-arn" });
  child("accessKey:AccessKey", "AKIA1", "2026-11-22", { user });
  child("accessKey:AccessKey", "AKIA0", "2026-10-22.2", { user });
  expect(issuedIn("prod", state.exported())).toEqual([
    {
      stack: "prod",
      token: name,
      issuer: "AWS access key",
      generation: "2026-11-22",
      minted: true,
      alsoAlive: ["2026-10-22.2"],
      destinations: [],
    },
  ]);
});

it("shows tokens of Cloudflare by the marker that is their name", () => {
  const [state, name] = [new State(), "CF_BILLING_READ"];
  const inputs = { token: name, generation: "2026-11-22" };
  const parent = state.add({ type: "raxx:cloudflare:ApiToken", custom: false, inputs }, name);
  for (const generation of ["2026-05-06", "2026-11-22"]) {
    const own = { name: `raxx:prod:${name}:${generation}`, policies: [] };
    const minted = { type: "cloudflare:index/apiToken:ApiToken", custom: true, id: generation, parent };
    state.add({ ...minted, inputs: own }, `${name}-${generation}`);
  }
  expect(issuedIn("prod", state.exported())).toMatchObject([
    { issuer: "Cloudflare API token", minted: true, alsoAlive: ["2026-05-06"] },
  ]);
});

describe("an SSM parameter", () => {
  const parameterName = "/raxx/billing-readonly/heroku_billing_api_key";
  const destinations = (inputs: Record<string, unknown>): string[] | undefined => {
    const { state } = compliant();
    const type = "pulumi-nodejs:dynamic/aws:ParameterReceipt";
    state.add({ type, custom: true, id: parameterName, inputs }, `ssm${parameterName}-receipt`);
    return issuedIn("prod", state.exported())[0]?.destinations.filter((one) => one.includes(parameterName));
  };

  it("is a place by its receipt, which says what it was proven to hold", () => {
    const place = { region: "us-east-1", parameterName };
    expect(destinations({ ...place, source })).toEqual([`ssm ${parameterName}`]);
    expect(destinations({ ...place, source: `${token}@2026-05-06` })).toEqual([
      `ssm ${parameterName} (holds 2026-05-06)`,
    ]);
  });

  it("is none by what the provider has taken for written", () => {
    expect(destinations({ name: parameterName, description: source })).toEqual([]);
  });
});

describe("an Access service token, which rotates in place,", () => {
  const name = "CF_ACCESS_SVC_VAULT";
  const now = new Date("2026-12-01T00:00:00Z");

  /** With the receipt of a generation, where there is one. */
  function stateWith(configured: string, receipt?: object): State {
    const state = new State();
    const inputs = { token: name, generation: configured };
    const parent = state.add({ type: "raxx:cloudflare:ServiceToken", custom: false, inputs }, name);
    const type = "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken";
    state.add(
      { type, custom: true, id: "i", inputs: { name: `raxx:prod:${name}` }, parent },
      `${name}-token`,
    );
    if (receipt !== undefined) {
      const receiptType = "pulumi-nodejs:dynamic/cloudflare:ServiceTokenReceipt";
      state.add(
        { type: receiptType, custom: true, id: "r", inputs: { ...receipt }, parent },
        `${name}-receipt`,
      );
    }
    return state;
  }
  const markerOf = (generation: string): string => `raxx:prod:${name}:${generation}`;

  it("has the generation of its receipt, and below the table what does not apply to it", () => {
    const state = stateWith("2026-11-22", { marker: markerOf("2026-11-22"), version: 1 });
    const issued = issuedIn("prod", state.exported(), now);
    expect(issued).toMatchObject([
      { token: name, issuer: "Access service token, in place", minted: true, alsoAlive: [] },
    ]);
    expect(reportOf(issued, [])).toMatch(/the guard of the revoke does not apply, and no going back\.$/);
    expect(reportOf([], [])).toBe("nothing is issued yet");
  });

  it.each([
    ["2026-12-01T00:00:01Z", ["the secret before, until 2026-12-01T00:00:01Z"]],
    ["2026-12-01T00:00:00Z", []],
  ])("has the secret before beside it until %s", (previousExpiresAt, alsoAlive) => {
    const receipt = { marker: markerOf("2026-11-29"), version: 2, previousExpiresAt };
    const state = stateWith("2026-11-29", receipt);
    expect(issuedIn("prod", state.exported(), now)).toMatchObject([{ minted: true, alsoAlive }]);
  });

  it("whose rotation did not come to its end is not minted, and what is alive is said", () => {
    const state = stateWith("2026-11-29", { marker: markerOf("2026-11-22"), version: 1 });
    expect(issuedIn("prod", state.exported(), now)).toMatchObject([
      { generation: "2026-11-29", minted: false, alsoAlive: ["2026-11-22"] },
    ]);
    expect(issuedIn("prod", stateWith("2026-11-29").exported(), now)).toMatchObject([
      { minted: false, alsoAlive: [] },
    ]);
  });
});

describe("an Access service token that no policy names yet", () => {
  const name = "CF_ACCESS_SVC_VAULT";

  function stateWith(admitted: boolean, made = true): State {
    const state = new State();
    const type = "raxx:cloudflare:ServiceToken";
    const inputs = { token: name, generation: "2026-11-22" };
    const parent = state.add({ type, custom: false, inputs }, name);
    const marker = `raxx:prod:${name}`;
    const evidence = admitted ? { admitted: "2026-11-22 Ada" } : {};
    const serviceTokens = [
      { name: "raxx:prod:CF_ACCESS_SVC_CONSOLE", admitted: "2026-11-22 Ada" },
      { name: marker, version: 1, ...evidence },
    ];
    const accountType = "pulumi-nodejs:dynamic/cloudflare:Account";
    state.add({ type: accountType, custom: true, id: "a", inputs: { serviceTokens } }, "cloudflare");
    if (made) {
      const madeType = "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken";
      const outputs = { clientId: "the-id.access", clientSecret: { ...secretMark, plaintext: state.value } };
      state.add({ type: madeType, custom: true, id: "i", inputs: { name: marker }, outputs, parent }, "made");
    }
    const receipt = { marker: `${marker}:2026-11-22`, version: 1 };
    const receiptType = "pulumi-nodejs:dynamic/cloudflare:ServiceTokenReceipt";
    state.add({ type: receiptType, custom: true, id: "r", inputs: receipt, parent }, "receipt");
    return state;
  }

  it("is minted and distributed nowhere, and below the table stands what a person has to do", () => {
    const state = stateWith(false);
    const issued = issuedIn("prod", state.exported());
    expect(issued).toMatchObject([
      { token: name, minted: true, destinations: [], waitsFor: "an Access policy that names it" },
    ]);
    const handOffs = handOffsIn("prod", state.exported(), tokens);
    expect(handOffs).toMatchObject([
      { stack: "prod", token: name, kind: "unadmitted", environment: "Cloudflare" },
    ]);
    expect(handOffs).toMatchObject([{ folder: "vault.raxx.app", names: [`raxx:prod:${name}`] }]);
    const report = reportOf(issued, handOffs);
    expect(report).toContain("not distributed: waits for an Access policy that names it");
    expect(report).toMatch(/^prod: hand-off: CF_ACCESS_SVC_VAULT is not distributed/m);
    expect(report).toContain(`add raxx:prod:${name} (client id the-id.access)`);
    expect(JSON.stringify([issued, handOffs])).not.toContain(state.value);
  });

  it("is a person's only once it is made, and only while it waits", () => {
    expect(handOffsIn("prod", stateWith(false, false).exported(), tokens)).toEqual([]);
    const state = stateWith(true);
    expect(handOffsIn("prod", state.exported(), tokens)).toEqual([]);
    const [issued] = issuedIn("prod", state.exported());
    expect(issued).not.toHaveProperty("waitsFor");
    expect(issued).toMatchObject({ minted: true });
  });
});

it("says the tokens in the order of their names, whatever the order in the state", () => {
  const { state } = compliant();
  const inputs = { token: "CF_DNS_EDIT", generation: "2026-11-22" };
  const parent = state.add({ type: "raxx:random:Token", custom: false, inputs }, "CF_DNS_EDIT");
  state.adopted(parent, "an-id");
  expect(issuedIn("prod", state.exported()).map((issued) => issued.token)).toEqual(["CF_DNS_EDIT", token]);
});

describe("a token in custody", () => {
  const kept = "ALP_PAPER_TRADING";
  const paper = `${kept}@2026-04-30`;
  const alpaca = "/MooseQuest/alpaca";
  const entries = {
    [`${kept}__KEY_ID`]: { source: paper },
    [`${kept}__SECRET_KEY`]: { source: paper },
    [`${kept}__EXPIRES_AT`]: { source: paper, companion: true },
    [`${kept}__SCOPES`]: { source: paper, companion: true },
  } as const;
  const inVault = `vault prod ${alpaca}/${kept}__KEY_ID + ${kept}__SECRET_KEY (+2 companions)`;

  /** Standing in the vault, with nothing for a person to do. */
  function standing(handOffs?: object[]): State {
    const state = new State();
    state.custody(kept, "2026-04-30");
    state.folder("prod", alpaca, entries, handOffs);
    return state;
  }

  it("is shown as such, with its place under the names of its parts", () => {
    expect(issuedIn("prod", standing().exported())).toEqual([
      {
        stack: "prod",
        token: kept,
        issuer: "in custody",
        generation: "2026-04-30",
        minted: true,
        alsoAlive: [],
        destinations: [inVault],
      },
    ]);
  });

  it("has a place under the bare names of its parts", () => {
    const state = new State();
    const bot = "GH_APP_DEV_BOT@2026-04-30";
    state.custody("GH_APP_DEV_BOT", "2026-04-30");
    state.folder("prod", "/MooseQuest/raxx-dev-bot", {
      PRIVATE_KEY_PEM: { source: bot },
      APP_ID: { source: bot },
      GH_APP_DEV_BOT__SCOPES: { source: bot, companion: true },
    });
    expect(issuedIn("prod", state.exported())[0]?.destinations).toEqual([
      "vault prod /MooseQuest/raxx-dev-bot/APP_ID + PRIVATE_KEY_PEM (+1 companions)",
    ]);
  });

  it("shares a folder with another token, and each has its own names", () => {
    const state = new State();
    const live = "ALP_LIVE_TRADING@2026-05-01";
    state.custody(kept, "2026-04-30");
    state.custody("ALP_LIVE_TRADING", "2026-05-01");
    state.folder("prod", alpaca, { ...entries, ALP_LIVE_TRADING__KEY_ID: { source: live } });
    expect(issuedIn("prod", state.exported()).map(({ destinations }) => destinations)).toEqual([
      [`vault prod ${alpaca}/ALP_LIVE_TRADING__KEY_ID (+0 companions)`],
      [inVault],
    ]);
  });

  it("is shown in dev too", () => {
    const state = standing();
    state.folder("dev", alpaca, entries);
    expect(issuedIn("prod", state.exported())[0]?.destinations).toEqual([
      inVault.replace("prod", "dev"),
      inVault,
    ]);
  });

  it("that is missing stands nowhere", () => {
    const state = standing([{ kind: "missing", source: paper, names: [`${kept}__KEY_ID`] }]);
    expect(issuedIn("prod", state.exported())).toMatchObject([
      { token: kept, generation: "2026-04-30", minted: false, destinations: [] },
    ]);
    expect(reportOf(issuedIn("prod", state.exported()), [])).toContain("2026-04-30 (missing)");
  });

  it("that is missing in dev stands in prod all the same", () => {
    const state = standing();
    state.folder("dev", alpaca, entries, [{ kind: "missing", source: paper, names: [`${kept}__KEY_ID`] }]);
    expect(issuedIn("prod", state.exported())).toMatchObject([{ minted: true, destinations: [inVault] }]);
  });

  it("whose date the last run did not come to write is not there yet, and its place says what is", () => {
    const state = new State();
    state.custody(kept, "2026-11-22");
    state.folder("prod", alpaca, entries);
    expect(issuedIn("prod", state.exported())).toMatchObject([
      { generation: "2026-11-22", minted: false, destinations: [`${inVault} (holds 2026-04-30)`] },
    ]);
  });

  it("is not shown where a destroy of an empty stack left nothing but components", () => {
    const state = new State();
    state.custody(kept, "2026-04-30");
    expect(issuedIn("prod", state.exported())).toEqual([]);
  });
});

describe("a hand-off", () => {
  const models = "ANT_CLAUDE_SDK@2026-04-30";
  const folder = "/MooseQuest/anthropic";
  const missing = { kind: "missing", source: models, names: ["ANT_CLAUDE_SDK"] };

  function stateWith(...handOffs: object[]): State {
    const state = new State();
    state.custody("ANT_CLAUDE_SDK", "2026-04-30");
    state.folder("prod", folder, { ANT_CLAUDE_SDK: { source: models } }, handOffs);
    return state;
  }

  it.each([
    ["missing", "is in custody, but ANT_CLAUDE_SDK is missing"],
    ["unequal", "hold different ones"],
    ["changed", "is not deleted"],
  ])("of the kind %s is shown with its place and what to do", (kind, words) => {
    const [handOff, ...more] = handOffsIn("prod", stateWith({ ...missing, kind }).exported(), tokens);
    expect(more).toEqual([]);
    expect(handOff).toEqual({
      stack: "prod",
      token: "ANT_CLAUDE_SDK",
      kind,
      environment: "prod",
      folder,
      names: ["ANT_CLAUDE_SDK"],
      text: expect.stringContaining(words) as string,
    });
    expect(handOff?.text).toMatch(/^hand-off: .*\n {2}1\. /);
  });

  it("for an approval is about no single token", () => {
    const approval = { kind: "approval", source: "", names: ["ANT_CLAUDE_SDK"], request: "a-request" };
    expect(handOffsIn("prod", stateWith(approval).exported(), tokens)).toMatchObject([
      { token: null, kind: "approval", text: expect.stringContaining("open a-request") as string },
    ]);
  });

  it("of a token that left the catalog is shown all the same", () => {
    expect(handOffsIn("prod", stateWith(missing).exported(), [])).toMatchObject([
      {
        token: "ANT_CLAUDE_SDK",
        text: `hand-off: ANT_CLAUDE_SDK left the catalog before somebody saw to ANT_CLAUDE_SDK in ${folder} of the vault's prod: pulumi up --stack prod, which records what is left of it`,
      },
    ]);
  });

  it("stands below the table, after its stack", () => {
    const state = stateWith(missing).exported();
    const [handOff] = handOffsIn("prod", state, tokens);
    const report = reportOf(issuedIn("prod", state), handOffsIn("prod", state, tokens));
    expect(report.split("\n\n").at(-1)).toBe(`prod: ${handOff?.text ?? ""}`);
    expect(reportOf([], [])).toBe("nothing is issued yet");
  });

  it("comes in the order of tokens and places, whatever the order in the state", () => {
    const other = { kind: "unequal", source: "AAA@1", names: ["B"] };
    const state = stateWith({ ...missing, names: ["Z"] }, missing, other);
    expect(
      handOffsIn("prod", state.exported(), tokens).map(({ token: of, names }) => [of, ...names]),
    ).toEqual([
      ["AAA", "B"],
      ["ANT_CLAUDE_SDK", "ANT_CLAUDE_SDK"],
      ["ANT_CLAUDE_SDK", "Z"],
    ]);
  });

  it("that is to be read from an unknown form stops the report, and quotes nothing", () => {
    const state = stateWith();
    const pasted = { kind: state.value, source: models, names: [] };
    const last = state.resources.at(-1);
    if (last?.outputs !== undefined) last.outputs["handOffs"] = [pasted];
    expect(() => handOffsIn("prod", state.exported(), tokens)).toThrow(
      new UserError("the state of stack prod cannot be read: pulumi stack export --stack prod shows it"),
    );
  });

  it.each([[undefined], [null], [[]]])("is none where the state has %j", (nothing) => {
    const state = stateWith();
    const last = state.resources.at(-1);
    if (last?.outputs !== undefined) last.outputs["handOffs"] = nothing;
    expect(handOffsIn("prod", state.exported(), tokens)).toEqual([]);
  });

  it("of what is pending deletion is none", () => {
    const state = stateWith(missing);
    for (const resource of state.resources) resource.delete = true;
    expect(handOffsIn("prod", state.exported(), tokens)).toEqual([]);
  });

  it("shows no value, whichever field of the state holds one", () => {
    const state = stateWith(missing);
    const shown = reportOf(issuedIn("prod", state.exported()), handOffsIn("prod", state.exported(), tokens));
    expect(JSON.stringify(state.exported())).toContain(state.value);
    expect(shown).not.toContain(state.value);
  });
});
