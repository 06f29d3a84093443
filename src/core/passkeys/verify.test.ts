// Runs on one engine: it verifies signatures and reads no database.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readAssertion, readCreation } from "./responses.ts";
import { algorithms, type Checked, type CreatedCredential, verifyAssertion, verifyCreation } from "./verify.ts";

interface Vector {
  readonly name: string;
  readonly credentialId: string;
  readonly registration: { readonly challenge: string; readonly clientDataJSON: string; readonly attestationObject: string };
  readonly authentication: {
    readonly challenge: string;
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
  };
}

const file = join(import.meta.dirname, "../../../test/webauthn-vectors.json");
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: Vector[] };
const rp = { id: "example.org", name: "Example", origins: ["https://example.org"] };

/** Why these are refused, in words of the log. */
const refused: Readonly<Record<string, RegExp>> = {
  "none-es256-crossOrigin": /frame of another site/,
  "none-es256-topOrigin": /frame of another site/,
  "packed-es384": /Unexpected public key alg "-35"/,
  "packed-es512": /Unexpected public key alg "-36"/,
  "packed-ed448": /Unexpected public key alg "-53"/,
};
const accepted = vectors.filter(({ name }) => !(name in refused));

function create({ credentialId: id, registration }: Vector): Promise<Checked<CreatedCredential>> {
  const { challenge, ...response } = registration;
  const creation = readCreation({ id, rawId: id, type: "public-key", response });
  if (!creation) throw new Error("The vector is no response.");
  return verifyCreation(creation, { rp, challenge, requireUserVerification: false });
}

function get({ credentialId: id, authentication }: Vector, publicKey: Uint8Array, changes: Partial<Vector["authentication"]> = {}) {
  const { challenge, ...response } = { ...authentication, ...changes };
  const assertion = readAssertion({ id, rawId: id, type: "public-key", response });
  if (!assertion) throw new Error("The vector is no response.");
  return verifyAssertion(assertion, publicKey, { rp, challenge, requireUserVerification: false });
}

describe("W3C test vectors of WebAuthn", () => {
  it("test vectors: ten apply, and five are refused", () => {
    expect([accepted.length, vectors.length]).toEqual([10, 15]);
  });

  it.each(accepted.map((vector) => [vector.name, vector] as const))(
    "test vector %s: the credential and its login are verified",
    async (_, vector) => {
      const created = await create(vector);
      expect(created).toMatchObject({ ok: true });
      if (!created.ok) return;
      expect(Buffer.from(created.value.credentialId).toString("base64url")).toBe(vector.credentialId);
      expect(await get(vector, created.value.publicKey)).toMatchObject({ ok: true });
      const [first = "", ...rest] = vector.authentication.signature;
      const forged = `${first === "A" ? "B" : "A"}${rest.join("")}`;
      expect(await get(vector, created.value.publicKey, { signature: forged })).toMatchObject({ ok: false });
      const other = { challenge: vector.registration.challenge };
      expect(await get(vector, created.value.publicKey, other)).toMatchObject({ ok: false });
    },
  );

  it.each(vectors.filter(({ name }) => name in refused).map((vector) => [vector.name, vector] as const))(
    "test vector %s: is refused",
    async (name, vector) => {
      const created = await create(vector);
      expect(created).toEqual({ ok: false, problem: expect.stringMatching(refused[name] ?? /^$/) as string });
    },
  );

  it("algorithms: the same for creating and verifying, all of which Node verifies", () => {
    expect(algorithms).toEqual([-8, -7, -257]);
  });
});
