/** Verifies signatures of a provider by its published keys (RFC 7515, RFC 7517). */
import { createPublicKey, type JsonWebKey, type KeyObject, verify } from "node:crypto";
import { type Cached, cached } from "./cached.ts";
import type { Metadata } from "./metadata.ts";
import { type Peer, readDocument } from "./peer.ts";
import type { Provider } from "./provider.ts";
import { excerpt, ProviderError, textOf } from "./provider-error.ts";

const maxAgeMs = 3_600_000;
/** An unknown key makes them be read anew, at most this often. */
const minAgeMs = 60_000;

interface PublicKey {
  readonly kid: unknown;
  readonly alg: unknown;
  readonly key: KeyObject;
  /** Microsoft: the issuer whose tokens it signs. */
  readonly issuer: unknown;
}

interface Algorithm {
  readonly type: string;
  readonly curve?: string;
  readonly hash: string | null;
  readonly isPss?: true;
}

/** Algorithm confusion: asymmetric ones only, each for its own kind of key (RFC 8725, 3.1). */
const algorithms: Readonly<Record<string, Algorithm>> = {
  RS256: { type: "rsa", hash: "sha256" },
  RS384: { type: "rsa", hash: "sha384" },
  RS512: { type: "rsa", hash: "sha512" },
  PS256: { type: "rsa", hash: "sha256", isPss: true },
  PS384: { type: "rsa", hash: "sha384", isPss: true },
  PS512: { type: "rsa", hash: "sha512", isPss: true },
  ES256: { type: "ec", curve: "prime256v1", hash: "sha256" },
  ES384: { type: "ec", curve: "secp384r1", hash: "sha384" },
  ES512: { type: "ec", curve: "secp521r1", hash: "sha512" },
  EdDSA: { type: "ed25519", hash: null },
  Ed25519: { type: "ed25519", hash: null },
};

/** Names of the algorithms that are accepted. */
export const acceptedAlgorithms = Object.keys(algorithms);

const caches = new WeakMap<Provider, Cached<readonly PublicKey[]>>();

/** Verifies a JWT. `issuer` is that of its claims. Rejects with {@link ProviderError}. */
export async function verifySignature(peer: Peer, metadata: Metadata, jwt: string, issuer: string): Promise<void> {
  const [head = "", body = "", signature = ""] = jwt.split(".");
  const { alg, kid } = headerOf(jwt);
  const algorithm = typeof alg === "string" && Object.hasOwn(algorithms, alg) ? algorithms[alg] : undefined;
  if (!algorithm) throw new ProviderError("bad-answer", `A token is signed with ${excerpt(alg)}, which is not accepted.`);
  const fits = (each: PublicKey) =>
    (kid === undefined || each.kid === kid) &&
    (each.alg === undefined || each.alg === alg) &&
    each.key.asymmetricKeyType === algorithm.type &&
    each.key.asymmetricKeyDetails?.namedCurve === algorithm.curve &&
    isKeyOf(each, issuer);
  const candidates = await keysThat(peer, metadata, fits);
  if (candidates.length === 0)
    throw new ProviderError("bad-answer", `A token is signed with the key ${excerpt(kid)}, which is not published.`);
  const data = Buffer.from(`${head}.${body}`);
  const isSigned = candidates.some(({ key }) => isSignature(algorithm, { data, key, signature: Buffer.from(signature, "base64url") }));
  if (!isSigned) throw new ProviderError("bad-answer", "The signature of a token is wrong.");
}

/** Header of a JWT; empty if it is malformed. */
export function headerOf(jwt: string): Readonly<Record<string, unknown>> {
  return partOf(jwt, 0);
}

/** A part of a JWT as JSON; empty if it is malformed. */
export function partOf(jwt: string, index: 0 | 1): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(jwt.split(".")[index] ?? "", "base64url").toString());
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Another tenant: a key of Microsoft signs for its issuer only, which can be a template. */
function isKeyOf({ issuer: own }: PublicKey, issuer: string): boolean {
  if (typeof own !== "string") return true;
  const [before = "", after] = own.split("{tenantid}");
  return after === undefined ? own === issuer : issuer.startsWith(before) && issuer.endsWith(after);
}

interface Signed {
  readonly data: Buffer;
  readonly key: KeyObject;
  readonly signature: Buffer;
}

function isSignature({ type, hash, isPss }: Algorithm, { data, key, signature }: Signed): boolean {
  // RSA_PKCS1_PSS_PADDING with a salt as long as the hash (RFC 7518, 3.5).
  const padding = isPss ? { padding: 6, saltLength: -1 } : {};
  return verify(hash, data, { key, ...padding, ...(type === "ec" ? { dsaEncoding: "ieee-p1363" as const } : {}) }, signature);
}

/** Reads the keys anew if none fits, because the provider may have changed them. */
async function keysThat(peer: Peer, metadata: Metadata, fits: (key: PublicKey) => boolean): Promise<PublicKey[]> {
  const cache = caches.get(peer.provider) ?? cached<readonly PublicKey[]>();
  caches.set(peer.provider, cache);
  const now = peer.s.now();
  const found = (await cache.get(now, maxAgeMs, () => readKeys(peer, metadata))).filter(fits);
  // Flooding of the provider: a forged `kid` costs one request a minute, also while they fail.
  if (found.length > 0 || now - (cache.triedAt() ?? 0) < minAgeMs) return found;
  return (await cache.get(now, 0, () => readKeys(peer, metadata))).filter(fits);
}

/** Returns the keys that can be used. Rejects with {@link ProviderError}. */
export async function readKeys(peer: Peer, { jwks_uri: url = "" }: Metadata): Promise<PublicKey[]> {
  const { keys } = await readDocument(peer, url);
  if (!Array.isArray(keys)) throw new ProviderError("bad-answer", "The published keys are malformed.");
  return keys.slice(0, 100).flatMap((jwk: unknown) => keyOf(jwk));
}

/** Keys of other kinds and uses are skipped. */
function keyOf(jwk: unknown): PublicKey[] {
  if (typeof jwk !== "object" || jwk === null) return [];
  const { kid, alg, use, issuer, kty } = jwk as Record<string, unknown>;
  if ((use !== undefined && use !== "sig") || !["RSA", "EC", "OKP"].includes(textOf(kty))) return [];
  try {
    const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
    // Weak keys: RSA below 2048 bits (NIST SP 800-131A).
    return (key.asymmetricKeyDetails?.modulusLength ?? 2048) < 2048 ? [] : [{ kid, alg, issuer, key }];
  } catch {
    return [];
  }
}
