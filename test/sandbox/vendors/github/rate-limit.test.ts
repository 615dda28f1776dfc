import { Harness } from "./harness";

let harness: Harness;
const repo = "/repos/raxx-app/console";

beforeEach(async () => {
  harness = await Harness.start();
});

afterEach(() => harness.stop());

test("counts all tokens of a user together, and each user apart", async () => {
  const second = harness.tokenWith({});
  await harness.call("GET", "/user");
  expect((await harness.call("GET", "/user", { token: second })).headers["x-ratelimit-remaining"]).toBe(
    "4998",
  );
  const token = harness.tokenWith({}, harness.stranger);
  expect((await harness.call("GET", "/user", { token })).headers["x-ratelimit-remaining"]).toBe("4999");
});

test("GET /rate_limit tells it and is not counted", async () => {
  await harness.call("GET", "/user");
  await harness.octokit().rateLimit.get();
  const { data } = await harness.octokit().rateLimit.get();
  expect(data.rate).toMatchObject({ limit: 5000, used: 1, remaining: 4999 });
  expect(data.resources.core).toEqual(data.rate);
});

test("a used up primary limit answers 403 until its reset, and carries nothing out", async () => {
  harness.state.rate_limit.per_hour = 1;
  expect((await harness.call("GET", "/user")).status).toBe(200);
  const body = { name: "A", value: "1" };
  const answer = await harness.call("POST", `${repo}/actions/variables`, { body });
  expect(answer.status).toBe(403);
  expect(answer.body).toMatchObject({
    message: expect.stringContaining("API rate limit exceeded") as unknown,
  });
  expect(answer.headers).toMatchObject({ "x-ratelimit-remaining": "0", "x-ratelimit-limit": "1" });
  expect(answer.headers).not.toHaveProperty("retry-after");
  expect(harness.repository.actions.variables).toEqual([]);
  expect((await harness.call("GET", "/rate_limit")).status).toBe(200);
  harness.operator.usage.hour_started_at -= 3_600_000;
  expect((await harness.call("GET", "/user")).status).toBe(200);
});

test("callers without credentials share 60 calls an hour", async () => {
  const { headers } = await harness.call("GET", "/users/operator", { token: null });
  expect(headers).toMatchObject({ "x-ratelimit-limit": "60", "x-ratelimit-remaining": "59" });
});

test("the secondary limit stops writes, says for how long, and lets reads pass", async () => {
  harness.state.rate_limit.writes_per_minute = 1;
  const post = (name: string) =>
    harness.call("POST", `${repo}/actions/variables`, { body: { name, value: "1" } });
  expect((await post("A")).status).toBe(201);
  const answer = await post("B");
  expect(answer.status).toBe(403);
  expect(answer.body).toMatchObject({ message: expect.stringContaining("secondary rate limit") as unknown });
  const seconds = Number(answer.headers["retry-after"]);
  expect(seconds).toBeGreaterThan(50);
  expect(seconds).toBeLessThanOrEqual(60);
  expect(Number(answer.headers["x-ratelimit-remaining"])).toBeGreaterThan(0);
  expect(harness.repository.actions.variables.map(({ name }) => name)).toEqual(["A"]);
  expect((await harness.call("GET", "/user")).status).toBe(200);
  harness.operator.usage.writes = harness.operator.usage.writes.map((at) => at - 60_000);
  expect((await post("B")).status).toBe(201);
});
