import { readFileSync } from "node:fs";
import { join } from "node:path";

import { unknownValue } from "../../../providers/boundary";
import { GitHubError } from "../../../providers/github/explain";
import {
  githubWorkflowProbe,
  type GitHubWorkflowProbeInputs,
  type GitHubWorkflowProbeOutputs,
  type WorkflowProbeTiming,
} from "../../../providers/github/workflow-probe";
import {
  createSecret,
  createWorkflow,
  createWorkflowFromFile,
  type GitHubRun,
  type GitHubStepDefinition,
  type GitHubWorkflow,
} from "../../../sandbox/vendors/github";
import { failureOf, inject, writesOf } from "../support";
import { EmulatedGitHub } from "./emulated-github";

const timing: WorkflowProbeTiming = { pauseMs: 10, maxPauseMs: 40, appearMs: 400, endMs: 5_000 };
const token = "AWS_FREESCOUT_BACKUP";
const file = "verify-aws-backup.yml";
const actions = "/api/v3/repos/raxx-app/TradeMasterAPI/actions";
const dispatches = `${actions}/workflows/${file}/dispatches`;

let world: EmulatedGitHub;
let workflow: GitHubWorkflow;

/** Green where the secret has this very value. */
const step: GitHubStepDefinition = {
  name: "Try the secret",
  run: '[[ "$KEY" == works ]]',
  env: { KEY: "${{ secrets.KEY }}" },
};

beforeEach(async () => {
  await begin();
});
afterEach(() => world.stop());

async function begin(permission: "none" | "read" | "write" = "write"): Promise<void> {
  world = await EmulatedGitHub.start({
    secrets: "write",
    ...(permission === "none" ? {} : { actions: permission }),
  });
  workflow = createWorkflow(world.state, {
    repository: world.repository,
    file,
    name: "Verify",
    runName: "Verify ${{ inputs.source }}",
    inputs: { source: { required: true } },
    job: { steps: [step] },
  });
  write("works");
}

/** A second ago, unless told otherwise: GitHub's times have no fraction. */
function write(value: string, now = new Date(Date.now() - 1000)): void {
  createSecret(world.state, { repository: world.repository, name: "KEY", value, now });
}

/** The source that was distributed so many generations after the first one of today. */
function source(number = 1): string {
  const day = new Date().toISOString().slice(0, 10);
  return `${token}@${day}${number === 1 ? "" : `.${number}`}`;
}

function inputs(changes: Partial<GitHubWorkflowProbeInputs> = {}): GitHubWorkflowProbeInputs {
  return {
    owner: "raxx-app",
    repository: "TradeMasterAPI",
    workflow: file,
    source: source(),
    secrets: ["KEY"],
    ...changes,
  };
}

const probe = (changes: Partial<WorkflowProbeTiming> = {}): ReturnType<typeof githubWorkflowProbe> =>
  githubWorkflowProbe(() => world.client(), { ...timing, ...changes });

const create = async (
  changes: Partial<GitHubWorkflowProbeInputs> = {},
): Promise<GitHubWorkflowProbeOutputs> => (await probe().create(inputs(changes))).outs;

/** What ended a `create`. */
const fault = async (changes: Partial<WorkflowProbeTiming> = {}): Promise<Error> =>
  failureOf(probe(changes).create(inputs()));

const dispatched = (): number =>
  writesOf(world.vendor).filter((call) => call === `POST ${dispatches}`).length;

const sources = (): (string | undefined)[] => world.state.runs.map((run) => run.inputs["source"]);

/** A run of another dispatch, as it stands at GitHub. */
function run(changes: Partial<GitHubRun>): GitHubRun {
  const time = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const made: GitHubRun = {
    id: (world.state.last_id += 1),
    repository_id: world.repository.id,
    workflow_id: workflow.id,
    run_number: 1,
    actor_id: 1,
    event: "workflow_dispatch",
    head_branch: "main",
    head_sha: "0".repeat(40),
    inputs: {},
    display_title: `Verify ${source()}`,
    status: "completed",
    conclusion: "success",
    created_at: time,
    updated_at: time,
    waiting_since: null,
    review: null,
    job: {
      id: (world.state.last_id += 1),
      environment: null,
      started_at: null,
      completed_at: null,
      steps: [],
    },
    ...changes,
  };
  world.state.runs.push(made);
  return made;
}

