import { UserError } from "../errors";

/** Where the rotation of an Access service token is to be, by the configuration. */
export interface ServiceTokenRotation {
  /** `raxx:<stack>:<TOKEN>`, its name at Cloudflare. */
  name: string;
  generation: string;
  /** 1 when it is issued, one more with each rotation. */
  version: number;
  /** Until when the secret before this version is good: ISO 8601, UTC. */
  previousExpiresAt?: string;
  /** `<UTC day> <name>`: who put it into an Access policy, and when. Only then it is distributed. */
  admitted?: string;
}

/** What a resource of the bridged provider was given, as a hook gets it: anything, as far as is known here. */
export type ServiceTokenInputs = Record<string, unknown>;

/**
 * What cannot be carried out of the way from the recorded rotations to the wanted ones. A token that is not recorded
 * may be at any version: it is issued anew.
 */
export function rotationFaults(
  recorded: readonly ServiceTokenRotation[],
  wanted: readonly ServiceTokenRotation[],
  now = new Date(),
): string[] {
  return wanted.flatMap((one) => {
    const before = recorded.find(({ name }) => name === one.name);
    const fault = before === undefined ? undefined : faultOf(before, one, now);
    return [...(fault === undefined ? [] : [fault]), ...admissionFaults(before, one, now)];
  });
}

function faultOf(before: ServiceTokenRotation, wanted: ServiceTokenRotation, now: Date): string | undefined {
  const { token, set } = placeOf(wanted.name);
  if (wanted.version < before.version) {
    return `${token} is at version ${before.version} (${before.generation}), and version ${wanted.version} is no more: an Access service token rotates in place, so that no secret can be brought back; set what it was, ${set("version", String(before.version))} and ${set("current", before.generation)}, or a higher version to rotate again`;
  }
  if (wanted.version === before.version) {
    if (wanted.generation === before.generation) return undefined;
    return `${token} has another current (${wanted.generation}, it was ${before.generation}) at the same version ${wanted.version}, so that nothing would be rotated: ${set("version", String(wanted.version + 1))} and ${set("previousExpiresAt", "TIME")}, or set current back`;
  }
  if (wanted.generation === before.generation) {
    return `${token} is to rotate to version ${wanted.version}, but its current is still ${before.generation}, by which its places know the secret: ${set("current", "DATE")}, where DATE is today, as 2026-05-06, or 2026-05-06.2 for the second of a day`;
  }
  return pastEnd(wanted.name, wanted.previousExpiresAt, now);
}

/** Once it was distributed, what is not declared any more would be deleted at its places, where it is in use. */
function admissionFaults(
  before: ServiceTokenRotation | undefined,
  { name, admitted }: ServiceTokenRotation,
  now: Date,
): string[] {
  const { token, set } = placeOf(name);
  if (admitted === undefined) {
    return before?.admitted === undefined
      ? []
      : [
          `${token} was put into an Access policy (${before.admitted}) and stands at its places, which would lose it without that evidence: ${set("admitted", `"${before.admitted}"`)}`,
        ];
  }
  const [day = ""] = admitted.split(" ");
  if (new Date(day) <= now) return [];
  return [
    `${token} cannot have been put into an Access policy on ${day}, which is still to come: ${set("admitted", '"$(date -u +%F) NAME"')}`,
  ];
}

/**
 * Refuses the update that raises the version where the secret before would be dead at once, with every place holding
 * it. Any other update may move the end, into the past too: that is how the secret before is killed early.
 *
 * @throws UserError
 */
export function requireOverlap(
  oldInputs: ServiceTokenInputs,
  newInputs: ServiceTokenInputs,
  now = new Date(),
): void {
  if (versionOf(newInputs) <= versionOf(oldInputs)) return;
  const { name, previousClientSecretExpiresAt: end } = newInputs;
  const fault = pastEnd(String(name), typeof end === "string" ? end : undefined, now);
  if (fault !== undefined) throw new UserError(fault);
}

function pastEnd(name: string, end: string | undefined, now: Date): string | undefined {
  if (end !== undefined && new Date(end) > now) return undefined;
  const { token, set } = placeOf(name);
  return `the rotation of ${token} would end the secret in use at once (previousExpiresAt is ${end ?? "not set"}, which is past): leave time for every place to get the new one, a week for example, ${set("previousExpiresAt", "TIME")}`;
}

/** Without one the provider's own default holds. */
function versionOf({ clientSecretVersion }: ServiceTokenInputs): number {
  return typeof clientSecretVersion === "number" ? clientSecretVersion : 1;
}

/** The token that a name at Cloudflare stands for, and how its configuration is set. */
export function placeOf(name: string): { token: string; set: (key: string, value: string) => string } {
  const [, stack = "", token = ""] = name.split(":");
  const set = (key: string, value: string): string =>
    `pulumi config set --path raxx:generations.${token}.${key} ${value} --stack ${stack}`;
  return { token, set };
}
