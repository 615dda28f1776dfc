import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input } from "@pulumi/pulumi";

import { type Implementation, isUnknown, refuse } from "../boundary";
import { PartialFailure, UserError, VendorError } from "../errors";
import { shell } from "../shell";
import { type InfisicalClient } from "./client";
import { IdentityClient, type IdentityRecord } from "./identity-client";
import { identityMarkerFault, ttlFault } from "./identity-marker";
import { type DeclaredRights, repairsOf, sorted } from "./identity-rights";
import { isLive, isUsed } from "./identity-token";

export interface InfisicalIdentityInputs extends DeclaredRights {
  /** `raxx:<stack>:<TOKEN>`: stands in the identity's metadata, and says that it is ours. */
  marker: string;
}

export interface InfisicalIdentityOutputs extends InfisicalIdentityInputs {
  /** What the vault had other than declared when it was last read, in words. */
  drift: string[];
}

export interface InfisicalIdentityArgs {
  /** A change replaces. */
  projectId: Input<string>;
  /** `raxx:<stack>:<TOKEN>`. A change replaces. */
  marker: Input<string>;
  /** Slug of the one environment that it may read. A change takes effect in place, for tokens in use too. */
  environment: Input<string>;
  /** Absolute paths of the folders that it may read, each without those below it. A change takes effect in place. */
  folders: Input<string[]>;
  /** How long its tokens live. A change takes effect with the next token. */
  ttlSeconds: Input<number>;
}

/**
 * A machine identity of the vault that may read the named folders of one environment and nothing else, and whose
 * tokens live as long as it says. Its id is the identity's. It is ours alone: rights that somebody adds are taken again.
 */
export class InfisicalIdentity extends dynamic.Resource {
  constructor(name: string, args: InfisicalIdentityArgs, opts?: CustomResourceOptions) {
    super(shell("infisicalIdentity"), name, { ...args, drift: undefined }, opts, "infisical", "Identity");
  }
}

