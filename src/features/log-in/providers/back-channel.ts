/** Ends sessions when the provider logs its user out (OpenID Connect Back-Channel Logout). */
import { recordEvent } from "../../../core/audit/log.ts";
import { type EndedLogins, endProofsOfLogins, hasEnded } from "../../../core/identities/proofs.ts";
import { recordLogout } from "../../../core/identities/provider-logouts.ts";
import { claimLogoutToken } from "../../../core/identities/replays.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import { inTransaction, type Transaction } from "../../../core/services.ts";
import { pendingSignInToken } from "../../../core/sign-in/pending-sign-in.ts";
import { lockRow } from "../../../db/statements.ts";
import type { Context } from "../../../http/context.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { translator } from "../../../http/request/locale.ts";
import { answerJson } from "../../../http/response/respond.ts";
import { exchangeToken } from "./exchange-token.ts";
import { protocol } from "./protocol.ts";
import { messages } from "./providers.messages.ts";

export async function logOut(c: Context, provider: Provider, token: string): Promise<Response> {
  const s = c.get("s");
  const read = await (await protocol()).readLogoutToken(s, provider, token);
  if (!read.ok) {
    s.log.warn({ id: c.get("requestId"), provider: provider.id, detail: read.detail }, "a logout token was refused");
    return answerJson(c, { error: "invalid_request", error_description: translator(c, messages)("logoutRefused") }, 400);
  }
  const { issuer, subject, sid, issuedAt } = read;
  await inTransaction(s, async (tx) => {
    // A repeated token is answered as the first one, and ends nothing that began since.
    if (!(await claimLogoutToken(tx, read))) return;
    await recordLogout(tx, { issuer, subject, sid }, issuedAt);
    await endSessionsOf(tx, { issuer, subject, sid }, { provider: provider.id, info: requestInfo(c) });
  });
  return answerJson(c, {});
}

/** By session, by subject or by both: with both, only that session of that user (2.6). Sessions that began in another way stay. */
async function endSessionsOf(
  tx: Transaction,
  token: EndedLogins,
  { provider, info }: { readonly provider: string; readonly info: ReturnType<typeof requestInfo> },
): Promise<void> {
  const { issuer, subject, sid } = token;
  // Race: before the sessions. A step or a page that is being completed has locked its row, and its session is found below (ASVS 15.4.2).
  await endUnfinished(tx, token);
  // A login that waits on a page of ours, such as for a username.
  await endProofsOfLogins(tx, token);
  const identities = await tx.db
    .selectFrom("identities")
    .$if(subject === undefined, (query) =>
      query.innerJoin("sessions", "sessions.identity_id", "identities.id").where("sessions.sid", "=", sid ?? ""),
    )
    .select(["identities.id", "identities.user_id"])
    .where("identities.issuer", "=", issuer)
    .$if(subject !== undefined, (query) => query.where("identities.subject", "=", subject ?? ""))
    .execute();
  for (const { id, user_id } of new Map(identities.map((each) => [each.id, each])).values()) {
    // Race: waits for a login that is under way and has locked the account, so that its session ends too (ASVS 15.4.2).
    await lockRow(tx.db, "users", { where: { id: user_id }, select: ["id"] });
    const { numDeletedRows } = await tx.db
      .deleteFrom("sessions")
      .where("identity_id", "=", id)
      .$if(sid !== undefined, (query) =>
        // As in `hasEnded`.
        query.where(({ or, eb }) => or([eb("sid", "=", sid ?? ""), ...(subject === undefined ? [] : [eb("sid", "is", null)])])),
      )
      .executeTakeFirst();
    if (numDeletedRows > 0n) await recordEvent(tx, user_id, "session-ended", info, { provider });
  }
}

/** A sign-in that waits for a second step, and the code of an app, have no session yet. */
async function endUnfinished(tx: Transaction, { issuer, subject, sid }: EndedLogins): Promise<void> {
  const unfinished = await tx.db
    .selectFrom("one_time_tokens")
    .innerJoin("identities", "identities.user_id", "one_time_tokens.user_id")
    .select(["one_time_tokens.token_hash", "one_time_tokens.payload", "identities.id"])
    .where("one_time_tokens.expires_at", ">", tx.now())
    .where("one_time_tokens.purpose", "in", [pendingSignInToken.name, exchangeToken.name])
    .where("identities.issuer", "=", issuer)
    .$if(subject !== undefined, (query) => query.where("identities.subject", "=", subject ?? ""))
    .execute();
  for (const { token_hash, payload, id } of unfinished) {
    const { identity } = JSON.parse(payload ?? "{}") as { identity?: { readonly id: string; readonly sid?: string } };
    if (identity?.id !== id || !hasEnded({ subject, sid }, identity.sid)) continue;
    await tx.db.deleteFrom("one_time_tokens").where("token_hash", "=", token_hash).execute();
  }
}
