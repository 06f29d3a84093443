/** Verifies the responses of authenticators (WebAuthn, 7.1 and 7.2). */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { lazy } from "../../platform/lazy.ts";
import type { RelyingParty } from "./relying-party.ts";

/** Ed25519, ES256 and RS256 (COSE), for creating and for verifying. */
export const algorithms = [-8, -7, -257];

/** Loaded with the first passkey: the library takes half a second. */
const library = lazy(async () => {
  const [webauthn, { decodeAttestationObject, isoBase64URL, isoCBOR }] = await Promise.all([
    import("@simplewebauthn/server"),
    import("@simplewebauthn/server/helpers"),
  ]);
  return { ...webauthn, decodeAttestationObject, isoBase64URL, isoCBOR };
});

/** Flags and counter of an authenticator's response. */
export interface AuthenticatorState {
  readonly counter: number;
  /** BE: the passkey can be synchronised. */
  readonly backupEligible: boolean;
  /** BS: the passkey is synchronised. */
  readonly backedUp: boolean;
  /** UV: the device has verified its user. */
  readonly userVerified: boolean;
}

export interface CreatedCredential extends AuthenticatorState {
  readonly credentialId: Uint8Array;
  /** COSE key. */
  readonly publicKey: Uint8Array;
  readonly aaguid: string;
  readonly transports: readonly string[];
}

export type Checked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

interface Expected {
  readonly rp: RelyingParty;
  readonly challenge: string;
  readonly requireUserVerification: boolean;
  /** Default: true. */
  readonly requireUserPresence?: boolean;
}

/** Checks a new credential. `problem` is for the log. */
export async function verifyCreation(response: RegistrationResponseJSON, expected: Expected): Promise<Checked<CreatedCredential>> {
  const { verifyRegistrationResponse, ...helpers } = await library.get();
  return check(response.response.clientDataJSON, async () => {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: withoutStatement(response, helpers),
      expectedChallenge: expected.challenge,
      expectedOrigin: [...expected.rp.origins],
      expectedRPID: expected.rp.id,
      requireUserPresence: expected.requireUserPresence ?? true,
      requireUserVerification: expected.requireUserVerification,
      supportedAlgorithmIDs: algorithms,
    });
    if (!verified) throw new Error("The registration could not be verified.");
    const { credential, aaguid, userVerified, credentialDeviceType, credentialBackedUp } = registrationInfo;
    const credentialId = Buffer.from(credential.id, "base64url");
    // WebAuthn, 7.1, step 25.
    if (credentialId.length > 1023) throw new Error("The credential ID is too long.");
    // The ID that was sent is the one that later responses are found by.
    if (credential.id !== response.id) throw new Error("The credential ID is not that of the response.");
    return {
      credentialId,
      publicKey: credential.publicKey,
      counter: credential.counter,
      aaguid,
      transports: (response.response.transports ?? []).filter((each) => /^[a-z-]{1,20}$/.test(each)).slice(0, 8),
      backupEligible: credentialDeviceType === "multiDevice",
      backedUp: credentialBackedUp,
      userVerified,
    };
  });
}

type Helpers = Omit<Awaited<ReturnType<typeof library.get>>, "verifyRegistrationResponse">;

/**
 * Drops the attestation statement: none is asked for and none would be trusted, so no certificate of an unknown issuer is parsed
 * (WebAuthn, 7.1, step 21).
 */
function withoutStatement(
  response: RegistrationResponseJSON,
  helpers: Pick<Helpers, "decodeAttestationObject" | "isoBase64URL" | "isoCBOR">,
) {
  const { decodeAttestationObject, isoBase64URL, isoCBOR } = helpers;
  const decoded = decodeAttestationObject(isoBase64URL.toBuffer(response.response.attestationObject));
  const authData = decoded.get("authData");
  const bare = new Map<string, string | Uint8Array | Map<string, string>>();
  bare.set("fmt", "none").set("attStmt", new Map<string, string>()).set("authData", authData);
  const attestationObject = isoBase64URL.fromBuffer(new Uint8Array(isoCBOR.encode(bare)));
  return { ...response, response: { ...response.response, attestationObject } };
}

/** Checks a signature by a stored public key. The caller judges the counter. */
export async function verifyAssertion(
  response: AuthenticationResponseJSON,
  publicKey: Uint8Array,
  expected: Expected,
): Promise<Checked<AuthenticatorState>> {
  const { verifyAuthenticationResponse } = await library.get();
  return check(response.response.clientDataJSON, async () => {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: expected.challenge,
      expectedOrigin: [...expected.rp.origins],
      expectedRPID: expected.rp.id,
      requireUserVerification: expected.requireUserVerification,
      // The library refuses each counter that is not higher, also of synchronised passkeys: 0 leaves the judgement to the caller.
      credential: { id: response.id, publicKey: new Uint8Array(publicKey), counter: 0 },
    });
    if (!verified) throw new Error("The signature is wrong.");
    const { newCounter, userVerified, credentialDeviceType, credentialBackedUp } = authenticationInfo;
    return {
      counter: newCounter,
      backupEligible: credentialDeviceType === "multiDevice",
      backedUp: credentialBackedUp,
      userVerified,
    };
  });
}

/** The library throws where a check fails. */
async function check<T>(clientDataJson: string, verify: () => Promise<T>): Promise<Checked<T>> {
  try {
    requireTopLevel(clientDataJson);
    return { ok: true, value: await verify() };
  } catch (error) {
    return { ok: false, problem: (error as Error).message };
  }
}

/** Clickjacking: no page of this site is embedded, so no ceremony runs in a frame of another site (WebAuthn, 13.4.9). */
function requireTopLevel(clientDataJson: string): void {
  const { crossOrigin, topOrigin } = readClientData(clientDataJson);
  if (crossOrigin === true || topOrigin !== undefined) throw new Error("The ceremony ran in a frame of another site.");
}

interface ClientData {
  readonly challenge?: unknown;
  readonly crossOrigin?: unknown;
  readonly topOrigin?: unknown;
}

/** The client data of a response; empty if it is not JSON. */
export function readClientData(clientDataJson: string): ClientData {
  try {
    const value: unknown = JSON.parse(Buffer.from(clientDataJson, "base64url").toString());
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
