/** The pages of confirming an address. */
import { html } from "hono/html";
import { errorSummary, field, postForm } from "../../ui/fields.js";
export function verifyPage(form, email) {
    const where = email === undefined
        ? "If you have asked for a letter in this browser, it is on its way"
        : html `We have sent a letter to <strong class="name">${email}</strong>`;
    return {
        title: "Check your e-mail to finish",
        width: "narrow",
        hasErrors: hasErrors(form),
        body: html `${errorSummary(form)}
<h1>Check your e-mail to finish</h1>
<p>${where}. Type the six digits that stand in it, or press the button in it.</p>
${postForm({
            action: "/verify-email",
            csrfToken: form.csrfToken,
            button: "Confirm",
            body: field({
                name: "code",
                label: "Six digits",
                type: "code",
                autocomplete: "one-time-code",
                value: form.values["code"],
                problem: form.problems["code"],
                hint: "They are good for 10 minutes.",
            }),
        })}
${email === undefined ? elsewhere : sendAnother(form.csrfToken)}`,
    };
}
const elsewhere = html `<p class="after">You asked in another browser? Press the button in the letter, or <a href="/login">log in here first</a></p>`;
function sendAnother(csrfToken) {
    return html `<form method="post" action="/verify-email" class="plain">
<input type="hidden" name="csrf_token" value="${csrfToken}">
<p class="after">No letter yet? Look among the unwanted ones first. <button type="submit" name="again" value="1" class="as-link">Send another letter</button></p>
</form>`;
}
/** In the browser that asked, one button; anywhere else, the password as well. */
export function confirmLinkPage(form, email, isSameBrowser) {
    const password = field({
        name: "password",
        label: "The password that you chose",
        type: "password",
        autocomplete: "current-password",
        problem: form.problems["password"],
    });
    return {
        title: "Confirm your e-mail address",
        width: "narrow",
        hasErrors: hasErrors(form),
        body: html `${errorSummary(form)}
<h1>Confirm your e‑mail address</h1>
<p>You are about to confirm that <strong class="name">${email}</strong> is yours.</p>
${isSameBrowser ? "" : html `<p>You opened the letter in another browser than the one you signed up in, so please enter your password too.</p>`}
${postForm({ action: "/verify-email/confirm", csrfToken: form.csrfToken, button: "Confirm", body: isSameBrowser ? html `` : password })}
${isSameBrowser ? "" : html `<p class="after">You did not choose one, or do not know it any more? <a href="/reset-password">Choose a new password</a></p>`}`,
    };
}
export function deadLinkPage() {
    return {
        title: "This link does not work any more",
        width: "narrow",
        hasErrors: true,
        json: { error: { code: "dead-link", message: "This link has been used already, or is too old." } },
        body: html `<h1>This link does not work any more</h1>
<p>It has been used already, or is too old, or a newer letter has taken its place. If your address is confirmed, just log in.</p>
<p class="actions"><a class="button" href="/login">Log in</a> <a class="button secondary" href="/verify-email">Get another letter</a></p>`,
    };
}
function hasErrors({ message, problems }) {
    return message !== undefined || Object.keys(problems).length > 0;
}
