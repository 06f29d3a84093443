/** Compares the verification of passkeys with that of python-fido2. */
// Runs with other programs: python3 with the package fido2.
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { verifyAssertion, verifyCreation } from "../src/core/passkeys/verify.ts";
import { passkeyDevice } from "./passkeys.ts";

const python = "/usr/bin/python3";
const rp = { id: "localhost", name: "Latchkey", origins: ["http://localhost:5050"] };

const script = `
import base64, json, sys
from fido2.client import ClientData
from fido2.ctap2 import AttestationObject, AttestedCredentialData, AuthenticatorData
from fido2.server import Fido2Server
from fido2.webauthn import PublicKeyCredentialRpEntity
given = json.load(sys.stdin)
raw = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
server = Fido2Server(PublicKeyCredentialRpEntity("localhost", "Latchkey"), verify_origin=lambda origin: origin == "http://localhost:5050")
state = lambda challenge: {"challenge": challenge, "user_verification": "required"}
created = given["created"]["response"]
auth = server.register_complete(state(given["creation"]), ClientData(raw(created["clientDataJSON"])), AttestationObject(raw(created["attestationObject"])))
got = given["got"]["response"]
try:
    server.authenticate_complete(state(given["request"]), [auth.credential_data], auth.credential_data.credential_id, ClientData(raw(got["clientDataJSON"])), AuthenticatorData(raw(got["authenticatorData"])), raw(got["signature"]))
    print("verified")
except Exception as error:
    print("refused", type(error).__name__)
`;

function isInstalled(): boolean {
  try {
    execFileSync(python, ["-c", "import fido2.ctap2, fido2.server"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!isInstalled())("python-fido2", () => {
  it.each(["ES256", "RS256", "EdDSA"] as const)("passkey verification: python-fido2 agrees about %s", async (algorithm) => {
    const device = passkeyDevice({ algorithmIdentifiers: [algorithm] });
    const [creation, request] = [randomBytes(32).toString("base64url"), randomBytes(32).toString("base64url")];
    const user = { id: randomBytes(32).toString("base64url"), name: "ada", displayName: "Ada" };
    const pubKeyCredParams = [-8, -7, -257].map((alg) => ({ type: "public-key" as const, alg }));
    const created = device.createJSON(rp.origins[0] ?? "", { challenge: creation, rp, user, pubKeyCredParams });
    const got = device.getJSON(rp.origins[0] ?? "", { challenge: request, rpId: rp.id, userVerification: "required" });
    const verified = await verifyCreation(created as never, { rp, challenge: creation, requireUserVerification: true });
    expect(verified).toMatchObject({ ok: true });
    const publicKey = verified.ok ? verified.value.publicKey : new Uint8Array();
    const signature = Buffer.from(got.response.signature, "base64url");
    signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
    const forged = { ...got, response: { ...got.response, signature: signature.toString("base64url") } };
    for (const [response, isRight] of [
      [got, true],
      [forged, false],
    ] as const) {
      const ours = await verifyAssertion(response as never, publicKey, { rp, challenge: request, requireUserVerification: true });
      const theirs = execFileSync(python, ["-c", script], {
        input: JSON.stringify({ creation, request, created, got: response }),
        encoding: "utf8",
      }).trim();
      expect([ours.ok, theirs === "verified"]).toEqual([isRight, isRight]);
    }
  });
});
