/** The page of signing up. */
import type { Context, FormState } from "../../../http/context.ts";
import { extraInputs } from "../../../http/forms/extra-fields.ts";
import { newPasswordFields } from "../../../http/forms/new-password.ts";
import { loginPath } from "../../../http/request/authenticate.ts";
import { usernameHint } from "../../../http/username-words.ts";
import { errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";

export function signupPage(c: Context, form: FormState): Page {
  const { values, problems, message, csrfToken } = form;
  return {
    title: "Sign up",
    width: "narrow",
    hasErrors: message !== undefined || Object.keys(problems).length > 0,
    body: html`${errorSummary(form)}
<h1>Create an account</h1>
${postForm({
  action: "/signup",
  csrfToken,
  button: "Create account",
  body: html`${field({ name: "username", label: "User name", type: "text", autocomplete: "nickname", value: values["username"], problem: problems["username"], hint: usernameHint })}
${field({ name: "email", label: "E-mail address", type: "email", autocomplete: "username", value: values["email"], problem: problems["email"], hint: "You log in with it." })}
${extraInputs(c.get("s"), form)}
${newPasswordFields(c, problems)}`,
})}
<p class="after">Already have an account? <a href="${at(loginPath(c))}">Log in</a></p>`,
  };
}
