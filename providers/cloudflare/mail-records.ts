import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";

import { type Implementation, messageOf, refuse } from "../boundary";
import { type MailRecord, recordOf } from "../dns/mail-record";
import { UserError } from "../errors";
import { shell } from "../shell";
import { CloudflareClient } from "./client";
import { zoneFaults } from "./faults";
import { standing, type Standing, valueFaults, type WantedRecords } from "./mail-record-faults";

export interface MailRecordsInputs {
  /** Of this project: for the commands that are told. */
  stack: string;
  accountId: string;
  /** Its name. */
  zone: string;
  zoneId: string;
  records: MailRecord[];
  /** Key → `<zone id>/<record id>` of what is taken over. */
  adopt: Record<string, string>;
  /** Key → the content of the record at Cloudflare. Set by `check`. */
  contents?: Record<string, string>;
  /** Why the zone could not be looked at. Set by `check`, and never recorded. */
  unverified?: string;
}

export interface MailRecordsArgs {
  /** Of this project: for the commands that are told. */
  stack: Input<string>;
  accountId: Input<string>;
  /** Its name. */
  zone: Input<string>;
  zoneId: Input<string>;
  /** What is wanted. A change is verified, in place. */
  records: Input<MailRecord[]>;
  /** Key → `<zone id>/<record id>` of what is taken over. */
  adopt: Input<Record<string, string>>;
}

/**
 * Verifies a zone against the mail records that are wanted in it, in previews too, before the bridged provider writes
 * one: what was there before us is taken over only where it is listed, and what disagrees is refused. A zone that cannot
 * be looked at fails this resource, and what depends on it, alone.
 */
export class CloudflareMailRecords extends dynamic.Resource {
  declare readonly contents: Output<Record<string, string>>;
  /** Why the zone could not be looked at, in a preview; an update fails with it. */
  declare readonly unverified: Output<string | undefined>;

  constructor(name: string, args: MailRecordsArgs, opts?: CustomResourceOptions) {
    super(
      shell("cloudflareMailRecords"),
      name,
      { contents: undefined, unverified: undefined, ...args },
      opts,
      "cloudflare",
      "MailRecords",
    );
  }

  /** The content that a record has, or is to get. */
  contentOf(key: string): Output<string> {
    // A destroy runs the program too, and what it finds gone already has no outputs.
    return this.contents.apply((all: Record<string, string> | undefined) => all?.[key] ?? "");
  }
}

export function cloudflareMailRecords(
  client: () => CloudflareClient,
): Implementation<MailRecordsInputs, MailRecordsInputs> {
  return {
    check: async (olds, news) => {
      const before = olds.zoneId === news.zoneId ? (olds.records ?? []) : [];
      const lost = valueFaults({ ...news, before: olds.records ?? [] });
      if (lost.length > 0) return refuse(news, lost.join("\n"));
      try {
        const { faults, contents } = await look({ ...news, before });
        if (faults.length > 0) return refuse(news, faults.join("\n"));
        return { inputs: inputsOf({ ...news, contents }) };
      } catch (error) {
        // With an import that depends on a failed resource the engine, going on after errors, would wait for ever.
        const imported = Object.keys(olds.adopt ?? {});
        if (Object.keys(news.adopt).some((key) => !imported.includes(key)))
          return refuse(news, messageOf(error));
        // A refusal here would end the whole run, whatever goes on after an error.
        const { contents = {} } = olds;
        return { inputs: { ...inputsOf({ ...news, contents }), unverified: messageOf(error) } };
      }
    },

    diff: (_id, olds, news) =>
      Promise.resolve({
        changes: news.unverified !== undefined || !isDeepStrictEqual(inputsOf(olds), inputsOf(news)),
      }),

    // What is recorded is what `check` of this very run has seen. The records themselves are the bridged provider's.
    create: (inputs) => Promise.resolve().then(() => ({ id: inputs.zoneId, outs: verified(inputs) })),
    update: (_id, _olds, news) => Promise.resolve().then(() => ({ outs: verified(news) })),
    read: (id, props) => Promise.resolve({ id, props: inputsOf(props) }),
    delete: () => Promise.resolve(),
  };

  async function look(wanted: WantedRecords & Pick<MailRecordsInputs, "accountId">): Promise<Standing> {
    const { accountId, zone, zoneId } = wanted;
    const faults = zoneFaults({ [zone]: zoneId }, accountId, await client().zones());
    if (faults.length > 0) return { faults, contents: {} };
    return standing(wanted, await client().dnsRecords(zoneId));
  }
}

function verified(inputs: MailRecordsInputs): MailRecordsInputs {
  if (inputs.unverified !== undefined) throw new UserError(inputs.unverified);
  return inputsOf(inputs);
}

/**
 * Refuses to make a record that is there: one that a run made whose answer was lost, or that somebody made since the
 * zone was verified.
 */
export async function requireNoMailRecord(
  wanted: Pick<MailRecordsInputs, "stack" | "zone" | "zoneId">,
  record: MailRecord,
  client = CloudflareClient.fromEnvironment(),
): Promise<void> {
  const there = await client.dnsRecords(wanted.zoneId);
  const { faults } = standing({ ...wanted, records: [record], adopt: {}, before: [] }, there);
  if (faults.length > 0) throw new UserError(faults.join("\n"));
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf(inputs: MailRecordsInputs): MailRecordsInputs {
  const { stack, accountId, zone, zoneId, records, adopt, contents = {} } = inputs;
  return { stack, accountId, zone, zoneId, records: records.map(recordOf), adopt: { ...adopt }, contents };
}
