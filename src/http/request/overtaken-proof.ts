/** Ends a login with a provider that waits on a page when somebody logs in another way. */
import { inTransaction } from "../../core/services.ts";
import { lazy } from "../../platform/lazy.ts";
import type { Context } from "../context.ts";
import { expireCookie, readCookie } from "./cookies.ts";

// Loaded at its first use, and never where `PROVIDERS` is empty.
const proofs = lazy(() => import("../../core/identities/proofs.ts")).get;

/** Shared computer: whoever has left a page that asks must not be logged in by the next user of this browser. */
export async function endOvertaken(c: Context): Promise<void> {
  const secret = readCookie(c, "proof");
  if (secret === undefined) return;
  const { endOvertakenProof } = await proofs();
  if (await inTransaction(c.get("s"), (tx) => endOvertakenProof(tx, secret))) expireCookie(c, "proof");
}
