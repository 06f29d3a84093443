/** Checks whether an account may change its credentials. */
import type { ActingUser, CredentialRefusal } from "../../core/credentials/guard-change.ts";
import { findUserById } from "../../core/users/users.ts";
import { message } from "../../i18n/messages.ts";
import type { Context, FormError } from "../context.ts";
import { requireVisitor } from "../request/authenticate.ts";
import { messages } from "./form.messages.ts";

const refusals: Record<CredentialRefusal, FormError> = {
  reported: { status: 403, code: "reported", message: message(messages, "accountReported") },
  changed: { status: 409, code: "changed", message: message(messages, "accountChanged") },
};

export function credentialRefusal(reason: CredentialRefusal): FormError {
  return refusals[reason];
}

/** Reads the visitor's account, or the error while it is reported as compromised. `guardCredentialChange` checks again in its transaction. */
export async function readActingUser(c: Context): Promise<{ ok: true; requester: ActingUser } | { ok: false; refusal: FormError }> {
  const { user, session } = requireVisitor(c);
  const was = await findUserById(c.get("s"), user.id);
  if (!was || was.compromised_at !== null) return { ok: false, refusal: refusals[was ? "reported" : "changed"] };
  return { ok: true, requester: { was, session } };
}
