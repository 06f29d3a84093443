/** Logging in: an address and a password begin a session. */

import { z } from "zod";
import { recordFailure, tryPassword } from "../../../core/credentials/password/attempt.ts";
import { countPasswords, passwordWayIn } from "../../../core/credentials/password/set.ts";
import { pendingSignInToken } from "../../../core/sign-in/pending-sign-in.ts";
import { signInAtOnce } from "../../../core/sign-in/sign-in.ts";
import { isEmail } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { hiddenInEmail } from "../../../http/email-words.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { sentOn } from "../../../http/request/authenticate.ts";
import { isJson } from "../../../http/request/csrf.ts";
import { say } from "../../../http/request/locale.ts";
import { offerVerification } from "../../../http/request/pending-verification.ts";
import { requestInfo } from "../../../http/request/request-info.ts";
import { guardedUrl, safeReturn } from "../../../http/request/return-url.ts";
import { completeSignIn } from "../../../http/response/complete-sign-in.ts";
import { eventsIn } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import { checkbox, errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature, SignInOption } from "../../feature.ts";
import { messages } from "./login.messages.ts";

/** One sentence for every failure: it must not tell which part was wrong, or whether there is an account (ASVS 6.3.8). */
const badCredentials: FormError = {
  status: 401,
  code: "bad-credentials",
  message: "The e-mail address or the password is not right. Please try again.",
};
/** Where an address must be confirmed: the same sentence whether that is still to be done, or something was wrong. */
const badOrUnconfirmed: FormError = {
  ...badCredentials,
  message: "The e-mail address or the password is not right, or the address is not confirmed yet.",
};
const toConfirm = html`<p>Not confirmed yet? <a href="${at("/verify-email")}">Confirm your address</a></p>`;

const fields = z.object({
  email: z.string().default("").transform(trimTyped),
  password: z.string().default(""),
  // A browser sends a ticked box as "on" and leaves out one that is not.
  remember: z.union([z.boolean(), z.string()]).default(false).transform(isTicked),
  next: z.string().optional(),
  // A program that keeps no cookies asks for a token to send in `Authorization`.
  session: z.enum(["cookie", "token"]).default("cookie"),
});
type LoginData = z.output<typeof fields>;

function isTicked(value: boolean | string | undefined): boolean {
  return value === true || (typeof value === "string" && !/^(?:|0|off|false|no)$/i.test(value));
}

export const login: Feature = {
  name: "login",
  messages: [messages],
  events: eventsIn(messages),
  waysIn: [{ name: passwordWayIn, count: countPasswords }],
  emails: { "password-set-aside": {} },
  tokens: [pendingSignInToken],
  openapi: {
    "/login": {
      post: {
        summary: "Log in: by a cookie, or with `session: token` by a token for the header `Authorization: Bearer`",
        gives: {
          anyOf: [
            schema.object({ user: schema.user, csrfToken: schema.csrfToken }),
            schema.object({ user: schema.user, token: schema.text, expiresAt: schema.instant }),
          ],
        },
        example: { email: "ada@example.com", password: "a harbour at dusk", remember: false, session: "token" },
      },
    },
  },
  routes: (app, _, all) => {
    const hasQuestion = ({ question }: SignInOption) => Number(question !== undefined);
    const options = all.flatMap(({ signInOption }) => signInOption ?? []).toSorted((a, b) => hasQuestion(a) - hasQuestion(b));
    app.form("/login", {
      access: "public",
      fields,
      keep: ["email", "remember", "next"],
      show: (c, form) => (c.req.method === "POST" ? undefined : sentOn(c, c.req.query("next"))) ?? loginPage(c, form, options),
      submit: (c, data) => logIn(c, data),
    });
  },
};

