import { revokeHalfMade, revokeHalfMadeServiceTokens } from "../../../providers/cloudflare/half-made";
import { createServiceToken } from "../../../sandbox/vendors/cloudflare";
import { failureOf, inject, writesOf } from "../support";
import { CloudflareWorld } from "./world";

let world: CloudflareWorld;
let said: string[];
beforeEach(async () => {
  world = await CloudflareWorld.start();
  said = [];
});
afterEach(() => world.stop());

const marker = "raxx:prod:CF_DNS_EDIT_RAXX_APP:2026-05-06";
const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

const say = (line: string): void => {
  said.push(line);
};

describe("API tokens", () => {
  const mint = (name = marker): string => world.mint(name, [world.onAccount("Billing Read")]).token.id;
  const run = (recordedIds: string[] = [], name = marker): Promise<string[]> =>
    revokeHalfMade(name, recordedIds, say, world.client());
  const left = (): string[] => world.state.tokens.map(({ id }) => id);

  it("that the state does not know are revoked, which is said", async () => {
    const [one, two] = [mint(), mint()];
    expect(await run()).toEqual([one, two]);
    expect(left()).toEqual([world.tokenId]);
    expect(said).toEqual(
      [one, two].map(
        (id) =>
          `revoked the API token ${id} named ${marker}: an earlier run minted it and never got the answer, so that nobody has its value`,
      ),
    );
    expect(writesOf(world.vendor)).toHaveLength(2);
  });

  it("are looked for with one call, and left alone where there are none", async () => {
    expect(await run()).toEqual([]);
    expect(world.calls()).toEqual(["GET /user/tokens"]);
    expect(said).toEqual([]);
  });

  it("that the state knows stay, and so does what is named otherwise", async () => {
    const known = mint();
    const others = [`${marker}.1`, `${marker} `, "raxx:staging:CF_DNS_EDIT_RAXX_APP:2026-05-06"].map(mint);
    const half = mint();
    expect(await run([known])).toEqual([half]);
    expect(left()).toEqual([world.tokenId, known, ...others]);
  });

  it("that were used stay, all of them, and it is said what to do", async () => {
    const unused = mint();
    const { token, value } = world.mint(marker, [world.onZones("Zone Read", world.zone)]);
    await world.client(value).zones();
    const failure = await failureOf(run());
    expect(failure).toMatchObject({ name: "UserError" });
    expect(failure.message).toBe(
      `the state does not know the API token named ${marker} (${token.id}, last used or changed at ${token.last_used_on ?? ""}), but somebody does: find out who holds it, delete it at https://dash.cloudflare.com/profile/api-tokens, and run again`,
    );
    expect(left()).toContain(unused);
    expect(said).toEqual([]);
  });

  it("that were used stay out of it where the state knows them", async () => {
    const { token, value } = world.mint(marker, [world.onZones("Zone Read", world.zone)]);
    await world.client(value).zones();
    expect(await run([token.id])).toEqual([]);
  });

  it("are gone also where the answer of the revoke is lost, or somebody was faster", async () => {
    const half = mint();
    inject(world.vendor, { kind: "drop-after", method: "DELETE" });
    expect(await run()).toEqual([half]);
    expect(left()).toEqual([world.tokenId]);
  });

  it("that cannot be revoked stop the mint, and those that were are told of", async () => {
    const [first, second] = [mint(), mint()];
    inject(world.vendor, { kind: "status", status: 400, method: "DELETE", call: 2 });
    const failure = await failureOf(run());
    expect(failure.message).toContain(`revoke the API token ${second}`);
    expect(said).toEqual([expect.stringContaining(first)]);
  });

  it.each(["", "CF_TOKENS_MINT", "raxx:prod", "raxx:prod:cf", `${marker}x`, `${marker}\n`])(
    "are not looked for under %j, which is no name of ours",
    async (name) => {
      const failure = await failureOf(run([], name));
      expect(failure.message).toContain("is no name that this program gives, and nothing else is revoked");
      expect(world.calls()).toEqual([]);
    },
  );

  it("are looked for with the credential of the run", async () => {
    process.env["CLOUDFLARE_BASE_URL"] = world.url;
    process.env["CLOUDFLARE_API_TOKEN"] = world.token;
    const half = mint();
    expect(await revokeHalfMade(marker, [], say)).toEqual([half]);
  });
});

describe("Access service tokens", () => {
  const name = "raxx:prod:CF_ACCESS_SVC_VAULT:2026-05-06";
  const mint = (called = name, account = world.account): string =>
    createServiceToken(world.state, { account, name: called }).token.id;
  const run = (recordedIds: string[] = [], called = name): Promise<string[]> =>
    revokeHalfMadeServiceTokens(world.account.id, called, recordedIds, say, world.client());
  const left = (): string[] => world.state.service_tokens.map(({ id }) => id);

  it("that the state does not know are revoked, which is said; what is named otherwise stays", async () => {
    const known = mint();
    const half = mint();
    const others = [mint("vault-probe"), mint(`${name}.1`), mint(name, world.otherAccount)];
    expect(await run([known])).toEqual([half]);
    expect(left()).toEqual([known, ...others]);
    expect(said).toEqual([expect.stringContaining(`revoked the Access service token ${half} named ${name}`)]);
    expect(world.calls()[0]).toBe(`GET /accounts/${world.account.id}/access/service_tokens`);
    expect(writesOf(world.vendor)).toHaveLength(1);
  });

  it("that were changed since they were made stay: somebody got a secret of theirs", async () => {
    const unused = mint();
    const half = mint();
    const record = world.state.service_tokens.find(({ id }) => id === half);
    if (record === undefined) throw new Error("not there");
    record.updated_at = "2099-01-01T00:00:00Z";
    const failure = await failureOf(run());
    expect(failure.message).toContain(
      `the Access service token named ${name} (${half}, last used or changed`,
    );
    expect(failure.message).toContain("at 2099-01-01T00:00:00Z");
    expect(failure.message).toContain("https://one.dash.cloudflare.com");
    expect(left()).toEqual([unused, half]);
  });

  it("that were seen stay", async () => {
    const half = mint();
    const client = world.client();
    const seen = [{ id: half, name, last_seen_at: "2026-05-07T00:00:00Z" }];
    jest.spyOn(client, "serviceTokens").mockResolvedValue(seen);
    const failure = await failureOf(revokeHalfMadeServiceTokens(world.account.id, name, [], say, client));
    expect(failure.message).toContain("2026-05-07T00:00:00Z");
    expect(left()).toEqual([half]);
  });

  it("may be named without a generation, and not otherwise than by us", async () => {
    const half = mint("raxx:prod:CF_ACCESS_SVC_VAULT");
    expect(await run([], "raxx:prod:CF_ACCESS_SVC_VAULT")).toEqual([half]);
    const failure = await failureOf(run([], "vault-probe"));
    expect(failure.message).toContain("vault-probe is no name that this program gives");
  });
});
