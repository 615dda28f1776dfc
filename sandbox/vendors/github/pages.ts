import { type FastifyReply, type FastifyRequest } from "fastify";

/** Where this API was reached, e.g. `http://127.0.0.1:4000/api/v3`: links in answers lead back to it. */
export function apiBase(request: FastifyRequest): string {
  return `${request.protocol}://${request.host}${request.url.startsWith("/api/v3/") ? "/api/v3" : ""}`;
}

/**
 * One page of a list by `per_page` and `page`, with the `Link` header. A size beyond the maximum is cut to it;
 * that what is no number counts as absent is probable.
 */
export function page<Item>(
  request: FastifyRequest,
  reply: FastifyReply,
  items: Item[],
  sizes: { standard: number; maximum: number } = { standard: 30, maximum: 100 },
): Item[] {
  const query = request.query as Record<string, string | undefined>;
  const size = Math.min(positive(query.per_page) ?? sizes.standard, sizes.maximum);
  const number = positive(query.page) ?? 1;
  const last = Math.max(1, Math.ceil(items.length / size));
  const links: [string, number][] = [];
  if (number > 1) links.push(["prev", Math.min(number - 1, last)]);
  if (number < last) links.push(["next", number + 1], ["last", last]);
  if (number > 1) links.push(["first", 1]);
  if (links.length > 0) {
    const url = new URL(`${request.protocol}://${request.host}${request.url}`);
    const header = links.map(([relation, target]) => {
      url.searchParams.set("page", String(target));
      return `<${url.href}>; rel="${relation}"`;
    });
    void reply.header("link", header.join(", "));
  }
  return items.slice((number - 1) * size, number * size);
}

function positive(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}