const earlier = (seconds: number): string =>
  new Date(Date.now() - seconds * 1000).toISOString().replace(/\.\d+Z$/, "Z");

describe("a secret that works", () => {
  it("is proven by one run of its own, which is recorded", async () => {
    const outs = await create();
    const [only] = world.state.runs;
    expect(outs).toEqual({
      ...inputs(),
      runId: only?.id,
      url: `https://github.com/raxx-app/TradeMasterAPI/actions/runs/${only?.id ?? 0}`,
    });
    expect(only).toMatchObject({ head_branch: "main", inputs: { source: source() }, conclusion: "success" });
    expect(writesOf(world.vendor)).toEqual([`POST ${dispatches}`]);
  });

  it("is proven on the branch that is named", async () => {
    world.repository.branches.push("ops");
    await create({ ref: "ops" });
    expect(world.state.runs).toMatchObject([{ head_branch: "ops" }]);
  });

  it("is proven again when its source changes, and only then", async () => {
    const first = await create();
    expect(await probe().diff("id", first, inputs())).toEqual({ changes: false });
    const next = inputs({ source: source(2) });
    expect(await probe().diff("id", first, next)).toEqual({ changes: true });
    const { outs } = await probe().update("id", first, next);
    expect(outs.runId).not.toBe(first.runId);
    expect(sources()).toEqual([source(), source(2)]);
  });

  it("is proven again when a rotation goes back, because it was written again", async () => {
    run({ created_at: earlier(60) });
    const outs = await create();
    expect(outs.runId).toBe(world.state.runs[1]?.id);
    expect(dispatched()).toBe(1);
  });

  it("is told apart from others that are proven at the same time", async () => {
    const [one, other] = await Promise.all([create(), create({ source: source(2) })]);
    const sourceOf = (id: number): unknown =>
      world.state.runs.find((each) => each.id === id)?.inputs["source"];
    expect([sourceOf(one.runId), sourceOf(other.runId)]).toEqual([source(), source(2)]);
    expect(dispatched()).toBe(2);
  });
});

describe("a run that is there already", () => {
  it("is waited for while it is under way, and none is dispatched", async () => {
    const going = run({ status: "in_progress", conclusion: null });
    setTimeout(() => Object.assign(going, { status: "completed", conclusion: "success" }), 100);
    expect(await create()).toMatchObject({ runId: going.id });
    expect(dispatched()).toBe(0);
  });

  it("is recorded where it is green and younger than the secrets", async () => {
    const green = run({});
    expect(await create()).toMatchObject({ runId: green.id });
    expect(dispatched()).toBe(0);
  });

  it.each<[string, Partial<GitHubRun>]>([
    ["failed", { conclusion: "failure" }],
    ["was cancelled", { conclusion: "cancelled" }],
    ["is of another generation of the same day", { display_title: `Verify ${source(2)}` }],
    ["is of another branch", { head_branch: "topic" }],
    ["began otherwise", { event: "push" }],
    ["is of another workflow", { workflow_id: 1 }],
  ])("proves nothing where it %s", async (_what, changes) => {
    const other = run(changes);
    expect((await create()).runId).not.toBe(other.id);
    expect(dispatched()).toBe(1);
  });

  it("proves nothing where one of several secrets is younger", async () => {
    const old = run({ created_at: earlier(30) });
    write("works", new Date(Date.now() - 60_000));
    createSecret(world.state, { repository: world.repository, name: "ID", value: "id" });
    expect((await create({ secrets: ["ID", "KEY"] })).runId).not.toBe(old.id);
  });
});

