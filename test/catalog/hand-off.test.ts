import { tokens, vaultDestinations, vaultKeys } from "../../catalog";
import {
  approvalHandOff,
  custodyHandOff,
  handOffText,
  renameHandOff,
  type NamesInVault,
} from "../../catalog/hand-off";
import { type Token } from "../../catalog/token";
import { tokenNamed } from "../components/fixtures";

const folder = "/MooseQuest/anthropic";

/** Of a single value in custody, of prod alone. Each test changes what it is about. */
const models: Token = tokenNamed("ANT_CLAUDE_SDK", {
  tags: { function: "ai-sdk", sensitivity: "high", consumer: "agent", rotation: "90d" },
  vendorScopes: ["Account-level API key"],
  environments: ["prod"],
  issuer: { kind: "custody" },
  destinations: [{ kind: "vault", folder }],
});
const missing: NamesInVault = { environment: "prod", folder, names: ["ANT_CLAUDE_SDK"] };

const alpaca = "/MooseQuest/alpaca";
const pair: Token = {
  ...models,
  name: "ALP_PAPER_TRADING",
  formerNames: [
    { name: "ALPACA_ID", phase: "added", part: "KEY_ID" },
    { name: "ALPACA_SECRET", phase: "added", part: "SECRET_KEY" },
  ],
  tags: { ...models.tags, function: "trading-paper" },
  environments: ["prod", "staging"],
  parts: ["KEY_ID", "SECRET_KEY"],
  destinations: [{ kind: "vault", folder: alpaca }],
};
const secretHalf: NamesInVault = {
  environment: "staging",
  folder: alpaca,
  names: ["ALP_PAPER_TRADING__SECRET_KEY"],
};

function custody(changed: Partial<Token> = {}, place: Partial<NamesInVault> = {}): string {
  return custodyHandOff({ ...models, ...changed }, { ...missing, ...place });
}

