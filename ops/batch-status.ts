import Table from "cli-table3";
import { DateTime } from "luxon";
import { z } from "zod";

import {
  batch,
  batchHandOffs,
  batchHandOffText,
  isOfGeneration,
  type BatchHandOff,
  type BatchItem,
} from "../catalog";
import { type Evidence } from "../catalog/evidence";
import { parseGeneration } from "../catalog/generation";
import { provisionedParameters, parameters as catalogParameters } from "../catalog/parameters";
import { type Token } from "../catalog/token";
import { missingPlaces } from "./batch-places";
import { type MailStatus } from "./mail-status";
import { type ParameterStatus } from "./parameters";
import { resourcesIn } from "./state-resources";
import { type Issued } from "./status";

export type BatchStatus = "DONE" | "PARTIAL" | "BLOCKED";

/** Where an item of the batch is. */
export interface ItemStatus {
  item: number;
  title: string;
  status: BatchStatus;
  /** What is not done. Empty where the item is done. */
  reasons: string[];
  /** What comes next; null where the item is done. */
  next: string | null;
  /** Whether each of its issues may be closed, or why not. */
  issues: { number: number; close: boolean; closes: string }[];
  /** Hand-offs that a person can do now, by id. */
  handOffs: string[];
}

/** What the items are judged by: the states, the stack file of prod, and what DNS answers. */
export interface BatchFacts {
  issued: readonly Issued[];
  parameters: readonly ParameterStatus[];
  /** `TOKEN@generation` of what a probe has proven at the last run, by stack. */
  proven: readonly { stack: string; source: string; probe: "key" | "workflow" }[];
  /** Hand-off → evidence. */
  evidence: ReadonlyMap<string, Evidence>;
  /** Domain → its mail records, as DNS answers. */
  mail: ReadonlyMap<string, MailStatus>;
  now: Date;
}

/** What the probes of a stack had proven at its last run. */
export function provenIn(stack: string, state: unknown): BatchFacts["proven"] {
  return resourcesIn(stack, state).flatMap(({ type, inputs }) => {
    const probe = probes[type];
    const source = z.object({ source: z.string() }).safeParse(inputs).data?.source;
    return probe === undefined || source === undefined ? [] : [{ stack, source, probe }];
  });
}

const probes: Readonly<Record<string, "key" | "workflow">> = {
  "pulumi-nodejs:dynamic/aws:KeyProbe": "key",
  "pulumi-nodejs:dynamic/github:WorkflowProbe": "workflow",
};

/** Something that is not done, and what to do about it. */
interface Reason {
  what: string;
  next: string;
  /** It comes after everything else. @default false */
  last?: true;
}

export function batchStatus(
  facts: BatchFacts,
  tokens: readonly Token[],
  items: readonly BatchItem[] = batch,
): ItemStatus[] {
  const found: ItemStatus[] = [];
  for (const item of items) {
    const open = openHandOffs(item, facts);
    const all: Reason[] = [
      ...item.tokens.flatMap((name) => tokenReasons(name, facts, tokens)),
      ...mailReasons(item, facts),
      ...open.map(({ id, title }) => ({
        what: `not said to be done: ${title}`,
        next: `the hand-off ${id}, below`,
      })),
    ];
    const reasons = [...all.filter(({ last }) => last !== true), ...all.filter(({ last }) => last === true)];
    const before = found.find((one) => one.item === item.waitsFor);
    const waits = before !== undefined && before.status !== "DONE";
    const begun = isBegun(item, facts);
    const status = reasons.length === 0 ? "DONE" : waits && !begun ? "BLOCKED" : "PARTIAL";
    const next = waits ? `item ${before.item}, which comes before it` : (reasons[0]?.next ?? null);
    found.push({
      item: item.number,
      title: item.title,
      status,
      reasons: [
        ...(waits && reasons.length > 0 ? [`item ${before.item} is not done, and comes before it`] : []),
        ...reasons.map(({ what }) => what),
      ],
      next: reasons.length === 0 ? null : next,
      issues: item.issues.map(({ number, closes }) => ({ number, close: status === "DONE", closes })),
      handOffs: waits ? [] : open.filter(({ ready }) => ready).map(({ id }) => id),
    });
  }
  return found;
}

/** The texts of what a person can do now, and of what belongs to an issue of its own. */
export function openHandOffTexts(
  statuses: readonly ItemStatus[],
  facts: BatchFacts,
  items: readonly BatchItem[] = batch,
): { id: string; text: string }[] {
  const listed = items
    .filter((item) => isBegun(item, facts))
    .flatMap(({ alsoListed = [] }) => alsoListed)
    .filter((id) => !facts.evidence.has(id));
  const ids = [...statuses.flatMap(({ handOffs }) => handOffs), ...listed];
  return batchHandOffs
    .filter(({ id }) => ids.includes(id))
    .map((handOff) => ({ id: handOff.id, text: batchHandOffText(handOff) }));
}

/** What a person reads of the items. */
export function batchTableOf(statuses: readonly ItemStatus[]): string {
  const table = new Table({
    head: ["item", "", "status", "what is not done, and what comes next", "issues"],
    style: { head: [], border: [] },
  });
  for (const { item, title, status, reasons, next, issues } of statuses) {
    const steps = next === null ? [] : [`next: ${next}`];
    const rules = issues.map(
      ({ number, close, closes }) => `#${number}: ${close ? "close it" : `open until ${closes}`}`,
    );
    table.push([
      item,
      title,
      status,
      [...reasons.map((reason) => `- ${reason}`), ...steps].join("\n"),
      rules.join("\n"),
    ]);
  }
  return table.toString();
}

