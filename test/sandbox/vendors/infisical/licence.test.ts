import { Vault } from "./vault";

const path = "/_sandbox/licence";

let vault: Vault;
beforeEach(async () => {
  vault = await Vault.start();
});
afterEach(() => vault.stop());

it("has no limit by default", async () => {
  expect((await vault.call("GET", path)).body).toEqual({ identities: null });
});

it("limits how many identities there may be, until it is lifted", async () => {
  const create = (): ReturnType<Vault["call"]> =>
    vault.call("POST", "/api/v1/identities", { name: "reader", organizationId: vault.state.orgId });
  const identities = vault.state.identities.length;
  expect((await vault.call("PUT", path, { identities })).body).toEqual({ identities });
  expect((await create()).status).toBe(400);
  expect((await vault.call("PUT", path, { identities: null })).body).toEqual({ identities: null });
  expect((await create()).status).toBe(200);
});

it.each([{ identities: -1 }, { identities: "many" }, {}])("refuses %j", async (licence) => {
  expect((await vault.call("PUT", path, licence)).status).toBe(422);
  expect(vault.state.identityLimit).toBeNull();
});
