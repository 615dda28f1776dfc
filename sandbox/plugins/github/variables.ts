import { z } from "zod";

import { PartialCreation, type Resource } from "../kit/plugin";
import { without } from "../kit/properties";
import { type GitHub } from "./client";
import { ifThere, onceFound } from "./lookups";
import { idOf, name, partsOf, repositoryIdOf, repositoryReplaced, timestamp, unescaped } from "./names";

const repositoryInputs = z.strictObject({ repository: z.string(), variableName: name, value: z.string() });
const environmentInputs = repositoryInputs.extend({ environment: z.string() });

type Place = Omit<z.infer<typeof repositoryInputs>, "value"> & { environment?: string };
type Inputs = Place & { value: string };
type State = Inputs & { createdAt?: string; updatedAt?: string; repositoryId?: number };

/** `ActionsVariable` of a repository, or `ActionsEnvironmentVariable` of one of its environments. */
export function variable(of: "repository" | "environment"): Resource<GitHub, Inputs, State> {
  const inputs: z.ZodObject = of === "repository" ? repositoryInputs : environmentInputs;
  return {
    inputs,
    secret: [],
    computed: ["createdAt", "repositoryId", "updatedAt"],
    replaces: of === "repository" ? ["variableName"] : ["environment", "variableName"],
    replacedBy: repositoryReplaced,

    async create(github, given) {
      const { environment: environment_name, repository: repo, value } = given;
      const target = { owner: github.owner, repo, name: given.variableName, value };
      // A variable that is there already is refused with 409: it is somebody else's.
      await github.call<unknown>((octokit) =>
        environment_name === undefined
          ? octokit.rest.actions.createRepoVariable(target)
          : octokit.rest.actions.createEnvironmentVariable({ ...target, environment_name }),
      );
      const id = variableId(given);
      let repositoryId: number;
      try {
        repositoryId = await repositoryIdOf(github, given.repository);
      } catch (error) {
        throw new PartialCreation(id, given, error);
      }
      const found = await onceFound(() => variableOf(github, given));
      return { id, outputs: { ...given, repositoryId, ...timesIn(found) } };
    },

    async read(github, _id, state) {
      const found = await ifThere(() => variableOf(github, state));
      return found === undefined ? undefined : { ...state, ...found };
    },

    async import(github, id) {
      const parts = partsOf(id, of === "repository" ? 2 : 3);
      const [repository = "", environment = ""] = parts;
      const place: Place = {
        repository,
        variableName: parts.at(-1) ?? "",
        ...(of === "environment" ? { environment: unescaped(environment) } : {}),
      };
      const repositoryId = await repositoryIdOf(github, repository);
      await variableOf(github, place);
      // The real plugin reads once more after each import.
      const found = await ifThere(() => variableOf(github, place));
      return found === undefined ? undefined : { id, outputs: { ...place, repositoryId, ...found } };
    },

    async update(github, _id, state) {
      const { environment: environment_name, repository: repo, value } = state;
      const target = { owner: github.owner, repo, name: state.variableName, value };
      await github.call<unknown>((octokit) =>
        environment_name === undefined
          ? octokit.rest.actions.updateRepoVariable(target)
          : octokit.rest.actions.updateEnvironmentVariable({ ...target, environment_name }),
      );
      const found = await variableOf(github, state).catch(() => undefined);
      return { ...without(state, "updatedAt"), ...timesIn(found) };
    },

    async delete(github, _id, state) {
      const { environment: environment_name } = state;
      const target = { owner: github.owner, repo: state.repository, name: state.variableName };
      await github.call<unknown>((octokit) =>
        environment_name === undefined
          ? octokit.rest.actions.deleteRepoVariable(target)
          : octokit.rest.actions.deleteEnvironmentVariable({ ...target, environment_name }),
      );
    },
  };
}

interface Found {
  value: string;
  createdAt: string;
  updatedAt: string;
}

function variableId({ repository, environment, variableName }: Place): string {
  return idOf([repository, ...(environment === undefined ? [] : [environment]), variableName]);
}

async function variableOf(github: GitHub, place: Place): Promise<Found> {
  const { environment: environment_name } = place;
  const target = { owner: github.owner, repo: place.repository, name: place.variableName };
  const { value, created_at, updated_at } = await github.call((octokit) =>
    environment_name === undefined
      ? octokit.rest.actions.getRepoVariable(target)
      : octokit.rest.actions.getEnvironmentVariable({ ...target, environment_name }),
  );
  return { value, createdAt: timestamp(created_at), updatedAt: timestamp(updated_at) };
}

function timesIn(found: Found | undefined) {
  return found === undefined ? {} : { createdAt: found.createdAt, updatedAt: found.updatedAt };
}
