/** Tests the software passkey against two verifiers of other authors. */
// Runs on one engine: it uses no database.
import { execFileSync, spawnSync } from "node:child_process";
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { describe, expect, it } from "vitest";
import { createSoftwarePasskey, type SoftwarePasskeyOptions } from "./software-passkey.ts";

const origin = "https://login.example.com";
const rpId = "example.com";

async function creation() {
  return generateRegistrationOptions({ rpName: "Example", rpID: rpId, userName: "ada", userID: new Uint8Array(32).fill(7) });
}

async function registered(options: SoftwarePasskeyOptions = {}) {
  const passkey = createSoftwarePasskey({ origin, ...options });
  const asked = await creation();
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: passkey.create(asked) as never,
    expectedChallenge: asked.challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
  });
  if (!verified || !registrationInfo) throw new Error("The registration was refused.");
  const check = async (requireUserVerification = true, clientData = {}) => {
    const request = await generateAuthenticationOptions({ rpID: rpId, userVerification: "preferred" });
    return verifyAuthenticationResponse({
      response: passkey.get(request, clientData) as never,
      expectedChallenge: request.challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      credential: registrationInfo.credential,
      requireUserVerification,
    });
  };
  return { passkey, info: registrationInfo, check };
}

describe("software passkey", () => {
  it("software passkey: @simplewebauthn/server accepts its registration and its assertions", async () => {
    const { passkey, info, check } = await registered({ aaguid: "01020304-0102-0304-0102-030405060708" });
    expect(info).toMatchObject({
      aaguid: "01020304-0102-0304-0102-030405060708",
      credentialDeviceType: "multiDevice",
      credentialBackedUp: true,
      userVerified: true,
      credential: { id: passkey.id, counter: 0, transports: ["internal"] },
    });
    expect(Buffer.from(info.credential.publicKey).toString("base64url")).toBe(passkey.exported().publicKey);
    expect((await check()).authenticationInfo).toMatchObject({ newCounter: 0, userVerified: true, credentialBackedUp: true });
  });

  it("software passkey: its flags and its counter are what the test sets", async () => {
    const { passkey, info, check } = await registered({ isBackupEligible: false, counter: 41 });
    expect([info.credentialDeviceType, info.credential.counter]).toEqual(["singleDevice", 41]);
    expect((await check()).authenticationInfo.newCounter).toBe(42);
    passkey.counter = 7;
    await expect(check()).rejects.toThrow("counter");
    Object.assign(passkey, { counter: 90, verifiesUser: false });
    await expect(check()).rejects.toThrow("User verification");
    expect((await check(false)).authenticationInfo).toMatchObject({ userVerified: false, newCounter: 92 });
  });

  it("software passkey: replaced client data is refused by the verifier", async () => {
    const { check } = await registered();
    await expect(check(true, { origin: "https://evil.example" })).rejects.toThrow("origin");
    await expect(check(true, { challenge: "bm90aGluZw" })).rejects.toThrow("challenge");
    await expect(check(true, { type: "webauthn.create" })).rejects.toThrow("type");
  });

  it("software passkey: refuses what a browser refuses, with the same names of errors", async () => {
    const { passkey } = await registered();
    const asked = await creation();
    const nameOf = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        return (error as Error).name;
      }
      return "nothing";
    };
    expect(nameOf(() => passkey.create({ ...asked, excludeCredentials: [{ id: passkey.id }] }))).toBe("InvalidStateError");
    expect(nameOf(() => passkey.create({ ...asked, rp: { id: "example.org", name: "Other" } }))).toBe("SecurityError");
    expect(nameOf(() => passkey.create({ ...asked, pubKeyCredParams: [{ alg: -257 }] }))).toBe("NotSupportedError");
    const request = await generateAuthenticationOptions({ rpID: rpId });
    expect(nameOf(() => passkey.get({ ...request, allowCredentials: [{ id: "b3RoZXI" }] }))).toBe("NotAllowedError");
    expect(nameOf(() => createSoftwarePasskey({ origin }).get(request))).toBe("NotAllowedError");
    passkey.verifiesUser = false;
    expect(nameOf(() => passkey.get({ ...request, userVerification: "required" }))).toBe("NotAllowedError");
  });

  const hasFido2 = spawnSync("/usr/bin/python3", ["-c", "import fido2"]).status === 0;
  it.runIf(hasFido2)("software passkey: python-fido2 accepts its registration and its assertion", async () => {
    const passkey = createSoftwarePasskey({ origin });
    const asked = await creation();
    const registration = passkey.create(asked);
    const request = await generateAuthenticationOptions({ rpID: rpId });
    const script = `
import json, sys
from fido2.utils import websafe_decode as decode
try:
    from fido2.webauthn import AttestationObject, AuthenticatorData, CollectedClientData
except ImportError:
    from fido2.ctap2 import AttestationObject, AuthenticatorData
    from fido2.client import ClientData as CollectedClientData
r, a, rp = json.load(sys.stdin)
import hashlib
attested = AttestationObject(decode(r["response"]["attestationObject"]))
assert attested.auth_data.rp_id_hash == hashlib.sha256(rp.encode()).digest()
assert attested.auth_data == decode(r["response"]["authenticatorData"])
credential = attested.auth_data.credential_data
assert credential.credential_id == decode(r["rawId"])
client = CollectedClientData(decode(a["response"]["clientDataJSON"]))
data = AuthenticatorData(decode(a["response"]["authenticatorData"]))
credential.public_key.verify(data + client.hash, decode(a["response"]["signature"]))
print(json.loads(bytes(client))["type"], data.is_user_verified(), data.counter)`;
    const input = JSON.stringify([registration, passkey.get(request), rpId]);
    const output = execFileSync("/usr/bin/python3", ["-c", script], { input, encoding: "utf8" });
    expect(output).toBe("webauthn.get True 0\n");
  });
});
