/** Logs in with an email or username, and a password. */

import { z } from "zod";
import { recordFailure, tryPassword } from "../../../core/credentials/password/attempt.ts";
import { countPasswords, passwordWayIn } from "../../../core/credentials/password/set.ts";
import { pageWith } from "../../../core/services.ts";
import { pendingSignInToken } from "../../../core/sign-in/pending-sign-in.ts";
import { signInAtOnce } from "../../../core/sign-in/sign-in.ts";
import { type LoginName, type LoginWith, readLoginName } from "../../../core/users/login-name.ts";
import { isEmail, usernameProblem } from "../../../core/users/users.ts";
import type { Context, FormError, FormState, Sentence } from "../../../http/context.ts";
import { invisibleInEmail } from "../../../http/forms/email-problems.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { passkeysMissing } from "../../../http/forms/passkey-prompt.ts";
import { isChecked, rememberField } from "../../../http/forms/remember.ts";
import { invisibleInUsername } from "../../../http/forms/username-problems.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { redirectIfLoggedIn } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { isJson } from "../../../http/request/csrf.ts";
import { localeOf, say, translator } from "../../../http/request/locale.ts";
import { offerVerification } from "../../../http/request/pending-verification.ts";
import { guardedOrigins, guardedUrl, safeReturn, withNext } from "../../../http/request/return-url.ts";
import { takeTypedLogin } from "../../../http/request/typed-login.ts";
import { completeSignIn } from "../../../http/response/complete-sign-in.ts";
import { wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import { checkbox, errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature, SignInButton, SignInChoices, SignInOption, SignInPrompt } from "../../feature.ts";
import { messages } from "./login.messages.ts";
import { newDeviceNotice } from "./new-device-notice.ts";

const fieldsWith = (loginWith: LoginWith) => ({
  /** Named `email` in any case, so that clients need not know the setting. */
  email: z.string().describe(nameDescription[loginWith]).default("").transform(trimTyped),
  password: z.string().default(""),
  remember: rememberField,
  next: z.string().optional(),
  // An API client without cookies asks for a bearer token.
  session: z.enum(["cookie", "token"]).default("cookie"),
});
type LoginData = z.output<z.ZodObject<ReturnType<typeof fieldsWith>>>;

const nameDescription: Readonly<Record<LoginWith, string>> = {
  email: "The account's email.",
  username: "The account's username.",
  both: "The account's email or username.",
};

export const login: Feature = {
  name: "login",
  messages: [messages],
  translations: [{ de: () => import("./login.messages.de.ts"), ar: () => import("./login.messages.ar.ts") }],
  events: eventsIn(messages),
  emails: { "new-device-login": {} },
  newDeviceNotice,
  waysIn: [{ name: passwordWayIn, count: countPasswords }],
  tokens: [pendingSignInToken],
  openapi: {
    "/login": {
      post: {
        summary: "Log in with a cookie or, with `session: token`, a token for `Authorization: Bearer`",
        response: {
          anyOf: [
            schema.object({ user: schema.user, csrfToken: schema.csrfToken }),
            schema.object({ user: schema.user, token: schema.text, expiresAt: schema.instant }),
          ],
        },
        example: { email: "ada@example.com", password: "a harbour at dusk", remember: false, session: "token" },
      },
    },
  },
  routes: (app, s, all) => {
    const options = all.flatMap(({ signInOption }) => signInOption ?? []);
    const buttons = all.flatMap(({ signInButton }) => (signInButton?.isOffered(s) ? signInButton : []));
    const prompts = all.flatMap(({ signInPrompt }) => (signInPrompt?.isOffered(s) ? signInPrompt : []));
    const choices = all.flatMap(({ signInChoices }) => (signInChoices?.isOffered(s) ? signInChoices : []));
    const emptyForms = new Map<string, EmptyForm>();
    // A login from another app leads back to it.
    const formTargets = guardedOrigins(s.settings);
    if (s.settings.passwords === "off") {
      const { password: _, ...fields } = fieldsWith(s.settings.loginWith);
      const [code, other] = [buttons.length > 0 ? " code" : "", choices.length > 0 ? " other" : ""] as const;
      const ways = prompts.length > 0 ? (`passkey${code}${other}` as const) : code === "" ? "other" : (`code${other}` as const);
      app.form("/login", {
        access: "public",
        fields: z.object(fields),
        keep: ["email", "remember", "next"],
        show: (c, form) =>
          (c.req.method === "POST" ? undefined : redirectIfLoggedIn(c, c.req.query("next"))) ??
          loginPage(c, form, { options, buttons, prompts, choices, emptyForms, formTargets }),
        // The buttons send the form elsewhere.
        submit: () => Promise.resolve({ status: 403, code: "passwords-off", message: message(messages, "passwordsOff", { ways }) }),
      });
      return;
    }
    app.form("/login", {
      access: "public",
      fields: z.object(fieldsWith(s.settings.loginWith)),
      keep: ["email", "remember", "next"],
      show: (c, form) =>
        (c.req.method === "POST" ? undefined : redirectIfLoggedIn(c, c.req.query("next"))) ??
        loginPage(c, form, { options, buttons, prompts, choices, emptyForms, formTargets }),
      submit: (c, data) => logIn(c, data),
    });
  },
};

async function logIn(c: Context, data: LoginData): Promise<Response | FormError> {
  const s = c.get("s");
  const name = readLoginName(s.settings, data.email);
  const problems = problemsOf(c, name, data.password);
  if (Object.keys(problems).length > 0) return { status: 422, code: "invalid", problems };
  const info = requestInfo(c);
  const tried = await tryPassword(s, info, name, data.password);
  if (!tried.ok) return tried.reason === "wrong" ? refuse(c, name) : tooManyAttempts(tried.retryAfterSeconds);
  const { user } = tried;
  // Not for an HTML form: the browser would show the token (ASVS 14.2.1).
  const isBearer = data.session === "token" && isJson(c);
  const next = data.next ?? c.req.query("next");
  const options = { remember: data.remember, info, isBearer, next, replaces: isBearer ? undefined : c.get("visitor")?.session };
  const { attempt, upgradedHash } = tried;
  const result = await signInAtOnce(s, { user, methods: ["password"], password: { attempt, upgradedHash } }, options);
  if (result.ok || result.reason === "due") return completeSignIn(c, result, { isBearer, next });
  await recordFailure(s, info, user, { attempt, isWrong: false });
  return refuse(c, name, result.reason === "unverified" ? user.id : undefined);
}

/**
 * Account enumeration: one answer for every failure. With `SIGNUP=confirm` it always offers verification, or signing up with another's email
 * and then logging in would reveal whether an account was created (ASVS 6.3.8).
 */
function refuse(c: Context, { kind, text }: LoginName, userId?: string): FormError {
  const { signup, loginWith } = c.get("s").settings;
  const refusal = { status: 401, code: "bad-credentials" } as const;
  if (signup !== "confirm") return { ...refusal, message: message(messages, "badCredentials", { loginWith }) };
  if (kind === "email" ? isEmail(text) : usernameProblem(text) === undefined) offerVerification(c, { email: text, userId });
  return { ...refusal, message: message(messages, "badOrUnverified", { loginWith }) };
}

function problemsOf(c: Context, { kind, text }: LoginName, password: string): Record<string, Sentence> {
  const { loginWith } = c.get("s").settings;
  // A name with an invisible character would count as a failed login.
  const invisible = kind === "email" ? invisibleInEmail(text) : invisibleInUsername(text);
  const problem = text === "" ? message(messages, "enterName", { loginWith }) : invisible;
  return { ...(problem && { email: problem }), ...(password === "" && { password: message(formMessages, "enterPassword") }) };
}

/** With the email filled in, the focus is in the password. */
function inputs(c: Context, { values, problems }: Pick<FormState, "values" | "problems">, props: LoginPageProps, typed?: string): Html {
  const { prompts } = props;
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  const { loginWith, passwords } = c.get("s").settings;
  if (!hasNameField(c, props)) return rememberBox(c, values, props);
  return html`${field({ name: "email", label: t("name", { loginWith }), type: loginWith === "email" ? "email" : "text", autocomplete: prompts.some(({ autofill }) => autofill === "webauthn") ? "username webauthn" : "username", value: values["email"] ?? typed, problem: problems["email"] })}
${
  passwords === "off"
    ? ""
    : html`${field({ name: "password", label: shared("password"), type: "password", autocomplete: "current-password", problem: problems["password"], isFocused: typed !== undefined })}
`
}${rememberBox(c, values, props)}`;
}

/** Where only passkeys log in, it is hidden without them. */
function rememberBox(c: Context, values: FormState["values"], props: LoginPageProps): Html {
  const t = translator(c, messages);
  const box = checkbox({ name: "remember", label: t("remember"), hint: t("rememberHint"), checked: isChecked(values["remember"]) });
  return hasNameField(c, props) || props.choices.length > 0 ? box : html`<div data-passkeys-only hidden>${box}</div>`;
}

interface LoginPageProps {
  readonly options: readonly SignInOption[];
  readonly buttons: readonly SignInButton[];
  readonly prompts: readonly SignInPrompt[];
  readonly choices: readonly SignInChoices[];
  /** By locale. This page is requested most, so what is the same for all anonymous visitors is rendered once. */
  readonly emptyForms: Map<string, EmptyForm>;
  readonly formTargets: readonly string[];
}

interface EmptyForm {
  readonly inputs: Html;
  readonly prompts: Html;
  /** Help with the form itself, such as "Forgot your password?". */
  readonly help: Html;
  readonly options: Html;
}

function emptyFormFor(c: Context, props: LoginPageProps): EmptyForm {
  const { emptyForms } = props;
  const locale = localeOf(c);
  const known = emptyForms.get(locale);
  if (known) return known;
  const { complete } = c.get("site").layoutOf(locale);
  const lines = optionLines(c, props);
  const rendered = {
    inputs: complete(inputs(c, { values: {}, problems: {} }, props)),
    prompts: complete(promptsOf(c, props)),
    help: complete(lines.help),
    options: complete(lines.options),
  };
  emptyForms.set(locale, rendered);
  return rendered;
}

function loginPage(c: Context, form: FormState, props: LoginPageProps): Page | Promise<Page> {
  if (props.choices.length === 0) return renderLogin(c, form, props);
  const next = form.values["next"] ?? c.req.query("next");
  const validated = next === undefined ? undefined : safeReturn(c.get("s").settings, next);
  const place = { place: "login", next: validated, isAlone: !hasForm(c, props), isBelowPasskey: !hasNameField(c, props) } as const;
  const shown = props.choices.map(({ render }) => render(c, place));
  return Promise.all(shown).then((choices) => renderLogin(c, form, props, html`${choices}\n`));
}

/** Without passwords, other buttons and passkeys, the form would have no way to be sent. */
function hasForm(c: Context, { buttons, prompts, choices }: LoginPageProps): boolean {
  return c.get("s").settings.passwords === "on" || buttons.length + prompts.length > 0 || choices.length === 0;
}

/** Whether a password or one of the other buttons uses the name: passkeys and other providers do not. */
function hasNameField(c: Context, { buttons }: LoginPageProps): boolean {
  return c.get("s").settings.passwords === "on" || buttons.length > 0;
}

function renderLogin(c: Context, form: FormState, props: LoginPageProps, choices: Html | "" = ""): Page {
  const { values, problems } = form;
  const t = translator(c, messages);
  const next = values["next"] ?? c.req.query("next");
  const visitor = c.get("visitor");
  const app = guardedUrl(c.get("s").settings, next);
  const typed = typedName(c);
  // Without passwords, the first of the other buttons is the form's own.
  const isOff = c.get("s").settings.passwords === "off";
  const [first, others] = isOff ? [props.buttons[0], props.buttons.slice(1)] : [undefined, props.buttons];
  const isEmpty = visitor === undefined && typed === undefined && Object.keys(values).length === 0 && Object.keys(problems).length === 0;
  const rest = isEmpty
    ? emptyFormFor(c, props)
    : {
        inputs: inputs(c, form, props, typed),
        prompts: promptsOf(c, props),
        ...optionLines(c, props, next),
      };
  const { help, options } = isEmpty && next !== undefined ? optionLines(c, props, next) : rest;
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: form.message !== undefined || Object.keys(problems).length > 0,
    formTargets: props.formTargets,
    body: html`${errorSummary({ ...form, more: form.code === "bad-credentials" ? verifyLine(c) : undefined })}
${visitor ? alreadyLoggedIn(c, visitor.user.username, app) : ""}
<h1>${t("title")}</h1>
${app === undefined ? "" : html`<p>${t("continueTo", { host: html`<strong class="name">${new URL(app).host}</strong>` })}</p>`}
${
  hasForm(c, props)
    ? postForm({
        action: "/login",
        csrfToken: form.csrfToken,
        ...mainButton(c, first),
        body: html`${next === undefined ? "" : html`<input type="hidden" name="next" value="${safeReturn(c.get("s").settings, next)}">`}
${rest.inputs}`,
        more: others.map(
          ({ path, text }) => html`<button type="submit" class="wide-button secondary" formaction="${at(path)}">${say(c, text)}</button>\n`,
        ),
      })
    : rememberBox(c, values, props)
}
${help}${rest.prompts}${choices}${options}`,
  };
}

