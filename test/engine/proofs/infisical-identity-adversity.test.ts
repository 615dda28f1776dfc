import { day, TestSandbox, type Ran } from "../support/sandbox";
import {
  Administrator,
  alive,
  attach,
  grant,
  held,
  identityCalls,
  identityOf,
  join,
  livingToken,
  make,
  membershipOf,
  mint,
  revoke,
  watched,
} from "../support/vault-identities";

const [second, third] = [day(-1), day(0)];
const name = "INF_APP_READER";

let sandbox: TestSandbox;
let admin: Administrator;

beforeAll(async () => {
  sandbox = await TestSandbox.open();
  // The vault's tags, which staging needs.
  expect((await sandbox.up("prod")).code).toBe(0);
  admin = await Administrator.of(sandbox);
}, 600_000);

afterAll(() => sandbox.close());
afterEach(async () => {
  await sandbox.clearFaults();
  await sandbox.licence(null);
});

const writing = (run: () => Promise<Ran>): Promise<string[]> => identityCalls(sandbox, run);

function rotate(generations: Record<string, unknown>): Promise<Ran> {
  sandbox.setGenerations("staging", generations, name);
  return sandbox.up("staging");
}

function refreshed(): Promise<Ran> {
  return sandbox.pulumi(["refresh", "--yes", "--skip-preview", "--stack", "staging"]);
}

/** The tests of this file are one story: each goes on where the one before it stopped. */
describe("a first token that cannot be made", () => {
  const nowhere = (): void => {
    expect(held(sandbox, "staging")).toBe("nothing");
    expect(alive(sandbox.infisical(), "staging")).toEqual([]);
  };

  it("for want of rights in the organization writes nothing there, and names the identity that lacks them", async () => {
    await admin.giveProvisioner("no-access");
    const { code, output, calls } = await watched(sandbox, () => sandbox.up("staging"));
    await admin.giveProvisioner("admin");
    expect(code).not.toBe(0);
    expect(output).toMatch(
      /the vault answered 403 when asked to list the identities: .*give INF_PROVISIONER/,
    );
    expect(calls).toEqual([]);
    nowhere();
  }, 120_000);

  it("since the licence has no room for an identity says so", async () => {
    await sandbox.licence(sandbox.infisical().identities.length);
    const { code, output, calls } = await watched(sandbox, () => sandbox.up("staging"));
    expect(code).not.toBe(0);
    expect(output).toContain("as many identities as its licence allows");
    expect(calls).toEqual([make]);
    nowhere();
  }, 120_000);

  it("since it would have expired by now names the command for a newer one", async () => {
    const { code, output, calls } = await watched(sandbox, () => rotate({ current: day(-104) }));
    expect(code).not.toBe(0);
    expect(output).toContain(
      `would have expired by now, so it is not minted: set a newer one with pulumi config set --path raxx:generations.${name}.current ${day(0)} --stack staging`,
    );
    expect(calls).toEqual([make, join, grant, attach]);
    nowhere();
  }, 120_000);

  it("is minted by the next run that can, for the identity that is there", async () => {
    expect(await writing(() => rotate({ current: second }))).toEqual([mint]);
    expect(held(sandbox, "staging")).toBe(second);
  }, 120_000);
});

describe("a rotation", () => {
  it("that may not mint says which role it takes, and leaves the old one in use", async () => {
    await admin.giveProvisioner("member");
    const { code, output, calls } = await watched(sandbox, () => rotate({ current: third }));
    await admin.giveProvisioner("admin");
    expect(code).not.toBe(0);
    expect(output).toContain("make INF_PROVISIONER an admin of the organization and of the project");
    expect(calls).toEqual([mint]);
    expect(held(sandbox, "staging")).toBe(second);
    expect(alive(sandbox.infisical(), "staging")).toEqual([second]);
  }, 120_000);

  it("whose answer is lost revokes at once what nobody holds", async () => {
    await sandbox.fault("infisical", { kind: "drop-after", method: "POST", path: "*/tokens" });
    const { code, output, calls } = await watched(sandbox, () => rotate({ current: third }));
    expect(code).not.toBe(0);
    expect(output).toContain("the vault gave no answer when asked to mint the identity token");
    expect(calls).toEqual([mint, revoke]);
    expect(alive(sandbox.infisical(), "staging")).toEqual([second]);
    expect(held(sandbox, "staging")).toBe(second);
  }, 120_000);

  it("revokes it in the next run where it could not then, and only then mints", async () => {
    await sandbox.fault("infisical", { kind: "drop-after", method: "POST", path: "*/tokens" });
    await sandbox.fault("infisical", { kind: "status", method: "POST", path: "*/revoke", times: 0 });
    expect((await rotate({ current: third })).code).not.toBe(0);
    expect(alive(sandbox.infisical(), "staging")).toEqual([second, third]);
    expect(held(sandbox, "staging")).toBe(second);
    await sandbox.clearFaults();

    expect(await writing(() => sandbox.up("staging"))).toEqual([revoke, mint, revoke]);
    expect(alive(sandbox.infisical(), "staging")).toEqual([third]);
    expect(held(sandbox, "staging")).toBe(third);
  }, 180_000);
});

describe("what somebody did to it in the vault", () => {
  /** Noticed by a refresh; the calls of the up that puts it right. */
  async function repair(): Promise<string[]> {
    expect((await refreshed()).code).toBe(0);
    const calls = await writing(() => sandbox.up("staging"));
    expect(held(sandbox, "staging")).toBe(third);
    expect(alive(sandbox.infisical(), "staging")).toEqual([third]);
    return calls;
  }

  it("a revoked token is minted anew, and stands everywhere", async () => {
    await admin.call(
      "POST",
      `/v1/auth/token-auth/tokens/${livingToken(sandbox.infisical(), "staging").id}/revoke`,
      {},
    );
    expect(held(sandbox, "staging")).toBe("a dead value");
    expect(await repair()).toEqual([mint]);
  }, 180_000);

  it("rights that were added are taken again, each with one call, and the token stays", async () => {
    const [token, membership] = [
      livingToken(sandbox.infisical(), "staging"),
      membershipOf(sandbox.infisical(), "staging"),
    ];
    const [privilege] = membership?.privileges ?? [];
    const path = "/v2/identity-project-additional-privilege";
    await admin.call("PATCH", `${path}/${privilege?.id ?? ""}`, {
      slug: privilege?.slug,
      permissions: [{ subject: "secrets", action: ["describeSecret", "readValue", "edit"] }],
      type: { isTemporary: false },
    });
    const member = `/v1/projects/${admin.projectId}/memberships/identities/${token.identityId}`;
    await admin.call("PATCH", member, { roles: [{ role: "viewer" }] });

    expect(await repair()).toEqual(["PATCH " + join.replace("POST ", ""), `PATCH ${path}/:id`]);
    expect(livingToken(sandbox.infisical(), "staging").id).toBe(token.id);
    const after = membershipOf(sandbox.infisical(), "staging");
    expect(after?.role).toBe("no-access");
    expect(after?.privileges.map(({ slug, permissions }) => ({ slug, permissions }))).toEqual(
      membership?.privileges.map(({ slug, permissions }) => ({ slug, permissions })),
    );
  }, 180_000);

  it("a deleted identity is made anew, with a token that stands everywhere", async () => {
    const before = identityOf(sandbox.infisical(), "staging")?.id ?? "";
    await admin.call("DELETE", `/v1/identities/${before}`);
    expect(await repair()).toEqual([make, join, grant, attach, mint]);
    expect(identityOf(sandbox.infisical(), "staging")?.id).not.toBe(before);
  }, 180_000);
});
