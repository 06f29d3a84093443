/** What stands before a change to what opens an account, and what is said when it cannot be made. */
import type { ActingUser, CredentialRefusal } from "../../core/credentials/guard-change.ts";
import { findUserById } from "../../core/users/users.ts";
import type { Context, FormError } from "../context.ts";
import { requireVisitor } from "../request/authenticate.ts";

const refusals: Record<CredentialRefusal, FormError> = {
  reported: {
    status: 403,
    code: "reported",
    message: "You told us that somebody else may be in your account. Choose a new password with “Forgot your password?” first.",
  },
  changed: {
    status: 409,
    code: "changed",
    message: "Your account has just been changed from somewhere else, so nothing was changed here. Have a look, and try again.",
  },
};

export function credentialRefusal(reason: CredentialRefusal): FormError {
  return refusals[reason];
}

/** The visitor's account as it is now, or a refusal while it is reported, before any work is done. `changeCredentials` asks again. */
export async function readActingUser(c: Context): Promise<{ ok: true; asker: ActingUser } | { ok: false; refusal: FormError }> {
  const { user, session } = requireVisitor(c);
  const was = await findUserById(c.get("s"), user.id);
  if (!was || was.compromised_at !== null) return { ok: false, refusal: refusals[was ? "reported" : "changed"] };
  return { ok: true, asker: { was, session } };
}
