import { failure } from "./errors";

export interface Message {
  code: number;
  message: string;
  type: null;
}

export function success(result: unknown, messages: Message[] = []): object {
  return { result, success: true, errors: [], messages };
}

/**
 * One page of a list. A page after the last one is empty: the official client asks until it gets one. A size
 * above the maximum is cut to it, so that a client which believes to have all is found out; that this is what
 * Cloudflare does is probable.
 */
export function page<Item>(
  items: Item[],
  query: unknown,
  sizes: { standard: number; maximum: number },
): { items: Item[]; answer: (views: unknown[]) => object } {
  const asked = query as Record<string, string | undefined>;
  const per_page = Math.min(positive("per_page", asked.per_page) ?? sizes.standard, sizes.maximum);
  const number = positive("page", asked.page) ?? 1;
  const shown = items.slice((number - 1) * per_page, number * per_page);
  const result_info = {
    page: number,
    per_page,
    count: shown.length,
    total_count: items.length,
    total_pages: Math.ceil(items.length / per_page),
  };
  return { items: shown, answer: (views) => ({ ...success(views), result_info }) };
}

function positive(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw failure(400, 1003, `The ${name} must be a positive integer.`);
}
