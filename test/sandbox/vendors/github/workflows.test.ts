import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import {
  createEnvironment,
  createSecret,
  createToken,
  createVariable,
  createWorkflow,
  type GitHubRun,
  type GitHubWorkflow,
} from "../../../../sandbox/vendors/github";
import { everything, failure, found, Harness } from "./harness";

let harness: Harness;
let server: Server;
let seen: { method: string | undefined; url: string | undefined; token: string | undefined; body: string }[];
/** What the deployed application answers. */
let answer: (request: IncomingMessage) => number;
/** Resolves when the application may answer. */
let gate: Promise<void>;
let workflow: GitHubWorkflow;
const place = { owner: "raxx-app", repo: "console", workflow_id: "deploy.yml" };
const repo = "/repos/raxx-app/console";

beforeEach(async () => {
  harness = await Harness.start();
  [seen, answer, gate] = [[], () => 204, Promise.resolve()];
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const { method, url, headers } = request;
      seen.push({ method, url, token: headers.authorization, body });
      void gate.then(() => response.writeHead(answer(request), { location: "/elsewhere" }).end());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  harness.state.internet = { "https://console.raxx.app": `http://127.0.0.1:${port}/web/prod` };
  workflow = createWorkflow(harness.state, {
    repository: harness.repository,
    file: "deploy.yml",
    name: "Deploy",
    inputs: {
      environment: { required: true, default: "prod" },
      level: { type: "choice", options: ["low", "high"], default: "low" },
      dry: { type: "boolean" },
    },
    job: {
      environment: "${{ inputs.environment }}",
      steps: [
        {
          name: "Check the session",
          request: {
            method: "POST",
            url: "https://console.raxx.app/api/check?level=${{ inputs.level }}",
            headers: { authorization: "Bearer ${{ secrets.token }}" },
            body: '{"host":"${{ vars.HOST }}","missing":"${{ secrets.MISSING }}"}',
          },
          expect_status: 204,
        },
        {
          name: "Say it",
          request: { method: "GET", url: "https://console.raxx.app/done" },
          expect_status: 204,
        },
      ],
    },
  });
});