describe("a run that is red", () => {
  it("is told with its page, its step and the secrets; the next run dispatches another", async () => {
    write("broken");
    const { message } = await fault();
    const [first] = world.state.runs;
    expect(message).toContain(`https://github.com/raxx-app/TradeMasterAPI/actions/runs/${first?.id ?? 0}`);
    expect(message).toContain('ended as failure in its step "Try the secret"');
    expect(message).toContain("nothing proves KEY.");
    write("works");
    expect((await create()).runId).toBe(world.state.runs[1]?.id);
    expect(dispatched()).toBe(2);
  });

  it("is told without its step where GitHub does not tell that", async () => {
    write("broken");
    inject(world.vendor, { kind: "status", status: 500, path: "*/jobs", times: 0 });
    expect((await fault()).message).toContain("ended as failure: https://");
  });
});

describe("a run that does not end", () => {
  it("is told as it stands, and waited for by the next run", async () => {
    world.state.runner_delay_ms = 60_000;
    const { message } = await fault({ endMs: 100 });
    const [only] = world.state.runs;
    expect(message).toContain("is still queued after 0 seconds");
    expect(message).toContain(`actions/runs/${only?.id ?? 0}`);
    setTimeout(() => Object.assign(only ?? {}, { status: "completed", conclusion: "success" }), 50);
    expect(await create()).toMatchObject({ runId: only?.id });
    expect(dispatched()).toBe(1);
  });

  it("and of which GitHub tells nothing any more ends with GitHub's fault", async () => {
    world.state.runner_delay_ms = 60_000;
    inject(world.vendor, { kind: "status", status: 502, path: `${actions}/runs/*`, times: 0 });
    const error = await fault({ endMs: 100 });
    expect(error).toBeInstanceOf(GitHubError);
    expect(error.message).toContain("github answered 502 when asked to read the run");
  });

  it("is asked about again after faults of GitHub's", async () => {
    inject(world.vendor, { kind: "status", status: 502, path: `${actions}/runs/*`, times: 5 });
    expect(await create()).toMatchObject({ runId: world.state.runs[0]?.id });
  });
});

describe("a dispatch without an answer", () => {
  it("that was carried out is not repeated: its run is found", async () => {
    inject(world.vendor, { kind: "drop-after", method: "POST", path: dispatches });
    expect(await create()).toMatchObject({ runId: world.state.runs[0]?.id });
    expect(dispatched()).toBe(1);
  });

  it("that was carried out is not repeated where its run only appears later", async () => {
    inject(world.vendor, { kind: "drop-after", method: "POST", path: dispatches });
    inject(world.vendor, { kind: "status", status: 500, path: "*/runs", call: 2, times: 7 });
    await create();
    expect(sources()).toEqual([source()]);
  });

  it.each(["drop-before", "status"] as const)("that never arrived (%s) is made once more", async (kind) => {
    inject(world.vendor, { kind, status: 502, method: "POST", path: dispatches });
    expect(await create()).toMatchObject({ runId: world.state.runs[0]?.id });
    expect(sources()).toEqual([source()]);
    expect(dispatched()).toBe(2);
  });

  it("that never arrived is not mistaken for an earlier one, whose run failed", async () => {
    const failed = run({ conclusion: "failure" });
    inject(world.vendor, { kind: "drop-before", method: "POST", path: dispatches });
    expect((await create()).runId).not.toBe(failed.id);
    expect(dispatched()).toBe(2);
  });

  it("nor a run ends after two, with GitHub's fault", async () => {
    inject(world.vendor, { kind: "status", status: 503, method: "POST", path: dispatches, times: 0 });
    const error = await fault();
    expect(error.message).toContain(`github answered 503 when asked to dispatch the workflow ${file}`);
    expect(world.state.runs).toEqual([]);
    expect(dispatched()).toBe(2);
  });
});

