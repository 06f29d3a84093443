/** The pages of changing one's address. */
import type { FormState } from "../../../http/context.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";

const back = html`<p class="after"><a href="${at("/settings")}">Back to the settings</a></p>`;

interface EmailProps {
  readonly form: FormState;
  readonly now: string;
  /** The address that waits to be confirmed. */
  readonly pending: string | undefined;
}

export function emailPage({ form, now, pending }: EmailProps): Page {
  return {
    title: "Change your e-mail address",
    width: "narrow",
    hasErrors: hasErrors(form),
    json: { email: now, pending: pending === undefined ? null : { email: pending }, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>Change your address</h1>
${pending === undefined ? "" : html`<div class="flash info"><p>A change to <strong class="name">${pending}</strong> waits to be confirmed. <a href="${at("/settings/change-email/confirm")}">Enter the digits</a> or <a href="${at("/settings/change-email/withdraw")}">withdraw it</a>. Asking for another takes its place.</p></div>`}
<p>It is <strong class="name">${now}</strong> now. We write to the new address first; until you confirm it, nothing changes.</p>
${postForm({
  action: "/settings/change-email",
  csrfToken: form.csrfToken,
  button: "Send the letter",
  body: field({
    name: "email",
    label: "New e-mail address",
    type: "email",
    autocomplete: "email",
    value: form.values["email"],
    problem: form.problems["email"],
    hint: "You will log in with it.",
  }),
})}
${back}`,
  };
}

export function confirmPage(form: FormState, pending: string): Page {
  return {
    title: "Confirm your new address",
    width: "narrow",
    hasErrors: hasErrors(form),
    json: { pending: { email: pending }, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>Look into your new mailbox</h1>
<p>We have sent a letter to <strong class="name">${pending}</strong>. Type the six digits that stand in it. Until then, your address stays as it is.</p>
${postForm({
  action: "/settings/change-email/confirm",
  csrfToken: form.csrfToken,
  button: "Change my address",
  body: field({
    name: "code",
    label: "Six digits",
    type: "code",
    autocomplete: "one-time-code",
    problem: form.problems["code"],
    hint: "They are good for 10 minutes, in this browser.",
  }),
})}
<p class="after">No letter? <a href="${at("/settings/change-email")}">Ask for another</a> or <a href="${at("/settings/change-email/withdraw")}">withdraw the change</a></p>`,
  };
}

/** What the link in the letter opens: a button, for mail scanners open links. */
export function linkPage(form: FormState, email: string): Page {
  return {
    title: "Confirm your new address",
    width: "narrow",
    hasErrors: hasErrors(form),
    json: { pending: { email }, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>Confirm your new address</h1>
<p>From now on you will log in with <strong class="name">${email}</strong>, and your other devices are logged out.</p>
${postForm({ action: "/settings/change-email/confirm", csrfToken: form.csrfToken, button: "Change my address", body: html`` })}
<p class="after"><a href="${at("/settings/change-email/withdraw")}">Withdraw the change</a></p>`,
  };
}

export function nothingPage(form: FormState): Page {
  // There is no field that a problem could stand beside.
  const message = form.message ?? Object.values(form.problems)[0];
  return {
    title: "Nothing to confirm",
    width: "narrow",
    hasErrors: hasErrors(form),
    json: { pending: null, csrfToken: form.csrfToken },
    body: html`${errorSummary({ message, problems: {} })}
<h1>Nothing to confirm</h1>
<p>No change of address waits in this account. It may be done already, or too old, or it was asked for in another account.</p>
<p class="actions"><a class="button" href="${at("/settings/change-email")}">Change your e-mail address</a> <a class="button secondary" href="${at("/settings")}">Settings</a></p>`,
  };
}

export function withdrawPage(form: FormState, pending: string | undefined): Page {
  return {
    title: "Withdraw the change",
    width: "narrow",
    hasErrors: hasErrors(form),
    body: html`${errorSummary(form)}
<h1>Keep your address?</h1>
${pending === undefined ? html`<p>No change of address waits to be confirmed.</p>` : keep(form, pending)}
${back}`,
  };
}

function keep(form: FormState, pending: string): Html {
  return html`<p>The change to <strong class="name">${pending}</strong> is not confirmed yet. If you withdraw it, the letter to it is worth nothing.</p>
${postForm({ action: "/settings/change-email/withdraw", csrfToken: form.csrfToken, button: "Withdraw the change", body: html`` })}`;
}

function hasErrors({ message, problems }: FormState): boolean {
  return message !== undefined || Object.keys(problems).length > 0;
}
