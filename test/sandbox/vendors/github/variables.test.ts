import { createVariable } from "../../../../sandbox/vendors/github";
import { failure, Harness } from "./harness";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

const repo = "/repos/raxx-app/console";

describe.each([
  ["the repository", `${repo}/actions/variables`, undefined, 500],
  ["an environment", `${repo}/environments/prod/variables`, "prod", 100],
])("variables of %s", (_kind, path, environment, limit) => {
  const variables = () => (environment === undefined ? harness.repository : harness.prod).actions.variables;
  const post = (name: string, value: unknown) => harness.call("POST", path, { body: { name, value } });
  const fill = (count: number) => {
    for (let index = 0; index < count; index += 1) {
      createVariable(harness.state, {
        repository: harness.repository,
        ...(environment !== undefined && { environment }),
        name: `V${index}`,
        value: String(index),
      });
    }
  };

  test("POST answers 201 with {}, and 409 the second time, in any case", async () => {
    const created = await post("host", "a.example");
    expect([created.status, created.body]).toEqual([201, {}]);
    const again = await post("HOST", "b.example");
    expect([again.status, again.body]).toMatchObject([
      409,
      { message: "Already exists - Variable already exists", status: "409" },
    ]);
    expect(variables()).toMatchObject([{ name: "HOST", value: "a.example" }]);
  });

  test("GET has the value and times in whole seconds", async () => {
    await post("HOST", "a.example");
    const time: unknown = expect.stringMatching(/^[\d-]+T[\d:]{8}Z$/);
    expect((await harness.call("GET", `${path}/host`)).body).toEqual({
      name: "HOST",
      value: "a.example",
      created_at: time,
      updated_at: time,
    });
    expect((await harness.call("GET", `${path}/GONE`)).status).toBe(404);
  });

  test("PATCH changes the value or the name with 204, and makes nothing", async () => {
    await post("HOST", "a.example");
    await post("TAKEN", "1");
    const patch = (name: string, body: unknown) => harness.call("PATCH", `${path}/${name}`, { body });
    expect((await patch("HOST", { value: "b.example" })).status).toBe(204);
    expect((await patch("HOST", { name: "server" })).status).toBe(204);
    expect(variables()).toMatchObject([{ name: "SERVER", value: "b.example" }, { name: "TAKEN" }]);
    expect((await patch("SERVER", { name: "TAKEN" })).status).toBe(409);
    expect((await patch("SERVER", { name: "GITHUB_X" })).status).toBe(422);
    expect((await patch("HOST", { value: "1" })).status).toBe(404);
  });

  test("DELETE answers 204, and twice 404", async () => {
    await post("HOST", "a.example");
    expect((await harness.call("DELETE", `${path}/HOST`)).status).toBe(204);
    expect((await harness.call("DELETE", `${path}/HOST`)).status).toBe(404);
  });

  test.each(["GITHUB_X", "1A", "A-B", "", "A B"])("POST of the name %p answers 422", async (name) => {
    expect((await post(name, "1")).status).toBe(422);
    expect(variables()).toEqual([]);
  });

  test("48 KB fit, one byte more answers 422, on POST and on PATCH", async () => {
    expect((await post("BIG", "x".repeat(48 * 1024 + 1))).status).toBe(422);
    expect((await post("BIG", "x".repeat(48 * 1024))).status).toBe(201);
    const body = { value: "x".repeat(48 * 1024 + 1) };
    expect((await harness.call("PATCH", `${path}/BIG`, { body })).status).toBe(422);
  });

  test.each([{ name: "A" }, { value: "1" }, { name: "A", value: 1 }, { name: "A", value: "1", x: 1 }])(
    "POST of %j answers 422",
    async (body) => {
      expect((await harness.call("POST", path, { body })).status).toBe(422);
    },
  );

  test("a page has 10 and never more than 30", async () => {
    fill(40);
    const count = async (query: string) => {
      const { body } = await harness.call("GET", path + query);
      return (body as { variables: unknown[] }).variables.length;
    };
    expect(await count("")).toBe(10);
    expect(await count("?per_page=100")).toBe(30);
    expect(await count("?per_page=100&page=2")).toBe(10);
    expect(await count("?page=9")).toBe(0);
    expect((await harness.call("GET", path)).body).toMatchObject({ total_count: 40 });
  });

  test("the limit on their number answers 422", async () => {
    fill(limit);
    expect((await post("ONE_MORE", "1")).status).toBe(422);
  });

  test("the call log names the variable and has no value", async () => {
    await post("HOST", "a.example");
    const calls = harness.vendor.log.read();
    expect(calls.at(-1)).toMatchObject({ method: "POST", path, status: 201, keys: ["HOST"] });
    expect(JSON.stringify(calls)).not.toContain("a.example");
  });
});

test.each(["", "/api/v3"])("the official client manages both kinds under %p", async (prefix) => {
  const { actions } = harness.octokit(harness.token, prefix);
  const place = { owner: "raxx-app", repo: "console" };
  await actions.createRepoVariable({ ...place, name: "A", value: "1" });
  await actions.updateRepoVariable({ ...place, name: "A", value: "2" });
  expect((await actions.getRepoVariable({ ...place, name: "A" })).data.value).toBe("2");
  expect((await actions.listRepoVariables(place)).data.total_count).toBe(1);
  await actions.deleteRepoVariable({ ...place, name: "A" });
  expect(await failure(actions.getRepoVariable({ ...place, name: "A" }))).toMatchObject({ status: 404 });
  const env = { environment_name: "prod", ...place };
  await actions.createEnvironmentVariable({ ...env, name: "A", value: "1" });
  expect((await actions.listEnvironmentVariables(env)).data.total_count).toBe(1);
  expect(harness.repository.actions.variables).toEqual([]);
});