function mainButton(c: Context, instead: SignInButton | undefined): { button: string | undefined; buttonAction?: string } {
  if (instead) return { button: say(c, instead.text), buttonAction: instead.path };
  return { button: c.get("s").settings.passwords === "off" ? undefined : translator(c, messages)("title") };
}

/** What the user typed in the form before this one. */
function typedName(c: Context): string | undefined {
  const typed = c.req.method === "GET" && !wantsJson(c) ? takeTypedLogin(c) : undefined;
  return c.get("s").settings.loginWith === "username" ? typed?.username : typed?.email;
}

function promptsOf(c: Context, props: LoginPageProps): Html {
  const { prompts, buttons, choices } = props;
  const needsScript = c.get("s").settings.passwords === "off" && buttons.length + choices.length === 0;
  const shown = prompts.map(({ render }) => html`${render(c, !hasNameField(c, props))}\n`);
  return html`${needsScript ? passkeysMissing(c) : ""}${shown}${needsScript ? lostPasskey(c) : ""}`;
}

/** Where passkeys alone log in, nothing else leads back in. */
function lostPasskey(c: Context): Html {
  const t = translator(c, messages);
  const { contactUrl, siteName } = c.get("s").settings;
  const link = contactUrl === undefined ? undefined : html`<a href="${contactUrl}">${t("contact")}</a>`;
  return html`<p class="after">${link ? t("lostPasskeyContact", { link }) : t("lostPasskey", { siteName })}</p>\n`;
}

