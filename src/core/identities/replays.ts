/** Remembers used states and logout tokens of providers. */
import { createHash } from "node:crypto";
import { insertIfAbsent } from "../../db/statements.ts";
import { clockSlackMs } from "../clock-skew.ts";
import { attemptLifetimeMs } from "../providers/provider.ts";
import type { Transaction } from "../services.ts";

/** Replay: a copied cookie and callback log in once. Written only with the effect of a login, so that failures fill no table. */
export function claimState(tx: Transaction, state: string): Promise<boolean> {
  return insertIfAbsent(tx.db, "used_states", { state_hash: hash(state), expires_at: tx.now() + attemptLifetimeMs + clockSlackMs });
}

/** Replay: a logout token ends sessions once (OpenID Connect Back-Channel Logout, 2.6). */
export function claimLogoutToken(
  tx: Transaction,
  { issuer, jti, expiresAt }: { readonly issuer: string; readonly jti: string; readonly expiresAt: number },
): Promise<boolean> {
  return insertIfAbsent(tx.db, "used_logout_tokens", { token_hash: hash(`${issuer} ${jti}`), expires_at: expiresAt });
}

function hash(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
