import {
  createEnvironment,
  createOrganization,
  createRepository,
  createToken,
  createUser,
  emptyGitHub,
  github as vendor,
  type GitHubRepository,
  type GitHubState,
} from "../../../../sandbox/vendors/github";
import { type RunningVendor, startVendor } from "../../../../sandbox/vendors/kit/vendor";
import { github } from "../../../../sandbox/plugins/github";
import { type Properties } from "../../../../sandbox/plugins/kit/properties";
import { ScratchFolder } from "../../scratch-folder";
import { type PluginClient, secretly, servedForTests } from "../plugin-client";

export const types = {
  secret: "github:index/actionsSecret:ActionsSecret",
  environmentSecret: "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret",
  variable: "github:index/actionsVariable:ActionsVariable",
  environmentVariable: "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable",
  environment: "github:index/repositoryEnvironment:RepositoryEnvironment",
} as const;

/** An emulated GitHub with one organization, two repositories and an environment with an awkward name. */
export class World {
  readonly environment = "live/eu:1";

  constructor(
    readonly vendor: RunningVendor<GitHubState>,
    readonly token: string,
    readonly client: PluginClient,
    readonly settings: Properties,
  ) {}

  repository(name = "app"): GitHubRepository {
    const found = this.vendor.store.state.repositories.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no repository ${name}`);
    return found;
  }

  /** The calls since the last time, without those of the configuration. */
  calls(): string[] {
    const all = this.vendor.log.read().map(({ method, path }) => `${method} ${path.replace("/api/v3", "")}`);
    const news = all.slice(this.seen);
    this.seen = all.length;
    return news;
  }
  private seen = 0;
}

/** A fresh world for each test. */
export function worldForTests(): () => World {
  const served = servedForTests(() => github);
  let scratch: ScratchFolder;
  let world: World;
  beforeEach(async () => {
    scratch = new ScratchFolder();
    let token = "";
    const running = await startVendor(vendor, {
      directory: scratch.root,
      seed: () => {
        const state = emptyGitHub();
        const user = createUser(state, { login: "operator" });
        const owner = createOrganization(state, { login: "raxx", members: [{ user, role: "admin" }] });
        createEnvironment(state, {
          repository: createRepository(state, { owner, name: "app" }),
          name: "live/eu:1",
        });
        createRepository(state, { owner, name: "other" });
        token = createToken(state, { user, scopes: ["repo"] });
        return state;
      },
    });
    const settings = { token: secretly(token), owner: "raxx", baseUrl: running.url, retryDelayMs: "1" };
    world = new World(running, token, await served.client(settings), settings);
    world.calls();
  });
  afterEach(async () => {
    await world.vendor.close();
    scratch.remove();
  });
  return () => world;
}
