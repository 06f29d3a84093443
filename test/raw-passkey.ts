/** Signs WebAuthn responses with any flags, counter and client data, for attacks. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** Flags of authenticator data (WebAuthn, 6.1). */
export const flag = { userPresent: 1, userVerified: 4, backupEligible: 8, backedUp: 16, attested: 64 } as const;

export interface RawResponse {
  readonly flags: number;
  readonly counter: number;
  readonly origin: string;
  readonly rpId: string;
  /** Members of the client data that are added or replaced. */
  readonly clientData: Readonly<Record<string, unknown>>;
  /** Base64url; undefined leaves it out. */
  readonly userHandle: string | undefined;
  readonly id: string;
}

interface Creation {
  readonly challenge: string;
  readonly rp: { readonly id?: string };
  readonly user: { readonly id: string };
}

/** One ES256 key that does as it is told. */
export class RawPasskey {
  readonly id = randomBytes(32).toString("base64url");
  readonly #key: KeyObject;
  readonly #cose: Buffer;
  #handle = "";
  #usual: Pick<RawResponse, "flags" | "counter" | "origin" | "rpId">;

  constructor(usual: Partial<RawResponse> = {}) {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x = "", y = "" } = publicKey.export({ format: "jwk" });
    this.#key = privateKey;
    this.#cose = Buffer.concat([
      Buffer.from("a5010203262001215820", "hex"),
      Buffer.from(x, "base64url"),
      Buffer.from("225820", "hex"),
      Buffer.from(y, "base64url"),
    ]);
    const flags = flag.userPresent | flag.userVerified;
    this.#usual = { flags, counter: 0, origin: "http://localhost:5050", rpId: "localhost", ...usual };
  }

  /** Response to the options for a new passkey, as the form sends it. */
  create({ challenge, user }: Creation, changes: Partial<RawResponse> = {}): string {
    this.#handle = user.id;
    const { flags, counter, origin, rpId, clientData, id } = { ...this.#usual, id: this.id, clientData: {}, ...changes };
    const idBytes = Buffer.from(this.id, "base64url");
    const length = Buffer.from([idBytes.length >> 8, idBytes.length & 255]);
    const attested = Buffer.concat([Buffer.alloc(16), length, idBytes, this.#cose]);
    const authData = Buffer.concat([head(rpId, flags | flag.attested, counter), attested]);
    const attestationObject = Buffer.concat([
      Buffer.from("a363666d74646e6f6e656761747453746d74a068617574684461746159", "hex"),
      Buffer.from([authData.length >> 8, authData.length & 255]),
      authData,
    ]);
    const clientDataJSON = encode({ type: "webauthn.create", challenge, origin, crossOrigin: false, ...clientData });
    const response = { clientDataJSON, attestationObject: attestationObject.toString("base64url"), transports: ["internal"] };
    return JSON.stringify({ id, rawId: id, type: "public-key", clientExtensionResults: {}, response });
  }

  /** Response to the options for a login. */
  get({ challenge }: { readonly challenge: string }, changes: Partial<RawResponse> = {}): string {
    const all = { ...this.#usual, id: this.id, userHandle: this.#handle, clientData: {}, ...changes };
    const { flags, counter, origin, rpId, clientData, userHandle, id } = all;
    const authData = head(rpId, flags, counter);
    const clientDataJSON = encode({ type: "webauthn.get", challenge, origin, crossOrigin: false, ...clientData });
    const hash = createHash("sha256").update(Buffer.from(clientDataJSON, "base64url")).digest();
    const signature = sign("sha256", Buffer.concat([authData, hash]), this.#key).toString("base64url");
    const response = { clientDataJSON, authenticatorData: authData.toString("base64url"), signature, userHandle };
    return JSON.stringify({ id, rawId: id, type: "public-key", clientExtensionResults: {}, response });
  }
}

function head(rpId: string, flags: number, counter: number): Buffer {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(counter);
  return Buffer.concat([createHash("sha256").update(rpId).digest(), Buffer.from([flags]), count]);
}

function encode(clientData: object): string {
  return Buffer.from(JSON.stringify(clientData)).toString("base64url");
}
