import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { GitHubClient } from "../../../providers/github/client";
import { githubRepository, type GitHubRepositoryInputs } from "../../../providers/github/repository";
import {
  createEnvironment,
  createOrganization,
  createRepository,
  createToken,
  createUser,
  createVariable,
  github,
  type GitHubRepository,
  type GitHubState,
  renameRepository,
} from "../../../sandbox/vendors/github";
import { type RunningVendor, startVendor } from "../../../sandbox/vendors/kit/vendor";
import { writesOf } from "../support";

let directory: string;
let vendor: RunningVendor<GitHubState>;
let repository: GitHubRepository;
let token: string;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "raxx-github-"));
  vendor = await startVendor(github, { directory });
  const { state } = vendor.store;
  const user = createUser(state, { login: "ops" });
  const owner = createOrganization(state, { login: "raxx-app", members: [{ user, role: "admin" }] });
  repository = createRepository(state, { owner, name: "TradeMasterAPI" });
  const environment = createEnvironment(state, { repository, name: "production" });
  for (let index = 0; index < 40; index += 1) {
    createVariable(state, { repository, environment, name: `V_${index}`, value: "v" });
  }
  token = createToken(state, {
    user,
    repositories: [repository],
    permissions: { actions: "read", environments: "write", secrets: "write" },
  });
  vendor.store.save();
});
afterEach(async () => {
  expect(writesOf(vendor)).toEqual([]);
  await vendor.close();
  rmSync(directory, { recursive: true });
});

const check = async (changes: Partial<GitHubRepositoryInputs> = {}): Promise<string> => {
  const client = new GitHubClient({ url: vendor.url, token, retryBaseMs: 1 });
  const variable = { value: "x", importId: "id", adoptKey: "key", adopted: false };
  const news = {
    owner: "raxx-app",
    repository: "TradeMasterAPI",
    environment: "production",
    repositorySecrets: ["HEROKU_API_KEY"],
    environmentSecrets: ["QUEUE_SECRET"],
    environmentVariables: { CONSOLE_URL: variable },
    ...changes,
  };
  const { failures = [] } = await githubRepository(() => client).check({}, news);
  return failures.map(({ reason }) => reason).join("\n");
};

it("check takes the emulated repository, and sees all of its variables", async () => {
  expect(await check()).toBe("");
  const variable = { value: "x", importId: "id", adoptKey: "key", adopted: false };
  expect(await check({ environmentVariables: { V_39: variable } })).toContain("raxx:adopt");
});

it("check tells of what is not there, and of a new name", async () => {
  expect(await check({ repository: "absent" })).toContain("absent does not exist");
  expect(await check({ environment: "staging" })).toContain("there is no environment staging");
  renameRepository(vendor.store.state, repository, "New");
  expect(await check()).toContain("pulumi config set raxx:githubRepository New");
});