afterEach(async () => {
  await harness.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function dispatch(inputs: Record<string, string> = {}, ref = "main"): Promise<number> {
  const { data } = await harness
    .octokit()
    .request("POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches", {
      ...place,
      ref,
      inputs,
      return_run_details: true,
    });
  return (data as unknown as { workflow_run_id: number }).workflow_run_id;
}

function run(id: number): GitHubRun {
  return found(harness.state.runs.find((one) => one.id === id));
}

async function until(id: number, status: GitHubRun["status"]): Promise<GitHubRun> {
  for (let turn = 0; turn < 500; turn += 1) {
    if (run(id).status === status) return run(id);
    await sleep(10);
  }
  throw new Error(`run is ${run(id).status}`);
}

it("a run whose end cannot be saved has failed, and the vendor goes on", async () => {
  let open: () => void = () => undefined;
  gate = new Promise((resolve) => (open = resolve));
  const id = await dispatch();
  for (let turn = 0; turn < 500 && seen.length === 0; turn += 1) await sleep(10);
  const { store } = harness.vendor;
  const save = store.save.bind(store);
  store.save = () => {
    throw new Error("no space left");
  };
  open();
  expect((await until(id, "completed")).conclusion).toBe("failure");
  store.save = save;
  expect((await harness.call("GET", `${repo}/actions/runs/${id}`)).status).toBe(200);
});

describe("a dispatch", () => {
  test.each(["", "/api/v3"])("answers 204 under %p, or with the run where asked", async (prefix) => {
    const { actions } = harness.octokit(harness.token, prefix);
    expect((await actions.createWorkflowDispatch({ ...place, ref: "main" })).status).toBe(204);
    const path = `${prefix}${repo}/actions/workflows/${workflow.id}/dispatches`;
    const detailed = await harness.call("POST", path, { body: { ref: "v1", return_run_details: true } });
    expect(detailed.status).toBe(200);
    const id = found(harness.state.runs[1]).id;
    expect(detailed.body).toEqual({
      workflow_run_id: id,
      run_url: `${harness.vendor.url}${prefix}${repo}/actions/runs/${id}`,
      html_url: `https://github.com/raxx-app/console/actions/runs/${id}`,
    });
  });

  test.each<[string, unknown, string]>([
    ["no ref", {}, `Invalid request.\n\n"ref" wasn't supplied.`],
    ["an unknown ref", { ref: "gone" }, "No ref found for: gone"],
    ["an unknown input", { ref: "main", inputs: { x: "1" } }, `Unexpected inputs provided: ["x"]`],
    [
      "an emptied required input",
      { ref: "main", inputs: { environment: "" } },
      "Required input 'environment'",
    ],
    ["a choice that is none", { ref: "main", inputs: { level: "max" } }, "input 'level'"],
    ["a boolean that is none", { ref: "main", inputs: { dry: "maybe" } }, "input 'dry'"],
    ["an input that is a list", { ref: "main", inputs: { level: [] } }, "Invalid request."],
    [
      "26 inputs",
      { ref: "main", inputs: Object.fromEntries(Array.from({ length: 26 }, (_, n) => [`i${n}`, "1"])) },
      "No more than 25 properties",
    ],
    ["an unknown field", { ref: "main", input: {} }, "not a permitted key"],
  ])("with %s answers 422 and starts nothing", async (_what, body, message) => {
    const refused = await harness.call("POST", `${repo}/actions/workflows/deploy.yml/dispatches`, { body });
    expect([refused.status, refused.body]).toMatchObject([
      422,
      { message: expect.stringContaining(message) as unknown },
    ]);
    expect(harness.state.runs).toEqual([]);
  });

  test("needs the trigger, an active workflow, and one that exists", async () => {
    const { actions } = harness.octokit();
    workflow.on = ["push"];
    expect(await failure(actions.createWorkflowDispatch({ ...place, ref: "main" }))).toEqual({
      status: 422,
      message: "Workflow does not have 'workflow_dispatch' trigger",
    });
    Object.assign(workflow, { on: ["workflow_dispatch"], state: "disabled_manually" });
    expect(await failure(actions.createWorkflowDispatch({ ...place, ref: "main" }))).toMatchObject({
      status: 422,
    });
    const gone = { ...place, workflow_id: "gone.yml", ref: "main" };
    expect(await failure(actions.createWorkflowDispatch(gone))).toMatchObject({ status: 404 });
  });

  test("workflows are listed, and read by id and by file", async () => {
    const { actions } = harness.octokit();
    const byFile = await actions.getWorkflow(place);
    expect(byFile.data).toMatchObject({
      id: workflow.id,
      path: ".github/workflows/deploy.yml",
      state: "active",
    });
    expect((await actions.getWorkflow({ ...place, workflow_id: workflow.id })).data).toEqual(byFile.data);
    expect((await actions.listRepoWorkflows(place)).data).toMatchObject({ total_count: 1 });
  });
});

describe("a run", () => {
  test("opens the sealed secret, makes the calls, and succeeds", async () => {
    const token = randomBytes(16).toString("hex");
    const { state, repository } = harness;
    createSecret(state, { repository, name: "TOKEN", value: randomBytes(16).toString("hex") });
    createSecret(state, { repository, environment: "prod", name: "TOKEN", value: token });
    createVariable(state, { repository, name: "HOST", value: "console" });
    const id = await dispatch({ level: "high" });
    expect(run(id).status).toBe("queued");
    await until(id, "completed");
    expect(seen).toEqual([
      {
        method: "POST",
        url: "/web/prod/api/check?level=high",
        token: `Bearer ${token}`,
        body: '{"host":"console","missing":""}',
      },
      { method: "GET", url: "/web/prod/done", token: undefined, body: "" },
    ]);
    const { actions } = harness.octokit();
    const { data } = await actions.getWorkflowRun({ ...place, run_id: id });
    expect(data).toMatchObject({ status: "completed", conclusion: "success", event: "workflow_dispatch" });
    const { data: jobs } = await actions.listJobsForWorkflowRun({ ...place, run_id: id });
    expect(jobs.jobs[0]?.steps).toMatchObject([
      { name: "Check the session", number: 1, status: "completed", conclusion: "success" },
      { name: "Say it", number: 2, conclusion: "success" },
    ]);
    const job = found(jobs.jobs[0]);
    expect((await actions.getJobForWorkflowRun({ ...place, job_id: job.id })).data.run_id).toBe(id);
    const log = JSON.stringify(harness.vendor.log.read());
    expect(JSON.stringify([data, jobs, harness.state.runs]) + log).not.toContain(token);
  });

  test("the repository's secret is used where the environment has none", async () => {
    const token = randomBytes(16).toString("hex");
    createSecret(harness.state, { repository: harness.repository, name: "TOKEN", value: token });
    await until(await dispatch(), "completed");
    expect(seen[0]?.token).toBe(`Bearer ${token}`);
  });

  test.each([401, 200, 302])("fails where a step is answered with %p, and skips the rest", async (status) => {
    answer = () => status;
    const done = await until(await dispatch(), "completed");
    expect(done.conclusion).toBe("failure");
    expect(done.job.steps).toMatchObject([
      { conclusion: "failure", http_status: status },
      { conclusion: "skipped", http_status: null },
    ]);
    // A redirect is not followed.
    expect(seen).toHaveLength(1);
    const { data } = await harness.octokit().actions.listJobsForWorkflowRun({ ...place, run_id: done.id });
    expect(Object.keys(data.jobs[0]?.steps?.[0] ?? {})).not.toContain("http_status");
  });

  test("fails where the origin is not in the internet of the sandbox", async () => {
    harness.state.internet = {};
    expect((await until(await dispatch(), "completed")).conclusion).toBe("failure");
    expect(seen).toEqual([]);
  });

  // 0.0.0.0 leads to the server as well: only the refusal keeps the call from it.
  test.each(["http://0.0.0.0:PORT", "http://127.0.0.1.example:PORT", "https://127.0.0.1:PORT"])(
    "makes no call where the base is %p, which is not plain HTTP on loopback",
    async (base) => {
      const { port } = server.address() as AddressInfo;
      harness.state.internet = { "https://console.raxx.app": base.replace("PORT", String(port)) };
      const done = await until(await dispatch(), "completed");
      expect(done).toMatchObject({ conclusion: "failure", job: { steps: [{ http_status: null }, {}] } });
      expect(seen).toEqual([]);
    },
  );

  test("fails on an expression that the runner does not know, and on a secret in the environment's name", async () => {
    const [step] = workflow.job.steps;
    if (step === undefined || !("request" in step)) throw new Error("expected a call");
    step.request.body = "${{ github.token }}";
    expect((await until(await dispatch(), "completed")).conclusion).toBe("failure");
    workflow.job.environment = "${{ secrets.TOKEN }}";
    expect((await until(await dispatch(), "completed")).conclusion).toBe("failure");
    expect(seen).toEqual([]);
  });

  test("makes the environment that it names", async () => {
    await until(await dispatch({ environment: "preview" }), "completed");
    expect(harness.repository.environments.map(({ name }) => name)).toEqual(["prod", "preview"]);
  });

  test("runs are listed newest first and filtered", async () => {
    const first = await dispatch();
    await until(first, "completed");
    answer = () => 500;
    const second = await dispatch({}, "topic");
    await until(second, "completed");
    const { actions } = harness.octokit();
    const ids = async (filter: Record<string, string>) => {
      const { data } = await actions.listWorkflowRunsForRepo({ ...place, ...filter });
      return data.workflow_runs.map(({ id }) => id);
    };
    expect(await ids({})).toEqual([second, first]);
    expect(await ids({ branch: "topic" })).toEqual([second]);
    expect(await ids({ status: "success" })).toEqual([first]);
    expect(await ids({ status: "completed" })).toEqual([second, first]);
    expect(await ids({ actor: "stranger" })).toEqual([]);
    expect(await ids({ event: "push" })).toEqual([]);
    const day = new Date(Date.now() + 86_400_000).toISOString();
    expect(await ids({ created: `>=${day}` })).toEqual([]);
    expect(await ids({ created: `<${day}` })).toEqual([second, first]);
    const { data } = await actions.listWorkflowRuns({ ...place, per_page: 1 });
    expect(data).toMatchObject({ total_count: 2, workflow_runs: [{ run_number: 2 }] });
  });

  test("a completed one can be deleted, a waiting one not", async () => {
    const { actions } = harness.octokit();
    const id = await dispatch();
    await until(id, "completed");
    expect((await actions.deleteWorkflowRun({ ...place, run_id: id })).status).toBe(204);
    expect(await failure(actions.getWorkflowRun({ ...place, run_id: id }))).toMatchObject({ status: 404 });
    harness.prod.reviewer_ids = [harness.operator.id];
    const waiting = await dispatch();
    await until(waiting, "waiting");
    expect(await failure(actions.deleteWorkflowRun({ ...place, run_id: waiting }))).toMatchObject({
      status: 403,
    });
  });

  test("one that a stop cut off has failed, its calls not made again; one that was queued goes on", async () => {
    gate = new Promise(() => undefined);
    const cut = await dispatch();
    while (seen.length === 0) await sleep(10);
    harness.state.runner_delay_ms = 60_000;
    const queued = await dispatch();
    harness.state.runner_delay_ms = 0;
    harness.vendor.store.save();
    gate = Promise.resolve();
    await harness.restart();
    expect(run(cut)).toMatchObject({ status: "completed", conclusion: "failure" });
    expect(run(cut).job.steps).toMatchObject([{ conclusion: "cancelled" }, { conclusion: "cancelled" }]);
    expect((await until(queued, "completed")).conclusion).toBe("success");
    expect(seen).toHaveLength(3);
  });
});

describe("an environment with reviewers", () => {
  beforeEach(() => {
    harness.prod.reviewer_ids = [harness.operator.id];
  });

  const review = (run_id: number, state: "approved" | "rejected", environment_ids = [harness.prod.id]) => {
    const { owner, repo } = place;
    const body = { owner, repo, run_id, environment_ids, state, comment: "" };
    return harness.octokit().actions.reviewPendingDeploymentsForRun(body);
  };

  test("lets a run wait, make no call and read no secret, until it is approved", async () => {
    const token = randomBytes(16).toString("hex");
    const id = await dispatch();
    await until(id, "waiting");
    const { actions } = harness.octokit();
    const { data } = await actions.getPendingDeploymentsForRun({ ...place, run_id: id });
    expect(data).toMatchObject([
      {
        environment: { id: harness.prod.id, name: "prod" },
        wait_timer: 0,
        wait_timer_started_at: null,
        current_user_can_approve: true,
        reviewers: [{ type: "User", reviewer: { login: "operator" } }],
      },
    ]);
    expect(seen).toEqual([]);
    createSecret(harness.state, { repository: harness.repository, name: "TOKEN", value: token });
    const answered = await review(id, "approved");
    expect([answered.status, answered.data]).toMatchObject([200, [{ environment: "prod", ref: "main" }]]);
    expect((await until(id, "completed")).conclusion).toBe("success");
    expect(seen[0]?.token).toBe(`Bearer ${token}`);
    expect((await actions.getPendingDeploymentsForRun({ ...place, run_id: id })).data).toEqual([]);
  });

  test("a rejected run fails without a call", async () => {
    const id = await dispatch();
    await until(id, "waiting");
    await review(id, "rejected");
    expect(run(id)).toMatchObject({ status: "completed", conclusion: "failure" });
    expect(await failure(review(id, "approved"))).toMatchObject({ status: 422 });
    expect(seen).toEqual([]);
  });

  test("a run keeps waiting over a restart", async () => {
    const id = await dispatch();
    await until(id, "waiting");
    await harness.restart();
    await sleep(100);
    expect(run(id).status).toBe("waiting");
    await review(id, "approved");
    expect((await until(id, "completed")).conclusion).toBe("success");
  });

  test("who is no reviewer, or started the run where that is prevented, gets 422", async () => {
    harness.repository.collaborators.push({ user_id: harness.stranger.id, role: "admin" });
    const id = await dispatch();
    await until(id, "waiting");
    const token = harness.tokenWith(everything, harness.stranger);
    const body = { environment_ids: [harness.prod.id], state: "approved", comment: "" };
    const path = `${repo}/actions/runs/${id}/pending_deployments`;
    expect((await harness.call("POST", path, { token, body })).status).toBe(422);
    harness.prod.prevent_self_review = true;
    expect((await harness.call("GET", path)).body).toMatchObject([{ current_user_can_approve: false }]);
    expect((await harness.call("POST", path, { body })).status).toBe(422);
    expect(run(id).status).toBe("waiting");
    const classic = createToken(harness.state, { user: harness.operator, scopes: ["repo"] });
    harness.prod.prevent_self_review = false;
    expect((await harness.call("POST", path, { token: classic, body })).status).toBe(200);
  });

  test("another environment's id, or a review without a comment, answers 422", async () => {
    const { state, repository } = harness;
    const other = createEnvironment(state, { repository, name: "staging" });
    const id = await dispatch();
    await until(id, "waiting");
    expect(await failure(review(id, "approved", [other.id]))).toMatchObject({ status: 422 });
    const body = { environment_ids: [harness.prod.id], state: "approved" };
    const path = `${repo}/actions/runs/${id}/pending_deployments`;
    expect((await harness.call("POST", path, { body })).status).toBe(422);
  });
});

test("a wait timer lets a run wait until its time has come", async () => {
  harness.prod.wait_timer = 1;
  const id = await dispatch();
  const waiting = await until(id, "waiting");
  waiting.waiting_since = new Date(Date.now() - 120_000).toISOString();
  harness.vendor.store.save();
  expect(seen).toEqual([]);
  await harness.restart();
  expect((await until(id, "completed")).conclusion).toBe("success");
});
