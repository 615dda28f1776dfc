import { z } from "zod";

import { isStatus, UserError } from "../errors";
import { InfisicalClient } from "./client";
import { type FolderRef } from "./records";

/**
 * Lists a folder with this token, as its consumer would, but without values: the names that it sees. None may also
 * mean that it may not look there, since the vault leaves out of a list what the caller may not know of.
 */
export async function infisicalTokenProbe(
  token: string,
  folder: FolderRef,
  client: InfisicalClient = InfisicalClient.fromEnvironment(),
): Promise<string[]> {
  const { path, ...place } = folder;
  const where = `${path} of ${folder.environment}`;
  const call = {
    operation: `list ${where} with the token to be tried`,
    method: "GET",
    path: "/v4/secrets",
    query: { ...place, secretPath: path, viewSecretValue: "false", expandSecretReferences: "false" },
    idempotent: true,
  } as const;
  const shape = z.object({ secrets: z.array(z.object({ secretKey: z.string() })) });
  try {
    return (await client.callAs(token, call, shape)).secrets.map(({ secretKey }) => secretKey);
  } catch (error) {
    const fault = isStatus(error, 401) ? revoked : isStatus(error, 403) ? forbidden : undefined;
    if (fault === undefined) throw error;
    // The edge answers 401 and 403 too: where it does not let this run through either, it tells that itself.
    await client.tags(folder.projectId);
    throw new UserError(`the vault does not list ${where} for the token: ${fault}`);
  }
}

const revoked = "it was revoked, or is none of the vault's; ./raxx rotate mints another";
const forbidden =
  "it expired, or its identity may not read there; pulumi refresh and pulumi up give an identity of ours its rights back";

/** Whether the vault answers 401 to it. Everything but that and an answer is thrown: it proves nothing. */
export async function isTokenDead(
  client: InfisicalClient,
  token: string,
  projectId: string,
): Promise<boolean> {
  const call = {
    operation: "try the revoked token",
    method: "GET",
    path: `/v1/projects/${encodeURIComponent(projectId)}`,
    idempotent: true,
  } as const;
  try {
    await client.callAs(token, call, z.unknown());
    return false;
  } catch (error) {
    if (isStatus(error, 401)) return true;
    throw error;
  }
}
