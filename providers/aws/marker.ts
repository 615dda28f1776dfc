import { UserError } from "../errors";

/** The tag that says which stack and token a thing at AWS is for: `raxx:<stack>:<TOKEN>`. */
const markerTag = "provisioner";

const ourMarker = /^raxx:[a-z0-9][a-z0-9-]*:[A-Z][A-Z0-9_]*$/;

interface Tag {
  Key?: string | undefined;
  Value?: string | undefined;
}

export function isMarked(tags: readonly Tag[] | undefined, marker: string): boolean {
  return (tags ?? []).some(({ Key, Value }) => Key === markerTag && Value === marker);
}

/** Nothing is ever removed but under a marker of ours. */
export function requireMarker(marker: string): void {
  if (ourMarker.test(marker)) return;
  throw new UserError(
    `${marker} is no marker that this program gives, and nothing else is removed: it has to be raxx:<stack>:<TOKEN>`,
  );
}

/** What to do about something of the same name that is not ours. */
export function notOurs(what: string, marker: string, page: string): string {
  return `${what} exists, but not with the tag ${markerTag}=${marker}: this stack did not make it, and takes nothing over; delete it at ${page} if nobody uses it, or choose another name in catalog/tokens/aws.ts, and run again`;
}

/** What to do about something of ours that stands there though this state never intended it. */
export function ofAnotherState(what: string, marker: string, page: string): string {
  const token = marker.split(":").at(-1) ?? "";
  return `${what} carries the tag ${markerTag}=${marker}, but the state of this stack never made it: go on with the state that did (another backend, or a backup: pulumi stack import); where ${token} was only just taken out of raxx:generations, take it out again and run until it is gone; delete it at ${page} only if nobody uses it, and run again`;
}

export const iamPage = "https://console.aws.amazon.com/iam";
export const parametersPage = "https://console.aws.amazon.com/systems-manager/parameters";
