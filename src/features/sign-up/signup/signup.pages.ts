/** Renders the sign-up page. */
import type { Context, FormState } from "../../../http/context.ts";
import { extraInputs } from "../../../http/forms/extra-fields.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { newPasswordFields } from "../../../http/forms/new-password.ts";
import { nextField, nextOf } from "../../../http/forms/next-field.ts";
import { loginFieldHints } from "../../../http/forms/username-problems.ts";
import { loginPath } from "../../../http/request/authenticate.ts";
import { translator } from "../../../http/request/locale.ts";
import { readPendingVerifications } from "../../../http/request/pending-verification.ts";
import { withNext } from "../../../http/request/return-url.ts";
import { readTypedLogin } from "../../../http/request/typed-login.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { passkeyLink } from "./passkey-signup.ts";
import { messages } from "./signup.messages.ts";

export function signupPage(c: Context, form: FormState, values: FormState["values"], choices: Html | "" = ""): Page {
  const { problems, message, csrfToken } = form;
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const hints = loginFieldHints(c);
  const next = nextOf(c, form);
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: message !== undefined || Object.keys(problems).length > 0,
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
${postForm({
  action: "/signup",
  csrfToken,
  button: t("title"),
  body: html`${nextField(c, form)}${field({ name: "username", label: shared("username"), type: "text", value: values["username"], problem: problems["username"], ...hints.username })}
${field({ name: "email", label: shared("email"), type: "email", value: values["email"], problem: problems["email"], ...hints.email })}
${extraInputs(c.get("s"), form)}
${newPasswordFields(c, problems)}`,
})}
${choices}${passkeyLink(c, next)}<p class="after">${t("logInQuestion", { link: html`<a href="${at(withNext(c.get("s").settings, loginPath(c), next))}">${t("logIn")}</a>` })}</p>`,
  };
}

/** For a user who comes back from "Check your inbox" to correct the email. */
export function typedBefore(c: Context): FormState["values"] {
  const typed = readTypedLogin(c);
  const email = readPendingVerifications(c).find(({ email, isRequested }) => isRequested && email.includes("@"))?.email ?? typed?.email;
  const username = typed?.email === email ? typed?.username : undefined;
  return { ...(email !== undefined && { email }), ...(username !== undefined && { username }) };
}
