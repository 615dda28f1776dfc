import { generateKeyPairSync, randomInt } from "node:crypto";

import sodium from "libsodium-wrappers";

import { type GitHubScope, type GitHubSecret, type GitHubState } from "./records";

let loaded = false;

/** Loads libsodium. The vendor does it at its start, before the first request. */
export async function loadSodium(): Promise<void> {
  await sodium.ready;
  loaded = true;
}

/** By node:crypto, so that a world can be seeded before libsodium has loaded. */
export function newKeyPair(): GitHubScope["key_pair"] {
  const { x, d } = generateKeyPairSync("x25519").privateKey.export({ format: "jwk" });
  if (x === undefined || d === undefined) throw new Error("no x25519 keys in this node");
  // Ids seen at GitHub have 18 or 19 digits.
  const key_id = `${randomInt(100_000_000, 999_999_999)}${randomInt(100_000_000, 999_999_999)}`;
  return { key_id, public_key: toBase64(x), private_key: toBase64(d) };
}

/** Seals a value that waits in its record, where libsodium has loaded. */
export function sealNow({ public_key }: GitHubScope["key_pair"], secret: GitHubSecret): void {
  if (!loaded || secret.unsealed_value === undefined) return;
  const box = sodium.crypto_box_seal(secret.unsealed_value, Buffer.from(public_key, "base64"));
  secret.encrypted_value = Buffer.from(box).toString("base64");
  delete secret.unsealed_value;
}

/** Seals what worlds left unsealed; answers whether there was any. */
export function sealAll(state: GitHubState): boolean {
  const scopes = state.repositories.flatMap(({ actions, environments }) => [
    actions,
    ...environments.map((environment) => environment.actions),
  ]);
  let any = false;
  for (const { key_pair, secrets } of scopes) {
    for (const secret of secrets) {
      any ||= secret.unsealed_value !== undefined;
      sealNow(key_pair, secret);
    }
  }
  return any;
}

/** The plaintext of a box, or undefined where it was not sealed for this key. */
export function openBox(keyPair: GitHubScope["key_pair"], box: string): Buffer | undefined {
  if (!loaded) throw new Error("libsodium has not loaded: start the vendor first");
  try {
    const [publicKey, privateKey] = [keyPair.public_key, keyPair.private_key].map(fromBase64);
    if (publicKey === undefined || privateKey === undefined) return undefined;
    return Buffer.from(sodium.crypto_box_seal_open(fromBase64(box), publicKey, privateKey));
  } catch {
    return undefined;
  }
}

export function openSecret(keyPair: GitHubScope["key_pair"], secret: GitHubSecret): string | undefined {
  if (secret.encrypted_value === null) return secret.unsealed_value;
  return openBox(keyPair, secret.encrypted_value)?.toString("utf8");
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, "base64");
}

function toBase64(base64url: string): string {
  return Buffer.from(base64url, "base64url").toString("base64");
}