describe("a missing value", () => {
  it("is told with the place, the vendor's own steps, and the command that ends it", () => {
    expect(custody()).toBe(
      [
        "hand-off: ANT_CLAUDE_SDK is in custody, but ANT_CLAUDE_SDK is missing in /MooseQuest/anthropic of the vault's prod",
        "  1. look for it in the vault's prod first: where it stands under another name or in another folder, or the folder's history still has it, see that it is alive, take it from there, and make no new one",
        "  2. else make one at Anthropic, https://console.anthropic.com/settings/keys",
        "     - Create Key",
        "     - there are no scopes to choose: the key may do what the account may do",
        "     - what it may do: Account-level API key, and no more",
        "  3. in the web page of the vault (https://vault.raxx.app), open the environment prod and the folder /MooseQuest/anthropic → Add Secret",
        "     - under ANT_CLAUDE_SDK",
        "     - no tags, no comment and no other secret: the run adds those",
        "     - a value is pasted there and nowhere else: not into a command, a file or a chat",
        '  4. if you made a new one, say since when, and commit that: pulumi config set --path raxx:generations.ANT_CLAUDE_SDK.current "$(date -u +%F)" --stack prod',
        "  5. pulumi up --stack prod",
      ].join("\n"),
    );
  });

  it("of several names is told with each, and with what each part is", () => {
    const names = ["ALP_PAPER_TRADING__KEY_ID", "ALP_PAPER_TRADING__SECRET_KEY"];
    const text = custodyHandOff(pair, { ...secretHalf, names });
    expect(text).toContain(
      "but ALP_PAPER_TRADING__KEY_ID and ALP_PAPER_TRADING__SECRET_KEY are missing in /MooseQuest/alpaca of the vault's staging",
    );
    expect(text).toContain("- under ALP_PAPER_TRADING__KEY_ID: the id half of an Alpaca key pair");
    expect(text).toContain("- under ALP_PAPER_TRADING__SECRET_KEY: the secret half of an Alpaca key pair");
    expect(text).not.toContain("has to belong to it");
  });

  it("of one half says that the other has to belong to it", () => {
    expect(custodyHandOff(pair, secretHalf)).toContain(
      "- what stands under ALP_PAPER_TRADING__KEY_ID has to belong to it: replace it where it does not",
    );
  });

  it("is told by the bare names of parts where they stand bare", () => {
    const bot: Token = {
      ...models,
      name: "GH_APP_DEV_BOT",
      tags: { ...models.tags, function: "agent-identity" },
      parts: ["APP_ID", "PRIVATE_KEY_PEM"],
      destinations: [{ kind: "vault", folder: "/MooseQuest/raxx-dev-bot", bare: true }],
    };
    const text = custodyHandOff(bot, {
      environment: "prod",
      folder: "/MooseQuest/raxx-dev-bot",
      names: ["PRIVATE_KEY_PEM"],
    });
    expect(text).toContain("- under PRIVATE_KEY_PEM: the private key of the GitHub App");
    expect(text).toContain("- what stands under APP_ID has to belong to it");
    expect(text).toContain("https://github.com/apps/<appname>");
    expect(text).not.toContain("settings/tokens");
  });

  it("is looked for under the old names, and stored under one that a consumer still reads", () => {
    const text = custodyHandOff(pair, secretHalf);
    expect(text).toContain("also as ALPACA_ID and ALPACA_SECRET:");
    expect(text).toContain("- under ALPACA_SECRET the same, where a consumer still reads that name");
    expect(text).not.toContain("under ALPACA_ID the same");
  });

  it.each(["consumers-moved", "old-deleted"] as const)(
    "is not stored under an old name that is %s",
    (phase) => {
      const text = custody({ formerNames: [{ name: "ANTHROPIC_API_KEY", phase }] });
      expect(text).toContain("also as ANTHROPIC_API_KEY:");
      expect(text).not.toContain("under ANTHROPIC_API_KEY the same");
    },
  );

  it("gets the life that the vendor is to give it", () => {
    expect(custody()).not.toContain("expire");
    expect(custody({ issuer: { kind: "custody", lifetimeDays: 90 } })).toContain(
      "- let it expire after 90 days\n",
    );
  });

  it("is another one in each environment that has its own", () => {
    expect(custodyHandOff(pair, secretHalf)).toContain(
      "- staging has a value of its own: not the one of prod",
    );
    expect(custodyHandOff(pair, { ...secretHalf, environment: "prod" })).toContain("not the one of staging");
    expect(custody()).not.toContain("a value of its own");
  });

  it("needs a second person where it is critical", () => {
    const words = "it is critical: do this together with a second person";
    expect(custody({ tags: { ...models.tags, sensitivity: "critical" } })).toContain(words);
    expect(custody()).not.toContain(words);
  });

  it("in dev is one of the test mode, has no date of its own, and is ended by prod", () => {
    const lines = custody({ dev: true }, { environment: "dev" }).split("\n");
    expect(lines.join("\n")).toContain("- in the vendor's test mode: ");
    expect(lines.join("\n")).not.toContain("pulumi config set");
    expect(lines.at(-1)).toBe("  4. pulumi up --stack prod, which owns the vault's dev too");
  });

  it("of a vendor for which nobody has written how is told all the same", () => {
    expect(custody({ name: "RAXX_AUDIT_INGEST" })).toContain(
      "2. else make one at Raxx, where its credentials are made",
    );
  });
});

