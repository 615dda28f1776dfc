import { cloudflareTokenProbe, type CloudflareTokenProbe } from "../../../providers/cloudflare/token-probe";
import { failureOf, inject } from "../support";
import { CloudflareWorld } from "./world";

let world: CloudflareWorld;
beforeEach(async () => {
  world = await CloudflareWorld.start();
});
afterEach(() => world.stop());

const probe = (token: string, patienceMs = 0): Promise<CloudflareTokenProbe> =>
  cloudflareTokenProbe(token, world.account.id, { url: world.url, patienceMs, pauseMs: 10 });

it("a user's token is alive, with its id and its end", async () => {
  const { token, value } = world.mint("new", [world.onAccount("Billing Read")]);
  token.expires_on = "2099-01-01T00:00:00Z";
  expect(await probe(value)).toEqual({
    alive: true,
    owner: "user",
    id: token.id,
    status: "active",
    expiresOn: "2099-01-01T00:00:00Z",
  });
  expect(world.calls()).toEqual(["GET /user/tokens/verify"]);
});

it.each(["disabled", "expired"])("a token that is %s is known, and not alive", async (status) => {
  const { token, value } = world.mint("old", [world.onAccount("Billing Read")]);
  if (status === "disabled") token.status = "disabled";
  else token.expires_on = "2020-01-01T00:00:00Z";
  expect(await probe(value)).toMatchObject({ alive: false, owner: "user", id: token.id, status });
});

it.each([400, 401] as const)("a revoked token is unknown, whether that is told with %i", async (status) => {
  world.state.variants.unknown_token_status = status;
  expect(await probe(world.revoked())).toEqual({ alive: false, status: "unknown" });
  expect(world.calls()).toHaveLength(2);
});

it.each(["", "two words", "not-a-token"])("%j is none", async (value) => {
  expect(await probe(value)).toEqual({ alive: false, status: "unknown" });
});

it("a new token is waited for, but not longer than was asked for", async () => {
  const { token, value } = world.mint("new", [world.onAccount("Billing Read")]);
  token.before = { policies: null, until: new Date(Date.now() + 300).toISOString() };
  expect(await probe(value)).toEqual({ alive: false, status: "unknown" });
  expect(await probe(value, 5_000)).toMatchObject({ alive: true, id: token.id });
  const start = performance.now();
  expect(await probe(world.revoked(), 100)).toMatchObject({ alive: false });
  expect(performance.now() - start).toBeLessThan(1_000);
});

it.each([403, 404])("a token that no user has is unknown where the account answers %i", async (status) => {
  inject(world.vendor, { kind: "status", status, path: "*/accounts/*" });
  expect(await probe(world.revoked())).toEqual({ alive: false, status: "unknown" });
});

it.each(["*/user/tokens/verify", "*/accounts/*"])(
  "nothing is said of a token where %s gives no answer",
  async (path) => {
    inject(world.vendor, { kind: "status", status: 503, path, times: 0 });
    const failure = await failureOf(probe(world.revoked()));
    expect(failure).toMatchObject({ status: 503, retryable: true });
  },
);
