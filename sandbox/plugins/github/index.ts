import { version } from "@pulumi/github/package.json";

import { type Plugin } from "../kit/plugin";
import { type GitHub } from "./client";
import { config, configure, secretConfig } from "./configure";
import { repositoryEnvironment } from "./repository-environment";
import { secret } from "./secrets";
import { variable } from "./variables";

/**
 * Stands in for the plugin of `@pulumi/github`, which is bridged from integrations/terraform-provider-github v6.13.0:
 * what the comments in this folder call the real plugin.
 */
export const github: Plugin<GitHub> = {
  name: "github",
  version,
  config,
  secretConfig,
  configure,
  resources: {
    "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret": secret("environment"),
    "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable": variable("environment"),
    "github:index/actionsSecret:ActionsSecret": secret("repository"),
    "github:index/actionsVariable:ActionsVariable": variable("repository"),
    "github:index/repositoryEnvironment:RepositoryEnvironment": repositoryEnvironment,
  },
};