async function logIn(c: Context, data: LoginData): Promise<Response | FormError> {
  const s = c.get("s");
  const problems = missing(data);
  if (Object.keys(problems).length > 0) return { status: 422, code: "invalid", problems };
  const info = requestInfo(c);
  const tried = await tryPassword(s, info, data.email, data.password);
  if (!tried.ok) return tried.reason === "wrong" ? refuse(c, data.email) : tooManyAttempts(tried.retryAfterSeconds);
  const { user } = tried;
  // A form of HTML cannot ask for one: what it gets, the next page would show (ASVS 14.2.1).
  const isBearer = data.session === "token" && isJson(c);
  const next = data.next ?? c.req.query("next");
  const options = { remember: data.remember, info, isBearer, next, replaces: isBearer ? undefined : c.get("visitor")?.session };
  const { attempt, upgradedHash } = tried;
  const result = await signInAtOnce(s, { user, methods: ["password"], password: { attempt, upgradedHash } }, options);
  if (result.ok || result.reason === "due") return completeSignIn(c, result, { isBearer, next });
  await recordFailure(s, info, user, { attempt, isWrong: false });
  return refuse(c, data.email, result.reason === "unverified" ? user.id : undefined);
}

/**
 * One answer for every failure. Where addresses are confirmed it leads on to that, whoever fails: who signs up with somebody
 * else's address and then logs in must not learn whether an account was made (ASVS 6.3.8).
 */
function refuse(c: Context, email: string, userId?: string): FormError {
  if (c.get("s").settings.signup !== "confirm") return badCredentials;
  if (isEmail(email)) offerVerification(c, { email, userId });
  return badOrUnconfirmed;
}

function missing({ email, password }: LoginData): Record<string, string> {
  // It would be a wrong password, and counted, though everything that shows is right.
  const hidden = hiddenInEmail(email);
  return {
    ...(email === "" ? { email: "Enter your e-mail address." } : hidden ? { email: hidden } : {}),
    ...(password === "" ? { password: "Enter your password." } : {}),
  };
}

function inputs(values: FormState["values"], problems: FormState["problems"]): Html {
  return html`${field({ name: "email", label: "E-mail address", type: "email", autocomplete: "username", value: values["email"], problem: problems["email"] })}
${field({ name: "password", label: "Password", type: "password", autocomplete: "current-password", problem: problems["password"] })}
${checkbox({ name: "remember", label: "Remember me", hint: "Stay logged in on this device. Not for a shared computer.", checked: isTicked(values["remember"]) })}`;
}

/** Put together once, for whoever opens the page: it is the one that is asked for most. */
const emptyInputs = inputs({}, {});

function loginPage(c: Context, form: FormState, options: readonly SignInOption[]): Page {
  const { values, problems, message } = form;
  const next = values["next"] ?? c.req.query("next");
  const visitor = c.get("visitor");
  const app = guardedUrl(c.get("s").settings, next);
  return {
    title: "Log in",
    width: "narrow",
    hasErrors: message !== undefined || Object.keys(problems).length > 0,
    body: html`${errorSummary({ ...form, more: message === badOrUnconfirmed.message ? toConfirm : undefined })}
${visitor ? alreadyLoggedIn(c, visitor.user.username, app) : ""}
<h1>Log in</h1>
${app === undefined ? "" : html`<p>Log in to go on to <strong class="name">${new URL(app).host}</strong>.</p>`}
${postForm({
  action: "/login",
  csrfToken: form.csrfToken,
  button: "Log in",
  body: html`${next === undefined ? "" : html`<input type="hidden" name="next" value="${safeReturn(c.get("s").settings, next)}">`}
${Object.keys({ ...values, ...problems }).length === 0 ? emptyInputs : inputs(values, problems)}`,
})}
${options.filter(({ isFor }) => isFor(c)).map((option) => optionLine(c, option))}`,
  };
}

function optionLine(c: Context, { path, question, link }: SignInOption): Html {
  return html`<p class="after">${question === undefined ? "" : `${say(c, question)} `}<a href="${at(path(c))}">${say(c, link)}</a></p>\n`;
}

/** Says so rather than sending the person on in silence: somebody else may have logged this browser in (login CSRF). */
function alreadyLoggedIn(c: Context, username: string, app: string | undefined) {
  const redirectTo =
    app === undefined
      ? html`<a href="${c.get("s").settings.homeUrl}">${c.get("s").custom.without.has("dashboard") ? "Go on" : "Go to your dashboard"}</a>`
      : html`<a href="${app}">Go on to ${new URL(app).host}</a>`;
  return html`<div class="flash info" role="status"><p>You are logged in as <strong class="name">${username}</strong>. ${redirectTo}, or log in below to change to another account.</p></div>`;
}
