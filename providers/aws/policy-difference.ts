/** What another policy allows or denies beside ours, and what of ours it does not; by action. */
export interface PolicyDifference {
  more: string[];
  less: string[];
}

/** Undefined where AWS reads the same in both. Both lists are empty where only resources, conditions or words differ. */
export function policyDifference(theirs: string, ours: string): PolicyDifference | undefined {
  const [standing, wanted] = [parsed(theirs), parsed(ours)];
  if (unordered(standing) === unordered(wanted)) return undefined;
  const [has, should] = [actionsIn(standing), actionsIn(wanted)];
  return {
    more: [...has].filter((action) => !should.has(action)).sort(),
    less: [...should].filter((action) => !has.has(action)).sort(),
  };
}

/** As `aws iam get-policy-version` has it: in the form of an address. */
export function documentOf(text = "{}"): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return {};
  }
}

/** `ce:GetTags`; `Deny ce:GetTags` and `all but ce:GetTags` where a statement is of that kind. */
function actionsIn(policy: unknown): Set<string> {
  const actions = listOf(fieldsOf(policy)["Statement"]).flatMap((one) => {
    const { Effect, Action, NotAction } = fieldsOf(one);
    const effect = Effect === "Allow" ? "" : `${String(Effect)} `;
    return [
      ...listOf(Action).map((action) => `${effect}${String(action)}`),
      ...listOf(NotAction).map((action) => `${effect}all but ${String(action)}`),
    ];
  });
  return new Set(actions);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return Object(value) as Record<string, unknown>;
}

/** AWS takes one thing for a list of it. */
function listOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** One text for all that AWS reads as the same: it takes the order for none. */
function unordered(value: unknown): string {
  if (Array.isArray(value)) {
    const items = [...new Set(value.map(unordered))].sort();
    return items.length === 1 ? (items[0] ?? "") : `[${items.join()}]`;
  }
  if (typeof value !== "object" || value === null) return JSON.stringify(String(value));
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${unordered(item)}`).join()}}`;
}
