/** Reads the JSON that browsers make of an authenticator's response (WebAuthn, 5.1.7). */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";

/** From a JSON request, or from the hidden field of a form; undefined for any other shape. */
export function readAssertion(sent: unknown): AuthenticationResponseJSON | undefined {
  const [credential, response] = readCredential(sent);
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  if (!isId(credential["id"]) || !isText(clientDataJSON) || !isText(authenticatorData) || !isText(signature)) return undefined;
  return {
    id: credential["id"],
    rawId: credential["id"],
    type: "public-key",
    clientExtensionResults: {},
    response: { clientDataJSON, authenticatorData, signature, ...(isText(userHandle) ? { userHandle } : {}) },
  };
}

/** Like {@link readAssertion}, for a new credential. */
export function readCreation(sent: unknown): RegistrationResponseJSON | undefined {
  const [credential, response] = readCredential(sent);
  const { clientDataJSON, attestationObject, transports } = response;
  if (!isId(credential["id"]) || !isText(clientDataJSON) || !isText(attestationObject)) return undefined;
  const known = Array.isArray(transports) ? transports.filter(isText) : [];
  return {
    id: credential["id"],
    rawId: credential["id"],
    type: "public-key",
    clientExtensionResults: {},
    response: { clientDataJSON, attestationObject, transports: known as NonNullable<RegistrationResponseJSON["response"]["transports"]> },
  };
}

type Members = Readonly<Record<string, unknown>>;

function readCredential(sent: unknown): readonly [credential: Members, response: Members] {
  const credential = asMembers(typeof sent === "string" ? parse(sent) : sent);
  const isPublicKey = credential["type"] === "public-key" && credential["rawId"] === credential["id"];
  return isPublicKey ? [credential, asMembers(credential["response"])] : [{}, {}];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asMembers(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {};
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Canonical base64url: another spelling of an ID would not be found, or be stored twice. */
function isId(value: unknown): value is string {
  return isText(value) && value !== "" && Buffer.from(value, "base64url").toString("base64url") === value;
}
