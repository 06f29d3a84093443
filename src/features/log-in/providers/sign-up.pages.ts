/** Renders the pages that finish a sign-up with a provider. */
import type { Proof } from "../../../core/identities/proofs.ts";
import type { Context, FormState } from "../../../http/context.ts";
import { messages as checkInbox } from "../../../http/forms/check-inbox.messages.ts";
import { noEmailHelp } from "../../../http/forms/check-inbox.ts";
import { extraInputs } from "../../../http/forms/extra-fields.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { loginFieldHints } from "../../../http/forms/username-problems.ts";
import { translator } from "../../../http/request/locale.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { formTargets } from "./form-targets.ts";
import { leaveForm } from "./leave.ts";
import { providerName } from "./offered.ts";
import { messages } from "./providers.messages.ts";
import { proofField } from "./shown-proof.ts";

const path = "/signup/provider";

export function emailPage(c: Context, form: FormState, proof: Proof): Page {
  const { email, login } = proof;
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const { values, problems, csrfToken } = form;
  return {
    ...narrow(c, t("emailTitle"), form),
    json: { due: "email", proof: proof.id, csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("emailTitle")}</h1>
<p>${t(email === "" ? "emailMissing" : "emailIntro", { provider: providerName(c.get("s"), login.provider) })}</p>
${postForm({
  action: path,
  csrfToken,
  button: t("sendCode"),
  body: html`${proofField(proof)}${field({
    name: "email",
    label: shared("email"),
    type: "email",
    autocomplete: "email",
    value: values["email"] ?? email,
    problem: problems["email"],
  })}`,
})}
${leaveForm(c, form, path, proof)}`,
  };
}

export function codePage(c: Context, form: FormState, proof: Proof): Page {
  const { email } = proof;
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const title = translator(c, checkInbox)("title");
  const { problems, csrfToken } = form;
  const fields = html`<input type="hidden" name="csrf_token" value="${csrfToken}"><input type="hidden" name="again" value="1">${proofField(proof)}`;
  return {
    ...narrow(c, title, form),
    json: { due: "code", proof: proof.id, csrfToken },
    body: html`${errorSummary(form)}
<h1>${title}</h1>
<p>${t("codeIntro", { email: strong(email) })}</p>
${postForm({
  action: path,
  csrfToken,
  button: t("verify"),
  body: html`${proofField(proof)}${field({
    name: "code",
    label: shared("codeLabel"),
    type: "code",
    autocomplete: "one-time-code",
    hint: shared("codeHint"),
    problem: problems["code"],
    isFocused: problems["code"] === undefined,
  })}`,
})}
${noEmailHelp(c, { sends: "code", resend: { action: path, fields }, correctPath: `${path}?correct=1` })}
${leaveForm(c, form, path, proof)}`,
  };
}

export function usernamePage(c: Context, form: FormState, proof: Proof, suggested: string): Page {
  const { email, login } = proof;
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const { values, problems, csrfToken } = form;
  const provider = providerName(c.get("s"), login.provider);
  return {
    ...narrow(c, t("signupTitle"), form),
    json: { due: "username", proof: proof.id, csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("signupTitle")}</h1>
<p>${t("usernameIntro", { provider, email: strong(email) })}</p>
${postForm({
  action: path,
  csrfToken,
  button: t("create"),
  body: html`${proofField(proof)}${field({ name: "username", label: shared("username"), type: "text", value: values["username"] ?? suggested, problem: problems["username"], ...loginFieldHints(c).username })}
${extraInputs(c.get("s"), form)}`,
})}
${leaveForm(c, form, path, proof)}`,
  };
}

/** For a form whose login has ended. */
export function expiredPage(c: Context, problem: string): Page {
  const t = translator(c, messages);
  return {
    title: t("expiredTitle"),
    width: "narrow",
    hasErrors: true,
    body: html`${errorSummary({ message: problem, problems: {} })}
<h1>${t("expiredTitle")}</h1>
<p class="actions"><a class="button" href="${at("/login")}">${t("startAgain")}</a></p>`,
  };
}

function narrow(c: Context, title: string, { message, problems }: FormState) {
  const hasErrors = message !== undefined || Object.keys(problems).length > 0;
  return { title, width: "narrow", hasErrors, formTargets: formTargets(c.get("s")) } as const;
}

export function strong(text: string): Html {
  return html`<strong class="name">${text}</strong>`;
}
