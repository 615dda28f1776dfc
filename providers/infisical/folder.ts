import { dynamic, type CustomResourceOptions, type Input } from "@pulumi/pulumi";

import { type Implementation } from "../boundary";
import { shell } from "../shell";
import { type InfisicalClient } from "./client";
import { type FolderRef } from "./records";

export interface InfisicalFolderInputs {
  projectId: string;
  /** Slug: `prod`, `staging` or `dev`. */
  environment: string;
  /** Absolute, without a slash at its end: `/MooseQuest/heroku`. */
  path: string;
}

export interface InfisicalFolderOutputs extends InfisicalFolderInputs {
  /** False where the folder was there before us: then it is never deleted. */
  created: boolean;
}

export interface InfisicalFolderArgs {
  /** A change replaces, as of every argument. */
  projectId: Input<string>;
  environment: Input<string>;
  path: Input<string>;
}

/**
 * One folder of one environment, found or created; its parent has to exist. It is deleted only when this
 * program created it and nothing is left in it.
 */
export class InfisicalFolder extends dynamic.Resource {
  constructor(name: string, args: InfisicalFolderArgs, opts?: CustomResourceOptions) {
    super(shell("infisicalFolder"), name, { ...args, created: undefined }, opts, "infisical", "Folder");
  }
}

export function infisicalFolder(
  client: () => InfisicalClient,
): Implementation<InfisicalFolderInputs, InfisicalFolderOutputs> {
  return {
    check: (_olds, news) => Promise.resolve({ inputs: news }),
    diff: (_id, olds, news) => {
      const replaces = (["projectId", "environment", "path"] as const).filter(
        (key) => olds[key] !== news[key],
      );
      return Promise.resolve({ changes: replaces.length > 0, replaces });
    },
    create: async (inputs) => {
      const { parent, name } = split(inputs);
      const existing = await find(inputs);
      const id = existing ?? (await client().createFolder(parent, name)).id;
      return { id, outs: { ...inputsOf(inputs), created: existing === undefined } };
    },
    read: async (_id, props) => {
      const id = await find(props);
      if (id === undefined) return {};
      return { id, props: { ...inputsOf(props), created: props.created } };
    },
    update: (_id, olds) => Promise.resolve({ outs: olds }),
    delete: async (id, props) => {
      if (!props.created) return;
      // Another folder of the same name is somebody else's.
      if ((await find(props)) !== id) return;
      const here = inputsOf(props);
      const left = ((await client().secrets(here)) ?? []).length + (await client().foldersIn(here)).length;
      if (left === 0) await client().deleteFolder(split(props).parent, id);
    },
  };

  /** Its id. */
  async function find({ projectId, environment, path }: InfisicalFolderInputs): Promise<string | undefined> {
    return (await client().folders(projectId, environment)).get(path);
  }
}

function split({ projectId, environment, path }: InfisicalFolderInputs): { parent: FolderRef; name: string } {
  const cut = path.lastIndexOf("/");
  const parentPath = cut === 0 ? "/" : path.slice(0, cut);
  return { parent: { projectId, environment, path: parentPath }, name: path.slice(cut + 1) };
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf({ projectId, environment, path }: InfisicalFolderInputs): InfisicalFolderInputs {
  return { projectId, environment, path };
}
