/** Replaces the token of a session, and leaves its times and methods. */
import type { Transaction } from "../services.ts";
import { hashSessionToken, newSessionToken, type Visitor } from "../sessions/session.ts";
import type { RenewedSession } from "./reauthentication.ts";

/** Stolen token: a copy of it stops working (ASVS 7.2.4). Resolves to undefined if the session has ended in the meantime. */
export async function rotateSession(
  tx: Transaction,
  { session, user }: Visitor,
  { isBearer = false }: { readonly isBearer?: boolean } = {},
): Promise<RenewedSession | undefined> {
  const token = newSessionToken(isBearer);
  const tokenHash = hashSessionToken(token);
  const { numUpdatedRows } = await tx.db
    .updateTable("sessions")
    .set({ token_hash: tokenHash })
    .where("token_hash", "=", session.tokenHash)
    .executeTakeFirst();
  return numUpdatedRows === 1n ? { token, session: { ...session, tokenHash }, user } : undefined;
}
