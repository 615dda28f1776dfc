import { infisicalEnvironment } from "@raxx/providers/environment";
import { UserError } from "@raxx/providers/errors";
import { InfisicalClient } from "@raxx/providers/infisical/client";
import Table, { type Cell } from "cli-table3";
import { DateTime } from "luxon";

import { tokens } from "../catalog";
import { vaultEnvironments, type VaultEnvironment } from "../catalog/taxonomy";
import { stackFilesFolder, trackedGenerations } from "./stack-files";
import { findingsOf, isFault, type Finding } from "./vault-audit-findings";
import { fingerprints, listingOf, type VaultListing } from "./vault-audit-listing";

export interface AuditOptions {
  environment: string[];
  json?: true;
}

/** How much was looked at. */
export interface Checked {
  secrets: number;
  folders: number;
}

/** `./raxx vault audit`: reads the vault, and changes nothing. A finding fails it with 2, an error with 1. */
export async function vaultAudit(options: AuditOptions): Promise<void> {
  const environments = wantedEnvironments(options.environment);
  const generations = trackedGenerations(stackFilesFolder(), tokens);
  const listings = await listVault(environments);
  const findings = findingsOf(listings, { tokens, generations, now: DateTime.utc() });
  const checked = {
    secrets: sum(listings.map(({ secrets }) => secrets.length)),
    folders: sum(listings.map(({ folders }) => folders.length)),
  };
  console.log(
    options.json === true
      ? JSON.stringify({ version: 1, findings, checked }, null, 2)
      : linesOf(findings, environments.length, checked).join("\n"),
  );
  if (findings.some(isFault)) process.exitCode = 2;
}

/** Each once, in the order of the taxonomy. */
function wantedEnvironments(given: readonly string[]): VaultEnvironment[] {
  const wanted: readonly string[] = vaultEnvironments;
  const unknown = given.find((name) => !wanted.includes(name));
  if (unknown === undefined) return vaultEnvironments.filter((name) => given.includes(name));
  // A word may be quoted: anything longer could be a credential in the wrong place.
  const said = /^[A-Za-z0-9-]{1,16}$/.test(unknown) ? `environment "${unknown}"` : "such environment";
  throw new UserError(`there is no ${said}: use --environment with ${wanted.join(", ")}`);
}

async function listVault(environments: readonly VaultEnvironment[]): Promise<VaultListing[]> {
  const { projectId } = infisicalEnvironment();
  const client = InfisicalClient.fromEnvironment();
  const fingerprint = fingerprints();
  const listings: VaultListing[] = [];
  for (const environment of environments) {
    const folders = [...(await client.folders(projectId, environment)).keys()];
    const secrets = await client.secretsBelow(projectId, environment);
    listings.push(listingOf(environment, { folders, secrets }, fingerprint));
  }
  return listings;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => one + other, 0);
}

/** The findings as a person reads them, those of one environment together, and how many there are. */
export function linesOf(findings: readonly Finding[], environments: number, { secrets }: Checked): string[] {
  const total = `${counted(findings.length, "finding")} in ${counted(environments, "environment")} (${counted(secrets, "secret")} looked at)`;
  return findings.length === 0 ? [total] : [tableOf(findings), total];
}

function tableOf(findings: readonly Finding[]): string {
  const table = new Table({
    head: ["environment", "finding", "folder", "name", "what to do"],
    style: { head: [], border: [] },
  });
  for (const environment of vaultEnvironments) {
    const own = findings.filter((finding) => finding.environment === environment);
    own.forEach(({ kind, folder, name, todo }, index) => {
      const group: Cell[] = index === 0 ? [{ content: environment, rowSpan: own.length }] : [];
      table.push([...group, kind, folder, name ?? "-", todo]);
    });
  }
  return table.toString();
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
