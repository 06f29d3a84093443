/** Signing up: a name, an address and a password make an account. */
import { html } from "hono/html";
import { z } from "zod";
import { orGiveBack, takeAttempt } from "../../core/limits.ts";
import { hashPassword, type PasswordProblem, passwordProblem } from "../../core/passwords.ts";
import type { Services } from "../../core/services.ts";
import { createUser, isEmail, type UsernameProblem, usernameProblem } from "../../core/users.ts";
import type { Feature } from "../../feature.ts";
import { type FormState, type Refusal, tooManyAttempts } from "../../http/app.ts";
import { clientNetwork } from "../../http/client-address.ts";
import type { Context } from "../../http/context.ts";
import { flash } from "../../http/flashes.ts";
import { answerJson, go, wantsJson } from "../../http/reply.ts";
import { errorSummary, field, postForm } from "../../ui/fields.ts";
import type { Page } from "../../ui/page.ts";

const created = "Account created successfully! Please log in.";

const usernameWords: Record<UsernameProblem, string> = {
  "too-short": "Enter a user name of at least 3 characters.",
  "too-long": "Enter a user name of at most 150 characters.",
  characters: "Use only letters, digits, dots, hyphens and underscores in your user name.",
  "mixed-scripts": "Use letters of one alphabet only in your user name.",
};

const passwordWords: Record<Exclude<PasswordProblem, "too-short">, string> = {
  "too-long": "Use a password of at most 1,024 characters.",
  "not-text": "This password holds something that is not text. Type it again.",
  "needs-upper-and-digit": "Use at least one capital letter and one digit.",
  common: "This is one of the passwords that are guessed first. Choose another, such as a few words in a row.",
  "own-words": "This password is too close to your name, your address or this site’s name. Choose another.",
};

const taken = {
  username: "This user name is taken. Choose another.",
  email: "There is an account with this e-mail address already. Log in instead, or use another address.",
};

const fields = z.object({
  username: z
    .string()
    .default("")
    .transform((text) => text.trim()),
  email: z
    .string()
    .default("")
    .transform((text) => text.trim()),
  password: z.string().default(""),
  confirm_password: z.string().default(""),
});
type SignupData = z.output<typeof fields>;

export const signup: Feature = {
  name: "signup",
  routes: (app, s) => {
    if (s.settings.signup === "closed") return;
    app.form("/signup", {
      fields,
      keep: ["username", "email"],
      show: (c, form) => signupPage(c, form),
      submit: (c, data) => signUp(c, data),
    });
  },
};

async function signUp(c: Context, data: SignupData): Promise<Response | Refusal> {
  const { s } = c.var;
  const problems = await problemsOf(s, data);
  if (Object.keys(problems).length > 0) return { status: 422, code: "invalid", problems };
  // Counted only now, so that mistyping costs nothing, and asking which names are taken does.
  const attempt = await takeAttempt(s, [{ name: "signup-address", of: clientNetwork(c), budget: s.settings.signupPerAddress }]);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const { username, email } = data;
  const passwordHash = await orGiveBack(s, attempt, hashPassword(s, data.password));
  const result = await createUser(s, { username, email, passwordHash });
  if (!result.ok) return { status: 409, code: "taken", problems: Object.fromEntries(result.taken.map((name) => [name, taken[name]])) };
  if (wantsJson(c)) return answerJson(c, { user: result.user }, 201);
  flash(c, "success", created);
  return go(c, "/login");
}

/** Every rule, whatever the browser has checked before, and all of them at once. */
async function problemsOf(s: Services, { username, email, password, confirm_password }: SignupData): Promise<Record<string, string>> {
  const problems: Record<string, string> = {};
  const usernameIs = usernameProblem(username);
  if (usernameIs) problems["username"] = username === "" ? "Enter a user name." : usernameWords[usernameIs];
  if (!isEmail(email)) problems["email"] = email === "" ? "Enter your e-mail address." : "Enter an e-mail address such as ada@example.com.";
  const passwordIs = await passwordProblem(s, password, [usernameIs ? "" : username, problems["email"] ? "" : email]);
  if (passwordIs) problems["password"] = passwordIs === "too-short" ? tooShort(s, password) : passwordWords[passwordIs];
  else if (confirm_password === "") problems["confirm_password"] = "Enter the password a second time.";
  else if (confirm_password !== password) problems["confirm_password"] = "The two passwords are not the same. Type them again.";
  return problems;
}

function tooShort(s: Services, password: string): string {
  return password === "" ? "Enter a password." : `Use a password of at least ${s.settings.passwordMinLength} characters.`;
}

function signupPage(c: Context, form: FormState): Page {
  const { settings } = c.var.s;
  const { values, problems, message, csrfToken } = form;
  const rules =
    settings.passwordRules === "none"
      ? "Any characters, spaces too: a few words in a row are easy to keep in mind."
      : "With a capital letter and a digit.";
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
  body: html`${field({ name: "username", label: "User name", type: "text", autocomplete: "username", value: values["username"], problem: problems["username"], hint: "3 to 150 letters, digits, dots, hyphens or underscores." })}
${field({ name: "email", label: "E-mail address", type: "email", autocomplete: "email", value: values["email"], problem: problems["email"], hint: "You log in with it." })}
${field({ name: "password", label: "Password", type: "password", autocomplete: "new-password", problem: problems["password"], hint: `At least ${settings.passwordMinLength} characters. ${rules}`, strengthUrl: c.var.assets.url("strength.js") })}
${field({ name: "confirm_password", label: "Password again", type: "password", autocomplete: "new-password", problem: problems["confirm_password"] })}`,
})}
<p class="after">You have an account already? <a href="/login">Log in</a></p>`,
  };
}
