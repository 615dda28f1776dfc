const loopback = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Where a public address is served in the sandbox. It throws for all that is not on loopback. */
export function reach(internet: Record<string, string>, url: string): string {
  const { origin, pathname, search } = new URL(url);
  const base = Object.hasOwn(internet, origin) ? internet[origin] : undefined;
  if (base === undefined) throw new Error("origin cannot be reached");
  const target = new URL(base);
  if (target.protocol !== "http:" || !loopback.has(target.hostname)) throw new Error("not on loopback");
  return `${target.origin}${target.pathname.replace(/\/$/, "")}${pathname}${search}`;
}
