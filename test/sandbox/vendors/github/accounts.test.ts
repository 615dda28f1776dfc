import { createRepository, renameRepository } from "../../../../sandbox/vendors/github";
import { failure, found, Harness } from "./harness";

let harness: Harness;
const place = { owner: "raxx-app", repo: "console" };

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

describe.each(["", "/api/v3"])("under %p", (prefix) => {
  test("GET /user is the token's user", async () => {
    const { data } = await harness.octokit(harness.token, prefix).users.getAuthenticated();
    expect(data).toMatchObject({ login: "operator", id: harness.operator.id, type: "User" });
    expect(data.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  test("GET /users/{login} tells users from organizations", async () => {
    const { users } = harness.octokit(harness.token, prefix);
    expect((await users.getByUsername({ username: "Operator" })).data.type).toBe("User");
    expect((await users.getByUsername({ username: "raxx-app" })).data.type).toBe("Organization");
    expect(await failure(users.getByUsername({ username: "nobody" }))).toMatchObject({ status: 404 });
  });

  test("GET /orgs/{org} is 404 for a user", async () => {
    const { orgs } = harness.octokit(harness.token, prefix);
    expect((await orgs.get({ org: "raxx-app" })).data).toMatchObject({ login: "raxx-app" });
    expect(await failure(orgs.get({ org: "operator" }))).toEqual({ status: 404, message: "Not Found" });
  });

  test("GET a repository, whatever the case of its name", async () => {
    const { repos } = harness.octokit(harness.token, prefix);
    const { data } = await repos.get({ owner: "RAXX-app", repo: "Console" });
    expect(data).toMatchObject({
      id: harness.repository.id,
      full_name: "raxx-app/console",
      private: true,
      visibility: "private",
      default_branch: "main",
      permissions: { admin: true, push: true, pull: true },
      url: `${harness.vendor.url}${prefix}/repos/raxx-app/console`,
    });
  });

  test("a renamed repository answers 301 to its id, with the rest of the path, and is served there", async () => {
    renameRepository(harness.state, harness.repository, "dashboard");
    const path = `${prefix}/repos/raxx-app/console/actions/variables?per_page=1`;
    const answer = await harness.call("GET", path);
    const rest = `/repositories/${harness.repository.id}/actions/variables?per_page=1`;
    expect(answer.status).toBe(301);
    expect(answer.headers.location).toBe(harness.vendor.url + prefix + rest);
    expect(answer.body).toMatchObject({ message: "Moved Permanently", url: answer.headers.location });
    expect((await harness.call("GET", prefix + rest)).status).toBe(200);
    // The client follows it by itself.
    const { data } = await harness.octokit(harness.token, prefix).repos.get(place);
    expect(data.full_name).toBe("raxx-app/dashboard");
  });
});

test("a write to a renamed repository answers 307 and changes nothing", async () => {
  renameRepository(harness.state, harness.repository, "dashboard");
  const body = { name: "A", value: "1" };
  const answer = await harness.call("POST", "/repos/raxx-app/console/actions/variables", { body });
  expect(answer.status).toBe(307);
  expect(harness.repository.actions.variables).toEqual([]);
});

test("a renamed repository that the token cannot see is 404, by its old name and by its id", async () => {
  const foreign = found(harness.state.repositories.find(({ name }) => name === "lookalike"));
  renameRepository(harness.state, foreign, "other");
  expect((await harness.call("GET", "/repos/stranger/lookalike")).status).toBe(404);
  expect((await harness.call("GET", `/repositories/${foreign.id}`)).status).toBe(404);
});

test("a new repository with the old name takes the redirect's place", async () => {
  const owner = harness.stranger;
  const first = createRepository(harness.state, { owner, name: "a", private: false });
  renameRepository(harness.state, first, "b");
  const second = createRepository(harness.state, { owner, name: "a", private: false });
  expect((await harness.call("GET", "/repos/stranger/a")).body).toMatchObject({ id: second.id });
});
