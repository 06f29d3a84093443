import { findUserById } from "../core/users.js";
import { requireVisitor } from "./visitor.js";
const refusals = {
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
export function credentialRefusal(reason) {
    return refusals[reason];
}
/** The visitor's account as it is now, or a refusal while it is reported, before any work is done. `changeCredentials` asks again. */
export async function readAsker(c) {
    const { user, session } = requireVisitor(c);
    const was = await findUserById(c.get("s"), user.id);
    if (!was || was.reported_at !== null)
        return { ok: false, refusal: refusals[was ? "reported" : "changed"] };
    return { ok: true, asker: { was, session } };
}
