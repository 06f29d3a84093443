/** Deletes an account, after a period in which logging in cancels it. */

import { z } from "zod";
import { pendingEmailReverts } from "../../../core/account/email-revert.ts";
import { eraseNow } from "../../../core/account/erasure.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { type GuardedChange, guardCredentialChange } from "../../../core/credentials/guard-change.ts";
import { revokeAllAccess } from "../../../core/credentials/revoke-access.ts";
import { emailWords, type MailContent, sendEmail, sendSecurityNotice } from "../../../core/mail/emails.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import { inTransaction, pageWith, type Transaction } from "../../../core/services.ts";
import { isLastAdmin } from "../../../core/users/roles.ts";
import { type UserRow, usernameKey } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { clearSession, requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { translator } from "../../../http/request/locale.ts";
import { answerJson, redirectWithFlash, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import { checkbox, errorSummary, field, postForm } from "../../../ui/fields.ts";
import { type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import type { Feature } from "../../feature.ts";
import { messages } from "./delete-account.messages.ts";

const fields = z.object({
  username: z.string().default("").transform(trimTyped),
  last_admin: z.union([z.string(), z.boolean()]).optional(),
});

export const deleteAccount: Feature = {
  name: "delete-account",
  messages: [messages],
  translations: [{ de: () => import("./delete-account.messages.de.ts"), ar: () => import("./delete-account.messages.ar.ts") }],
  events: eventsIn(messages),
  emails: { "deletion-requested": {}, "account-deleted": {} },
  openapi: {
    "/settings/delete": {
      post: {
        summary: "Schedule the deletion of the account, which logging in cancels",
        response: schema.object({ eraseAt: schema.instant }),
        example: { username: "ada" },
      },
    },
  },
  settingsPage: {
    group: "data",
    icon: "trash",
    action: "delete",
    path: "/settings/delete",
    title: message(messages, "title"),
    purpose: message(messages, "card.text"),
  },
  routes: (app) => {
    app.form("/settings/delete", { recentAuth: true, fields, keep: ["username", "last_admin"], show: deletePage, submit });
  },
};

async function submit(c: Context, { username, last_admin: isAware }: z.output<typeof fields>): Promise<Response | FormError> {
  const s = c.get("s");
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  if (username.length > 1_000 || usernameKey(username) !== usernameKey(user.username)) {
    return { status: 422, code: "invalid", problems: { username: t("wrongUsername") } };
  }
  if (isAware !== true && isAware !== "on" && (await isLastAdmin(s, user.id))) {
    return { status: 422, code: "last-admin", problems: { last_admin: t("confirmLastAdmin") } };
  }
  const eraseAt = s.now() + s.settings.deleteAfterMs;
  const isAtOnce = s.settings.deleteAfterMs === 0;
  const scheduled = await scheduleErasure(c, eraseAt);
  if (!scheduled.ok) return scheduled.refusal;
  if (isAtOnce) await eraseNow(s, user.id, (tx) => sendDeleted(tx, scheduled.user, requestInfo(c)));
  clearSession(c);
  if (wantsJson(c)) return answerJson(c, { eraseAt });
  const confirmation = isAtOnce ? message(messages, "deleted") : message(messages, "scheduled", { date: { instant: eraseAt } });
  const front = pageWith(s, "front");
  return redirectWithFlash(c, front === undefined ? s.settings.afterLogoutUrl : s.settings.mountPath + front, "info", confirmation);
}

type ErasureScheduled = { readonly ok: true; readonly user: UserRow } | { readonly ok: false; readonly refusal: FormError };

/** Marks the account, and ends all its sessions and links (ASVS 7.4.2). */
async function scheduleErasure(c: Context, eraseAt: number): Promise<ErasureScheduled> {
  const s = c.get("s");
  const read = await readActingUser(c);
  if (!read.ok) return read;
  const origin = requestInfo(c);
  const scheduled = await inTransaction(s, async (tx): Promise<GuardedChange> => {
    const allowed = await guardCredentialChange(tx, read.requester);
    if (!allowed.ok) return allowed;
    const { account } = allowed;
    await tx.db.updateTable("users").set({ erase_at: eraseAt }).where("id", "=", account.id).execute();
    await revokeAllAccess(tx, account.id);
    await recordEvent(tx, account.id, "deletion-requested", origin);
    if (s.settings.deleteAfterMs > 0) await sendScheduled(tx, account, origin, eraseAt);
    return allowed;
  });
  return scheduled.ok ? { ok: true, user: scheduled.account } : { ok: false, refusal: credentialRefusal(scheduled.reason) };
}

/** Account takeover: an intruder may have changed the email, so the emails that can still be restored are notified too. */
async function sendScheduled(tx: Transaction, user: UserRow, info: RequestInfo, eraseAt: number): Promise<void> {
  const t = emailWords(tx, messages, { to: user, info });
  const content: MailContent = {
    kind: "deletion-requested",
    subject: t("email.scheduled.subject"),
    paragraphs: [t("email.scheduled.intro", { date: { instant: eraseAt } }), t("email.scheduled.keep")],
  };
  await sendSecurityNotice(tx, user, info, content);
  for (const { email } of await pendingEmailReverts(tx, user.id))
    if (email !== user.email) await sendSecurityNotice(tx, { ...user, email }, info, content);
}

async function sendDeleted(tx: Transaction, user: UserRow, info: RequestInfo): Promise<void> {
  const t = emailWords(tx, messages, { to: user, info });
  const content: MailContent = {
    kind: "account-deleted",
    subject: t("email.deleted.subject"),
    paragraphs: [t("email.deleted.intro")],
    reason: t("email.deleted.reason", { siteName: tx.settings.siteName }),
  };
  await sendEmail(tx, { ...user, id: null }, content);
}

async function deletePage(c: Context, form: FormState): Promise<Page> {
  const { user } = requireVisitor(c);
  const t = translator(c, messages);
  const { deleteAfterMs } = c.get("s").settings;
  const isLast = await isLastAdmin(c.get("s"), user.id);
  const days = Math.max(1, Math.round(deleteAfterMs / 86_400_000));
  return {
    title: t("title"),
    width: "account",
    hasErrors: form.message !== undefined || Object.keys(form.problems).length > 0,
    body: html`${errorSummary(form)}
<h1>${t("title")}</h1>
<p class="lead">${deleteAfterMs === 0 ? t("immediate") : t("delayed", { days })}</p>
${postForm({
  action: "/settings/delete",
  csrfToken: form.csrfToken,
  button: t("submit"),
  isDangerous: true,
  body: html`${field({
    name: "username",
    label: t("username"),
    hint: String(t("typeUsername", { username: user.username })),
    type: "text",
    autocomplete: "off",
    value: form.values["username"],
    problem: form.problems["username"],
  })}${isLast ? lastAdminField(c, form) : ""}`,
})}`,
  };
}

function lastAdminField(c: Context, { problems, values }: FormState): Html {
  const t = translator(c, messages);
  return checkbox({
    name: "last_admin",
    label: t("lastAdmin"),
    hint: t("lastAdminHint"),
    checked: values["last_admin"] === "on",
    problem: problems["last_admin"],
  });
}
