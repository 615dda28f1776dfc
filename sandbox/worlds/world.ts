import { type AwsState } from "../vendors/aws/records";
import { type CloudflareState } from "../vendors/cloudflare/records";
import { type GitHubState } from "../vendors/github/records";
import { type HerokuState } from "../vendors/heroku/entities";
import { type InfisicalState } from "../vendors/infisical/entities";

/** The vendors as they stand before the first run, and what an operator knows of them. */
export interface SeededWorld {
  databases: {
    heroku: HerokuState;
    infisical: InfisicalState;
    github: GitHubState;
    cloudflare: CloudflareState;
    aws: AwsState;
  };
  /** The credentials of the run: the environment variables an operator would export. */
  credentials: Record<string, string>;
  /** What the generated stack files get beside the tracked ones. */
  infisicalProject: string;
  cloudflareAccount: string;
  /** Zone name → id. */
  cloudflareZones: Record<string, string>;
  /** Stack → configuration key → a value that a person gives as a secret. */
  supplied: Record<string, Record<string, string>>;
  /** Stack → token → ids of the authorizations that were there before. */
  previousAdopt: Record<string, Record<string, string[]>>;
  /** Stack → logical name → import id of what was there before and is taken over. */
  adopt: Record<string, Record<string, string>>;
}

export type VendorName = keyof SeededWorld["databases"];

/** In the order of their ports. */
export const vendorNames = [
  "heroku",
  "infisical",
  "github",
  "cloudflare",
  "aws",
] as const satisfies readonly VendorName[];
