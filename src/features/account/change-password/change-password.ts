/** Changes the password, with the current one as proof. */

import { z } from "zod";
import { recordEvent } from "../../../core/audit/log.ts";
import { type CredentialRefusal, guardCredentialChange } from "../../../core/credentials/guard-change.ts";
import { hashPassword } from "../../../core/credentials/password/passwords.ts";
import { hasStoredPassword, isPasswordOfInbox, setPassword } from "../../../core/credentials/password/set.ts";
import { mayGiveUpPassword } from "../../../core/credentials/ways-back.ts";
import { emailWords, sendSecurityNotice } from "../../../core/mail/emails.ts";
import { endTokensAfter } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { release, reserve, withReservation } from "../../../core/rate-limits/rate-limits.ts";
import { inTransaction, recoveryPath, type Services, type Transaction } from "../../../core/services.ts";
import { levelOf } from "../../../core/sessions/methods.ts";
import { endSessions } from "../../../core/sessions/session.ts";
import { type RenewedSession, renewSession } from "../../../core/sign-in/reauthentication.ts";
import { loginNameOf } from "../../../core/users/login-name.ts";
import { type AccountRow, findUserById, hasPassword, type UserRow } from "../../../core/users/users.ts";
import type { Context, FormError, FormState, Sentence } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import {
  breachedProblem,
  type NewPassword,
  newPasswordFields,
  newPasswordProblems,
  newPasswordShape,
} from "../../../http/forms/new-password.ts";
import { messages as reauthenticateMessages } from "../../../http/forms/reauthenticate.messages.ts";
import { noPassword, type OwnPassword, tryOwnPassword } from "../../../http/forms/reauthenticate.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { continueSession, requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { rememberDevice } from "../../../http/request/known-device.ts";
import { translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { errorSummary, field, loginHint, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./change-password.messages.ts";
import { messages as removalMessages } from "./remove-password.messages.ts";
import {
  mayBeWithoutPassword,
  noFields,
  removalOffer,
  removePage,
  removePath,
  setPasswordForm,
  setPath,
  submitRemoval,
  submitSetting,
} from "./remove-password.ts";

interface PasswordData extends NewPassword {
  readonly current_password: string;
}

export const changePassword: Feature = {
  name: "change-password",
  pages: { "password-change": { path: "/settings/change-password", isThere: hasPasswords } },
  messages: [messages, removalMessages],
  translations: [
    { de: () => import("./change-password.messages.de.ts"), ar: () => import("./change-password.messages.ar.ts") },
    { de: () => import("./remove-password.messages.de.ts"), ar: () => import("./remove-password.messages.ar.ts") },
  ],
  events: { ...eventsIn(messages), ...eventsIn(removalMessages) },
  emails: { "password-changed": {}, "password-removed": {} },
  openapi: {
    "/settings/change-password": {
      post: {
        summary: "Change the password and end all other sessions",
        response: schema.object({ user: schema.user, csrfToken: schema.csrfToken }),
        renews: true,
        example: { current_password: "a harbour at dusk", password: "nine grey herons", confirm_password: "nine grey herons" },
      },
    },
    [removePath]: {
      post: {
        summary: "Remove the password of an account with two other ways back",
        response: schema.object({ removed: schema.yes }),
        example: {},
      },
    },
    [setPath]: { post: { summary: "Email the user a link to set a password", status: 202, response: schema.checkMail, example: {} } },
  },
  settingsPage: {
    group: "security",
    icon: "key",
    action: "change",
    path: "/settings/change-password",
    title: message(messages, "title"),
    purpose: message(messages, "card.text"),
    isThere: hasPasswords,
    instead: async (c) => ((await lacksPassword(c)) ? notSet(c) : undefined),
  },
  routes: (app, s) => {
    if (!hasPasswords(s)) return;
    // Password managers open this path (W3C, A Well-Known URL for Changing Passwords).
    app.page("/.well-known/change-password", (c) => redirect(c, "/settings/change-password"), { access: "public" });
    app.form("/settings/change-password", {
      fields: z.object({ current_password: z.string().default(""), ...newPasswordShape(s) }),
      keep: [],
      show: async (c, form) => ((await lacksPassword(c)) ? await firstPasswordPage(c, form) : passwordPage(c, form)),
      submit: (c, data) => submit(c, data),
    });
    if (mayGiveUpPassword(s)) {
      app.form(removePath, { recentAuth: true, fields: noFields, keep: [], show: removePage, submit: submitRemoval });
    }
    if (!mayBeWithoutPassword(s)) return;
    app.form(setPath, {
      recentAuth: true,
      fields: noFields,
      keep: [],
      show: (c, { csrfToken }) => (wantsJson(c) ? answerJson(c, { csrfToken }) : redirect(c, "/settings/change-password")),
      submit: submitSetting,
    });
  },
};

function hasPasswords({ settings }: Services): boolean {
  return settings.passwords === "on";
}

async function submit(c: Context, data: PasswordData): Promise<Response | FormError> {
  const s = c.get("s");
  const read = await readActingUser(c);
  if (!read.ok) return read.refusal;
  if (!hasPassword(read.requester.was)) return noPassword(c);
  const problems = await problemsOf(c, read.requester.was, data);
  if (Object.keys(problems).length > 0) return { status: 422, code: "invalid", problems };
  // Unattended session: the current password is required (ASVS 6.2.3).
  const tried = await tryOwnPassword(c, data.current_password);
  if (!tried.ok) return tried.refusal;
  // Email flooding: each change sends a notice, so changes are limited (ASVS 2.4.1).
  const limit = await reserve(s, [{ name: "password-changes", of: tried.user.id, budget: s.settings.passwordChanges }]);
  if (!limit.ok) {
    await release(s, tried.attempt);
    return tooManyAttempts(limit.retryAfterSeconds);
  }
  const breached = await breachedProblem(c, data.password);
  if (breached) {
    await release(s, limit);
    await release(s, tried.attempt);
    return breached;
  }
  const requester = { account: `change ${tried.user.id}`, network: requestInfo(c).network };
  const hashed = withReservation(s, limit, withReservation(s, tried.attempt, hashPassword(s, data.password, requester)));
  const passwordHash = await hashed;
  const changed = await inTransaction(s, (tx) => change(tx, { c, tried, passwordHash }));
  if (!changed.ok) return credentialRefusal(changed.reason);
  continueSession(c, changed.signedIn);
  rememberDevice(c, changed.user);
  if (wantsJson(c)) return answerJson(c, { user: changed.signedIn.user, csrfToken: csrfToken(c) });
  flash(c, "success", message(messages, "changed"));
  return redirect(c, "/settings");
}

async function problemsOf(c: Context, { username, email, display_name }: UserRow, data: PasswordData): Promise<Record<string, Sentence>> {
  const t = translator(c, messages);
  const problems = await newPasswordProblems(c.get("s"), data, {
    contextWords: [username, email, display_name ?? ""],
    purpose: "replace",
  });
  if (data.current_password === "") return { current_password: translator(c, reauthenticateMessages)("enterPassword"), ...problems };
  if (data.current_password === data.password) return { password: t("same") };
  return problems;
}

type Changed =
  | { readonly ok: true; readonly user: AccountRow; readonly signedIn: RenewedSession }
  | { readonly ok: false; readonly reason: CredentialRefusal };

interface Change {
  readonly c: Context;
  readonly tried: Extract<OwnPassword, { ok: true }>;
  readonly passwordHash: string;
}

async function change(tx: Transaction, { c, tried, passwordHash }: Change): Promise<Changed> {
  const visitor = requireVisitor(c);
  const was = tried.user;
  // Race: compared with the account as its password was verified, so one of two simultaneous changes fails (ASVS 15.4.2).
  const allowed = await guardCredentialChange(tx, { was, session: visitor.session });
  if (!allowed.ok) return allowed;
  // Account takeover by inbox: the current password, if an emailed link has set it, proves no more than the inbox.
  const byEmail = levelOf(visitor.session.methods) < 2 && isPasswordOfInbox(allowed.account);
  await setPassword(tx, allowed.account, passwordHash, { byEmail });
  // Stolen password: other sessions and links in sent emails end (ASVS 7.4.3).
  await endSessions(tx, was.id, visitor.session);
  await endTokensAfter(tx, was.id, "password-change");
  const signedIn = await renewSession(tx, visitor, { methods: ["password"], attempt: tried.attempt }, { isBearer: c.get("isBearer") });
  const user = await findUserById(tx, was.id);
  if (!signedIn || !user) throw new Error("The session or the account vanished within a transaction.");
  const info = requestInfo(c);
  await recordEvent(tx, was.id, "password-changed", info);
  const t = emailWords(tx, messages, { to: user, info });
  const paragraphs = [t("email.intro")];
  await sendSecurityNotice(tx, user, info, { kind: "password-changed", subject: t("email.subject"), paragraphs });
  return { ok: true, user, signedIn };
}

/** The row of an account without a password. */
function notSet(c: Context) {
  const value = message(messages, "notSet");
  const s = c.get("s");
  if (recoveryPath(s) === undefined) {
    const { contactUrl, siteName } = s.settings;
    const contact = contactUrl === undefined ? "none" : { path: { url: contactUrl }, text: message(messages, "contact") };
    return { value, purpose: message(messages, "notSetAskSite", { siteName }), action: contact } as const;
  }
  const action = { path: "/settings/change-password", text: message(messages, "setByEmail") };
  return { value, purpose: message(messages, "notSetHint"), action };
}

async function lacksPassword(c: Context): Promise<boolean> {
  return !(await hasStoredPassword(c.get("s"), requireVisitor(c).user.id));
}

/** Account takeover with a stolen session: the first password requires a reset email (ASVS 6.2.3). */
async function firstPasswordPage(c: Context, form: FormState): Promise<Page> {
  const t = translator(c, messages);
  const s = c.get("s");
  const recovery = recoveryPath(s);
  const { contactUrl, siteName } = s.settings;
  const missing = recovery === undefined ? t("missingAskSite", { siteName }) : t("missing");
  const contact = contactUrl === undefined ? "" : html`<p><a class="button" href="${contactUrl}">${t("contact")}</a></p>`;
  return {
    title: t("title"),
    width: "account",
    hasErrors: form.message !== undefined,
    json: { hasPassword: false, csrfToken: form.csrfToken },
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
${
  (await setPasswordForm(c, form)) ??
  html`${form.code !== "no-password" ? html`<p>${missing}</p>\n` : ""}${recovery === undefined ? contact : html`<p><a class="button" href="${at(recovery)}">${t("setByEmail")}</a></p>`}`
}`,
  };
}

function passwordPage(c: Context, form: FormState): Page {
  const { problems, message, csrfToken: token } = form;
  const t = translator(c, messages);
  const recovery = recoveryPath(c.get("s"));
  const forgotLink = recovery === undefined ? undefined : html`<a href="${at(recovery)}">${t("forgotLink")}</a>`;
  return {
    title: t("title"),
    width: "account",
    hasErrors: message !== undefined || Object.keys(problems).length > 0,
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
${postForm({
  action: "/settings/change-password",
  csrfToken: token,
  button: t("submit"),
  body: html`${loginHint(loginNameOf(c.get("s").settings, requireVisitor(c).user))}
${field({ name: "current_password", label: translator(c, reauthenticateMessages)("password"), type: "password", autocomplete: "current-password", problem: problems["current_password"], isOneOfSeveral: true })}
${newPasswordFields(c, problems, "replace")}`,
})}
${forgotLink ? html`<p class="after">${t("forgot", { link: forgotLink })}</p>` : ""}
${removalOffer(c)}`,
  };
}