/** Belongs to the form above it; other options lead to other pages by a question. */
function isHelp({ question }: SignInOption): boolean {
  return question === undefined;
}

function optionLines(c: Context, { options }: LoginPageProps, next?: string): Pick<EmptyForm, "help" | "options"> {
  const offered = options.filter(({ isOffered }) => isOffered(c.get("s")));
  const lines = (are: readonly SignInOption[]) => html`${are.map((option) => optionLine(c, option, next))}`;
  return { help: lines(offered.filter(isHelp)), options: lines(offered.filter((option) => !isHelp(option))) };
}

function optionLine(c: Context, { path, leadsBack, question, link }: SignInOption, next: string | undefined): Html {
  const plain = path(c.get("visitor") !== undefined);
  const target = leadsBack ? withNext(c.get("s").settings, plain, next) : plain;
  return html`<p class="after">${question === undefined ? "" : `${say(c, question)} `}<a href="${at(target)}">${say(c, link)}</a></p>\n`;
}

/** Undefined where emails need no verification: `bad-credentials` then has no other cause. */
function verifyLine(c: Context): Html | undefined {
  const s = c.get("s");
  const verification = s.settings.signup === "confirm" ? pageWith(s, "email-verification") : undefined;
  if (verification === undefined) return undefined;
  const t = translator(c, messages);
  return html`<p>${t("verifyQuestion", { link: html`<a href="${at(verification)}">${t("verifyLink")}</a>` })}</p>`;
}

/** Login CSRF: names the account, since an attacker may have logged this browser in. */
function alreadyLoggedIn(c: Context, username: string, app: string | undefined): Html {
  const t = translator(c, messages);
  const s = c.get("s");
  const link =
    app === undefined
      ? html`<a href="${s.settings.homeUrl}">${t(pageWith(s, "home") === undefined ? "continue" : "dashboard")}</a>`
      : html`<a href="${app}">${t("continueToHost", { host: new URL(app).host })}</a>`;
  const text = t("alreadyLoggedIn", { username: html`<strong class="name">${username}</strong>`, link });
  return html`<div class="flash info" role="status"><p>${text}</p></div>`;
}
