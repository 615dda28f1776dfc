import { randomUUID } from "node:crypto";

import { each, field, Harness } from "./harness";

let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

test("an app is found by its name and by its uuid", async () => {
  for (const identity of ["raxx-api-prod", harness.app.id]) {
    const answer = await harness.call("GET", `/apps/${identity}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id: harness.app.id,
      name: "raxx-api-prod",
      owner: { id: harness.account.id, email: "ops@raxx.app" },
    });
  }
});

test.each(["", "/config-vars", "/releases", "/dynos"])(
  "an unknown app answers 404 with its resource at /apps/x%s",
  async (suffix) => {
    const answer = await harness.call("GET", `/apps/${randomUUID()}${suffix}`);
    expect(answer.status).toBe(404);
    expect(answer.body).toEqual({ id: "not_found", message: "Couldn't find that app.", resource: "app" });
  },
);

test.each(["", "/config-vars", "/releases", "/dynos"])(
  "an app of another account answers 403 at /apps/x%s",
  async (suffix) => {
    const answer = await harness.call("GET", `/apps/someone-elses${suffix}`);
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual({
      id: "forbidden",
      message: "You do not have access to the app someone-elses.",
    });
  },
);

test("a collaborator may use an app, and the list has it", async () => {
  const theirs = harness.state.apps.find((app) => app.name === "someone-elses");
  expect(each(await harness.call("GET", "/apps"), "name")).toEqual(["raxx-api-prod"]);
  theirs?.collaborator_ids.push(harness.account.id);
  const list = await harness.call("GET", "/apps", { headers: { range: "name .." } });
  expect(each(list, "name")).toEqual(["raxx-api-prod", "someone-elses"]);
  const answer = await harness.call("PATCH", "/apps/someone-elses/config-vars", { body: { FOO: "1" } });
  expect(field(answer, "FOO")).toBe("1");
});