describe("an old name that does not agree with the new one", () => {
  const renamed: Token = { ...models, formerNames: [{ name: "ANTHROPIC_API_KEY", phase: "added" }] };
  const both: NamesInVault = { ...missing, names: ["ANT_CLAUDE_SDK", "ANTHROPIC_API_KEY"] };
  const issued: Token = { ...renamed, issuer: { kind: "random", bytes: 32 } };

  it("is settled by a person who finds the living value", () => {
    expect(renameHandOff(renamed, { ...both, kind: "unequal" })).toBe(
      [
        "hand-off: names of ANT_CLAUDE_SDK that should hold the same value hold different ones in /MooseQuest/anthropic of the vault's prod, and none of them is changed before they agree: ANT_CLAUDE_SDK and ANTHROPIC_API_KEY",
        "  1. find out which value is alive: look at Anthropic which credentials there are, and when each was used last (https://console.anthropic.com/settings/keys); the version history of a secret in the vault shows when it was written, and by whom",
        "  2. in the web page of the vault (https://vault.raxx.app), open the environment prod and the folder /MooseQuest/anthropic",
        "     - only one is alive: store it under each of these names, or delete the names that hold a dead one",
        "     - several are alive: these are several credentials; choose the one with the scopes Account-level API key, store it under each of these names, and revoke the others at Anthropic once whoever uses them has this one",
        "     - a value is pasted there and nowhere else: not into a command, a file or a chat",
        "  3. pulumi up --stack prod",
      ].join("\n"),
    );
  });

  it("is told part by part, and the parts come from one credential", () => {
    const names = [
      "ALPACA_ID",
      "ALPACA_SECRET",
      "ALP_PAPER_TRADING__KEY_ID",
      "ALP_PAPER_TRADING__SECRET_KEY",
    ];
    const text = renameHandOff(pair, { ...secretHalf, names, kind: "unequal" });
    expect(text.split("\n")[0]).toMatch(
      /: ALPACA_ID and ALP_PAPER_TRADING__KEY_ID; ALPACA_SECRET and ALP_PAPER_TRADING__SECRET_KEY$/,
    );
    expect(text).toContain("- its parts belong together: take all of them from one and the same credential");
  });

  it("is replaced by what the program issues, where it issues it", () => {
    expect(renameHandOff(issued, { ...both, kind: "unequal" })).toContain(
      "- the program issues ANT_CLAUDE_SDK itself, and then writes that under ANT_CLAUDE_SDK and ANTHROPIC_API_KEY: ",
    );
  });

  it("is not deleted where somebody wrote it after its consumers moved", () => {
    expect(renameHandOff(renamed, { ...missing, names: ["ANTHROPIC_API_KEY"], kind: "changed" })).toBe(
      [
        "hand-off: what stands under ANTHROPIC_API_KEY in /MooseQuest/anthropic of the vault's prod is not deleted: the old name of ANT_CLAUDE_SDK was written to after its consumers moved, or holds a value that was never taken over",
        "  1. find out who writes there: the version history of a secret in the vault shows when, and by whom; let them write the new name instead",
        "     - ANTHROPIC_API_KEY is ANT_CLAUDE_SDK now",
        "  2. find out which value is alive, that of the old name or that of the new one: look at Anthropic which credentials there are, and when each was used last (https://console.anthropic.com/settings/keys)",
        "  3. in the web page of the vault (https://vault.raxx.app), open the environment prod and the folder /MooseQuest/anthropic",
        "     - the value of the old name is alive: store it under the new name, so that it is not lost",
        "     - nobody reads or writes ANTHROPIC_API_KEY any more: delete it there",
        '     - somebody has to for some time: leave it, and set its phase back to "added" in the catalog (formerNames of ANT_CLAUDE_SDK, in catalog/tokens/)',
        "     - a value is pasted there and nowhere else: not into a command, a file or a chat",
        "  4. pulumi up --stack prod",
      ].join("\n"),
    );
  });

  it("never brings its value under a new name that the program issues", () => {
    expect(renameHandOff(issued, { ...missing, names: ["ANTHROPIC_API_KEY"], kind: "changed" })).toContain(
      "revoke the old one at Anthropic; do not store it under the new name",
    );
  });

  it("is told with the name of the part that it held", () => {
    const text = renameHandOff(pair, {
      environment: "prod",
      folder: alpaca,
      names: ["ALPACA_ID", "ALPACA_SECRET"],
      kind: "changed",
    });
    expect(text).toContain("- ALPACA_ID is ALP_PAPER_TRADING__KEY_ID now\n");
    expect(text).toContain("- ALPACA_SECRET is ALP_PAPER_TRADING__SECRET_KEY now\n");
  });

  it.each(["unequal", "changed"] as const)(
    "needs a second person first where it is critical and %s",
    (kind) => {
      const tags = { ...models.tags, sensitivity: "critical" } as const;
      expect(renameHandOff({ ...renamed, tags }, { ...both, kind })).toMatch(/\n {2}1\. it is critical: /);
    },
  );
});

