/** Renders the sign-up page. */
import type { Context, FormState } from "../../../http/context.ts";
import { extraInputs } from "../../../http/forms/extra-fields.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { newPasswordFields } from "../../../http/forms/new-password.ts";
import { usernameHint } from "../../../http/forms/username-problems.ts";
import { loginPath } from "../../../http/request/authenticate.ts";
import { say, translator } from "../../../http/request/locale.ts";
import { readPendingVerifications } from "../../../http/request/pending-verification.ts";
import { readTypedLogin } from "../../../http/request/typed-login.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./signup.messages.ts";

export function signupPage(c: Context, form: FormState): Page {
  const { problems, message, csrfToken } = form;
  const values = c.req.query("correct") === undefined ? form.values : { ...typedBefore(c), ...form.values };
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: message !== undefined || Object.keys(problems).length > 0,
    body: html`${errorSummary(form)}
<h1>${t("heading")}</h1>
${postForm({
  action: "/signup",
  csrfToken,
  button: t("button"),
  body: html`${field({ name: "username", label: shared("username"), type: "text", autocomplete: "nickname", value: values["username"], problem: problems["username"], hint: say(c, usernameHint) })}
${field({ name: "email", label: shared("email"), type: "email", autocomplete: "username", value: values["email"], problem: problems["email"], hint: shared("emailHint") })}
${extraInputs(c.get("s"), form)}
${newPasswordFields(c, problems)}`,
})}
<p class="after">${t("logInQuestion", { link: html`<a href="${at(loginPath(c))}">${t("logIn")}</a>` })}</p>`,
  };
}

/** For a user who comes back from "Check your inbox" to correct the email. */
function typedBefore(c: Context): FormState["values"] {
  const typed = readTypedLogin(c);
  const email = readPendingVerifications(c).find(({ isRequested }) => isRequested)?.email ?? typed?.email;
  const username = typed?.email === email ? typed?.username : undefined;
  return { ...(email !== undefined && { email }), ...(username !== undefined && { username }) };
}
