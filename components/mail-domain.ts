import { DnsRecord } from "@pulumi/cloudflare/dnsRecord";
import {
  ComponentResource,
  type ComponentResourceOptions,
  ResourceHook,
  type ResourceHookBinding,
  runtime,
} from "@pulumi/pulumi";
import { CloudflareMailRecords, PublishedRecords, requireNoMailRecord } from "@raxx/providers";

import { mailRecordName, mailRecords, type Environment, type MailDomainConfiguration } from "../catalog";
import { warn } from "./hooks";

export interface MailDomainArgs {
  mailDomain: MailDomainConfiguration;
  /** The stack's name. */
  stack: Environment;
  /** What was there before and is taken over: logical name → import id. */
  adopt: ReadonlyMap<string, string>;
}

/**
 * The DNS records that a domain needs for its mail: verified against its zone, then made or taken over, then asked for
 * as a mail server does. None of them is ever deleted, whoever made it.
 *
 * ```ts
 * new MailDomain("raxx.app", { mailDomain, stack: "prod", adopt });
 * ```
 */
export class MailDomain extends ComponentResource {
  constructor(name: string, args: MailDomainArgs, opts?: ComponentResourceOptions) {
    const { mailDomain: configuration, stack, adopt } = args;
    const { mailDomain, dkim, accountId, zoneId } = configuration;
    super("raxx:dns:MailDomain", name, { domain: mailDomain.domain }, opts);
    const zone = mailDomain.domain;
    const records = mailRecords(mailDomain, dkim);
    const importIdOf = (key: string): string | undefined => adopt.get(mailRecordName(zone, key));
    const taken = records.flatMap(({ key }) => {
      const importId = importIdOf(key);
      return importId === undefined ? [] : [[key, importId] as const];
    });
    const verified = new CloudflareMailRecords(
      `dns/${zone}`,
      { stack, accountId, zone, zoneId, records, adopt: Object.fromEntries(taken) },
      { parent: this },
    );
    verified.unverified.apply((reason: string | undefined) => {
      if (reason !== undefined && runtime.isDryRun())
        warn(`${zone} is not verified, and an update will fail: ${reason}`);
    });
    const made = records.map((record) => {
      const importId = importIdOf(record.key);
      return new DnsRecord(
        mailRecordName(zone, record.key),
        {
          zoneId,
          name: record.name,
          type: record.type,
          content: verified.contentOf(record.key),
          // Automatic.
          ttl: 1,
          ...(record.priority === undefined ? {} : { priority: record.priority }),
        },
        {
          parent: this,
          dependsOn: [verified],
          retainOnDelete: true,
          // What people set beside the content is theirs, and an import takes no other value of it.
          ignoreChanges: ["ttl", "comment", "tags", "settings"],
          ...(importId === undefined ? {} : { import: importId }),
          hooks: notThere(configuration, stack, record),
        },
      );
    });
    new PublishedRecords(
      `dns/${zone}-published`,
      { domain: zone, records },
      { parent: this, dependsOn: made },
    );
    this.registerOutputs({});
  }
}

/** The hooks' names stand in the state: they never change. */
function notThere(
  { mailDomain: { domain: zone }, zoneId }: MailDomainConfiguration,
  stack: Environment,
  record: ReturnType<typeof mailRecords>[number],
): ResourceHookBinding {
  const look = (): Promise<void> => requireNoMailRecord({ stack, zone, zoneId }, record);
  return { beforeCreate: [new ResourceHook(`${mailRecordName(zone, record.key)}-not-there`, look)] };
}
