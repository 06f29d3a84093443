/** Signing up: a name, an address and a password make an account. */
import { z } from "zod";
import { recordEvent } from "../../core/audit.js";
import { orGiveBack, takeAttempt } from "../../core/limits.js";
import { hashPassword } from "../../core/passwords.js";
import { inTransaction } from "../../core/services.js";
import { createUser, isEmail, toUser } from "../../core/users.js";
import { clientNetwork, requestOrigin } from "../../http/client-address.js";
import { postConfirmation, startAsking } from "../../http/confirm-address.js";
import { flash } from "../../http/flashes.js";
import { tooManyAttempts } from "../../http/form.js";
import { mayFillMailbox } from "../../http/letter-limits.js";
import { newPasswordProblems } from "../../http/new-password.js";
import { answerJson, go, wantsJson } from "../../http/reply.js";
import { usernameProblemInWords, usernameTaken } from "../../http/username-words.js";
import { signUpUnseen } from "./sign-up-unseen.js";
import { signupPage } from "./signup.pages.js";
const created = "Account created successfully! Please log in.";
const taken = {
    username: usernameTaken,
    email: "There is an account with this e-mail address already. Log in instead, or use another address.",
};
const text = z.string().default("");
const trimmed = text.transform((typed) => typed.trim());
const fields = z.object({ username: trimmed, email: trimmed, password: text, confirm_password: text });
export const signup = {
    name: "signup",
    routes: (app, s) => {
        if (s.settings.signup === "closed")
            return;
        app.form("/signup", { fields, keep: ["username", "email"], show: signupPage, submit: signUp });
    },
};
async function signUp(c, data) {
    const s = c.get("s");
    const problems = await problemsOf(s, data);
    if (Object.keys(problems).length > 0)
        return { status: 422, code: "invalid", problems };
    // Counted only now, so that mistyping costs nothing, and asking which names are taken does.
    const attempt = await takeAttempt(s, [{ name: "signup-address", of: clientNetwork(c), budget: s.settings.signupPerAddress }]);
    if (!attempt.ok)
        return tooManyAttempts(attempt.retryAfterSeconds);
    const passwordHash = await orGiveBack(s, attempt, hashPassword(s, data.password));
    const newUser = { username: data.username, email: data.email, passwordHash };
    return s.settings.signup === "confirm" ? signUpUnseen(c, newUser) : signUpOpenly(c, newUser);
}
/** The account is there at once, and the form says when a name or an address belongs to somebody. */
async function signUpOpenly(c, newUser) {
    const s = c.get("s");
    const mayWrite = await mayFillMailbox(c, newUser.email);
    const asking = startAsking(c, newUser);
    const result = await inTransaction(s, async (tx) => {
        const made = await createUser(tx, { ...newUser, id: asking.userId });
        if (!made.ok)
            return made;
        await recordEvent(tx, made.user.id, "signed-up", requestOrigin(c));
        if (mayWrite)
            await postConfirmation(tx, made.user, asking);
        return made;
    });
    if (!result.ok)
        return { status: 409, code: "taken", problems: Object.fromEntries(result.taken.map((name) => [name, taken[name]])) };
    if (wantsJson(c))
        return answerJson(c, { user: toUser(result.user) }, 201);
    flash(c, "success", created);
    return go(c, "/login");
}
/** Every rule, whatever the browser has checked before, and all of them at once. */
async function problemsOf(s, data) {
    const { username, email } = data;
    const problems = {};
    const usernameIs = usernameProblemInWords(username);
    if (usernameIs)
        problems["username"] = usernameIs;
    if (!isEmail(email))
        problems["email"] = email === "" ? "Enter your e-mail address." : "Enter an e-mail address such as ada@example.com.";
    const ownWords = [usernameIs ? "" : username, problems["email"] ? "" : email];
    return { ...problems, ...(await newPasswordProblems(s, data, ownWords)) };
}
