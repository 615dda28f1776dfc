import { Resolver } from "node:dns/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input } from "@pulumi/pulumi";

import { type Implementation, messageOf, refuse } from "../boundary";
import { dnsResolver } from "../environment";
import { UserError } from "../errors";
import { shell } from "../shell";
import { type MailRecord, meaningOf, recordOf, textMeaning } from "./mail-record";

export interface PublishedRecordsInputs {
  domain: string;
  records: MailRecord[];
}

export interface PublishedRecordsArgs {
  domain: Input<string>;
  /** What DNS has to answer. A change is proven, in place. */
  records: Input<MailRecord[]>;
}

/**
 * Proves that DNS answers with the records as they are configured, as a mail server would ask it. Any change of its
 * inputs proves it again.
 */
export class PublishedRecords extends dynamic.Resource {
  constructor(name: string, args: PublishedRecordsArgs, opts?: CustomResourceOptions) {
    super(shell("dnsPublishedRecords"), name, { ...args }, opts, "dns", "PublishedRecords");
  }
}

/** What DNS says of a record: there, not there, there with other words (or twice, where one may be there), or nothing. */
export type Published = "as configured" | "missing" | "differs" | "not answered";

/** How long a record may take to be seen. */
export interface PublishingPatience {
  forMs: number;
  pauseMs: number;
}

export function dnsPublishedRecords(
  resolver: () => Pick<Resolver, "resolveMx" | "resolveTxt"> = resolverFromEnvironment,
  patience: PublishingPatience = { forMs: 120_000, pauseMs: 3000 },
): Implementation<PublishedRecordsInputs, PublishedRecordsInputs> {
  return {
    check: (_olds, news) => {
      try {
        dnsResolver();
        return Promise.resolve({ inputs: inputsOf(news) });
      } catch (error) {
        return Promise.resolve(refuse(news, messageOf(error)));
      }
    },
    diff: (_id, olds, news) =>
      Promise.resolve({ changes: !isDeepStrictEqual(inputsOf(olds), inputsOf(news)) }),
    create: async (inputs) => {
      await prove(inputs);
      return { id: inputs.domain, outs: inputsOf(inputs) };
    },
    update: async (_id, _olds, news) => {
      await prove(news);
      return { outs: inputsOf(news) };
    },
    read: (id, props) => Promise.resolve({ id, props: inputsOf(props) }),
    delete: () => Promise.resolve(),
  };

  async function prove({ domain, records }: PublishedRecordsInputs): Promise<void> {
    const end = performance.now() + patience.forMs;
    for (;;) {
      const seen = await publishedRecords(records, resolver());
      const wrong = records.filter(({ key }) => seen.get(key) !== "as configured");
      if (wrong.length === 0) return;
      if (performance.now() + patience.pauseMs > end) {
        const states = wrong.map(
          ({ key, name, type }) => `${key} (${type} of ${name}) ${wordsOf(seen.get(key))}`,
        );
        throw new UserError(
          `DNS does not answer for ${domain} as it is configured: ${states.join(", ")}; wait some minutes, since DNS servers remember what they saw, and run again; if it stays, see that the name servers of ${domain} are Cloudflare's, or set RAXX_DNS_RESOLVER to another DNS server, as 1.1.1.1`,
        );
      }
      await sleep(patience.pauseMs);
    }
  }
}

function wordsOf(state: Published | undefined): string {
  return state === "not answered" ? "is not answered" : state === "missing" ? "is missing" : "differs";
}

/** A resolver of this run: the one in `RAXX_DNS_RESOLVER`, or this machine's own. */
export function resolverFromEnvironment(): Resolver {
  const address = dnsResolver();
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  if (address !== undefined) resolver.setServers([address]);
  return resolver;
}

/** What DNS says of each record, by its key. Asks for nothing but these names, and needs no credential. */
export async function publishedRecords(
  records: readonly MailRecord[],
  resolver: Pick<Resolver, "resolveMx" | "resolveTxt"> = resolverFromEnvironment(),
): Promise<Map<string, Published>> {
  const asked = new Map<string, Promise<Said[] | undefined>>();
  const ask = ({ type, name }: MailRecord): Promise<Said[] | undefined> => {
    const question = `${type} ${name}`;
    const answer = asked.get(question) ?? saidAt(resolver, type, name);
    asked.set(question, answer);
    return answer;
  };
  const states = await Promise.all(
    records.map(async (record) => [record.key, stateOf(record, await ask(record))] as const),
  );
  return new Map(states);
}

/** What stands at a name, by meaning. */
interface Said {
  content: string;
  priority?: number;
}

/** Undefined where there was no answer. */
async function saidAt(
  resolver: Pick<Resolver, "resolveMx" | "resolveTxt">,
  type: MailRecord["type"],
  name: string,
): Promise<Said[] | undefined> {
  try {
    if (type === "TXT")
      return (await resolver.resolveTxt(name)).map((pieces) => ({ content: textMeaning(pieces.join("")) }));
    return (await resolver.resolveMx(name)).map(({ exchange, priority }) => ({
      content: meaningOf("MX", exchange),
      priority,
    }));
  } catch (error) {
    // No such name, and a name without such a record.
    const { code = "" } = error as NodeJS.ErrnoException;
    return code === "ENOTFOUND" || code === "ENODATA" ? [] : undefined;
  }
}

function stateOf({ type, content, priority, only }: MailRecord, said: Said[] | undefined): Published {
  if (said === undefined) return "not answered";
  const wanted = meaningOf(type, content);
  const begins = only?.toLowerCase();
  const ofItsKind = said.filter((one) =>
    begins === undefined ? one.content === wanted : one.content.toLowerCase().startsWith(begins),
  );
  const [first] = ofItsKind;
  if (first === undefined) return "missing";
  const alone = begins === undefined || ofItsKind.length === 1;
  return alone && first.content === wanted && first.priority === priority ? "as configured" : "differs";
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf({ domain, records }: PublishedRecordsInputs): PublishedRecordsInputs {
  return { domain, records: records.map(recordOf) };
}
