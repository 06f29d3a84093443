/** Converts public keys to COSE keys and back (RFC 9053). */
import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { decodeCborMap, encodeCbor } from "../cbor.ts";

/** Names and numbers of the parameters (RFC 9052, 7 and RFC 9053, 7). */
const kty = 1;
const alg = 3;
const crv = -1;
const x = -2;
const y = -3;
const modulus = -1;
const exponent = -2;

/** Encodes a key for ES256, Ed25519 or RS256; undefined for others. */
export function toCoseKey(key: KeyObject): Buffer | undefined {
  const jwk = key.export({ format: "jwk" });
  const bytes = (text: string | undefined) => Buffer.from(text ?? "", "base64url");
  if (jwk.kty === "EC" && jwk.crv === "P-256")
    return encodeCbor(
      new Map<number, number | Buffer>([
        [kty, 2],
        [alg, -7],
        [crv, 1],
        [x, bytes(jwk.x)],
        [y, bytes(jwk.y)],
      ]),
    );
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519")
    return encodeCbor(
      new Map<number, number | Buffer>([
        [kty, 1],
        [alg, -8],
        [crv, 6],
        [x, bytes(jwk.x)],
      ]),
    );
  // Weak keys: at least 112 bits of security (ASVS 11.2.3).
  if (jwk.kty === "RSA" && bytes(jwk.n).length >= 256)
    return encodeCbor(
      new Map<number, number | Buffer>([
        [kty, 3],
        [alg, -257],
        [modulus, bytes(jwk.n)],
        [exponent, bytes(jwk.e)],
      ]),
    );
  return undefined;
}

/** Untrusted input: undefined unless it is a valid key of one of these algorithms. */
export function fromCoseKey(bytes: Uint8Array): KeyObject | undefined {
  const map = decodeCborMap(bytes);
  const text = (name: number) => {
    const value = map?.get(name);
    return value instanceof Uint8Array ? Buffer.from(value).toString("base64url") : "";
  };
  const kind = `${String(map?.get(kty))} ${String(map?.get(alg))}`;
  if (kind === "2 -7" && map?.get(crv) === 1) return readKey({ kty: "EC", crv: "P-256", x: text(x), y: text(y) });
  if (kind === "1 -8" && map?.get(crv) === 6) return readKey({ kty: "OKP", crv: "Ed25519", x: text(x) });
  if (kind === "3 -257") return readKey({ kty: "RSA", n: text(modulus), e: text(exponent) });
  return undefined;
}

/** Invalid curve: Node.js rejects points that are not on the curve. */
export function readKey(key: JsonWebKey | Buffer): KeyObject | undefined {
  try {
    return key instanceof Uint8Array ? createPublicKey({ key, format: "der", type: "spki" }) : createPublicKey({ key, format: "jwk" });
  } catch {
    return undefined;
  }
}
