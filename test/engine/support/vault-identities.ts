import {
  type AccessToken,
  type Identity,
  type InfisicalState,
  type Membership,
} from "../../../sandbox/vendors/infisical/entities";
import { isWriting, type Call } from "../../../sandbox/vendors/kit/call-log";
import { type Ran, type StackName, type TestSandbox } from "./sandbox";
import { secretsIn } from "./vault";
import { VaultPerson } from "./vault-person";
import { appsOf, configVars, githubSecret } from "./vendors";

const token = "INF_APP_READER";
const provisioner = "INF_PROVISIONER";
export const key = "INFISICAL_SERVICE_TOKEN";

export function identityOf(state: InfisicalState, stack: StackName): Identity | undefined {
  const [first, ...others] = state.identities.filter(({ name }) => name === `raxx-${stack}-${token}`);
  if (others.length > 0) throw new Error(`${others.length + 1} identities of ${stack}`);
  return first;
}

export function membershipOf(state: InfisicalState, stack: StackName): Membership | undefined {
  const id = identityOf(state, stack)?.id;
  return state.memberships.find(({ identityId }) => identityId === id);
}

/** What is alive of a stack's identity, by generation. */
export function alive(state: InfisicalState, stack: StackName): string[] {
  const id = identityOf(state, stack)?.id;
  const live = state.accessTokens.filter(({ identityId, revoked }) => identityId === id && !revoked);
  return live.map((one) => generationOf(one, stack)).sort();
}

function generationOf({ name }: AccessToken, stack: StackName): string {
  const [prefix, of, what, generation] = (name ?? "").split(":");
  return prefix === "raxx" && of === stack && what === token ? (generation ?? "") : `foreign ${name ?? ""}`;
}

/** The value that each place of a stack has; that there are many is the point. */
export function copies(sandbox: TestSandbox, stack: StackName): (string | undefined)[] {
  const inVault = secretsIn(sandbox.infisical(), stack, "/MooseQuest/infisical").get(token)?.value;
  const inApps = appsOf[stack].map((app) => configVars(sandbox.heroku(), app)[key]);
  const inGitHub = stack === "prod" ? [githubSecret(sandbox.github(), undefined, key)] : [];
  return [inVault, ...inApps, ...inGitHub];
}

/** The generation of the one living token that all places hold; else what is wrong. */
export function held(sandbox: TestSandbox, stack: StackName): string {
  const [value, ...others] = new Set(copies(sandbox, stack));
  if (others.length > 0) return "different values";
  if (value === undefined) return "nothing";
  const { accessTokens } = sandbox.infisical();
  const found = accessTokens.find(({ id, revoked }) => id === tokenIdIn(value) && !revoked);
  return found === undefined ? "a dead value" : generationOf(found, stack);
}

/** A bearer is signed, and names the token that it is. */
function tokenIdIn(bearer: string): unknown {
  const payload = Buffer.from(bearer.split(".")[1] ?? "", "base64url").toString("utf8");
  return (JSON.parse(payload) as Record<string, unknown>)["identityAccessTokenId"];
}

/** The only living token of a stack. */
export function livingToken(state: InfisicalState, stack: StackName): AccessToken {
  const id = identityOf(state, stack)?.id;
  const living = state.accessTokens.filter((one) => one.identityId === id && !one.revoked);
  const [found] = living;
  if (found === undefined || living.length > 1) throw new Error(`${living.length} living tokens`);
  return found;
}

/** Other people's identities, rights and tokens, byte for byte; what the run itself is logged in as counts its uses. */
export function foreignIdentities({ identities, memberships, accessTokens }: InfisicalState): string {
  const ours = [provisioner, `raxx-prod-${token}`, `raxx-staging-${token}`];
  const theirs = identities.filter(({ name }) => !ours.includes(name));
  const ids = theirs.map(({ id }) => id);
  return JSON.stringify({
    theirs,
    memberships: memberships.filter(({ identityId }) => ids.includes(identityId)),
    tokens: accessTokens
      .filter(({ identityId }) => ids.includes(identityId))
      .map((one) => ({ ...one, numUses: 0, lastUsedAt: null, updatedAt: null })),
  });
}

/** The calls that changed an identity, its rights or its tokens, or tried to: ids and projects left out. */
function identityWrites(calls: Call[]): string[] {
  return calls
    .filter((call) => isWriting(call) && /identit|token-auth/.test(call.path))
    .map(({ method, path }) => `${method} ${path.replace("/api", "").replaceAll(uuid, ":id")}`);
}

/** What a run did to identities, and how it ended: with a message where it failed, never with a stack. */
export async function watched(
  sandbox: TestSandbox,
  run: () => Promise<Ran>,
): Promise<Ran & { calls: string[] }> {
  const mark = sandbox.mark("infisical");
  const ran = await run();
  expect(ran.output).not.toMatch(/\n\s+at /);
  return { ...ran, calls: identityWrites(sandbox.calls("infisical", mark)) };
}

/** What a run that has to succeed did to identities. */
export async function identityCalls(sandbox: TestSandbox, run: () => Promise<Ran>): Promise<string[]> {
  const { code, calls } = await watched(sandbox, run);
  expect(code).toBe(0);
  return calls;
}

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
const tokenAuth = "/v1/auth/token-auth";
export const make = "POST /v1/identities";
export const remove = "DELETE /v1/identities/:id";
export const join = "POST /v1/projects/:id/memberships/identities/:id";
export const grant = "POST /v2/identity-project-additional-privilege";
export const attach = `POST ${tokenAuth}/identities/:id`;
export const mint = `POST ${tokenAuth}/identities/:id/tokens`;
export const revoke = `POST ${tokenAuth}/tokens/:id/revoke`;

/** A person with an identity of their own, who is not the run. */
export class Administrator extends VaultPerson {
  static async of(sandbox: TestSandbox): Promise<Administrator> {
    return new Administrator(sandbox, await strangerWith(sandbox, "administrator", "admin"));
  }

  /** What the run's own identity may do in the organization. */
  async giveProvisioner(role: "admin" | "member" | "no-access"): Promise<void> {
    const id = this.sandbox.infisical().identities.find((one) => one.name === provisioner)?.id ?? "";
    await this.call("PATCH", `/v1/identities/${id}`, { role });
  }
}

/** Somebody else's identity, with a role in the organization and in the project; returns a token of it. */
export async function strangerWith(
  sandbox: TestSandbox,
  name: string,
  role: "admin" | "member",
): Promise<string> {
  const run = new VaultPerson(sandbox);
  const body = { name, organizationId: sandbox.infisical().orgId, role };
  const { identity } = (await run.call("POST", "/v1/identities", body)) as { identity: { id: string } };
  const membership = `/v1/projects/${run.projectId}/memberships/identities/${identity.id}`;
  await run.call("POST", membership, { roles: [{ role }] });
  const path = `/v1/auth/token-auth/identities/${identity.id}`;
  await run.call("POST", path, {});
  return ((await run.call("POST", `${path}/tokens`, { name: "theirs" })) as { accessToken: string })
    .accessToken;
}
