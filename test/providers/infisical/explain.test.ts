import { type GateMode } from "../../../sandbox/vendors/infisical/gate";
import { addMembership, createUniversalAuthIdentity } from "../../../sandbox/vendors/infisical/entities";
import { explain } from "../../../providers/infisical/explain";
import { failureOf, inject } from "../support";
import { VaultWorld } from "./world";

let world: VaultWorld;
beforeEach(async () => {
  world = await VaultWorld.start();
});
afterEach(() => world.stop());

/** The message of a run that meets the gate in this mode. */
async function faceOf(gate: GateMode): Promise<Error> {
  world.state.gate = gate;
  return failureOf(world.client().tags(world.project.id));
}

async function noAnswer(): Promise<Error> {
  world.state.gate = "open-to-service-token";
  inject(world.vendor, { kind: "drop-before", path: "*/login", times: 0 });
  return failureOf(world.client().tags(world.project.id));
}

describe("the faces of a gate that is closed", () => {
  it.each([
    ["access-login", 302, "login page"],
    ["strict-401", 401, "cannot authenticate the service token"],
    ["strict-403", 403, "no policy lets it through"],
    ["forbidden-html", 403, "no policy lets it through"],
    ["error-1010", 403, "error 1010"],
  ] as const)("%s is told as %i, %s", async (gate, status, words) => {
    const failure = await faceOf(gate);
    expect(failure).toMatchObject({ name: "VendorError", status, operation: "log in", retryable: false });
    expect(failure.message).toContain(words);
  });

  it("no answer is told from all of them", async () => {
    const failure = await noAnswer();
    expect(failure).toMatchObject({ status: undefined, retryable: true });
    expect(failure.message).toContain("gave no answer");
    expect(failure.message).toContain("INFISICAL_SITE_URL");
  });

  it("are told apart: no two share their advice", async () => {
    const messages = [
      await faceOf("access-login"),
      await faceOf("strict-401"),
      await faceOf("strict-403"),
      await faceOf("error-1010"),
      await noAnswer(),
    ].map(({ message }) => message.slice(message.indexOf(": ")));
    expect(new Set(messages).size).toBe(5);
  });

  it("1010 names the User-Agent and says that a service token does not help", async () => {
    const { message } = await faceOf("error-1010");
    expect(message).toContain("User-Agent raxx-credential-provisioning");
    expect(message).toContain("a service token does not help");
  });

  it("the login page names the two variables and the policy's action", async () => {
    const { message } = await faceOf("access-login");
    expect(message).toContain("CF_ACCESS_CLIENT_ID");
    expect(message).toContain("CF_ACCESS_CLIENT_SECRET");
    expect(message).toContain("Service Auth");
  });

  it("a wrong service token meets the login page", async () => {
    const failure = await failureOf(world.client({ accessClientSecret: "wrong" }).tags(world.project.id));
    expect(failure).toMatchObject({ status: 302 });
    expect(failure.message).toContain("login page");
  });
});

describe("a refusal of the vault itself", () => {
  it("401 is the identity's, not the service token's", async () => {
    const failure = await failureOf(world.client({ clientSecret: "wrong" }).tags(world.project.id));
    expect(failure).toMatchObject({ status: 401 });
    expect(failure.message).toContain("INFISICAL_CLIENT_ID");
    expect(failure.message).not.toContain("CF_ACCESS");
  });

  it("403 is the identity's rights", async () => {
    const stranger = createUniversalAuthIdentity(world.state, { name: "stranger" });
    addMembership(world.state, stranger.identityId, { projectId: world.project.id, role: "no-access" });
    const failure = await failureOf(world.client(stranger).tags(world.project.id));
    expect(failure).toMatchObject({ status: 403, operation: "list the tags" });
    expect(failure.message).toContain("access control");
    expect(failure.message).not.toContain("Cloudflare");
  });

  it.each([
    [400, "nothing was written"],
    [404, "raxx:infisicalProject"],
    [418, "check INFISICAL_SITE_URL"],
    [422, "nothing was written"],
    [500, "the vault has a problem"],
  ])("%i is told as: %s", async (status, words) => {
    inject(world.vendor, { kind: "status", status, method: "POST", path: "*/login", times: 0 });
    const failure = await failureOf(world.client().tags(world.project.id));
    expect(failure).toMatchObject({ status });
    expect(failure.message).toContain(words);
  });

  it("429 is told as: wait a minute", () => {
    expect(explain({ status: 429, contentType: "application/json", text: "" })).toContain("wait a minute");
  });

  it("1010 counts at the edge only, and as a number of its own", () => {
    const json = { status: 403, contentType: "application/json", text: '{"message":"error code: 1010"}' };
    expect(explain(json)).not.toContain("User-Agent");
    expect(explain({ ...json, contentType: "text/html", text: "ray 101099" })).not.toContain("User-Agent");
    expect(explain({ ...json, contentType: "text/html", text: "Error 1010" })).toContain("User-Agent");
  });
});
