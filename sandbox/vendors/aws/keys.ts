import { type AwsCall } from "./call";
import { type AwsState, type KeyStatus, type KeyUse } from "./records";

/** What moto knows of a key. */
export interface KnownKey {
  status: KeyStatus;
  createdMs: number;
}

/**
 * Whether AWS would know the key by now: an inactive one is refused like one that never was, and a new one until the
 * service has heard of it. Each service hears of it by itself.
 */
export function isKnownYet(state: AwsState, call: AwsCall, key: KnownKey, now: Date): boolean {
  if (key.status !== "Active") return false;
  const { settings } = state;
  const delayMs = settings.new_key_delay_ms_by_service[call.service] ?? settings.new_key_delay_ms;
  if (now.getTime() < key.createdMs + delayMs) return false;
  return !flickers(state, `${call.accessKeyId ?? ""} ${call.service}`, key, now);
}

/** Only a key of the last minutes: one that was there before knows no such trouble. */
function flickers(state: AwsState, name: string, key: KnownKey, now: Date): boolean {
  const { new_key_flickers: wanted } = state.settings;
  if (wanted === 0 || now.getTime() > key.createdMs + 600_000) return false;
  const calls = state.flickers[name] ?? 0;
  if (calls >= 2 * wanted) return false;
  state.flickers[name] = calls + 1;
  return calls % 2 === 1;
}

export function recordUse(state: AwsState, call: AwsCall, now: Date): void {
  const { accessKeyId, service, region } = call;
  if (accessKeyId === undefined) return;
  const before = toldUse(state, accessKeyId, now);
  const latest: KeyUse = { date: now.toISOString(), service, region };
  state.uses[accessKeyId] = { latest, ...(before !== undefined && { told: before }) };
}

/** What GetAccessKeyLastUsed tells by now. */
export function toldUse(state: AwsState, accessKeyId: string, now: Date): KeyUse | undefined {
  const uses = state.uses[accessKeyId];
  if (uses === undefined) return undefined;
  const hidden = Date.parse(uses.latest.date) + state.settings.last_used_lag_ms > now.getTime();
  return hidden ? uses.told : uses.latest;
}

/** Replaces what moto tells of a key's last use. */
export function withLastUse(xml: string, use: KeyUse | undefined): string {
  return xml.replace(/<AccessKeyLastUsed>[\s\S]*?<\/AccessKeyLastUsed>/, lastUseXml(use));
}

/**
 * A key that was never used has no date. A date has no seconds, so that it may lie before the key's own creation: the
 * examples of https://docs.aws.amazon.com/cli/latest/reference/iam/get-access-key-last-used.html
 */
function lastUseXml(use: KeyUse | undefined): string {
  const { service, region } = use ?? { service: "N/A", region: "N/A" };
  const date = use === undefined ? "" : `<LastUsedDate>${use.date.slice(0, 16)}:00Z</LastUsedDate>`;
  return `<AccessKeyLastUsed>${date}<ServiceName>${service}</ServiceName><Region>${region}</Region></AccessKeyLastUsed>`;
}
