/** Logs users in by a link in an email. */
import { z } from "zod";
import { recordEvent } from "../../../src/core/audit/log.ts";
import { mayReset, reserveCodeAttempt, reserveEmail } from "../../../src/core/mail/email-limits.ts";
import { emailWords, linkTo, sendEmail } from "../../../src/core/mail/emails.ts";
import { canSendEmail } from "../../../src/core/mail/outbox.ts";
import { findToken, issueToken, redeemToken } from "../../../src/core/one-time-tokens/one-time-tokens.ts";
import type { TokenPurpose } from "../../../src/core/one-time-tokens/token-purpose.ts";
import type { RequestInfo } from "../../../src/core/request-info.ts";
import { inTransaction, type Transaction } from "../../../src/core/services.ts";
import { type SignInResult, signIn } from "../../../src/core/sign-in/sign-in.ts";
import { findUserByEmail, findUserById, type UserRow } from "../../../src/core/users/users.ts";
import type { Feature } from "../../../src/features/feature.ts";
import type { Context, FormError, FormState } from "../../../src/http/context.ts";
import { tooManyAttempts } from "../../../src/http/forms/form.ts";
import { requestInfo } from "../../../src/http/request/build-request-info.ts";
import { clearLinkToken, emailFingerprint, readLinkToken, requireSameEmail } from "../../../src/http/request/link-token.ts";
import { translator } from "../../../src/http/request/locale.ts";
import { completeSignIn } from "../../../src/http/response/complete-sign-in.ts";
import { flash } from "../../../src/http/response/flash.ts";
import { answerError, answerJson, redirect, wantsJson } from "../../../src/http/response/respond.ts";
import { eventsIn, message } from "../../../src/i18n/messages.ts";
import { errorSummary, field, postForm } from "../../../src/ui/fields.ts";
import { html } from "../../../src/ui/html.ts";
import type { Page } from "../../../src/ui/page.ts";
import { messages } from "./email-link.messages.ts";

const linkToken: TokenPurpose = {
  name: "email-link",
  lifetimeMs: 15 * 60_000,
  landingPath: "/email-link/open",
  revokedBy: ["password-change", "email-change"],
};

export const emailLink: Feature = {
  name: "email-link",
  messages: [messages],
  events: eventsIn(messages),
  emails: { "email-link": { expiresWith: linkToken } },
  tokens: [linkToken],
  signInOption: { path: () => "/email-link", isOffered: canSendEmail, link: message(messages, "option.link") },
  routes: (app, s) => {
    if (!canSendEmail(s)) return;
    app.form("/email-link", {
      access: "public",
      fields: z.object({ email: z.string().default("") }),
      keep: ["email"],
      show: askPage,
      submit: (c, { email }) => ask(c, email),
    });
    app.form("/email-link/open", {
      access: "public",
      // JSON clients send the token; a browser that followed the link has it in a cookie.
      fields: z.object({ token: z.string().optional(), session: z.enum(["cookie", "token"]).default("cookie") }),
      keep: [],
      show: openPage,
      submit: async (c, data) => requireSameEmail(c, linkToken) ?? (await open(c, data)),
    });
  },
};

/** Account enumeration: the same response and the same work for every email (ASVS 6.3.8). */
async function ask(c: Context, email: string): Promise<Response | FormError> {
  const s = c.get("s");
  const info = requestInfo(c);
  if (email === "") return { status: 422, code: "invalid", problems: { email: translator(c, messages)("emailMissing") } };
  const attempt = await reserveEmail(s, info);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const maySend = await mayReset(s, info, email, await findUserByEmail(s, email));
  await inTransaction(s, async (tx) => {
    const user = await findUserByEmail(tx, email);
    await recordEvent(tx, user?.id ?? null, "email-link-requested", info);
    if (maySend) await sendLink(tx, user, info);
  });
  if (wantsJson(c)) return answerJson(c, { status: "check-email" }, 202);
  flash(c, "info", message(messages, "asked"));
  return redirect(c, "/email-link");
}

async function sendLink(tx: Transaction, user: UserRow | undefined, info: RequestInfo): Promise<void> {
  const to = user ?? { username: "", display_name: null, email: "" };
  const t = emailWords(tx, messages, { to: user, info });
  const { siteName } = tx.settings;
  const { token } = await issueToken(tx, { purpose: linkToken, userId: user?.id ?? "", email: to.email });
  await sendEmail(
    tx,
    { ...to, id: user?.id ?? null },
    {
      kind: "email-link",
      subject: t("email.subject", { siteName }),
      paragraphs: [t("email.intro", { siteName })],
      action: { text: t("email.action"), url: linkTo(tx, linkToken, token) },
      reason: t("email.reason"),
    },
  );
}

async function open(c: Context, data: { token?: string | undefined; session: "cookie" | "token" }): Promise<Response | FormError> {
  const s = c.get("s");
  const info = requestInfo(c);
  const attempt = await reserveCodeAttempt(s, info);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  const isBearer = data.session === "token" && wantsJson(c);
  const replaces = isBearer ? undefined : c.get("visitor")?.session;
  const result = await inTransaction(s, async (tx): Promise<SignInResult> => {
    const row = await redeemToken(tx, linkToken, data.token ?? readLinkToken(c, linkToken));
    const user = row && (await findUserById(tx, row.user_id));
    // A token is good for the email that it was sent to, and no other (CVE-2026-32700).
    if (!user || user.email !== row.email) return { ok: false, reason: "changed" };
    return signIn(tx, { user, methods: ["email-link"] }, { remember: false, info, isBearer, replaces });
  });
  clearLinkToken(c, linkToken);
  return result.ok || result.reason === "due" ? completeSignIn(c, result, { isBearer }) : deadLink(c);
}

function askPage(c: Context, form: FormState): Page {
  const t = translator(c, messages);
  const { values, problems, csrfToken } = form;
  const email = field({
    name: "email",
    label: t("email"),
    type: "email",
    autocomplete: "username",
    value: values["email"],
    problem: problems["email"],
  });
  return {
    title: t("title"),
    width: "narrow",
    hasErrors: form.message !== undefined || Object.keys(problems).length > 0,
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p>${t("intro")}</p>
${postForm({ action: "/email-link", csrfToken, button: t("send"), body: email })}`,
  };
}

async function openPage(c: Context, form: FormState): Promise<Page | Response> {
  const t = translator(c, messages);
  const row = await findToken(c.get("s"), linkToken, readLinkToken(c, linkToken));
  if (!row) return deadLink(c);
  return {
    title: t("openTitle"),
    width: "narrow",
    hasErrors: form.message !== undefined,
    body: html`${errorSummary(form)}
<h1>${t("openTitle")}</h1>
<p>${t("openIntro", { email: html`<strong class="name">${row.email}</strong>` })}</p>
${postForm({ action: "/email-link/open", csrfToken: form.csrfToken, button: t("open"), body: emailFingerprint(c, linkToken) })}`,
  };
}

function deadLink(c: Context): Response {
  return answerError(c, 410, { code: "dead-link", message: translator(c, messages)("dead") });
}
