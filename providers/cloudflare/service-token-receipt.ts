import { isDeepStrictEqual } from "node:util";

import { dynamic, type CustomResourceOptions, type Input } from "@pulumi/pulumi";

import { type Implementation, refuse } from "../boundary";
import { shell } from "../shell";
import { placeOf } from "./service-token-rotation";

export interface ServiceTokenReceiptInputs {
  /** `raxx:<stack>:<TOKEN>:<generation>`: what was issued, for the status. */
  marker: string;
  /** Of the secret, by the configuration. */
  version: number;
  /** Until when the secret before this version is good: ISO 8601, UTC. */
  previousExpiresAt?: string;
  /** A digest of the secret that the provider recorded. Secret. */
  fingerprint: string;
}

export interface ServiceTokenReceiptArgs {
  /** `raxx:<stack>:<TOKEN>:<generation>`. */
  marker: Input<string>;
  /** Of the secret, by the configuration. */
  version: Input<number>;
  /** Until when the secret before this version is good: ISO 8601, UTC. @default there is none before */
  previousExpiresAt?: Input<string>;
  /** A digest of the secret that the provider recorded. */
  fingerprint: Input<string>;
}

/**
 * Proves that a rotation brought a new secret. Cloudflare shows it in one answer only; where that is lost, and the call
 * is repeated, the bridged provider records the new version with the old secret and calls it a success. That secret
 * dies with the overlap. Destinations take the value through this, so that none gets it as a new one.
 */
export class CloudflareServiceTokenReceipt extends dynamic.Resource {
  constructor(name: string, args: ServiceTokenReceiptArgs, opts?: CustomResourceOptions) {
    super(
      shell("cloudflareServiceTokenReceipt"),
      name,
      { ...args },
      { ...opts, additionalSecretOutputs: ["fingerprint"] },
      "cloudflare",
      "ServiceTokenReceipt",
    );
  }
}

export function cloudflareServiceTokenReceipt(): Implementation<
  ServiceTokenReceiptInputs,
  ServiceTokenReceiptInputs
> {
  return {
    check: (olds, news) => {
      const fault = lostRotation(olds, news);
      return Promise.resolve(fault === undefined ? { inputs: inputsOf(news) } : refuse(news, fault));
    },
    diff: (_id, olds, news) =>
      Promise.resolve({ changes: !isDeepStrictEqual(inputsOf(olds), inputsOf(news)) }),
    create: (inputs) => Promise.resolve({ id: nameOf(inputs), outs: inputsOf(inputs) }),
    update: (_id, _olds, news) => Promise.resolve({ outs: inputsOf(news) }),
    // There is nothing of it at Cloudflare.
    read: (id, props) => Promise.resolve({ id, props }),
    delete: () => Promise.resolve(),
  };
}

function lostRotation(
  olds: Partial<ServiceTokenReceiptInputs>,
  news: ServiceTokenReceiptInputs,
): string | undefined {
  if (olds.version === undefined || news.version <= olds.version) return undefined;
  // Also what a preview does not know yet.
  if (news.fingerprint !== olds.fingerprint) return undefined;
  const { token, set } = placeOf(news.marker);
  const settings = [
    set("version", String(news.version + 1)),
    set("current", "DATE"),
    set("previousExpiresAt", "TIME"),
  ];
  return `Cloudflare rotated ${token} to version ${news.version}, but its answer was lost, or somebody rotated it there by hand, so that this program has no new secret; all places hold the one before, which is good until ${news.previousExpiresAt ?? "now"}. Rotate once more before that, when a short interruption does no harm, since Cloudflare keeps one earlier secret only and the one in use dies at once: ${settings.join("; ")}; pulumi up`;
}

function nameOf({ marker }: ServiceTokenReceiptInputs): string {
  return marker.split(":").slice(0, 3).join(":");
}

/** Engine-internal properties stay out of what is returned. */
function inputsOf(inputs: ServiceTokenReceiptInputs): ServiceTokenReceiptInputs {
  const { marker, version, previousExpiresAt, fingerprint } = inputs;
  return { marker, version, fingerprint, ...(previousExpiresAt === undefined ? {} : { previousExpiresAt }) };
}
