import { GitHubEnvironment, type GitHubEnvironmentArgs } from "../../components/github-environment";
import { IssuedCredential } from "./fixtures";
import { Program, secretOf } from "./program";

const variableType = "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable";
const secretType = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret";
const environmentType = "github:index/repositoryEnvironment:RepositoryEnvironment";
const ingest = new IssuedCredential("RAXX_AUDIT_INGEST");

let program: Program;
beforeEach(async () => {
  program = await Program.start("prod");
});

function declare(changes: Partial<GitHubEnvironmentArgs> = {}): void {
  new GitHubEnvironment("github/production", {
    repository: "TradeMasterAPI",
    environment: "production",
    secrets: { CONSOLE_AUDIT_INGEST_TOKEN: ingest },
    variables: { CONSOLE_INTERNAL_URL: { value: "https://console.raxx.app" } },
    ...changes,
  });
}

it("reads the environment and never declares it", async () => {
  declare();
  const environment = await program.only(environmentType);
  expect(environment.read).toBe("TradeMasterAPI:production");
});

it("has the escaped name of an environment with a colon as its id", async () => {
  declare({ environment: "eu:prod" });
  expect((await program.only(environmentType)).read).toBe("TradeMasterAPI:eu??prod");
});

it("has a secret per credential and a variable per setting", async () => {
  declare();
  const secret = await program.only(secretType);
  expect(secret.name).toBe("github/production/CONSOLE_AUDIT_INGEST_TOKEN-secret");
  expect(secretOf(secret.inputs["value"])).toBe(ingest.plain);
  expect(await program.only(variableType)).toMatchObject({
    name: "github/production/CONSOLE_INTERNAL_URL",
    parent: "github/production",
    inputs: {
      repository: "TradeMasterAPI",
      environment: "production",
      variableName: "CONSOLE_INTERNAL_URL",
      value: "https://console.raxx.app",
    },
    importId: "",
    retainOnDelete: false,
  });
});

it("takes a variable over that was there before us, and keeps it", async () => {
  const adopt = "TradeMasterAPI:production:CONSOLE_INTERNAL_URL";
  declare({ variables: { CONSOLE_INTERNAL_URL: { value: "https://console.raxx.app", adopt } } });
  expect(await program.only(variableType)).toMatchObject({ importId: adopt, retainOnDelete: true });
});