it("an old name that nobody reads any more is ended in the catalog", () => {
  const names = ["ALPACA_KEY", "ALPACA_SECRET"];
  expect(renameHandOff(models, { ...missing, names, kind: "left" })).toBe(
    [
      "hand-off: ALPACA_KEY and ALPACA_SECRET in /MooseQuest/anthropic of the vault's prod are still valid beside the new name of ANT_CLAUDE_SDK, for one deploy and no longer",
      "  1. see that the deploy which moved the consumers has succeeded, and that nobody reads ALPACA_KEY and ALPACA_SECRET any more",
      '  2. in the catalog, set the phase of ALPACA_KEY and ALPACA_SECRET to "old-deleted" (formerNames of ANT_CLAUDE_SDK, in catalog/tokens/), and merge that',
      "  3. pulumi up --stack prod",
    ].join("\n"),
  );
});

it("says of a write that waits for an approval what to approve, and what comes then", () => {
  expect(approvalHandOff({ ...missing, request: "a-request" })).toBe(
    [
      "hand-off: a change policy of the vault holds back what the run wrote in /MooseQuest/anthropic of prod: ANT_CLAUDE_SDK",
      "  1. in the web page of the vault (https://vault.raxx.app) → Change Requests, open a-request: it is from this program, and about these names only",
      "  2. approve and merge it, as somebody whom the policy names; to refuse it, close it",
      "  3. pulumi up --stack prod",
    ].join("\n"),
  );
});

it("has one text for each kind", () => {
  expect(handOffText(models, { ...missing, kind: "missing" })).toBe(custodyHandOff(models, missing));
  for (const kind of ["unequal", "changed", "left", "uncopyable"] as const) {
    expect(handOffText(models, { ...missing, kind })).toBe(renameHandOff(models, { ...missing, kind }));
  }
});

describe("of every token in the vault", () => {
  const cases = tokens.flatMap((token) =>
    vaultDestinations(token).map((place) => ({ token, name: token.name, place })),
  );

  it.each(cases)("$name: a text is steps from the first to the last, and refers to no other page", (one) => {
    const { token, place } = one;
    const names = vaultKeys(token, place);
    for (const kind of ["missing", "unequal", "changed", "left", "uncopyable"] as const) {
      const text = handOffText(token, { environment: "prod", folder: place.folder, names, kind });
      const [headline, ...lines] = text.split("\n");
      expect(headline).toMatch(/^hand-off: /);
      const numbers = lines.flatMap((line) => /^ {2}(\d+)\. \S/.exec(line)?.[1] ?? []).map(Number);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      expect(lines.filter((line) => !/^ {2}(\d+\.| {3}-) \S/.test(line))).toEqual([]);
      expect(lines.at(-1)).toMatch(/\. pulumi up --stack prod$/);
      expect(text).not.toMatch(/undefined|docs\/|\.md\b/);
      for (const name of names) expect(text).toContain(name);
    }
  });

  it.each(cases)("$name: a missing value comes with where its vendor makes one", ({ token, place }) => {
    const names = vaultKeys(token, place);
    const text = custodyHandOff(token, { environment: "prod", folder: place.folder, names });
    expect(text).not.toContain("where its credentials are made");
    for (const scope of token.vendorScopes) expect(text).toContain(scope);
  });
});
