import { randomUUID } from "node:crypto";

/** Heroku's database. Field names are the Platform API's own where the API has them. */
export interface HerokuState {
  accounts: HerokuAccount[];
  apps: HerokuApp[];
  authorizations: HerokuAuthorization[];
  /** Of all apps, oldest first. */
  releases: HerokuRelease[];
  /** The token bucket every account has. Lower `capacity` to make an account meet its limit soon. */
  rate_limit: { capacity: number; refill_per_minute: number };
}

export interface HerokuAccount {
  id: string;
  email: string;
  name: string;
  two_factor_authentication: boolean;
  created_at: string;
  last_login: string;
  /** The account's bucket as it stood at `at`; absent until its first call. */
  bucket?: { tokens: number; at: string };
}

export interface HerokuAuthorization {
  id: string;
  account_id: string;
  description: string;
  scope: HerokuScope[];
  created_at: string;
  updated_at: string;
  access_token: {
    id: string;
    token: string;
    /** Null: never. */
    expires_at: string | null;
    /** As it was asked for, so that a regenerated token gets the same. */
    lifetime_seconds: number | null;
  };
}

export const herokuScopes = [
  "global",
  "identity",
  "read",
  "write",
  "read-protected",
  "write-protected",
] as const;

export type HerokuScope = (typeof herokuScopes)[number];

export interface HerokuApp {
  id: string;
  name: string;
  owner_id: string;
  /** Ids of other accounts that may read and change the app. */
  collaborator_ids: string[];
  created_at: string;
  updated_at: string;
  dynos: HerokuDyno[];
}

export interface HerokuDyno {
  id: string;
  /** `web.1` */
  name: string;
  type: string;
  command: string;
  state: "up" | "starting" | "crashed";
  /** The release whose slug and config vars this dyno booted with. */
  release_id: string;
  /** Last boot. */
  updated_at: string;
  created_at: string;
}

export interface HerokuRelease {
  id: string;
  app_id: string;
  version: number;
  description: string;
  user_id: string;
  slug_id: string | null;
  created_at: string;
  updated_at: string;
  /** All config vars as of this release: the newest release's are the app's. Old values stay readable. */
  config_vars: Record<string, string>;
}

export function emptyHeroku(): HerokuState {
  return {
    accounts: [],
    apps: [],
    authorizations: [],
    releases: [],
    // 4500 and about 75 a minute: older documentation has 2400 and 20.
    rate_limit: { capacity: 4500, refill_per_minute: 75 },
  };
}

/** Adds an account. It has no credential until {@link createAuthorization} makes one. */
export function createAccount(
  state: HerokuState,
  args: {
    email: string;
    /** @default made at run time */
    id?: string;
    /** @default the part of the e-mail address before the `@` */
    name?: string;
    /** @default now */
    now?: Date;
  },
): HerokuAccount {
  const time = timestamp(args.now);
  const account: HerokuAccount = {
    id: args.id ?? randomUUID(),
    email: args.email,
    name: args.name ?? args.email.replace(/@.*/, ""),
    two_factor_authentication: false,
    created_at: time,
    last_login: time,
  };
  state.accounts.push(account);
  return account;
}

/** Adds an authorization; its token is `access_token.token`. */
export function createAuthorization(
  state: HerokuState,
  args: {
    account: HerokuAccount;
    scope: HerokuScope[];
    /** @default `Long-lived user authorization` [M], as for a request without one */
    description?: string;
    /** Seconds; null is never. @default null */
    expiresIn?: number | null;
    /** @default made at run time */
    id?: string;
    /** @default made at run time */
    token?: string;
    /** @default now */
    now?: Date;
  },
): HerokuAuthorization {
  const now = args.now ?? new Date();
  const authorization: HerokuAuthorization = {
    id: args.id ?? randomUUID(),
    account_id: args.account.id,
    description: args.description ?? "Long-lived user authorization",
    scope: [...args.scope],
    created_at: timestamp(now),
    updated_at: timestamp(now),
    access_token: newAccessToken(args.expiresIn ?? null, now, args.token),
  };
  state.authorizations.push(authorization);
  return authorization;
}

/**
 * Adds an app with its first releases: `Initial release`, one for the config vars and one deploy, with the
 * dynos running on the last of them.
 */
