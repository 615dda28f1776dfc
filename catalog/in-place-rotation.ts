import { z } from "zod";

import { parseEvidence } from "./evidence";
import { parseGeneration } from "./generation";
import { type Environment } from "./taxonomy";

/** Where a token's rotation is, of one that keeps its id and gets a new secret: an Access service token. */
export interface InPlaceRotation {
  /** 1 when it is issued, one more with each rotation. */
  version: number;
  /** Until when the secret before this version is good: ISO 8601, UTC. Only of versions after the first. */
  previousExpiresAt?: string;
  /** `<UTC day> <name>`: who put it into the policy of its application, and when. Without it, it is distributed nowhere. */
  admitted?: string;
}

/** What only a token has that rotates in place. */
export const inPlaceKeys = ["version", "previousExpiresAt", "admitted"] as const;

type RawInPlaceRotation = Record<(typeof inPlaceKeys)[number], unknown>;

const versionSchema = z.int().min(1);
const endSchema = z.iso.datetime({ precision: 0 });
/** What Pulumi makes of a time that stands without quotes in a stack file. */
const bareTime = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) \+0000 UTC$/;

/** Reads the version, the end of the secret before it and the evidence of its admission, and adds to the faults what is wrong with them. */
export function readInPlaceRotation(
  name: string,
  raw: Partial<RawInPlaceRotation> & { current?: string },
  environment: Environment,
  faults: string[],
): InPlaceRotation | undefined {
  const rotation = readRotation(name, raw, environment, faults);
  const admitted = readAdmitted(name, raw, environment, faults);
  if (rotation === undefined) return undefined;
  return { ...rotation, ...(admitted === undefined ? {} : { admitted }) };
}

function readRotation(
  name: string,
  raw: Partial<RawInPlaceRotation>,
  environment: Environment,
  faults: string[],
): InPlaceRotation | undefined {
  const path = `raxx:generations.${name}`;
  const set = (key: string, value: string): string =>
    `pulumi config set --path ${path}.${key} ${value} --stack ${environment}`;
  const version = versionSchema.safeParse(raw.version);
  if (!version.success) {
    faults.push(
      `${path}.version is no whole number from 1 on (without quotes; 1 for a new token, one more with each rotation): ${set("version", "1")}`,
    );
    return undefined;
  }
  const { previousExpiresAt: end } = raw;
  if (version.data === 1) {
    if (end === undefined) return { version: 1 };
    faults.push(
      `${path}.previousExpiresAt ends the secret before this version, but there is none before version 1: remove it, or raise version to rotate`,
    );
    return undefined;
  }
  const time = endSchema.safeParse(typeof end === "string" ? end.replace(bareTime, "$1T$2Z") : end);
  if (time.success) return { version: version.data, previousExpiresAt: time.data };
  // Never quoted: it could be anything, a secret too.
  faults.push(
    `${path}.previousExpiresAt is ${end === undefined ? "not set" : "no time in UTC"}: say until when the secret before version ${version.data} is good, as 2026-05-13T12:00:00Z, and leave it there until the next rotation: ${set("previousExpiresAt", "TIME")}`,
  );
  return undefined;
}

function readAdmitted(
  name: string,
  { admitted, version, current }: Partial<RawInPlaceRotation> & { current?: string },
  environment: Environment,
  faults: string[],
): string | undefined {
  if (admitted === undefined) return undefined;
  const path = `raxx:generations.${name}.admitted`;
  const evidence = parseEvidence(admitted);
  if (evidence === undefined || typeof admitted !== "string") {
    faults.push(
      `${path} does not say when ${name} was put into the policy of its application, and by whom: ${admissionCommand(name, environment)}`,
    );
    return undefined;
  }
  const minted = version === 1 ? parseGeneration(current ?? "")?.day : undefined;
  if (minted === undefined || evidence.day >= minted) return admitted;
  faults.push(
    `${path} is a day before ${name} was made (${current ?? ""}), when no policy could name it: see that one does now, then ${admissionCommand(name, environment)}`,
  );
  return undefined;
}

/** Says that somebody, in place of NAME, put it into the policy of its application. */
export function admissionCommand(name: string, environment: string): string {
  return `pulumi config set --path raxx:generations.${name}.admitted "$(date -u +%F) NAME" --stack ${environment}`;
}