interface OpenHandOff extends BatchHandOff {
  /** Whether all that comes before it is done. */
  ready: boolean;
}

function openHandOffs(item: BatchItem, facts: BatchFacts): OpenHandOff[] {
  const done = doneIn(facts);
  return batchHandOffs
    .filter(({ id }) => item.handOffs.includes(id) && !done.has(id))
    .map((one) => ({
      ...one,
      ready: isTimeFor(one, facts) && (one.after ?? []).every((id) => done.has(id)),
    }));
}

/** Ids of the hand-offs that are done. */
function doneIn(facts: BatchFacts): Set<string> {
  return new Set(batchHandOffs.filter((one) => isDone(one, facts)).map(({ id }) => id));
}

function isDone({ id, proof, copyOf }: BatchHandOff, { evidence, mail, issued, now }: BatchFacts): boolean {
  if (proof === "dkim") return [...mail.values()].some(({ dkim }) => dkim);
  const said = evidence.get(id);
  if (said === undefined || said.day > DateTime.fromJSDate(now, { zone: "utc" })) return false;
  if (copyOf === undefined) return true;
  return issued
    .filter(({ stack, token }) => stack === "prod" && token === copyOf)
    .every(({ generation: name, minted }) => {
      const generation = parseGeneration(name);
      return minted && generation !== undefined && isOfGeneration(said, generation);
    });
}

/** A copy can be replaced once what replaces it stands somewhere. */
function isTimeFor({ copyOf }: BatchHandOff, { issued }: BatchFacts): boolean {
  if (copyOf === undefined) return true;
  return issued.some(
    ({ stack, token, minted, destinations }) =>
      stack === "prod" &&
      token === copyOf &&
      minted &&
      destinations.some((place) => place.startsWith("vault ")),
  );
}

function tokenReasons(name: string, facts: BatchFacts, tokens: readonly Token[]): Reason[] {
  const token = tokens.find((one) => one.name === name);
  if (token === undefined) return [{ what: `${name} left the catalog`, next: "take it out of the batch" }];
  return token.environments.flatMap((stack) => {
    const up = `pulumi up --stack ${stack}`;
    const one = facts.issued.find((issued) => issued.stack === stack && issued.token === name);
    if (one?.minted !== true) return [{ what: `${name} is not minted in ${stack}`, next: up }];
    const missing = missingPlaces(token, stack, one.destinations);
    return [
      ...missing.map((place) => ({
        what: `${name} of ${stack} does not stand in ${place}`,
        next: `${up}, whose messages say what keeps it from ${place}`,
      })),
      ...one.alsoAlive.map((earlier) => ({
        what: `${name} of ${stack} has an earlier one that is alive: ${earlier}`,
        next: finishOf(name, stack, earlier),
        last: true as const,
      })),
      ...probeReasons(token, stack, one, facts).map((what) => ({ what, next: up })),
      ...parameterReasons(name, stack, facts).map((what) => ({
        what,
        next: `the hand-off about it, then ${up}`,
      })),
    ];
  });
}

function finishOf(name: string, stack: string, earlier: string): string {
  const key = earlier.endsWith("(from before us)") ? "previousAdopt" : "previous";
  return `once nobody uses it any more: pulumi config rm --path raxx:generations.${name}.${key} --stack ${stack}, then pulumi up --stack ${stack}`;
}

function probeReasons(token: Token, stack: string, { generation }: Issued, { proven }: BatchFacts): string[] {
  const { name, issuer } = token;
  if (issuer.kind !== "aws-access-key") return [];
  const probes = ["key", ...(issuer.workflow === undefined ? [] : ["workflow"])];
  return probes
    .filter(
      (probe) =>
        !proven.some(
          (one) => one.stack === stack && one.probe === probe && one.source === `${name}@${generation}`,
        ),
    )
    .map((probe) => `${name} of ${stack} is not proven ${probe === "key" ? "at AWS" : "by a run in CI"}`);
}

function parameterReasons(name: string, stack: string, { parameters }: BatchFacts): string[] {
  if (stack !== "prod") return [];
  return provisionedParameters(catalogParameters, new Set([name])).flatMap(({ name: path }) => {
    const standing = parameters.find((one) => one.stack === stack && one.parameter === path)?.standing;
    return standing === "there" ? [] : [`the SSM parameter ${path} is ${standing ?? "not looked at yet"}`];
  });
}

function mailReasons({ mailDomain }: BatchItem, { mail }: BatchFacts): Reason[] {
  if (mailDomain === undefined) return [];
  const published = mail.get(mailDomain);
  if (published === undefined) {
    return [
      {
        what: `${mailDomain} is no mail domain of the stack configuration`,
        next: `pulumi config set --path 'raxx:mailDomains["${mailDomain}"]' '{}' --stack prod, then pulumi up --stack prod`,
      },
    ];
  }
  return published.faults.map((what) => ({ what, next: "pulumi up --stack prod, which publishes it" }));
}

/** Whether anything of it is done. */
function isBegun(item: BatchItem, facts: BatchFacts): boolean {
  const done = doneIn(facts);
  return (
    facts.issued.some(({ token, minted }) => minted && item.tokens.some((name) => name === token)) ||
    (item.mailDomain !== undefined && facts.mail.get(item.mailDomain)?.some === true) ||
    item.handOffs.some((id) => done.has(id))
  );
}
