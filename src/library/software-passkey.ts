/** Creates passkeys in software, for tests of apps: no browser and no device. */
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { type Cbor, encodeCbor } from "../platform/cbor.ts";
import { toCoseKey } from "../platform/crypto/cose-key.ts";

/** A passkey that answers WebAuthn options, as JSON in and JSON out. Its properties can be changed between calls. */
export interface SoftwarePasskey {
  /** Base64url, as in the lists of the options. */
  readonly id: string;
  /** Set by `create`. */
  readonly userHandle: string | undefined;
  /** Origin of the page that asks, such as `https://example.com`. */
  origin: string;
  /** Whether it verifies its user, by a PIN or biometrics (flag UV). */
  verifiesUser: boolean;
  /** Whether it can be synchronized between devices (flag BE). */
  isBackupEligible: boolean;
  /** Whether it is synchronized (flag BS). */
  isBackedUp: boolean;
  /** The last signature counter; each answer adds `counterStep`. */
  counter: number;
  /** 0: an authenticator without a counter. */
  counterStep: number;
  /** Answers `navigator.credentials.create` with these options. Throws a `DOMException`, as browsers do. */
  readonly create: (options: PasskeyCreation, clientData?: ClientData) => PasskeyRegistration;
  /** Answers `navigator.credentials.get` with these options. Throws a `DOMException`, as browsers do. */
  readonly get: (options: PasskeyRequest, clientData?: ClientData) => PasskeyAssertion;
  /** Returns its public key and state, as `latchkey import json` reads them. */
  readonly exported: () => ExportedPasskey;
}

/** Fields to replace in the client data, for tests of what the site must refuse: `origin`, `challenge`, `crossOrigin`, `type`. */
export type ClientData = Readonly<Record<string, unknown>>;

export interface SoftwarePasskeyOptions {
  /** `http://localhost:5050` by default. */
  readonly origin?: string;
  readonly verifiesUser?: boolean;
  readonly isBackupEligible?: boolean;
  readonly isBackedUp?: boolean;
  readonly counter?: number;
  readonly counterStep?: number;
  /** Model of the authenticator; unknown by default. */
  readonly aaguid?: string;
  readonly transports?: readonly string[];
}

/** The part of `PublicKeyCredentialCreationOptionsJSON` that it reads. */
export interface PasskeyCreation {
  readonly challenge: string;
  readonly rp: { readonly id?: string; readonly name: string };
  readonly user: { readonly id: string };
  readonly pubKeyCredParams: readonly { readonly alg: number }[];
  readonly excludeCredentials?: readonly { readonly id: string }[];
  readonly authenticatorSelection?: { readonly userVerification?: string };
}

/** The part of `PublicKeyCredentialRequestOptionsJSON` that it reads. */
export interface PasskeyRequest {
  readonly challenge: string;
  readonly rpId?: string;
  readonly allowCredentials?: readonly { readonly id: string }[];
  readonly userVerification?: string;
}

/** A `PublicKeyCredential` as JSON. */
export interface PasskeyAnswer<Response> {
  readonly id: string;
  readonly rawId: string;
  readonly type: "public-key";
  readonly authenticatorAttachment: "platform";
  readonly clientExtensionResults: Readonly<Record<string, unknown>>;
  readonly response: Response;
}

/** A `RegistrationResponseJSON`. */
export type PasskeyRegistration = PasskeyAnswer<{
  readonly clientDataJSON: string;
  readonly attestationObject: string;
  readonly authenticatorData: string;
  readonly publicKey: string;
  readonly publicKeyAlgorithm: number;
  readonly transports: string[];
}>;

/** An `AuthenticationResponseJSON`. */
export type PasskeyAssertion = PasskeyAnswer<{
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
  readonly userHandle?: string;
}>;

export interface ExportedPasskey {
  readonly credentialId: string;
  /** COSE key, in base64url. */
  readonly publicKey: string;
  readonly rpId: string;
  readonly userHandle: string;
  readonly counter: number;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly transports: readonly string[];
  readonly aaguid: string;
}

const es256 = -7;

