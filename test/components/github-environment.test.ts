import { GitHubEnvironment, type GitHubEnvironmentArgs } from "../../components/github-environment";
import { IssuedCredential } from "./fixtures";
import { Program, secretOf } from "./program";

const variableType = "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable";
const secretType = "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret";
const ingest = new IssuedCredential("RAXX_AUDIT_INGEST");

let program: Program;
beforeEach(async () => {
  program = await Program.start("prod");
});

function declare(changes: Partial<GitHubEnvironmentArgs> = {}): void {
  new GitHubEnvironment("github/production", {
    owner: "raxx-app",
    repository: "TradeMasterAPI",
    environment: "production",
    secrets: { CONSOLE_AUDIT_INGEST_TOKEN: ingest },
    variables: { CONSOLE_INTERNAL_URL: { value: "https://console.raxx.app" } },
    ...changes,
  });
}

it("declares no environment: to write one takes its reviewers away", async () => {
  declare();
  const types = (await program.resources()).map(({ type }) => type);
  expect(types.filter((type) => type.includes("epositoryEnvironment"))).toEqual([]);
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
