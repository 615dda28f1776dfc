import { randomBytes } from "node:crypto";

import { UserError } from "../../../providers/errors";
import { finishAdopted } from "../../../providers/heroku/adopted-finish";
import {
  createApp,
  createAuthorization,
  currentRelease,
  type HerokuAuthorization,
} from "../../../sandbox/vendors/heroku";
import { createSecret } from "../../../sandbox/vendors/infisical/entities";
import { VaultWorld } from "../infisical/world";
import { failureOf, inject, writesOf } from "../support";
import { HerokuWorld } from "./world";

let world: HerokuWorld;
let vault: VaultWorld;
let old: HerokuAuthorization;
beforeEach(async () => {
  [world, vault] = await Promise.all([HerokuWorld.start(), VaultWorld.start()]);
  old = createAuthorization(world.state, {
    account: world.account,
    scope: ["global"],
    description: "GitHub Actions deploy (raxx-console + raxx-api)",
  });
});
afterEach(async () => {
  await Promise.all([world.stop(), vault.stop()]);
});

const finish = (client = world.client()): Promise<void> =>
  finishAdopted(
    {
      authorizationId: old.id,
      accountId: world.account.id,
      projectId: vault.project.id,
      environments: ["prod", "staging"],
    },
    client,
    vault.client(),
  );
const isAlive = (): boolean => world.state.authorizations.some(({ id }) => id === old.id);

const byId = (one: { id: string }, other: { id: string }): number => (one.id < other.id ? -1 : 1);

/** What stops it, in words that show no value; and that nothing is revoked. */
async function refusal(): Promise<string> {
  const failure = await failureOf(finish());
  expect(failure).toBeInstanceOf(UserError);
  expect(failure.message).not.toContain(old.access_token.token);
  expect([writesOf(world.vendor), isAlive()]).toEqual([[], true]);
  return failure.message;
}

it("revokes what nothing holds any more, and proves it dead", async () => {
  await finish();
  expect(isAlive()).toBe(false);
  expect((await failureOf(world.client().account(old.access_token.token))).message).toContain("401");
});

it("is done where it is gone already", async () => {
  await finish();
  await finish();
  expect(writesOf(world.vendor)).toHaveLength(1);
});

it.each(["HEROKU_API_KEY", "UNDER_ANOTHER_NAME"])(
  "is refused while any app holds its value, here as %s, and says where",
  async (key) => {
    createApp(world.state, {
      name: "raxx-api-staging",
      owner: world.account,
      configVars: { [key]: old.access_token.token },
    });
    expect(await refusal()).toContain(`${key} of raxx-api-staging`);
  },
);

it("looks at every app, however many pages there are", async () => {
  for (let app = 0; app < 1001; app++)
    createApp(world.state, { name: `app-${String(app).padStart(4, "0")}`, owner: world.account });
  const [last] = [...world.state.apps]
    .filter(({ owner_id }) => owner_id === world.account.id)
    .sort(byId)
    .slice(-1);
  if (last === undefined) throw new Error("no app");
  currentRelease(world.state, last).config_vars["HEROKU_API_KEY"] = old.access_token.token;
  expect(await refusal()).toContain(`HEROKU_API_KEY of ${last.name}`);
}, 60_000);

it.each(["prod", "staging"])(
  "is refused while a secret in the vault's %s holds its value",
  async (environment) => {
    createSecret(vault.state, {
      ...vault.place,
      environment,
      name: "HEROKU_API_KEY",
      value: old.access_token.token,
    });
    expect(await refusal()).toContain(`HEROKU_API_KEY in /MooseQuest of the vault's ${environment}`);
  },
);

it("is refused while this run itself uses it", async () => {
  const failure = await failureOf(finish(world.client(old.access_token.token)));
  expect(failure.message).toContain("HEROKU_API_KEY of this run");
  expect(isAlive()).toBe(true);
});

it("revokes nothing where the vault is closed, or an app cannot be read", async () => {
  createSecret(vault.state, { ...vault.place, name: "OTHER", value: randomBytes(8).toString("hex") });
  inject(vault.vendor, { kind: "status", status: 403, times: 0 });
  await failureOf(finish());
  inject(world.vendor, { kind: "status", status: 403, path: "/apps/*/config-vars", times: 0 });
  await failureOf(finish());
  expect([writesOf(world.vendor), isAlive()]).toEqual([[], true]);
});

it("is refused with a credential of another account", async () => {
  const failure = await failureOf(finish(world.stranger()));
  expect(failure).toBeInstanceOf(UserError);
  expect(isAlive()).toBe(true);
});
