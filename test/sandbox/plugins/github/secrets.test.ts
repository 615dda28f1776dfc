import { randomUUID } from "node:crypto";

import { createSecret, renameRepository, secretValue } from "../../../../sandbox/vendors/github";
import { InitFailed, revealed, secretly, unknown } from "../plugin-client";
import { types, worldForTests } from "./world";

const world = worldForTests();
const secretPath = "/repos/raxx/app/actions/secrets/TOKEN";

function stored(environmentName?: string): string | undefined {
  const repository = world().repository();
  const environment = repository.environments.find((one) => one.name === environmentName);
  return secretValue(world().vendor.store.state, {
    repository,
    ...(environment === undefined ? {} : { environment }),
    name: "TOKEN",
  });
}

/** A write of somebody else's, at another time than ours. */
function writtenElsewhere(value: string): void {
  createSecret(world().vendor.store.state, {
    repository: world().repository(),
    name: "TOKEN",
    value,
    now: new Date("2031-02-03T04:05:06Z"),
  });
}

const inputs = (value: string) => ({ repository: "app", secretName: "TOKEN", value: secretly(value) });

describe("ActionsSecret", () => {
  it("is sealed with the repository's key and written in the real plugin's order of calls", async () => {
    const value = randomUUID();
    const { id, state } = await world().client.create(types.secret, inputs(value));
    expect(id).toBe("app:TOKEN");
    expect(stored()).toBe(value);
    expect(revealed(state["value"])).toBe(value);
    expect(state).toMatchObject({
      repositoryId: world().repository().id,
      keyId: expect.any(String) as string,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/) as string,
      updatedAt: state["remoteUpdatedAt"],
    });
    expect(world().calls()).toEqual([
      "GET /repos/raxx/app",
      "GET /repos/raxx/app/actions/secrets/public-key",
      `PUT ${secretPath}`,
      `GET ${secretPath}`,
    ]);
  });

  it("makes no call in a preview", async () => {
    const { state } = await world().client.create(types.secret, inputs(unknown), { preview: true });
    expect(state).toMatchObject({ repositoryId: unknown, keyId: unknown, updatedAt: unknown });
    expect(revealed(state["value"])).toBe(unknown);
    expect(world().calls()).toEqual([]);
  });

  it.each([
    [{}, "one of encryptedValue, plaintextValue, value, valueEncrypted must be specified"],
    [{ value: "a", plaintextValue: "b" }, /^only one of .*, but plaintextValue, value were$/],
    [{ value: "a", keyId: "1" }, /"keyId"/],
    [{ valueEncrypted: "not base64!" }, `property "valueEncrypted": must be base64`],
    [{ value: "a", secretName: "1A" }, /must not start with a number$/],
    [{ value: "a", secretName: "github_A" }, /must not start with the GITHUB_ prefix$/],
    [{ value: "a", environment: "x" }, `unexpected property "environment"`],
  ])("refuses %j", async (given, reason) => {
    const { failures } = await world().client.check(types.secret, {
      repository: "app",
      secretName: "TOKEN",
      ...given,
    });
    expect(failures).toContainEqual(typeof reason === "string" ? reason : expect.stringMatching(reason));
  });

  it("marks its value as a secret even where the program does not", async () => {
    const { inputs: checked } = await world().client.check(types.secret, { ...inputs(""), value: "plain" });
    expect(revealed(checked["value"])).toBe("plain");
  });

  it("writes a new value in place, under the same name", async () => {
    const { id, state } = await world().client.create(types.secret, inputs("first"));
    expect(await world().client.diff(types.secret, state, inputs("second"))).toEqual({ value: "UPDATE" });
    world().calls();
    await world().client.update(types.secret, { id, olds: state, news: inputs("second") });
    expect(stored()).toBe("second");
    expect(world().calls()).toEqual([
      "GET /repos/raxx/app/actions/secrets/public-key",
      `PUT ${secretPath}`,
      `GET ${secretPath}`,
    ]);
  });

  it("is replaced under another name, and in another repository", async () => {
    const { state } = await world().client.create(types.secret, inputs("v"));
    const diff = (change: object) => world().client.diff(types.secret, state, { ...inputs("v"), ...change });
    expect(await diff({ secretName: "OTHER" })).toEqual({ secretName: "UPDATE_REPLACE" });
    expect(await diff({ repository: "other" })).toEqual({ repository: "UPDATE_REPLACE" });
    expect(await diff({ repository: "nowhere" })).toEqual({ repository: "UPDATE" });
    expect(await diff({ repository: unknown })).toEqual({ repository: "UPDATE_REPLACE" });
  });

  it("stays where its repository was only renamed", async () => {
    const { state } = await world().client.create(types.secret, inputs("v"));
    renameRepository(world().vendor.store.state, world().repository(), "renamed");
    const news = { ...inputs("v"), repository: "renamed" };
    expect(await world().client.diff(types.secret, state, news)).toEqual({ repository: "UPDATE" });
  });

  it("shows in a refresh that somebody else wrote it, and is not written again for that", async () => {
    const { id, state } = await world().client.create(types.secret, inputs("ours"));
    writtenElsewhere("theirs");
    const seen = await world().client.read(types.secret, id, { state, inputs: inputs("ours") });
    expect(seen.state["remoteUpdatedAt"]).toBe("2031-02-03 04:05:06 +0000 UTC");
    expect(seen.state["updatedAt"]).toBe(state["updatedAt"]);
    expect(await world().client.diff(types.secret, seen.state, seen.inputs)).toEqual({});
  });

  it("records the new value when GitHub refuses it, and quotes neither value nor token", async () => {
    const { id, state } = await world().client.create(types.secret, inputs("first"));
    world().vendor.faults.add({ ...fault, method: "PUT", status: 422 });
    const value = randomUUID();
    const failure = (await world()
      .client.update(types.secret, { id, olds: state, news: inputs(value) })
      .catch((error: unknown) => error)) as InitFailed;
    expect(failure).toBeInstanceOf(InitFailed);
    expect(revealed(failure.properties["value"])).toBe(value);
    expect(failure.reasons.join()).toMatch(
      new RegExp(`: PUT ${world().vendor.url}/api/v3${secretPath}: 422 .* \\[.*\\]$`),
    );
    expect(failure.reasons.join()).not.toContain(value);
    expect(failure.reasons.join()).not.toContain(world().token);
    expect(stored()).toBe("first");
  });

  it("leaves nothing recorded when its creation fails", async () => {
    world().vendor.faults.add({ ...fault, method: "PUT", status: 403 });
    const failure = await world()
      .client.create(types.secret, inputs(randomUUID()))
      .catch((error: unknown) => error);
    expect(failure).not.toBeInstanceOf(InitFailed);
    expect((failure as Error).message).toContain(": 403 ");
  });

  it("survives an answer that is lost once, or a server that fails three times", async () => {
    world().vendor.faults.add({ ...fault, kind: "drop-after", method: "PUT" });
    await world().client.create(types.secret, inputs("v"));
    world().vendor.faults.add({ ...fault, method: "DELETE", status: 502, times: 3 });
    await world().client.delete(types.secret, "app:TOKEN", { repository: "app", secretName: "TOKEN" });
    expect(stored()).toBeUndefined();
  });

  it("fails to be deleted when it is gone already, as the real plugin's does", async () => {
    const { id, state } = await world().client.create(types.secret, inputs("v"));
    await world().client.delete(types.secret, id, state);
    await expect(world().client.delete(types.secret, id, state)).rejects.toThrow(
      /deleting urn:.*: 404 Not Found \[\]$/,
    );
    expect((await world().client.read(types.secret, id, { state })).id).toBe("");
  });

  it("is imported without a value, which the next update then writes", async () => {
    const { state } = await world().client.create(types.secret, inputs("v"));
    const imported = await world().client.read(types.secret, "app:TOKEN");
    expect(imported.id).toBe("app:TOKEN");
    expect(imported.inputs).toEqual({ repository: "app", secretName: "TOKEN" });
    expect(imported.state).toMatchObject({
      createdAt: state["createdAt"],
      repositoryId: state["repositoryId"],
    });
    expect(await world().client.diff(types.secret, imported.state, inputs("v"))).toEqual({ value: "ADD" });
    await expect(world().client.read(types.secret, "app:NOPE")).rejects.toThrow(/: 404 Not Found \[\]$/);
    await expect(world().client.read(types.secret, "app")).rejects.toThrow("unexpected ID format");
  });

  it("passes on a value that the program sealed itself", async () => {
    const { state } = await world().client.create(types.secret, inputs("v"));
    const sealed = String(world().repository().actions.secrets[0]?.encrypted_value);
    const given = {
      repository: "app",
      secretName: "COPY",
      keyId: state["keyId"],
      valueEncrypted: secretly(sealed),
    };
    world().calls();
    const { state: copy } = await world().client.create(types.secret, given);
    expect(revealed(copy["valueEncrypted"])).toBe(sealed);
    expect(world().calls()).not.toContain("GET /repos/raxx/app/actions/secrets/public-key");
  });
});

