/** Leaving: the account is erased, after some days in which logging in takes it back. */

import { z } from "zod";
import { pendingEmailReverts } from "../../../core/account/email-change.ts";
import { eraseAtOnce } from "../../../core/account/erasure.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { type GuardedChange, guardCredentialChange } from "../../../core/credentials/guard-change.ts";
import { revokeAllAccess } from "../../../core/credentials/revoke-access.ts";
import { type MailContent, sendEmail, sendSecurityNotice } from "../../../core/mail/emails.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import { inTransaction, type Transaction } from "../../../core/services.ts";
import { isLastAdmin } from "../../../core/users/roles.ts";
import { type UserRow, usernameKey } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { schema } from "../../../http/openapi-schemas.ts";
import { clearSession, requireVisitor } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/request-info.ts";
import { answerJson, redirectWithFlash, wantsJson } from "../../../http/response/respond.ts";
import { eventsIn, message } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import { instantInWords } from "../../../ui/date-time.ts";
import { checkbox, errorSummary, field, postForm } from "../../../ui/fields.ts";
import { at, html } from "../../../ui/html.ts";
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
  events: eventsIn(messages),
  emails: { "deletion-asked": {}, deleted: {} },
  openapi: {
    "/settings/delete": {
      post: {
        summary: "Have the account erased, after some days in which logging in takes it back",
        gives: schema.object({ eraseAt: schema.instant }),
        example: { username: "ada" },
      },
    },
  },
  settingsCard: { path: "/settings/delete", title: message(messages, "card.title"), text: () => message(messages, "card.text") },
  routes: (app) => {
    app.form("/settings/delete", { recentAuth: true, fields, keep: ["username", "last_admin"], show: deletePage, submit: leave });
  },
};

async function leave(c: Context, { username, last_admin: isAware }: z.output<typeof fields>): Promise<Response | FormError> {
  const s = c.get("s");
  const { user } = requireVisitor(c);
  if (username.length > 1_000 || usernameKey(username) !== usernameKey(user.username)) {
    return { status: 422, code: "invalid", problems: { username: "This is not your user name. Type it as it stands above." } };
  }
  if (isAware !== true && isAware !== "on" && (await isLastAdmin(s, user.id))) {
    return { status: 422, code: "last-admin", problems: { last_admin: "Confirm that nobody will be able to manage this site." } };
  }
  const eraseAt = s.now() + s.settings.deleteAfterMs;
  const isAtOnce = s.settings.deleteAfterMs === 0;
  const asked = await askToErase(c, eraseAt);
  if (!asked.ok) return asked.refusal;
  if (isAtOnce) await eraseAtOnce(s, user.id, (tx) => sendEmail(tx, { ...asked.user, id: null }, erasedWords));
  clearSession(c);
  if (wantsJson(c)) return answerJson(c, { eraseAt });
  const told = isAtOnce ? message(messages, "deleted") : message(messages, "scheduled", { date: { instant: eraseAt } });
  return redirectWithFlash(c, s.custom.without.has("home") ? s.settings.afterLogoutUrl : `${s.settings.mountPath}/`, "info", told);
}

type Asked = { readonly ok: true; readonly user: UserRow } | { readonly ok: false; readonly refusal: FormError };

/** Marks the account, and ends every session and every link at once: whoever is in it elsewhere is out (ASVS 7.4.2). */
async function askToErase(c: Context, eraseAt: number): Promise<Asked> {
  const s = c.get("s");
  const read = await readActingUser(c);
  if (!read.ok) return read;
  const origin = requestInfo(c);
  const asked = await inTransaction(s, async (tx): Promise<GuardedChange> => {
    const allowed = await guardCredentialChange(tx, read.asker);
    if (!allowed.ok) return allowed;
    const { account } = allowed;
    await tx.db.updateTable("users").set({ erase_at: eraseAt }).where("id", "=", account.id).execute();
    await revokeAllAccess(tx, account.id);
    await recordEvent(tx, account.id, "deletion-asked", origin);
    if (s.settings.deleteAfterMs > 0) await tellOfErasure(tx, account, origin, eraseAt);
    return allowed;
  });
  return asked.ok ? { ok: true, user: asked.account } : { ok: false, refusal: credentialRefusal(asked.reason) };
}

/** Also to the addresses that the account can still go back to: whoever changed the address may be the one who wants it erased. */
async function tellOfErasure(tx: Transaction, user: UserRow, origin: RequestInfo, eraseAt: number): Promise<void> {
  await sendSecurityNotice(tx, user, origin, noticeOf(eraseAt));
  for (const { email } of await pendingEmailReverts(tx, user.id))
    if (email !== user.email) await sendSecurityNotice(tx, { ...user, email }, origin, noticeOf(eraseAt));
}

const erasedWords: MailContent = {
  kind: "deleted",
  subject: "Your account is deleted",
  paragraphs: ["Your account and everything that was kept about you is erased, as you asked. This is the last letter."],
};

function noticeOf(eraseAt: number): MailContent {
  return {
    kind: "deletion-asked",
    subject: "Your account will be deleted",
    paragraphs: [
      `You asked to delete your account. Everything that is kept about you will be erased on ${instantInWords(eraseAt)}.`,
      "To keep the account, just log in before then.",
    ],
  };
}

async function deletePage(c: Context, form: FormState): Promise<Page> {
  const { user } = requireVisitor(c);
  const { deleteAfterMs } = c.get("s").settings;
  const isLast = await isLastAdmin(c.get("s"), user.id);
  const days = Math.max(1, Math.round(deleteAfterMs / 86_400_000));
  return {
    title: "Delete your account",
    width: "narrow",
    hasErrors: form.message !== undefined || Object.keys(form.problems).length > 0,
    body: html`${errorSummary(form)}
<h1>Delete your account</h1>
<p>You will be logged out everywhere, ${deleteAfterMs === 0 ? "and everything that is kept about you is erased at once. This cannot be undone." : `and in ${days} ${days === 1 ? "day" : "days"} everything that is kept about you is erased. Until then, logging in takes it all back; after that, nothing does.`}</p>
<p>To go on, type your user name: <strong class="name">${user.username}</strong></p>
${postForm({
  action: "/settings/delete",
  csrfToken: form.csrfToken,
  button: "Delete my account",
  isDangerous: true,
  body: html`${field({
    name: "username",
    label: "User name",
    type: "text",
    autocomplete: "off",
    value: form.values["username"],
    problem: form.problems["username"],
  })}${isLast ? lastAdminField(form) : ""}`,
})}
<p class="after"><a href="${at("/settings")}">Keep the account</a></p>`,
  };
}

function lastAdminField({ problems, values }: FormState) {
  return checkbox({
    name: "last_admin",
    label: "Delete it although I am the only administrator",
    hint: "Nobody will be able to manage this site from its pages. To avoid that, give someone else the role admin first.",
    checked: values["last_admin"] === "on",
    problem: problems["last_admin"],
  });
}