describe("what a person has to mend is told, and nothing is dispatched", () => {
  const commit = `commit catalog/workflows/${file} of this checkout as .github/workflows/${file} on the default branch of raxx-app/TradeMasterAPI, and run again`;

  afterEach(() => {
    expect(world.state.runs).toEqual([]);
  });

  it("where GitHub has not the workflow", async () => {
    world.repository.workflows.length = 0;
    expect((await fault()).message).toBe(
      `raxx-app/TradeMasterAPI has no workflow ${file}, which proves KEY: ${commit}`,
    );
  });

  it("where it is disabled", async () => {
    workflow.state = "disabled_manually";
    expect((await fault()).message).toBe(
      `the workflow ${file} of raxx-app/TradeMasterAPI is disabled (disabled_manually): gh workflow enable ${file} --repo raxx-app/TradeMasterAPI, and run again`,
    );
  });

  it.each<[string, () => void]>([
    ["takes no source", () => (workflow.inputs = {})],
    ["cannot be dispatched", () => (workflow.on = ["push"])],
  ])("where the file %s", async (_what, change) => {
    change();
    expect((await fault()).message).toContain(commit);
  });

  it("where the branch is not there", async () => {
    expect((await failureOf(probe().create(inputs({ ref: "gone" })))).message).toContain(
      "on gone: there is no such branch",
    );
  });

  it("where a secret is not there", async () => {
    const { message } = await failureOf(probe().create(inputs({ secrets: ["GONE", "KEY"] })));
    expect(message).toContain("raxx-app/TradeMasterAPI has no secret GONE");
  });

  it.each<["none" | "read", 403 | 404]>([
    ["read", 403],
    ["read", 404],
    ["none", 403],
    ["none", 404],
  ])("where the token has of Actions %s, told by %p", async (permission, status) => {
    await world.stop();
    await begin(permission);
    world.state.missing_permission_status = status;
    expect((await fault()).message).toContain(
      'GITHUB_TOKEN lacks a permission; give the token GH_SECRETS_WRITE "Actions: read and write" on raxx-app/TradeMasterAPI',
    );
  });
});

it("a title without the source is told, with the file to commit", async () => {
  delete workflow.run_name;
  const { message } = await fault();
  expect(message).toContain(`no run appeared within 0 seconds that has ${source()} in its title`);
  expect(message).toContain(`commit catalog/workflows/${file}`);
  expect(dispatched()).toBe(1);
});

describe("in a preview", () => {
  it("nothing is asked and nothing dispatched", async () => {
    const checked = await probe().check({}, inputs({ secrets: ["KEY", "ID", "KEY"] }));
    expect(checked).toEqual({ inputs: inputs({ secrets: ["ID", "KEY"] }) });
    const outs = { ...inputs(), runId: 1, url: "https://github.com/" };
    await probe().diff("id", outs, inputs({ source: source(2) }));
    expect(await probe().read("id", outs)).toEqual({ id: "id", props: outs });
    await probe().delete("id", outs);
    expect(world.vendor.log.read()).toEqual([]);
  });

  it("values may be unknown", async () => {
    const secrets = unknownValue as unknown as string[];
    const news = inputs({ owner: unknownValue, source: unknownValue, workflow: unknownValue, secrets });
    expect(await probe().check({}, news)).toEqual({ inputs: news });
  });

  it.each<[string, Partial<GitHubWorkflowProbeInputs>]>([
    ["github:owner", { owner: "raxx/app" }],
    ["raxx:githubRepository", { repository: ".." }],
    ["the workflow", { workflow: ".github/workflows/verify.yml" }],
    ["the workflow", { workflow: "verify" }],
    ["the ref", { ref: "refs/heads/main" }],
    ["the ref", { ref: "a b" }],
    ["the source", { source: token }],
    ["the source", { source: `${token}@latest` }],
    ["at least one secret", { secrets: [] }],
    ["GITHUB_TOKEN", { secrets: ["GITHUB_TOKEN"] }],
  ])("what cannot be is refused: %s, %p", async (told, changes) => {
    const { failures } = await probe().check({}, inputs(changes));
    expect(failures).toEqual([{ property: "", reason: expect.stringContaining(told) as unknown }]);
  });
});

it("the workflow of this checkout has a title that its run is found by", async () => {
  world.repository.workflows.length = 0;
  const path = join(__dirname, "..", "..", "..", "catalog", "workflows", file);
  createWorkflowFromFile(world.state, {
    repository: world.repository,
    file,
    text: readFileSync(path, "utf8"),
  });
  expect((await fault()).message).toContain('ended as failure in its step "Ask STS whose key is stored"');
  expect(dispatched()).toBe(1);
});
