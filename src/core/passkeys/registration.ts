/** Creates passkeys: options for the browser, and its response (WebAuthn, 7.1). */
import type { PublicKeyCredentialCreationOptionsJSON } from "@simplewebauthn/server";
import type { Services } from "../services.ts";
import { type CeremonyPurpose, type Challenge, ceremonyMs, issueChallenge, readChallenge } from "./challenges.ts";
import { findHandle, type NewPasskey, usablePasskeys } from "./passkeys.ts";
import { providerName } from "./providers.ts";
import type { RelyingParty } from "./relying-party.ts";
import { readCreation } from "./responses.ts";
import { algorithms, readClientData, verifyCreation } from "./verify.ts";

interface Creation {
  /** `upgrade`: after a login with a password, the browser creates it without asking (conditional create). */
  readonly purpose: Extract<CeremonyPurpose, "register" | "upgrade" | "sign-up">;
  /** Secret of the requesting browser. */
  readonly browser: string;
  /** Undefined for an account that does not exist yet. */
  readonly userId?: string | undefined;
}

/** Names that the authenticator shows for the account. */
interface ShownUser {
  readonly name: string;
  readonly displayName: string;
}

/** Options for `navigator.credentials.create`, with a challenge that {@link finishCreation} reads. */
export async function startCreation(
  s: Services,
  rp: RelyingParty,
  ceremony: Creation,
  user: ShownUser,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { userId } = ceremony;
  const [known, existing] = userId === undefined ? [undefined, []] : await Promise.all([findHandle(s, userId), usablePasskeys(s, userId)]);
  const handle = known ?? s.random(32);
  return {
    challenge: issueChallenge(s, ceremony, handle),
    rp: { id: rp.id, name: rp.name },
    user: { id: Buffer.from(handle).toString("base64url"), ...user },
    pubKeyCredParams: algorithms.map((alg) => ({ type: "public-key", alg })),
    timeout: ceremonyMs,
    attestation: "none",
    authenticatorSelection: {
      residentKey: "required",
      requireResidentKey: true,
      userVerification: ceremony.purpose === "upgrade" ? "preferred" : "required",
    },
    // The device of the user first; a security key remains possible.
    hints: ["client-device", "hybrid"],
    excludeCredentials: existing.map(({ credentialId, transports }) => ({
      id: credentialId,
      type: "public-key",
      transports: [...transports] as NonNullable<(typeof excluded)["transports"]>,
    })),
  };
}

declare const excluded: NonNullable<PublicKeyCredentialCreationOptionsJSON["excludeCredentials"]>[number];

/** `expired`: the challenge is too old or belongs to another browser. `refused`: the response is not valid. */
export type Created =
  | { readonly ok: true; readonly passkey: NewPasskey; readonly challenge: Challenge }
  | { readonly ok: false; readonly reason: "expired" | "refused" };

/** Checks the browser's response; the caller claims the challenge. `fallbackName` names a passkey whose provider is unknown. */
export async function finishCreation(
  s: Services,
  rp: RelyingParty,
  ceremony: Creation,
  { response, fallbackName }: { readonly response: unknown; readonly fallbackName: string },
): Promise<Created> {
  const creation = readCreation(response);
  if (!creation) return { ok: false, reason: "refused" };
  const { challenge } = readClientData(creation.response.clientDataJSON);
  const known = typeof challenge === "string" ? readChallenge(s, challenge, ceremony) : undefined;
  if (!known) return { ok: false, reason: "expired" };
  const checked = await verifyCreation(creation, {
    rp,
    challenge: known.text,
    // Nobody touches the authenticator: the user has just authenticated, and each use of the passkey verifies them (WebAuthn, 5.1.3).
    requireUserPresence: ceremony.purpose !== "upgrade",
    requireUserVerification: ceremony.purpose !== "upgrade",
  });
  if (!checked.ok) {
    s.log.info({ problem: checked.problem }, "a new passkey was refused");
    return { ok: false, reason: "refused" };
  }
  const name = (await providerName(checked.value.aaguid)) ?? fallbackName;
  return { ok: true, passkey: { credential: checked.value, handle: known.payload, rpId: rp.id, name }, challenge: known };
}
