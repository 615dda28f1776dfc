import { InfisicalSDK } from "@infisical/sdk";
import { fetch as undiciFetch, MockAgent, type RequestInit } from "undici";

import { createFolder, createTag, folderAt, secretAt } from "../../../../sandbox/vendors/infisical/entities";
import { randomValue, Vault } from "./vault";

/*
 * The official client against the emulator. It has no option for headers, so that the Access pair is put in by
 * wrapping the global fetch.
 */

let vault: Vault;
let agent: MockAgent;
let place: { projectId: string; environment: string; secretPath: string };
/** What reached the login host. */
let leaked: { method: string; body: string }[];
const globalFetch = globalThis.fetch;

beforeEach(async () => {
  vault = await Vault.start();
  leaked = [];
  createFolder(vault.state, { ...vault.place, path: "/app" });
  place = { ...vault.place, secretPath: "/app" };
  agent = loginHost(leaked);
  globalThis.fetch = ((url: string, init: RequestInit) =>
    undiciFetch(url, {
      ...init,
      dispatcher: agent,
      headers: { ...(init.headers as Record<string, string>), ...vault.accessHeaders },
    })) as unknown as typeof fetch;
});
afterEach(async () => {
  globalThis.fetch = globalFetch;
  await agent.close();
  await vault.stop();
});

const loggedIn = (): Promise<InfisicalSDK> => {
  const { clientId, clientSecret } = vault.admin;
  return new InfisicalSDK({ siteUrl: vault.running.url })
    .auth()
    .universalAuth.login({ clientId, clientSecret });
};

it("logs in", async () => {
  const sdk = await loggedIn();
  expect(sdk.auth().getAccessToken()?.split(".")).toHaveLength(3);
});

it("renews a token within its ceiling", async () => {
  const identity = vault.state.identities[0];
  if (identity?.universalAuth) identity.universalAuth.accessTokenTtlSeconds = 60;
  const sdk = await loggedIn();
  await sdk.auth().universalAuth.renew();
  expect(vault.state.accessTokens.at(-1)?.lastRenewedAt).not.toBeNull();
});

it("reports wrong credentials as an error", async () => {
  const { clientId } = vault.admin;
  const login = new InfisicalSDK({ siteUrl: vault.running.url })
    .auth()
    .universalAuth.login({ clientId, clientSecret: "wrong" });
  await expect(login).rejects.toThrow(/StatusCode=401\] Invalid credentials/);
});

it("creates, reads, lists, updates and deletes a secret", async () => {
  const sdk = await loggedIn();
  const secrets = sdk.secrets();
  const tag = createTag(vault.state, { projectId: vault.project.id, slug: "owner-ops" });
  const [first, second] = [randomValue(), randomValue()];

  const created = await secrets.createSecret("KEY", {
    ...place,
    secretValue: first,
    secretComment: "why",
    tagIds: [tag.id],
  });
  expect(created.secret).toMatchObject({ secretKey: "KEY", secretValue: first, version: 1 });

  const read = await secrets.getSecret({ ...place, secretName: "KEY" });
  expect(read).toMatchObject({ secretValue: first, secretComment: "why" });

  const updated = await secrets.updateSecret("KEY", { ...place, secretValue: second });
  expect(updated.secret).toMatchObject({ version: 2, secretValue: second });
  expect(await secrets.getSecret({ ...place, secretName: "KEY", version: 1 })).toMatchObject({
    secretValue: first,
  });

  const listed = await secrets.listSecrets({ ...place, tagSlugs: ["owner-ops"], recursive: true });
  expect(listed.secrets).toMatchObject([{ secretKey: "KEY", secretValue: second, secretPath: "/app" }]);

  await secrets.deleteSecret("KEY", place);
  expect(secretAt(vault.state, { ...vault.place, path: "/app", name: "KEY" })).toBeUndefined();
});

it("carries a refusal's message, with the status in the text only", async () => {
  const secrets = (await loggedIn()).secrets();
  await secrets.createSecret("KEY", { ...place, secretValue: "v" });
  await expect(secrets.createSecret("KEY", { ...place, secretValue: "v" })).rejects.toThrow(
    /StatusCode=400\] Secret already exist/,
  );
  await expect(secrets.getSecret({ ...place, secretName: "NONE" })).rejects.toThrow(/StatusCode=404/);
});

it("creates and lists folders", async () => {
  const folders = (await loggedIn()).folders();
  const { projectId, environment } = place;
  const made = await folders.create({ projectId, environment, path: "/app", name: "deep" });
  expect(made.name).toBe("deep");
  expect(folderAt(vault.state, projectId, environment, "/app/deep")).toBeDefined();
  const listed = await folders.listFolders({ projectId, environment, path: "/app", recursive: false });
  expect(listed.map((folder) => folder.name)).toEqual(["deep"]);
});

it("takes the login page of a closed gate for success, and sends it the value: why we have a client of our own", async () => {
  const sdk = await loggedIn();
  await sdk.secrets().createSecret("KEY", { ...place, secretValue: "before" });
  vault.state.gate = "access-login";
  const secretValue = randomValue();

  expect(await sdk.secrets().getSecret({ ...place, secretName: "KEY" })).toBeUndefined();
  expect(await sdk.secrets().listSecrets(place)).toMatch(/^<!DOCTYPE html>/);
  expect(await sdk.secrets().createSecret("NEW", { ...place, secretValue })).toMatch(/^<!DOCTYPE html>/);
  expect(await sdk.secrets().updateSecret("KEY", { ...place, secretValue })).toMatch(/^<!DOCTYPE html>/);
  const anonymous = await loggedIn();
  expect(anonymous.auth().getAccessToken()).toBeFalsy();

  expect(vault.state.secrets).toMatchObject([{ name: "KEY", value: "before", version: 1 }]);
  expect(leaked.filter(({ body }) => body.includes(secretValue)).map(({ method }) => method)).toEqual([
    "PATCH",
  ]);
});

/** Stands in for the team's login host, so that the redirect is followed without leaving the machine. */
function loginHost(received: { method: string; body: string }[]): MockAgent {
  const host = new MockAgent();
  host.disableNetConnect();
  host.enableNetConnect(/^127\.0\.0\.1:/);
  for (const method of ["GET", "POST", "PATCH", "DELETE"]) {
    host
      .get("https://sandbox.cloudflareaccess.com")
      .intercept({ path: () => true, method })
      .reply(
        200,
        (request) => {
          received.push({ method, body: bodyText(request.body) });
          return "<!DOCTYPE html><title>Sign in</title>";
        },
        { headers: { "content-type": "text/html" } },
      )
      .persist();
  }
  return host;
}

function bodyText(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body ?? "");
}
