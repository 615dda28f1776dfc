import { type Adoptable, adoptCommand, leaveCommand } from "../adoption";
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

/** Whether they say that something is for a token, of whatever stack. */
export function isForAnother(tags: readonly Tag[] | undefined, marker: string): boolean {
  return (tags ?? []).some(({ Key }) => Key === markerTag) && !isMarked(tags, marker);
}

/** What to do about something that is provisioned for something else. */
export function forAnother(what: string, marker: string, page: string): string {
  return `${what} has another tag ${markerTag} than ${marker}: another stack, token or tool provisions it; delete it at ${page} if nobody uses it, or correct the catalog, and run again`;
}

/** Nothing is ever removed but under a marker of ours. */
export function requireMarker(marker: string): void {
  if (ourMarker.test(marker)) return;
  throw new UserError(
    `${marker} is no marker that this program gives, and nothing else is removed: it has to be raxx:<stack>:<TOKEN>`,
  );
}

/** What to do about something of the same name that is not ours. */
export function notOurs(what: string, marker: string, page: string, place?: Adoptable): string {
  const takeOver =
    place === undefined
      ? `list it under raxx:adopt (README, "Stack configuration")`
      : `take it over (it is then kept on destroy) with ${adoptCommand(place, stackOf(marker))}`;
  return `${what} exists, but not with the tag ${markerTag}=${marker}: this stack did not make it; delete it at ${page} if nobody uses it, or ${takeOver}`;
}

/** What to do about a line of `raxx:adopt` that takes over nothing. */
export function notThere(what: string, marker: string, place: Adoptable): string {
  return `raxx:adopt takes over ${what}, but there is none: ${leaveCommand(place, stackOf(marker))}`;
}

function stackOf(marker: string): string {
  return marker.split(":")[1] ?? "";
}

/** What to do about something of ours that stands there though this state never intended it. */
export function ofAnotherState(what: string, marker: string, page: string): string {
  const token = marker.split(":").at(-1) ?? "";
  return `${what} carries the tag ${markerTag}=${marker}, but the state of this stack never made it: go on with the state that did (another backend, or a backup: pulumi stack import); where ${token} was only just taken out of raxx:generations, take it out again and run until it is gone; delete it at ${page} only if nobody uses it, and run again`;
}

export const iamPage = "https://console.aws.amazon.com/iam";
export const parametersPage = "https://console.aws.amazon.com/systems-manager/parameters";