export function createApp(
  state: HerokuState,
  args: {
    name: string;
    owner: HerokuAccount;
    /** @default none */
    collaborators?: HerokuAccount[];
    /** @default none */
    configVars?: Record<string, string>;
    /** Dynos per process type. @default `{ web: 1 }` */
    dynos?: Record<string, number>;
    /** @default made at run time */
    id?: string;
    /** @default now */
    now?: Date;
  },
): HerokuApp {
  const time = timestamp(args.now);
  const app: HerokuApp = {
    id: args.id ?? randomUUID(),
    name: args.name,
    owner_id: args.owner.id,
    collaborator_ids: (args.collaborators ?? []).map((account) => account.id),
    created_at: time,
    updated_at: time,
    dynos: [],
  };
  state.apps.push(app);
  const configVars = args.configVars ?? {};
  const release = { app, user: args.owner, ...(args.now && { now: args.now }) };
  addRelease(state, { ...release, description: "Initial release", configVars: {} });
  if (Object.keys(configVars).length > 0) {
    const description = `Set ${Object.keys(configVars).join(", ")} config vars`;
    addRelease(state, { ...release, description, configVars });
  }
  const slugId = randomUUID();
  addRelease(state, { ...release, description: `Deploy ${slugId.slice(0, 8)}`, configVars, slugId });
  for (const [type, quantity] of Object.entries(args.dynos ?? { web: 1 })) {
    for (let index = 1; index <= quantity; index += 1) {
      const fresh = { id: "", release_id: "", created_at: time, updated_at: time, state: "up" } as const;
      app.dynos.push({ ...fresh, name: `${type}.${index}`, type, command: `node ${type}.js` });
    }
  }
  restartDynos(state, app, undefined, args.now);
  return app;
}

/** Appends the app's next release. It restarts no dyno: see {@link restartDynos}. */
export function addRelease(
  state: HerokuState,
  args: {
    app: HerokuApp;
    user: HerokuAccount;
    description: string;
    configVars: Record<string, string>;
    /** @default the slug of the release before */
    slugId?: string | null;
    /** @default now */
    now?: Date;
  },
): HerokuRelease {
  const before = releasesOf(state, args.app).at(-1);
  const time = timestamp(args.now);
  const release: HerokuRelease = {
    id: randomUUID(),
    app_id: args.app.id,
    version: (before?.version ?? 0) + 1,
    description: args.description,
    user_id: args.user.id,
    slug_id: args.slugId === undefined ? (before?.slug_id ?? null) : args.slugId,
    created_at: time,
    updated_at: time,
    config_vars: { ...args.configVars },
  };
  state.releases.push(release);
  args.app.updated_at = time;
  return release;
}

/** Boots dynos on the app's newest release: all of them, or those named. */
export function restartDynos(state: HerokuState, app: HerokuApp, names?: string[], now?: Date): void {
  const release = currentRelease(state, app);
  for (const dyno of app.dynos) {
    if (names !== undefined && !names.includes(dyno.name)) continue;
    // The dyno manager replaces a dyno: its name stays, its id is new.
    dyno.id = randomUUID();
    dyno.state = "up";
    dyno.release_id = release.id;
    dyno.created_at = timestamp(now);
    dyno.updated_at = timestamp(now);
  }
}

/** The app's releases, oldest first. */
export function releasesOf(state: HerokuState, app: HerokuApp): HerokuRelease[] {
  return state.releases.filter((release) => release.app_id === app.id);
}

export function currentRelease(state: HerokuState, app: HerokuApp): HerokuRelease {
  const release = releasesOf(state, app).at(-1);
  if (release === undefined) throw new Error(`app ${app.name} has no release: use createApp`);
  return release;
}

/** The app's config vars as they stand now. */
export function configVarsOf(state: HerokuState, app: HerokuApp): Record<string, string> {
  return currentRelease(state, app).config_vars;
}

/** The value a running dyno has for this config var: that of the release it booted with. */
export function valueInDyno(state: HerokuState, dyno: HerokuDyno, key: string): string | undefined {
  const vars = state.releases.find((release) => release.id === dyno.release_id)?.config_vars ?? {};
  return Object.hasOwn(vars, key) ? vars[key] : undefined;
}

export function newAccessToken(
  lifetimeSeconds: number | null,
  now: Date,
  token = `HRKU-${randomUUID()}`,
): HerokuAuthorization["access_token"] {
  return {
    id: randomUUID(),
    token,
    expires_at:
      lifetimeSeconds === null ? null : new Date(now.getTime() + lifetimeSeconds * 1000).toISOString(),
    lifetime_seconds: lifetimeSeconds,
  };
}

/** The API's times have no fraction of a second. */
export function timestamp(now = new Date()): string {
  return now.toISOString().replace(/\.\d+Z$/, "Z");
}
