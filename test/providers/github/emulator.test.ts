import { githubRepository, type GitHubRepositoryInputs } from "../../../providers/github/repository";
import { createVariable, renameRepository } from "../../../sandbox/vendors/github";
import { writesOf } from "../support";
import { EmulatedGitHub } from "./emulated-github";

let world: EmulatedGitHub;
beforeEach(async () => {
  world = await EmulatedGitHub.start({ actions: "read", environments: "write", secrets: "write" });
  const { repository, production: environment } = world;
  for (let index = 0; index < 40; index += 1) {
    createVariable(world.state, { repository, environment, name: `V_${index}`, value: "v" });
  }
});
afterEach(async () => {
  expect(writesOf(world.vendor)).toEqual([]);
  await world.stop();
});

const check = async (changes: Partial<GitHubRepositoryInputs> = {}): Promise<string> => {
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
  const { failures = [] } = await githubRepository(() => world.client()).check({}, news);
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
  renameRepository(world.state, world.repository, "New");
  expect(await check()).toContain("pulumi config set raxx:githubRepository New");
});