/** Creates a passkey with a key of its own (ES256). For tests only: its private key is in the memory of the process. */
export function createSoftwarePasskey(options: SoftwarePasskeyOptions = {}): SoftwarePasskey {
  const { origin = "http://localhost:5050", verifiesUser = true, isBackupEligible = true, isBackedUp = isBackupEligible } = options;
  const { counter = 0, counterStep = isBackupEligible ? 0 : 1, aaguid = "00000000-0000-0000-0000-000000000000" } = options;
  const transports = [...(options.transports ?? ["internal"])];
  const credentialId = randomBytes(32);
  const id = credentialId.toString("base64url");
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const cose = toCoseKey(publicKey) ?? Buffer.of();
  let created: { readonly rpId: string; readonly userHandle: string } | undefined;

  const answer = <Response>(response: Response, extensions = {}): PasskeyAnswer<Response> => ({
    id,
    rawId: id,
    type: "public-key",
    authenticatorAttachment: "platform",
    clientExtensionResults: extensions,
    response,
  });

  const passkey: SoftwarePasskey = {
    id,
    get userHandle() {
      return created?.userHandle;
    },
    origin,
    verifiesUser,
    isBackupEligible,
    isBackedUp,
    counter,
    counterStep,
    create: ({ challenge, rp, user, pubKeyCredParams, excludeCredentials = [], authenticatorSelection }, clientData) => {
      const rpId = requireRpId(passkey, rp.id);
      requireUser(passkey, authenticatorSelection?.userVerification);
      if (!pubKeyCredParams.some(({ alg }) => alg === es256)) throw new DOMException("ES256 is not offered.", "NotSupportedError");
      if (created && excludeCredentials.some((excluded) => excluded.id === id))
        throw new DOMException("The account has this passkey already.", "InvalidStateError");
      created = { rpId, userHandle: user.id };
      const attested = Buffer.concat([bytesOf(aaguid), uint16(credentialId.length), credentialId, cose]);
      const data = authenticatorData(passkey, rpId, attested);
      const attestation = encodeCbor(
        new Map<string, Cbor>([
          ["fmt", "none"],
          ["attStmt", new Map()],
          ["authData", data],
        ]),
      );
      return answer(
        {
          clientDataJSON: clientDataOf(passkey, "webauthn.create", challenge, clientData),
          attestationObject: attestation.toString("base64url"),
          authenticatorData: data.toString("base64url"),
          publicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64url"),
          publicKeyAlgorithm: es256,
          transports,
        },
        { credProps: { rk: true } },
      );
    },
    get: ({ challenge, rpId: asked, allowCredentials = [], userVerification }, clientData) => {
      const rpId = requireRpId(passkey, asked);
      requireUser(passkey, userVerification);
      const isAllowed = allowCredentials.length === 0 || allowCredentials.some((allowed) => allowed.id === id);
      if (created?.rpId !== rpId || !isAllowed) throw new DOMException("There is no passkey for this request.", "NotAllowedError");
      passkey.counter += passkey.counterStep;
      const data = authenticatorData(passkey, rpId);
      const clientDataJSON = clientDataOf(passkey, "webauthn.get", challenge, clientData);
      const hash = createHash("sha256").update(Buffer.from(clientDataJSON, "base64url")).digest();
      return answer({
        clientDataJSON,
        authenticatorData: data.toString("base64url"),
        signature: sign("sha256", Buffer.concat([data, hash]), privateKey).toString("base64url"),
        userHandle: created.userHandle,
      });
    },
    exported: () => {
      if (!created) throw new TypeError("The passkey belongs to no account yet: call create first.");
      const { isBackupEligible: backupEligible, isBackedUp: backedUp } = passkey;
      return {
        ...{ credentialId: id, publicKey: cose.toString("base64url"), ...created, counter: passkey.counter },
        ...{ backupEligible, backedUp, transports, aaguid },
      };
    },
  };
  return passkey;
}

/** The RP ID is the host of the page, or a domain above it. */
function requireRpId({ origin }: SoftwarePasskey, asked: string | undefined): string {
  const { hostname } = new URL(origin);
  const rpId = asked ?? hostname;
  if (hostname !== rpId && !hostname.endsWith(`.${rpId}`)) throw new DOMException(`${rpId} is not the site of ${origin}.`, "SecurityError");
  return rpId;
}

function requireUser({ verifiesUser }: SoftwarePasskey, wanted: string | undefined): void {
  if (wanted === "required" && !verifiesUser) throw new DOMException("The passkey can't verify its user.", "NotAllowedError");
}

function clientDataOf({ origin }: SoftwarePasskey, type: string, challenge: string, replaced: ClientData = {}): string {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false, ...replaced })).toString("base64url");
}

const flags = { userPresent: 0x01, userVerified: 0x04, backupEligible: 0x08, backedUp: 0x10, attested: 0x40 };

/** Authenticator data (WebAuthn, 6.1). */
function authenticatorData(passkey: SoftwarePasskey, rpId: string, attested?: Buffer): Buffer {
  const set =
    flags.userPresent |
    (passkey.verifiesUser ? flags.userVerified : 0) |
    (passkey.isBackupEligible ? flags.backupEligible : 0) |
    (passkey.isBackedUp ? flags.backedUp : 0) |
    (attested ? flags.attested : 0);
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(passkey.counter);
  return Buffer.concat([createHash("sha256").update(rpId).digest(), Buffer.of(set), counter, attested ?? Buffer.of()]);
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

function bytesOf(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll("-", ""), "hex");
}
