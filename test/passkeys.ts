/** Uses passkeys over HTTP, by a software authenticator of another author. */
import { AuthenticatorEmulator, PasskeysCredentialsMemoryRepository, WebAuthnEmulator } from "nid-webauthn-emulator";
import type { Answer, Person, TestApp } from "./person.ts";

/** `BASE_URL` of test apps. */
export const origin = "http://localhost:5050";

/** A device with its own passkeys. By default its counter goes up, and it verifies its user. */
export function passkeyDevice(parameters: ConstructorParameters<typeof AuthenticatorEmulator>[0] = {}): WebAuthnEmulator {
  return new WebAuthnEmulator(
    new AuthenticatorEmulator({ credentialsRepository: new PasskeysCredentialsMemoryRepository(), ...parameters }),
  );
}

type CreationOptions = Parameters<WebAuthnEmulator["createJSON"]>[1];
type RequestOptions = Parameters<WebAuthnEmulator["getJSON"]>[1];

/** Sends JSON as the script of a page does: with the token of the page. */
export async function sendsScript(person: Person, path: string, body: object, page: string): Promise<Answer> {
  const { token } = await person.opens(page);
  return person.sendsJson(path, body, { "x-csrf-token": token });
}

/** Creates a passkey on the device, without sending it. */
export async function createsPasskey(person: Person, device: WebAuthnEmulator, from = origin): Promise<string> {
  const answer = await sendsScript(person, "/settings/passkeys/options", {}, "/settings/passkeys");
  const { publicKey } = answer.json() as { publicKey: CreationOptions };
  return JSON.stringify(device.createJSON(from, publicKey));
}

/** Adds a passkey by the form of the settings. */
export async function addsPasskey(person: Person, device: WebAuthnEmulator): Promise<Answer> {
  const passkey = await createsPasskey(person, device);
  return person.fillsIn("/settings/passkeys", { new_passkey: passkey });
}

/** Stores two passkeys that nobody holds, so that the account can be without a password. */
export async function insertPasskeys({ s }: Pick<TestApp, "s">, { identity }: Pick<Person, "identity">): Promise<void> {
  const { username } = identity;
  const { id: userId } = await s.db.selectFrom("users").select("id").where("username", "=", username).executeTakeFirstOrThrow();
  const state = { aaguid: "", transports: "", counter: 0, backup_eligible: 1, backed_up: 1, created_at: 1 };
  const unused = { last_used_at: null, last_used_ip: null, last_used_user_agent: null };
  for (const name of ["One", "Two"]) {
    const key = { credential_id: Buffer.from(`${name} ${userId}`), public_key: Buffer.from("key"), rp_id: "localhost" };
    await s.db
      .insertInto("passkeys")
      .values({ id: `${name} of ${userId}`, user_id: userId, name, ...key, ...state, ...unused })
      .execute();
  }
}

/** As if passwords had been removed long ago: "This wasn't me" takes back a removal of the last 72 hours. */
export async function removedLongAgo({ s }: Pick<TestApp, "s">): Promise<void> {
  await s.db.updateTable("audit").set({ happened_at: 0 }).where("event", "=", "password-removed").execute();
}

type Purpose = "login" | "two-factor" | "reauthentication";

/** Lets the device answer a challenge, without sending the response. */
export async function usesPasskey(
  person: Person,
  device: WebAuthnEmulator,
  purpose: Purpose = "login",
  { page = "/login?switch=1", from = origin }: { page?: string; from?: string } = {},
): Promise<string> {
  const answer = await sendsScript(person, "/passkeys/options", { purpose }, page);
  const { publicKey } = answer.json() as { publicKey: RequestOptions };
  return JSON.stringify(device.getJSON(from, publicKey));
}

/** Logs in by the form of the login page. */
export async function logsInByPasskey(person: Person, device: WebAuthnEmulator, fields: Record<string, string> = {}): Promise<Answer> {
  const passkey = await usesPasskey(person, device);
  const { token } = await person.opens("/login?switch=1");
  return person.posts("/passkeys/verify", { csrf_token: token, passkey, ...fields });
}
