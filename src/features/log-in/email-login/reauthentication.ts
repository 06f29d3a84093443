/** Re-authenticates users without a password by a code in an email. */
import { waysBack } from "../../../core/credentials/ways-back.ts";
import { reserveOwnEmail } from "../../../core/mail/email-limits.ts";
import { browserDetails, emailWords, sendEmail } from "../../../core/mail/emails.ts";
import { isCodePending, issueToken, redeemCode } from "../../../core/one-time-tokens/one-time-tokens.ts";
import { withReservation } from "../../../core/rate-limits/rate-limits.ts";
import { inTransaction } from "../../../core/services.ts";
import { recordWrongProof, reserveProof } from "../../../core/sign-in/proof-limit.ts";
import { type AccountRow, findUserById, hasPassword } from "../../../core/users/users.ts";
import type { Context, FormError, FormState, Verified } from "../../../http/context.ts";
import { messages as formMessages } from "../../../http/forms/form.messages.ts";
import { tooManyAttempts } from "../../../http/forms/form.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { say, translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { wantsJson } from "../../../http/response/respond.ts";
import { type MessageReference, message } from "../../../i18n/messages.ts";
import { field } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import { hasRefused } from "./choice.ts";
import { messages as emailMessages } from "./email-login.emails.messages.ts";
import { messages } from "./email-login.messages.ts";
import { isOffered } from "./offered.ts";
import { confirmField, confirmToken } from "./purposes.ts";

/**
 * For accounts without a password, whose first factor is email. Downgrade: an account with two-factor authentication confirms with a factor
 * of its own instead.
 */
export async function isEnrolled(c: Context): Promise<boolean> {
  const s = c.get("s");
  const account = await findUserById(s, requireVisitor(c).user.id);
  if (!account || hasPassword(account) || account.two_factor_since !== null || account.email_verified_at === null) return false;
  // Downgrade: where codes by email don't log in, only accounts of other providers confirm with one, unless they have a passkey.
  if (!isOffered(s)) {
    const { provider, held } = await waysBack(s, account.id);
    return provider && held === 0;
  }
  return !(await hasRefused(s, account.id));
}

/** Binds the code to this session. */
function browserOf(c: Context): string {
  return `session ${Buffer.from(requireVisitor(c).session.tokenHash).toString("base64url")}`;
}

function isPending(c: Context): Promise<boolean> {
  return isCodePending(c.get("s"), { purpose: confirmToken, userId: requireVisitor(c).user.id, browser: browserOf(c) });
}

/** The field for the code, or a button's text that sends one: a GET sends nothing. */
export async function input(c: Context, { problems }: FormState): Promise<Html> {
  const [t, shared] = [translator(c, messages), translator(c, formMessages)];
  if (!(await isPending(c)))
    return html`<p>${t("sendIntro", { email: html`<strong class="name">${requireVisitor(c).user.email}</strong>` })}</p>
<input type="hidden" name="${confirmField}" value="">`;
  return field({
    name: confirmField,
    label: t("codeLabel"),
    type: "code",
    autocomplete: "one-time-code",
    hint: shared("codeHint"),
    problem: problems[confirmField],
  });
}

/** Says what it does: the first press sends an email. */
export async function button(c: Context, isAlone: boolean): Promise<MessageReference> {
  if (!(await isPending(c))) return message(messages, "button");
  return message(messages, isAlone ? "continue" : "confirmWithCode");
}

export async function after(c: Context, { action, fields }: { action: string; fields: Html }): Promise<Html | undefined> {
  if (!(await isPending(c))) return undefined;
  const t = translator(c, messages);
  return html`<form method="post" action="${at(action)}" class="plain">
${fields}
<input type="hidden" name="${confirmField}" value="">
<p class="after">${t("sendAgainQuestion")} <button type="submit" class="as-link">${t("sendAgain")}</button></p>
</form>`;
}

/** Without a code, sends one. Guessing with a stolen session: all tries of the account count together (ASVS 6.6.3). */
export async function verify(c: Context, typed: unknown): Promise<Verified> {
  const account = await findUserById(c.get("s"), requireVisitor(c).user.id);
  if (!account) return { ok: false, refusal: wrong };
  if (typed === "") return { ok: false, refusal: await send(c, account) };
  const digits = String(typed).replaceAll(/[\s.\-–—\p{Default_Ignorable_Code_Point}]/gu, "");
  if (!/^\d{6}$/.test(digits))
    return { ok: false, refusal: { status: 422, code: "invalid", problems: { [confirmField]: message(formMessages, "enterCode") } } };
  const [s, info] = [c.get("s"), requestInfo(c)];
  const attempt = await reserveProof(s, `reauthentication ${account.id}`);
  if (!attempt.ok) return { ok: false, refusal: tooManyAttempts(attempt.retryAfterSeconds) };
  const work = inTransaction({ ...s, atCommit: undefined }, (tx) => redeemCode(tx, confirmToken, browserOf(c), digits));
  const row = await withReservation(s, attempt, work);
  if (row?.user_id === account.id && row.email === account.email) return { ok: true, attempt };
  await recordWrongProof(s, info, { userId: account.id, event: "reauthentication-failed", attempt });
  return { ok: false, refusal: wrong };
}

const wrong: FormError = { status: 401, code: "bad-credentials", problems: { [confirmField]: message(formMessages, "wrongCode") } };

async function send(c: Context, account: AccountRow): Promise<FormError> {
  const [s, info] = [c.get("s"), requestInfo(c)];
  const attempt = await reserveOwnEmail(s, info, account);
  if (!attempt.ok) return tooManyAttempts(attempt.retryAfterSeconds);
  await inTransaction({ ...s, atCommit: undefined }, async (tx) => {
    const { code } = await issueToken(tx, { purpose: confirmToken, userId: account.id, email: account.email, browser: browserOf(c) });
    const t = emailWords(tx, emailMessages, { to: account, info });
    const { siteName, baseUrl } = tx.settings;
    const content = {
      kind: "confirm-code",
      subject: t("email.confirm.subject", { siteName }),
      paragraphs: [t("email.confirm.intro"), t("email.never")],
      code,
      details: [{ label: t("site"), value: new URL(baseUrl).host }, ...(await browserDetails(tx, account, info))],
      after: [t("email.confirm.expiry")],
      reason: t("email.confirm.reason", { siteName }),
    };
    await sendEmail(tx, account, content, info);
  });
  const sentence = message(messages, "codeSent");
  if (wantsJson(c)) return { status: 403, code: "code-sent", message: say(c, sentence) };
  flash(c, "info", sentence);
  return { status: 403, code: "code-sent" };
}
