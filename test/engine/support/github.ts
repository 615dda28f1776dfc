import { setTimeout as sleep } from "node:timers/promises";

import { Octokit } from "@octokit/rest";
import sodium from "libsodium-wrappers";

import { type TestSandbox } from "./sandbox";

const repository = { owner: "raxx-app", repo: "TradeMasterAPI" };

/** What a person does with the repository, through GitHub's own client. */
export class GitHubPerson {
  private readonly octokit: Octokit;

  constructor(sandbox: TestSandbox) {
    const nothing = (): void => undefined;
    this.octokit = new Octokit({
      auth: sandbox.github().tokens.find(({ grant }) => grant.kind === "classic")?.token,
      baseUrl: sandbox.url("github"),
      userAgent: "a-person",
      log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    });
  }

  /** Name → time of the last update. */
  async environmentSecrets(environment: string): Promise<Record<string, string>> {
    const { data } = await this.octokit.actions.listEnvironmentSecrets({
      ...repository,
      environment_name: environment,
    });
    return Object.fromEntries(data.secrets.map(({ name, updated_at }) => [name, updated_at]));
  }

  async repositorySecrets(): Promise<Record<string, string>> {
    const { data } = await this.octokit.actions.listRepoSecrets(repository);
    return Object.fromEntries(data.secrets.map(({ name, updated_at }) => [name, updated_at]));
  }

  async variable(environment: string, name: string): Promise<string> {
    const { data } = await this.octokit.actions.getEnvironmentVariable({
      ...repository,
      environment_name: environment,
      name,
    });
    return data.value;
  }

  async setVariable(environment: string, name: string, value: string): Promise<void> {
    await this.octokit.actions.createEnvironmentVariable({
      ...repository,
      environment_name: environment,
      name,
      value,
    });
  }

  async reviewers(environment: string): Promise<string[]> {
    const { data } = await this.octokit.repos.getEnvironment({
      ...repository,
      environment_name: environment,
    });
    return (data.protection_rules ?? []).flatMap((rule) =>
      "reviewers" in rule
        ? (rule.reviewers ?? []).flatMap(({ reviewer }) =>
            reviewer !== undefined && "login" in reviewer ? [reviewer.login] : [],
          )
        : [],
    );
  }

  /** Puts another value into a secret of an environment, at a later second than what stands there. */
  async rewriteSecret(environment: string, name: string, value: string): Promise<void> {
    const place = { ...repository, environment_name: environment };
    const before = (await this.environmentSecrets(environment))[name] ?? "";
    // GitHub's times have no fraction of a second.
    while (new Date().toISOString().slice(0, 19) <= before.slice(0, 19)) await sleep(50);
    const { data: key } = await this.octokit.actions.getEnvironmentPublicKey(place);
    await this.octokit.actions.createOrUpdateEnvironmentSecret({
      ...place,
      secret_name: name,
      ...(await sealed(value, key)),
    });
  }

  async setRepositorySecret(name: string, value: string): Promise<void> {
    const { data: key } = await this.octokit.actions.getRepoPublicKey(repository);
    await this.octokit.actions.createOrUpdateRepoSecret({
      ...repository,
      secret_name: name,
      ...(await sealed(value, key)),
    });
  }

  async deleteSecret(environment: string, name: string): Promise<void> {
    await this.octokit.actions.deleteEnvironmentSecret({
      ...repository,
      environment_name: environment,
      secret_name: name,
    });
  }

  async deleteEnvironment(environment: string): Promise<void> {
    await this.octokit.repos.deleteAnEnvironment({ ...repository, environment_name: environment });
  }

  /** Runs the deploy workflow for an environment, approves it where that is asked for, and tells how it ended. */
  async deploy(
    environment: string,
  ): Promise<{ conclusion: string | null; steps: Record<string, string | null> }> {
    const { data } = await this.octokit.request(
      "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
      {
        ...repository,
        workflow_id: "deploy.yml",
        ref: "main",
        inputs: { environment },
        // Newer than this client's types.
        return_run_details: true,
      },
    );
    const { workflow_run_id: run_id } = data as unknown as { workflow_run_id: number };
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const { data: run } = await this.octokit.actions.getWorkflowRun({ ...repository, run_id });
      if (run.status === "waiting") await this.approve(run_id);
      if (run.status === "completed") return { conclusion: run.conclusion, steps: await this.steps(run_id) };
      await sleep(50);
    }
    throw new Error(`run ${run_id} does not end`);
  }

  private async approve(run_id: number): Promise<void> {
    const { data } = await this.octokit.actions.getPendingDeploymentsForRun({ ...repository, run_id });
    await this.octokit.actions.reviewPendingDeploymentsForRun({
      ...repository,
      run_id,
      environment_ids: data.flatMap(({ environment }) =>
        environment.id === undefined ? [] : [environment.id],
      ),
      state: "approved",
      comment: "looks good",
    });
  }

  private async steps(run_id: number): Promise<Record<string, string | null>> {
    const { data } = await this.octokit.actions.listJobsForWorkflowRun({ ...repository, run_id });
    return Object.fromEntries(
      data.jobs.flatMap(({ steps }) => (steps ?? []).map(({ name, conclusion }) => [name, conclusion])),
    );
  }
}

async function sealed(
  value: string,
  { key, key_id }: { key: string; key_id: string },
): Promise<{ encrypted_value: string; key_id: string }> {
  await sodium.ready;
  const box = sodium.crypto_box_seal(
    sodium.from_string(value),
    sodium.from_base64(key, sodium.base64_variants.ORIGINAL),
  );
  return { encrypted_value: sodium.to_base64(box, sodium.base64_variants.ORIGINAL), key_id };
}
