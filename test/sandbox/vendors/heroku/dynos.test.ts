import { addRelease, valueInDyno } from "../../../../sandbox/vendors/heroku";
import { each, field, Harness } from "./harness";

const path = "/apps/raxx-api-prod/dynos";
let harness: Harness;

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

/** A release that no dyno has booted with yet. */
function release() {
  const args = { app: harness.app, user: harness.account, description: "Set FOO config vars" };
  return addRelease(harness.state, { ...args, configVars: { FOO: "new" } });
}

function versions(): (number | undefined)[] {
  return harness.app.dynos.map(
    (dyno) => harness.state.releases.find((one) => one.id === dyno.release_id)?.version,
  );
}

test("the list has each dyno's state and the release it booted with", async () => {
  const answer = await harness.call("GET", path, { headers: { range: "name .." } });
  expect(answer.status).toBe(200);
  expect(each(answer, "name")).toEqual(["web.1", "web.2", "worker.1"]);
  expect(field(answer, 0)).toMatchObject({
    type: "web",
    state: "up",
    release: { id: harness.app.dynos[0]?.release_id, version: 3 },
    app: { name: "raxx-api-prod" },
  });
});

test("a dyno keeps what it booted with until it restarts", async () => {
  const dyno = harness.app.dynos[0];
  if (dyno === undefined) throw new Error("no dyno");
  release();
  expect(valueInDyno(harness.state, dyno, "FOO")).toBeUndefined();
  expect((await harness.call("DELETE", path)).status).toBe(202);
  expect(valueInDyno(harness.state, dyno, "FOO")).toBe("new");
  expect(versions()).toEqual([4, 4, 4]);
});

test("one dyno is restarted by its name or its id", async () => {
  release();
  expect((await harness.call("DELETE", `${path}/web.1`)).status).toBe(202);
  expect(versions()).toEqual([4, 3, 3]);
  expect((await harness.call("DELETE", `${path}/${String(harness.app.dynos[2]?.id)}`)).status).toBe(202);
  expect(versions()).toEqual([4, 3, 4]);
});

test("one process type is restarted by its formation", async () => {
  release();
  expect((await harness.call("DELETE", "/apps/raxx-api-prod/formations/web")).status).toBe(202);
  expect(versions()).toEqual([4, 4, 3]);
});

test("an unknown dyno answers 404", async () => {
  const answer = await harness.call("DELETE", `${path}/web.9`);
  expect(answer.status).toBe(404);
  expect(field(answer, "resource")).toBe("dyno");
});