export function infisicalIdentity(
  client: () => InfisicalClient,
  now: () => Date = () => new Date(),
): Implementation<InfisicalIdentityInputs, InfisicalIdentityOutputs> {
  const vault = new IdentityClient(client);

  return {
    check: (_olds, news) => {
      const faults = faultsOf(news);
      return Promise.resolve(faults.length > 0 ? refuse(news, faults.join("\n")) : { inputs: news });
    },

    diff: (_id, olds, news) => {
      const replaces = (["projectId", "marker"] as const).filter((key) => olds[key] !== news[key]);
      const changes =
        replaces.length > 0 ||
        olds.drift.length > 0 ||
        olds.environment !== news.environment ||
        olds.ttlSeconds !== news.ttlSeconds ||
        !isDeepStrictEqual(sortedUnlessUnknown(olds.folders), sortedUnlessUnknown(news.folders));
      return Promise.resolve({ changes, replaces });
    },

    create: async (inputs) => {
      const orgId = await vault.organization(inputs.projectId);
      const found = await ours(orgId, inputs.marker);
      if (found !== undefined) await requireTokenless(found, inputs.marker);
      const id = found ?? (await make(orgId, inputs.marker));
      return { id, outs: await repair(id, inputs) };
    },

    read: async (id, props) => {
      await vault.organization(props.projectId);
      if ((await vault.identity(id)) === undefined) return {};
      const drift = (await repairsOf(vault, id, props)).map(({ what }) => what);
      return { id, props: { ...inputsOf(props), drift } };
    },

    update: async (id, _olds, news) => {
      await vault.organization(news.projectId);
      return { outs: await repair(id, news) };
    },

    // It would take every token along: one that somebody may use keeps it alive.
    delete: async (id, props) => {
      await vault.organization(props.projectId);
      const live = (await vault.tokens(id)).filter((token) => isLive(token, now()));
      const unheld = live.filter(({ name }) => name?.startsWith(`${props.marker}:`) === true);
      if (live.length > unheld.length || unheld.some(isUsed)) return;
      await vault.deleteIdentity(id);
    },
  };

  /** The identity that an earlier run made and could not record. */
  async function ours(orgId: string, marker: string): Promise<string | undefined> {
    const name = nameOf(marker);
    const named = await vault.identitiesNamed(orgId, name);
    const [first, ...others] = named.filter((one) => isOurs(one, marker));
    const ids = named.map(({ identity }) => identity.id).join(", ");
    if (others.length > 0) {
      throw new UserError(
        `${others.length + 1} identities of the vault are called ${name} and carry our mark (${ids}): delete those that have no token in use (access control of the organization) and run again`,
      );
    }
    if (first === undefined && named.length > 0) {
      throw new UserError(
        `the vault has an identity ${name} (${ids}) that this stack did not make, and its rights are not ours to change: rename or delete it (access control of the organization) and run again`,
      );
    }
    return first?.identity.id;
  }

  /** A half-made identity has none: they are minted for what is recorded. */
  async function requireTokenless(id: string, marker: string): Promise<void> {
    const live = (await vault.tokens(id)).filter((token) => isLive(token, now()));
    if (live.length === 0) return;
    throw new UserError(
      `the vault has an identity ${nameOf(marker)} (${id}) with ${live.length} live token(s), but the state of this stack never made it: go on with the state that did (another backend, or a backup: pulumi stack import), or delete it only if nobody uses its tokens (access control of the organization), and run again`,
    );
  }

  async function make(orgId: string, marker: string): Promise<string> {
    const metadata = [{ key: metadataKey, value: marker }];
    try {
      return await vault.createIdentity({ name: nameOf(marker), organizationId: orgId, metadata });
    } catch (error) {
      // The answer may have been lost after the effect: look before anybody makes a second one.
      const lost = error instanceof VendorError && error.retryable && error.status !== 429;
      const made = lost ? await ours(orgId, marker) : undefined;
      if (made !== undefined) return made;
      throw error;
    }
  }

  /** From here on there is an identity: a failure leaves it in the state, to be finished by the next run. */
  async function repair(id: string, inputs: InfisicalIdentityInputs): Promise<InfisicalIdentityOutputs> {
    try {
      for (const { write } of await repairsOf(vault, id, inputs)) await write();
      return { ...inputsOf(inputs), drift: [] };
    } catch (error) {
      throw new PartialFailure(error, id, { ...inputsOf(inputs), drift: ["unfinished"] });
    }
  }
}

const metadataKey = "raxx";

function isOurs({ metadata }: IdentityRecord, marker: string): boolean {
  return metadata.some(({ key, value }) => key === metadataKey && value === marker);
}

/** `raxx-prod-INF_APP_READER`: the vault's own search takes no colon. */
function nameOf(marker: string): string {
  return marker.replaceAll(":", "-");
}

function faultsOf({ marker, environment, folders, ttlSeconds }: InfisicalIdentityInputs): string[] {
  const faults = [
    isUnknown(marker) ? undefined : identityMarkerFault(marker),
    isUnknown(ttlSeconds) ? undefined : ttlFault(ttlSeconds),
    environment === "" ? "an identity has to have an environment that it may read" : undefined,
    !isUnknown(folders) && folders.length === 0
      ? "an identity has to have folders that it may read"
      : undefined,
    ...(isUnknown(folders) ? [] : folders)
      .filter((folder) => !isUnknown(folder) && !/^(\/[A-Za-z0-9_-]+)+$/.test(folder))
      .map(
        (folder) => `${folder} is no path of a folder: it has to be like /MooseQuest/stripe, without stars`,
      ),
  ];
  return faults.filter((fault) => fault !== undefined);
}

function sortedUnlessUnknown(folders: string[]): unknown {
  return isUnknown(folders) ? folders : sorted(folders);
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf(inputs: InfisicalIdentityInputs): InfisicalIdentityInputs {
  const { projectId, marker, environment, folders, ttlSeconds } = inputs;
  return { projectId, marker, environment, folders, ttlSeconds };
}