describe("ActionsEnvironmentSecret", () => {
  const given = (value: string) => ({ ...inputs(value), environment: world().environment });
  const path = () =>
    `/repositories/${world().repository().id}/environments/${encodeURIComponent(world().environment)}/secrets`;

  it("is sealed with the environment's own key, under the repository's id", async () => {
    const value = randomUUID();
    const { id, state } = await world().client.create(types.environmentSecret, given(value));
    expect(id).toBe("app:live/eu??1:TOKEN");
    expect(stored(world().environment)).toBe(value);
    expect(stored()).toBeUndefined();
    expect(world().calls()).toEqual([
      "GET /repos/raxx/app",
      `GET ${path()}/public-key`,
      `PUT ${path()}/TOKEN`,
      `GET ${path()}/TOKEN`,
    ]);
    const imported = await world().client.read(types.environmentSecret, id);
    expect(imported.inputs).toEqual({
      repository: "app",
      secretName: "TOKEN",
      environment: world().environment,
    });
    await world().client.delete(types.environmentSecret, id, state);
    expect(stored(world().environment)).toBeUndefined();
  });

  it("is replaced in another environment, and takes no destroyOnDrift", async () => {
    const { state } = await world().client.create(types.environmentSecret, given("v"));
    expect(
      await world().client.diff(types.environmentSecret, state, { ...given("v"), environment: "x" }),
    ).toEqual({
      environment: "UPDATE_REPLACE",
    });
    const { failures } = await world().client.check(types.environmentSecret, {
      ...given("v"),
      destroyOnDrift: true,
    });
    expect(failures).toEqual([`unexpected property "destroyOnDrift"`]);
  });
});

const fault = {
  kind: "status",
  path: "*/secrets/*",
  call: 1,
  times: 1,
  status: 500,
  retryAfterSeconds: 1,
  delayMs: 0,
} as const;
