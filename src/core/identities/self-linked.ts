/** Limits what identities may do that no owner has confirmed: those that linked themselves, and imported ones. */
import type { Services, Transaction } from "../services.ts";
import { hasOwnSecondFactor, type Method } from "../sessions/methods.ts";

interface Authenticated {
  readonly methods: readonly [Method, ...Method[]];
  readonly identity?: { readonly id: string } | undefined;
}

/**
 * Second factor bypass: whoever once had the owner's email at a provider could bring factors of their own. Only an identity that the owner
 * has linked or confirmed brings them (ASVS 6.3.4).
 */
export async function acceptedMethods(s: Services, { methods, identity }: Authenticated): Promise<Authenticated["methods"]> {
  if (identity && (await isConfirmed(s, identity.id))) return methods;
  const [first, ...others] = methods;
  return [first, ...others.filter((method) => method !== "provider-mfa")];
}

async function isConfirmed(s: Services, id: string): Promise<boolean> {
  const row = await s.db.selectFrom("identities").select("confirmed_at").where("id", "=", id).executeTakeFirst();
  return row != null && row.confirmed_at !== null;
}

interface ActingSession {
  readonly tokenHash: Uint8Array;
  readonly methods: readonly Method[];
}

/**
 * Whether a link made in this session is an act of the owner. Escalation: a session that began with an identity that nobody has confirmed,
 * and has proven nothing but the inbox since, could otherwise link a second one that counts for more.
 */
export async function isOwnersSession(tx: Transaction, { tokenHash, methods }: ActingSession): Promise<boolean> {
  if (methods.includes("password") || hasOwnSecondFactor(methods)) return true;
  const row = await tx.db.selectFrom("sessions").select("identity_id").where("token_hash", "=", tokenHash).executeTakeFirst();
  return row != null && (row.identity_id === null || (await isConfirmed(tx, row.identity_id)));
}
