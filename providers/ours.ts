/** What we know of the values that we wrote into a container: key → value. */
export interface Written {
  values: Record<string, string>;
  /** Key → other values of ours that may stand there instead, because the outcome of a write is not known. */
  uncertain: Record<string, string[]>;
}

/** Before the first write. */
export const nothingWritten: Written = { values: {}, uncertain: {} };

/** Whether what stands under the key is ours: a value that we wrote last, or may have left there. */
export function isOurs(written: Written, key: string, actual: string | undefined): boolean {
  if (actual === undefined) return false;
  return written.values[key] === actual || (written.uncertain[key] ?? []).includes(actual);
}

/** What is known after a write that failed: each key holds what was wanted, or what we had there before. */
export function afterFailure(before: Written, wanted: Record<string, string>): Written {
  const values = { ...before.values, ...wanted };
  const uncertain: Record<string, string[]> = {};
  for (const [key, value] of Object.entries(values)) {
    const others = [before.values[key], ...(before.uncertain[key] ?? [])];
    const left = others.filter((other) => other !== undefined && other !== value) as string[];
    if (left.length > 0) uncertain[key] = [...new Set(left)];
  }
  return { values, uncertain };
}
