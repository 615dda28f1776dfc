import { parse, stringify } from "yaml";

import {
  createOrganization,
  createRepository,
  createWorkflowFromFile,
  emptyGitHub,
  type GitHubWorkflow,
} from "../../../../sandbox/vendors/github";

interface Workflow {
  [key: string]: unknown;
  on: Record<string, unknown>;
  jobs: Record<string, { [key: string]: unknown; steps: Record<string, unknown>[] }>;
}

const compliant = `
name: Check
run-name: Check \${{ inputs.what }}
on:
  workflow_dispatch:
    inputs:
      what: { description: What to check, required: true, type: string }
permissions: {}
jobs:
  check:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - name: Look
        shell: bash
        env: { TOKEN: "\${{ secrets.TOKEN }}" }
        run: echo "\${#TOKEN}"
`;

function commit(text: string): GitHubWorkflow {
  const state = emptyGitHub();
  const owner = createOrganization(state, { login: "raxx-app" });
  const repository = createRepository(state, { owner, name: "console" });
  return createWorkflowFromFile(state, { repository, file: "check.yml", text });
}

test("a file is read as it says", () => {
  expect(commit(compliant)).toMatchObject({
    file: "check.yml",
    name: "Check",
    run_name: "Check ${{ inputs.what }}",
    state: "active",
    on: ["workflow_dispatch"],
    inputs: { what: { required: true, type: "string" } },
    job: {
      timeout_minutes: 5,
      steps: [{ name: "Look", env: { TOKEN: "${{ secrets.TOKEN }}" }, run: 'echo "${#TOKEN}"' }],
    },
  });
});

test.each<[string, (workflow: Workflow) => void, string]>([
  ["another trigger", (workflow) => (workflow.on["push"] = {}), "push"],
  ["permissions", (workflow) => (workflow["permissions"] = { contents: "read" }), "contents"],
  [
    "no permissions, which are GitHub's default ones",
    (workflow) => delete workflow["permissions"],
    "permissions",
  ],
  [
    "a second job",
    ({ jobs }) => (jobs["more"] = { ...jobs["check"], steps: jobs["check"]?.steps ?? [] }),
    "one job",
  ],
  ["an action", ({ jobs }) => (jobs["check"]?.steps ?? []).push({ uses: "actions/checkout@v4" }), "uses"],
  ["a condition", ({ jobs }) => Object.assign(jobs["check"]?.steps[0] ?? {}, { if: "always()" }), "if"],
  [
    "a value in the script itself",
    ({ jobs }) => Object.assign(jobs["check"]?.steps[0] ?? {}, { run: "echo ${{ secrets.TOKEN }}" }),
    "pass it by env",
  ],
])("%s is refused, because the runner would pass it over", (_what, change, told) => {
  const workflow = parse(compliant) as Workflow;
  change(workflow);
  expect(() => commit(stringify(workflow))).toThrow(told);
});
