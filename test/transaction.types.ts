/** Type test of the branded transaction: compiled by `npm run check`, never run. */
import { recordEvent } from "../src/core/audit/log.ts";
import { enqueueEmail } from "../src/core/mail/outbox.ts";
import { inTransaction, type Services, type Transaction } from "../src/core/services.ts";
import { endSessions } from "../src/core/sessions/session.ts";
import { findUserById } from "../src/core/users/users.ts";

const email = { to: "ada@example.com", subject: "A subject", text: "", html: "" };

export async function aFunctionThatNeedsATransactionTakesNoServices(s: Services): Promise<void> {
  // @ts-expect-error services are not a transaction
  await enqueueEmail(s, null, email);
  // @ts-expect-error services are not a transaction
  await recordEvent(s, null, "login-failed", { ip: "", userAgent: "" });
  // @ts-expect-error services are not a transaction
  await endSessions(s, "");
  // @ts-expect-error nor are services on a transaction of the database
  await s.db.transaction().execute((db) => enqueueEmail({ ...s, db }, null, email));
  await inTransaction(s, (tx) => enqueueEmail(tx, null, email));
}

export async function aTransactionReadsAndIsNotNested(tx: Transaction): Promise<void> {
  await findUserById(tx, "");
  // @ts-expect-error a transaction begins no other
  await inTransaction(tx, (inner) => enqueueEmail(inner, null, email));
}
