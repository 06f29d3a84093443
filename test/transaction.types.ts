/** Type tests of the branded transaction; never run. */
import { recordEvent } from "../src/core/audit/log.ts";
import { enqueueEmail } from "../src/core/mail/outbox.ts";
import { inTransaction, type Services, type Transaction } from "../src/core/services.ts";
import { endSessions } from "../src/core/sessions/session.ts";
import { findUserById } from "../src/core/users/users.ts";

const email = { to: "ada@example.com", subject: "A subject", text: "", html: "" };

export async function servicesAreNotATransaction(s: Services): Promise<void> {
  // @ts-expect-error services are not a transaction
  await enqueueEmail(s, null, email);
  // @ts-expect-error services are not a transaction
  await recordEvent(s, null, "login-failed", { ip: "", userAgent: "" });
  // @ts-expect-error services are not a transaction
  await endSessions(s, "");
  // @ts-expect-error services with a Kysely transaction are not one either
  await s.db.transaction().execute((db) => enqueueEmail({ ...s, db }, null, email));
  await inTransaction(s, (tx) => enqueueEmail(tx, null, email));
}

export async function transactionsAreNotNested(tx: Transaction): Promise<void> {
  await findUserById(tx, "");
  // @ts-expect-error transactions cannot be nested
  await inTransaction(tx, (inner) => enqueueEmail(inner, null, email));
}
