import { createEnvironment } from "../../../../sandbox/vendors/github";
import { failure, Harness } from "./harness";

let harness: Harness;
const place = { owner: "raxx-app", repo: "console" };
const path = "/repos/raxx-app/console/environments";

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

function put(body: Record<string, unknown>, name = "prod") {
  return harness.call("PUT", `${path}/${name}`, { body });
}

test.each(["", "/api/v3"])("under %p an environment is made, read, listed and deleted", async (prefix) => {
  const { repos } = harness.octokit(harness.token, prefix);
  const environment_name = "staging";
  const made = await repos.createOrUpdateEnvironment({ ...place, environment_name });
  expect(made.status).toBe(200);
  expect(made.data).toMatchObject({ name: "staging", protection_rules: [], deployment_branch_policy: null });
  const { data } = await repos.getEnvironment({ ...place, environment_name });
  expect(data).toEqual(made.data);
  const list = await repos.getAllEnvironments(place);
  expect(list.data.total_count).toBe(2);
  expect(list.data.environments?.map(({ name }) => name)).toEqual(["prod", "staging"]);
  expect((await repos.deleteAnEnvironment({ ...place, environment_name })).status).toBe(204);
  expect(await failure(repos.getEnvironment({ ...place, environment_name }))).toMatchObject({ status: 404 });
  expect(await failure(repos.deleteAnEnvironment({ ...place, environment_name }))).toMatchObject({
    status: 404,
  });
});

test("a name with a slash is encoded in the path", async () => {
  const { repos } = harness.octokit();
  const made = await repos.createOrUpdateEnvironment({ ...place, environment_name: "prod/eu west" });
  expect(made.data.name).toBe("prod/eu west");
  const { data } = await repos.getEnvironment({ ...place, environment_name: "prod/eu west" });
  expect(data.url).toContain("/environments/prod%2Feu%20west");
});

test("names are not case-sensitive: PROD is prod", async () => {
  expect((await put({}, "PROD")).body).toMatchObject({ id: harness.prod.id, name: "prod" });
  expect(harness.repository.environments).toHaveLength(1);
});

test("PUT without a body is an upsert", async () => {
  expect((await harness.call("PUT", `${path}/new`)).status).toBe(200);
});

test("rules show up as protection rules", async () => {
  const answer = await put({
    wait_timer: 30,
    prevent_self_review: true,
    reviewers: [{ type: "User", id: harness.operator.id }],
    deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
  });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
    protection_rules: [
      { type: "wait_timer", wait_timer: 30 },
      {
        type: "required_reviewers",
        prevent_self_review: true,
        reviewers: [{ type: "User", reviewer: { login: "operator" } }],
      },
      { type: "branch_policy" },
    ],
  });
});

test("PUT without reviewers removes those that were there", async () => {
  await put({ wait_timer: 1, reviewers: [{ type: "User", id: harness.operator.id }] });
  expect((await put({ wait_timer: 1 })).body).toMatchObject({ protection_rules: [{ type: "wait_timer" }] });
  expect(harness.prod.reviewer_ids).toEqual([]);
});

test.each<[string, () => Record<string, unknown>]>([
  ["both flags of the branch policy true", () => policy(true, true)],
  ["both flags of the branch policy false", () => policy(false, false)],
  ["a wait timer below zero", () => ({ wait_timer: -1 })],
  ["a wait timer beyond 30 days", () => ({ wait_timer: 43_201 })],
  ["a wait timer that is text", () => ({ wait_timer: "5" })],
  ["a reviewer that does not exist", () => ({ reviewers: [{ type: "User", id: 1 }] })],
  ["a reviewer who cannot read", () => ({ reviewers: [{ type: "User", id: harness.stranger.id }] })],
  ["seven reviewers", () => ({ reviewers: Array.from({ length: 7 }, () => ({ type: "User", id: 1 })) })],
  ["an unknown field", () => ({ reviewer: [] })],
])("PUT with %s answers 422 and changes nothing", async (_what, body) => {
  const before = structuredClone(harness.repository.environments);
  expect((await put(body())).status).toBe(422);
  expect((await put(body(), "new")).status).toBe(422);
  expect(harness.repository.environments).toEqual(before);
});

function policy(protected_branches: boolean, custom_branch_policies: boolean) {
  return { deployment_branch_policy: { protected_branches, custom_branch_policies } };
}

test("PUT of a blank name answers 422", async () => {
  expect((await put({}, "%20")).status).toBe(422);
});

test("a deleted environment takes its secrets and its key along", async () => {
  const before = harness.prod.actions.key_pair.key_id;
  await harness.call("DELETE", `${path}/prod`);
  await put({});
  expect(harness.prod.actions.key_pair.key_id).not.toBe(before);
});

test("lists are paged with Link headers that lead back here", async () => {
  const { repository } = harness;
  for (let index = 0; index < 4; index += 1) {
    createEnvironment(harness.state, { repository, name: `e${index}` });
  }
  const answer = await harness.call("GET", `/api/v3${path}?per_page=2&page=2`);
  const link = (page: number, relation: string) =>
    `<${harness.vendor.url}/api/v3${path}?per_page=2&page=${page}>; rel="${relation}"`;
  expect(answer.headers.link).toBe(
    [link(1, "prev"), link(3, "next"), link(3, "last"), link(1, "first")].join(", "),
  );
  expect(answer.body).toMatchObject({ total_count: 5, environments: [{ name: "e1" }, { name: "e2" }] });
  const all = await harness.octokit().paginate("GET /repos/{owner}/{repo}/environments", {
    ...place,
    per_page: 2,
  });
  expect(all).toHaveLength(5);
  expect((await harness.call("GET", path)).headers).not.toHaveProperty("link");
});
