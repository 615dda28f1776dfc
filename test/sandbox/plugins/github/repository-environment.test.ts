import { types, worldForTests } from "./world";

const world = worldForTests();
const type = types.environment;
const inputs = { repository: "app", environment: "next/1:a" };

describe("RepositoryEnvironment", () => {
  it("is written before its repository is looked up, with the defaults recorded as inputs", async () => {
    const { inputs: checked } = await world().client.check(type, { ...inputs, waitTimer: 5 });
    expect(checked).toEqual({ ...inputs, waitTimer: 5, canAdminsBypass: true, preventSelfReview: false });
    const { id, state } = await world().client.create(type, checked);
    expect(id).toBe("app:next/1??a");
    expect(state).toEqual({ ...checked, repositoryId: world().repository().id });
    expect(world().calls()).toEqual([
      `PUT /repos/raxx/app/environments/${encodeURIComponent("next/1:a")}`,
      "GET /repos/raxx/app",
    ]);
  });

  it("is refreshed, imported, changed in place and deleted, even when it is gone", async () => {
    const { inputs: checked } = await world().client.check(type, inputs);
    const { id, state } = await world().client.create(type, checked);
    const seen = await world().client.read(type, id, { state, inputs: checked });
    expect(await world().client.diff(type, seen.state, checked)).toEqual({});
    expect((await world().client.read(type, id)).inputs).toEqual(checked);
    const news = {
      ...checked,
      deploymentBranchPolicy: { protectedBranches: true, customBranchPolicies: false },
    };
    expect(await world().client.diff(type, state, news)).toEqual({ deploymentBranchPolicy: "ADD" });
    const next = await world().client.update(type, { id, olds: state, news });
    const after = await world().client.read(type, id, { state: next, inputs: news });
    expect(after.inputs).toEqual(news);
    await world().client.delete(type, id, next);
    await world().client.delete(type, id, next);
    expect((await world().client.read(type, id, { state: next })).id).toBe("");
    expect((await world().client.read(type, id)).id).toBe("");
  });

  it("is replaced under another name", async () => {
    const { state } = await world().client.create(type, inputs);
    expect(await world().client.diff(type, state, { ...inputs, environment: "b" })).toEqual({
      environment: "UPDATE_REPLACE",
    });
  });

  it("takes six reviewers at most", async () => {
    const reviewers = [{ teams: [1, 2, 3, 4], users: [5, 6, 7] }];
    const { failures } = await world().client.check(type, { ...inputs, reviewers });
    expect(failures).toEqual([
      "a maximum of 6 reviewers (users and teams combined) can be set for an environment",
    ]);
  });
});
