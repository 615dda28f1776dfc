import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { tokens } from "../../catalog";

const folder = join(__dirname, "..", "..", "catalog", "workflows");

interface Workflow {
  "run-name": string;
  on: { workflow_dispatch: { inputs: Record<string, { required: boolean }> } };
  permissions: Record<string, string>;
  jobs: Record<string, { steps: { env: Record<string, string>; run: string; uses?: string }[] }>;
}

const read = (file: string): Workflow => parse(readFileSync(join(folder, file), "utf8")) as Workflow;
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps }) => steps);

describe.each(readdirSync(folder))("%s", (file) => {
  const workflow = read(file);

  it("has its source as a word of its title, by which its run is found", () => {
    expect(Object.keys(workflow.on)).toEqual(["workflow_dispatch"]);
    expect(workflow.on.workflow_dispatch.inputs).toMatchObject({ source: { required: true } });
    expect(workflow["run-name"].split(/ (?!inputs|\}\})/)).toContain("${{ inputs.source }}");
  });

  it("may do nothing with a token of GitHub's, and runs nobody else's code", () => {
    expect(workflow.permissions).toEqual({});
    for (const step of stepsOf(workflow)) expect(step.uses).toBeUndefined();
  });

  it("gives values to its scripts by their environment alone", () => {
    for (const { run } of stepsOf(workflow)) expect(run).not.toContain("${{");
  });
});

it("verify-aws-backup.yml uses the secrets of the catalog, and expects its user", () => {
  const token = tokens.find(({ name }) => name === "AWS_FREESCOUT_BACKUP");
  if (token?.issuer.kind !== "aws-access-key") throw new Error("expected an access key");
  const secretOf = (part: string): string | undefined =>
    token.destinations.flatMap((place) =>
      place.kind === "github-secret" && place.part === part ? [`\${{ secrets.${place.name} }}`] : [],
    )[0];
  expect(stepsOf(read("verify-aws-backup.yml"))[0]?.env).toMatchObject({
    AWS_ACCESS_KEY_ID: secretOf("ACCESS_KEY_ID"),
    AWS_SECRET_ACCESS_KEY: secretOf("SECRET_ACCESS_KEY"),
    EXPECTED_USER: token.issuer.user,
    EXPECTED_ACCOUNT: "521228113048",
  });
});
