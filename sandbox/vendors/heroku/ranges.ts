import { type FastifyReply, type FastifyRequest } from "fastify";

import { HerokuError } from "./errors";

const defaultMax = 200;
const greatestMax = 1000;

/**
 * Answers one page of a list, as `Range` asks: `version ..; order=desc,max=1`. 206 with `Next-Range` where
 * there is more, else 200 (https://devcenter.heroku.com/articles/platform-api-reference#ranges).
 *
 * @param fields what the list may be ordered by; the first is the default (which it is, is probable)
 */
export function page<Item extends object>(
  request: FastifyRequest,
  reply: FastifyReply,
  items: Item[],
  fields: [keyof Item & string, ...(keyof Item & string)[]],
): Item[] {
  void reply.header("accept-ranges", fields.join(", "));
  const range = parse(request.headers.range ?? `${fields[0]} ..`);
  const field = fields.find((name) => name === range.field);
  if (field === undefined) throw notSatisfiable();

  const sign = range.descending ? -1 : 1;
  const wanted = items
    .toSorted((a, b) => sign * compare(a[field], b[field]))
    .filter(
      (item) => range.from === "" || sign * compare(item[field], range.from) >= (range.fromExcluded ? 1 : 0),
    )
    .filter(
      (item) => range.to === "" || sign * compare(item[field], range.to) <= (range.toExcluded ? -1 : 0),
    );
  const answer = wanted.slice(0, range.max);
  const [first, last] = [answer.at(0), answer.at(-1)];
  if (first !== undefined && last !== undefined) {
    void reply.header("content-range", `${field} ${String(first[field])}..${String(last[field])}`);
    if (wanted.length > answer.length) {
      const order = range.descending ? "order=desc,max" : "max";
      void reply.code(206).header("next-range", `${field} ]${String(last[field])}..; ${order}=${range.max}`);
    }
  }
  return answer;
}

interface Range {
  field: string;
  from: string;
  fromExcluded: boolean;
  to: string;
  toExcluded: boolean;
  descending: boolean;
  max: number;
}

function parse(header: string): Range {
  const match = /^(\w+) +(\]?)([^\s;[\]]*?)\.\.([^\s;[\]]*)(\[?) *(?:; *(.*))?$/.exec(header.trim());
  if (match === null) throw notSatisfiable();
  const [, field = "", fromMark, from = "", to = "", toMark, rest = ""] = match;
  let descending = false;
  let max = defaultMax;
  for (const option of rest.split(/[,;]/).map((part) => part.trim())) {
    if (option === "") continue;
    const [name, value = ""] = option.split("=");
    if (name === "order" && (value === "asc" || value === "desc")) descending = value === "desc";
    else if (name === "max" && /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= greatestMax) {
      max = Number(value);
    } else throw notSatisfiable();
  }
  return { field, from, fromExcluded: fromMark === "]", to, toExcluded: toMark === "[", descending, max };
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === "number") return left - Number(right);
  const [a, b] = [String(left), String(right)];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The text is probable. */
function notSatisfiable(): HerokuError {
  const message = "Requested range not satisfiable. Please specify a valid range with the `Range` header.";
  return new HerokuError(416, "requested_range_not_satisfiable", message);
}
