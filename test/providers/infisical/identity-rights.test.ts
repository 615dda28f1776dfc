import { IdentityClient, type PrivilegeRecord } from "../../../providers/infisical/identity-client";
import { repairsOf } from "../../../providers/infisical/identity-rights";
import { IdentityWorld } from "./identity-world";
import { VaultWorld } from "./world";

let world: VaultWorld;
let identities: IdentityWorld;
let id: string;
beforeEach(async () => {
  world = await VaultWorld.start();
  identities = new IdentityWorld(world);
  id = (await identities.madeIdentity()).id;
});
afterEach(() => world.stop());

/** What differs where the vault shows our privilege in this way, which the emulator does not know. */
async function differencesOf(show: (privilege: PrivilegeRecord) => PrivilegeRecord): Promise<string[]> {
  class Doctored extends IdentityClient {
    override async privileges(projectId: string, identityId: string): Promise<PrivilegeRecord[]> {
      return (await super.privileges(projectId, identityId)).map(show);
    }
  }
  const client = world.client();
  const repairs = await repairsOf(new Doctored(() => client), id, identities.identityInputs());
  return repairs.map(({ what }) => what);
}

const withRules = (change: (rule: PrivilegeRecord["permissions"][number]) => object) => {
  return (privilege: PrivilegeRecord): PrivilegeRecord => ({
    ...privilege,
    permissions: privilege.permissions.map((rule) => ({ ...rule, ...change(rule) })),
  });
};

it("takes a privilege for ours in each of the ways in which vaults show it", async () => {
  expect(await differencesOf((privilege) => privilege)).toEqual([]);
  expect(await differencesOf(withRules(({ subject }) => ({ subject: [subject].flat() })))).toEqual([]);
  expect(await differencesOf(withRules(() => ({ action: ["readValue", "describeSecret"] })))).toEqual([]);
  expect(await differencesOf(withRules(() => ({ inverted: undefined })))).toEqual([]);
});

it("sees that a rule forbids instead of permitting", async () => {
  expect(await differencesOf(withRules(() => ({ inverted: true })))).toEqual(["privilege"]);
});

it("sees that a privilege ends by itself", async () => {
  expect(await differencesOf((privilege) => ({ ...privilege, isTemporary: true }))).toEqual(["privilege"]);
});

it("sees a rule without any condition", async () => {
  expect(await differencesOf(withRules(() => ({ conditions: undefined })))).toEqual(["privilege"]);
});
