import { createVariable } from "../../../../sandbox/vendors/github";
import { InitFailed, unknown } from "../plugin-client";
import { types, worldForTests } from "./world";

const world = worldForTests();
const inputs = (value: string) => ({ repository: "app", variableName: "GENERATION", value });
const path = "/repos/raxx/app/actions/variables";

describe("ActionsVariable", () => {
  it("is created first and looked up after, as the real plugin does", async () => {
    const { id, state } = await world().client.create(types.variable, inputs("1"));
    expect(id).toBe("app:GENERATION");
    expect(state).toMatchObject({ value: "1", repositoryId: world().repository().id });
    expect(world().calls()).toEqual([`POST ${path}`, "GET /repos/raxx/app", `GET ${path}/GENERATION`]);
  });

  it("does not take over one that exists", async () => {
    createVariable(world().vendor.store.state, {
      repository: world().repository(),
      name: "GENERATION",
      value: "0",
    });
    const failure = await world()
      .client.create(types.variable, inputs("1"))
      .catch((error: unknown) => error);
    expect(failure).not.toBeInstanceOf(InitFailed);
    expect((failure as Error).message).toMatch(/: POST .*\/actions\/variables: 409 Already exists/);
  });

  it("is recorded as half made when what follows its creation fails", async () => {
    world().vendor.faults.add({ ...fault, method: "GET", path: "*/repos/raxx/app", status: 403 });
    const failure = (await world()
      .client.create(types.variable, inputs("1"))
      .catch((error: unknown) => error)) as InitFailed;
    expect(failure).toBeInstanceOf(InitFailed);
    expect([failure.id, failure.properties["value"]]).toEqual(["app:GENERATION", "1"]);
    expect(world().repository().actions.variables).toHaveLength(1);
  });

  it("changes in place, follows what a refresh sees, and is deleted once", async () => {
    const { id, state } = await world().client.create(types.variable, inputs("1"));
    expect(await world().client.diff(types.variable, state, inputs("2"))).toEqual({ value: "UPDATE" });
    const next = await world().client.update(types.variable, { id, olds: state, news: inputs("2") });
    expect(world().repository().actions.variables[0]?.value).toBe("2");
    const [variable] = world().repository().actions.variables;
    if (variable !== undefined) variable.value = "3";
    const seen = await world().client.read(types.variable, id, { state: next, inputs: inputs("2") });
    expect(seen.inputs["value"]).toBe("3");
    await world().client.delete(types.variable, id, next);
    await expect(world().client.delete(types.variable, id, next)).rejects.toThrow(/: 404 Not Found \[\]$/);
  });

  it("is replaced under another name, and unknown in a preview without a call", async () => {
    const { state } = await world().client.create(types.variable, inputs("1"));
    world().calls();
    expect(await world().client.diff(types.variable, state, { ...inputs("1"), variableName: "B" })).toEqual({
      variableName: "UPDATE_REPLACE",
    });
    const preview = await world().client.create(types.variable, inputs(unknown), { preview: true });
    expect(preview.state).toMatchObject({ value: unknown, updatedAt: unknown });
    expect(world().calls()).toEqual([]);
  });

  it("is imported with its value", async () => {
    await world().client.create(types.variable, inputs("1"));
    const imported = await world().client.read(types.variable, "app:GENERATION");
    expect(imported.inputs).toEqual(inputs("1"));
    expect(await world().client.diff(types.variable, imported.state, inputs("1"))).toEqual({});
  });
});

describe("ActionsEnvironmentVariable", () => {
  it("lives in its environment, whose name is escaped in the id and in the address", async () => {
    const given = { ...inputs("1"), environment: world().environment };
    const { id, state } = await world().client.create(types.environmentVariable, given);
    expect(id).toBe("app:live/eu??1:GENERATION");
    expect(world().calls()[0]).toBe(
      `POST /repos/raxx/app/environments/${encodeURIComponent(world().environment)}/variables`,
    );
    expect((await world().client.read(types.environmentVariable, id)).inputs).toEqual(given);
    await world().client.update(types.environmentVariable, {
      id,
      olds: state,
      news: { ...given, value: "2" },
    });
    expect(world().repository().environments[0]?.actions.variables[0]?.value).toBe("2");
    await world().client.delete(types.environmentVariable, id, state);
    expect(world().repository().environments[0]?.actions.variables).toEqual([]);
  });
});

const fault = { kind: "status", call: 1, times: 1, retryAfterSeconds: 1, delayMs: 0 } as const;
