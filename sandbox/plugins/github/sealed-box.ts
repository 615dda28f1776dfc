import sodium from "libsodium-wrappers";

/** Encrypts a text so that only the holder of the private key can read it: what GitHub takes for a secret's value. */
export async function seal(text: string, publicKeyBase64: string): Promise<string> {
  await sodium.ready;
  const publicKey = Buffer.from(publicKeyBase64, "base64");
  if (publicKey.length !== sodium.crypto_box_PUBLICKEYBYTES)
    throw new Error("could not convert publicKey to bytes");
  return Buffer.from(sodium.crypto_box_seal(text, publicKey)).toString("base64");
}
