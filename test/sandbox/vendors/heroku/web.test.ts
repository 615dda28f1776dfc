import { randomBytes } from "node:crypto";

import { Harness } from "./harness";

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(() => harness.stop());

const path = "/_sandbox/web/raxx-api-prod/internal/deploy-audit";
const flag = "FLAG_CONSOLE_DEPLOY_AUDIT_INGEST";

async function send(token: string | undefined, to = path): Promise<number> {
  const headers = { authorization: token === undefined ? null : `Bearer ${token}` };
  return (await harness.call("POST", to, { body: {}, headers })).status;
}

async function configure(vars: Record<string, string | null>): Promise<void> {
  const { status } = await harness.call("PATCH", "/apps/raxx-api-prod/config-vars", { body: vars });
  expect(status).toBe(200);
}

describe("the console's audit ingest", () => {
  it("takes an entry from whoever has the app's token, and from nobody else", async () => {
    const token = randomBytes(32).toString("hex");
    await configure({ CONSOLE_AUDIT_INGEST_TOKEN: token, [flag]: "on" });
    expect(await send(token)).toBe(202);
    expect(await send(`${token}0`)).toBe(401);
    expect(await send(randomBytes(32).toString("hex"))).toBe(401);
    expect(await send(undefined)).toBe(401);
  });

  it("is not there while the flag is not on", async () => {
    const token = randomBytes(32).toString("hex");
    await configure({ CONSOLE_AUDIT_INGEST_TOKEN: token });
    expect(await send(token)).toBe(404);
    await configure({ [flag]: "off" });
    expect(await send(token)).toBe(404);
  });

  it("takes nobody's word where the app has no token", async () => {
    await configure({ [flag]: "on" });
    expect(await send("")).toBe(401);
  });

  it("knows only what the dyno booted with", async () => {
    const token = randomBytes(32).toString("hex");
    await configure({ CONSOLE_AUDIT_INGEST_TOKEN: token, [flag]: "on" });
    const release = harness.state.releases[0];
    if (release === undefined) throw new Error("no release");
    for (const dyno of harness.app.dynos) dyno.release_id = release.id;
    expect(await send(token)).toBe(404);
  });

  it("cannot be reached at an app that is not there, or has no web process up", async () => {
    expect(await send("x", "/_sandbox/web/raxx-no-such-app/internal/deploy-audit")).toBe(503);
    for (const dyno of harness.app.dynos) dyno.state = "crashed";
    expect(await send("x")).toBe(503);
  });
});
