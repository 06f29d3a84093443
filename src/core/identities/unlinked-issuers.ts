/** Remembers issuers whose identities an account has unlinked. */
import { insertIfAbsent } from "../../db/statements.ts";
import { isIssuerOf } from "../providers/issuers.ts";
import type { Provider } from "../providers/provider.ts";
import type { Transaction } from "../services.ts";

/** Keeps the issuer, and not the subject: less is stored, and a recycled email at the issuer is covered too. */
export async function rememberUnlinked(tx: Transaction, userId: string, removed: readonly { readonly issuer: string }[]): Promise<void> {
  for (const { issuer } of removed)
    await insertIfAbsent(tx.db, "unlinked_issuers", { id: tx.newId(), user_id: userId, issuer, unlinked_at: tx.now() });
}

/** The owner has linked one of this issuer again. */
export async function forgetUnlinked(tx: Transaction, userId: string, issuer: string): Promise<void> {
  await tx.db.deleteFrom("unlinked_issuers").where("user_id", "=", userId).where("issuer", "=", issuer).execute();
}

/**
 * Account takeover: an identity that was removed must not link itself again, and an email that changed hands at an issuer must not open the
 * account of its earlier owner. Of such an issuer, only a logged-in owner links.
 */
export async function mayLinkItself(tx: Transaction, userId: string, provider: Provider): Promise<boolean> {
  for (const table of ["identities", "unlinked_issuers"] as const) {
    const found = await tx.db.selectFrom(table).select("issuer").where("user_id", "=", userId).execute();
    // Another tenant is another issuer of the same provider.
    if (found.some(({ issuer }) => isIssuerOf(provider, issuer))) return false;
  }
  return true;
}
