/** The pages of confirming an address. */
import type { FormState } from "../../../http/context.ts";
import { errorSummary, field, loginHint, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";

/** Where this browser asked for a letter: the digits, and another letter. `other` is an address that it only tried to log in with. */
export function codePage(form: FormState, email: string, other: string | undefined): Page {
  return {
    title: "Check your e-mail to finish",
    width: "narrow",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>Check your e‑mail to finish</h1>
<p>We have sent a letter to <strong class="name">${email}</strong>. Type the six digits that stand in it, or press the button in it.</p>
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
    hint: "They are good for 10 minutes, and in this browser only.",
  }),
})}
${askFor(form, "1", html`No letter yet? Look among the unwanted ones first.`, "Send another letter")}
${other === undefined ? "" : askFor(form, "other", html`You meant <strong class="name">${other}</strong>?`, "Send me a letter there")}`,
  };
}

/** Where it has asked for nothing yet: no letter is on its way from here, and no digits are good here. */
export function askPage(form: FormState, email: string): Page {
  return {
    title: "Confirm your e-mail address",
    width: "narrow",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>Confirm your e‑mail address</h1>
<p>If <strong class="name">${email}</strong> is still to be confirmed, we send a letter there with six digits and a button. The digits are good in this browser only.</p>
${postForm({ action: "/verify-email", csrfToken: form.csrfToken, button: "Send me a letter", body: html`<input type="hidden" name="again" value="1">` })}
<p class="after">You have a letter already? Press the button in it, or type its digits in the browser that asked for it.</p>`,
  };
}

/** Where it is not even known who asks. */
export function nothingAskedPage(form: FormState): Page {
  return {
    title: "Confirm your e-mail address",
    width: "narrow",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>Confirm your e‑mail address</h1>
<p>This browser has asked for no letter. You have one already? Press the button in it, or type its digits in the browser that asked for it.</p>
<p>To get a letter here, log in first: the next page then sends you one.</p>
<p class="actions"><a class="button" href="${at("/login")}">Log in</a></p>`,
  };
}

function askFor({ csrfToken }: FormState, which: "1" | "other", question: Html, button: string): Html {
  return html`<form method="post" action="${at("/verify-email")}" class="plain">
<input type="hidden" name="csrf_token" value="${csrfToken}">
<p class="after">${question} <button type="submit" name="again" value="${which}" class="as-link">${button}</button></p>
</form>`;
}

interface LinkPageProps {
  readonly email: string;
  readonly isSameBrowser: boolean;
  readonly recovery: string | undefined;
}

/** In the browser that asked, one button; anywhere else, the password as well. */
export function confirmLinkPage(form: FormState, { email, isSameBrowser, recovery }: LinkPageProps): Page {
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
    body: html`${errorSummary(form)}
<h1>Confirm your e‑mail address</h1>
<p>You are about to confirm that <strong class="name">${email}</strong> is yours.</p>
${isSameBrowser ? "" : html`<p>You opened the letter in another browser than the one you signed up in, so please enter your password too.</p>`}
${postForm({
  action: "/verify-email/confirm",
  csrfToken: form.csrfToken,
  button: "Confirm",
  body: isSameBrowser
    ? html``
    : html`${loginHint(email)}
${password}`,
})}
${isSameBrowser || recovery === undefined ? "" : html`<p class="after">You did not choose one, or do not know it any more? <a href="${at(recovery)}">Choose a new password</a></p>`}`,
  };
}

export function deadLinkPage(): Page {
  return {
    title: "This link does not work any more",
    width: "narrow",
    hasErrors: true,
    json: { error: { code: "dead-link", message: "This link has been used already, or is too old." } },
    body: html`<h1>This link does not work any more</h1>
<p>It has been used already, or is too old, or a newer letter has taken its place. If your address is confirmed, just log in.</p>
<p class="actions"><a class="button" href="${at("/login")}">Log in</a> <a class="button secondary" href="${at("/verify-email")}">Get another letter</a></p>`,
  };
}

function hasErrors({ message, problems }: FormState): boolean {
  return message !== undefined || Object.keys(problems).length > 0;
}
