/** Signs the tokens of the test provider, honestly or not. */
import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ForgedSignature } from "./test-provider-types.ts";

export interface TestKey {
  readonly id: string;
  readonly algorithm: "ES256" | "RS256" | "PS256" | "EdDSA";
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function newTestKey(algorithm: TestKey["algorithm"], id: string): TestKey {
  return { id, algorithm, ...pairFor(algorithm) };
}

function pairFor(algorithm: TestKey["algorithm"]): { privateKey: KeyObject; publicKey: KeyObject } {
  if (algorithm === "ES256") return generateKeyPairSync("ec", { namedCurve: "P-256" });
  return algorithm === "EdDSA" ? generateKeyPairSync("ed25519") : generateKeyPairSync("rsa", { modulusLength: 2_048 });
}

/** Writes the key that Apple's client secret is signed with to a directory of its own, as Apple offers it for download. */
export function writeAppleKey(): { readonly keyFile: string; readonly keyId: string; readonly teamId: string } {
  const keyFile = join(mkdtempSync(join(tmpdir(), "latchkey-apple-")), "AuthKey.p8");
  writeFileSync(keyFile, pairFor("ES256").privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  return { keyFile, keyId: "ABCDEFGHIJ", teamId: "KLMNOPQRST" };
}

/** The key as a JWK. */
export function publishedKey({ publicKey, id, algorithm }: TestKey): Record<string, unknown> {
  return { ...publicKey.export({ format: "jwk" }), kid: id, alg: algorithm, use: "sig" };
}

export interface TokenParts {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Signs a JWT with a key, or forges its signature. */
export function signTestToken(key: TestKey, { header, claims }: TokenParts, forged?: ForgedSignature): string {
  const alg = forged === "none" ? "none" : forged === "hmac" ? "HS256" : key.algorithm;
  const data = `${encode({ alg, kid: key.id, ...header })}.${encode(claims)}`;
  if (forged === "none") return `${data}.`;
  // Algorithm confusion: the published key as the secret of an HMAC.
  if (forged === "hmac") {
    const secret = key.publicKey.export({ format: "pem", type: "spki" });
    return `${data}.${createHmac("sha256", secret).update(data).digest("base64url")}`;
  }
  const signature = signatureOf(forged === "other-key" ? { ...key, ...pairFor(key.algorithm) } : key, data);
  const tampered = forged === "tampered" ? `${encode({ alg, kid: key.id, ...header })}.${encode({ ...claims, sub: "admin" })}` : data;
  return `${tampered}.${signature.toString("base64url")}`;
}

function signatureOf({ algorithm, privateKey: key }: TestKey, data: string): Buffer {
  if (algorithm === "EdDSA") return sign(null, Buffer.from(data), key);
  // RSA_PKCS1_PSS_PADDING, with a salt as long as the hash.
  const padding = algorithm === "PS256" ? { padding: 6, saltLength: 32 } : {};
  return sign("sha256", Buffer.from(data), { key, ...padding, ...(algorithm === "ES256" ? { dsaEncoding: "ieee-p1363" as const } : {}) });
}

/** `at_hash` of an access token. */
export function accessTokenHash(accessToken: string, algorithm: TestKey["algorithm"]): string {
  const hash = createHash(algorithm === "EdDSA" ? "sha512" : "sha256")
    .update(accessToken)
    .digest();
  return hash.subarray(0, hash.length / 2).toString("base64url");
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
