/** Counts a code or link that verified an email as the code that enrolment asks for. */
import type { Transaction } from "../../core/services.ts";
import { type RenewedSession, renewSession } from "../../core/sign-in/reauthentication.ts";
import type { Context } from "../context.ts";

/**
 * Returns the session that has proven the inbox of its account; undefined where enrolment asks for no code. Stolen password: a code opens
 * only the session that it was entered in, and a link only one of the same account, so a thief without the inbox gains nothing.
 */
export async function proveInbox(
  c: Context,
  tx: Transaction,
  userId: string,
  by: "email-code" | "email-link",
): Promise<RenewedSession | undefined> {
  const visitor = c.get("visitor");
  if (!c.get("enrolment") || visitor?.user.id !== userId) return undefined;
  return renewSession(tx, visitor, { methods: [by] }, { isBearer: c.get("isBearer") });
}
