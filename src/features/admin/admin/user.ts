/** Shows administrators one user, and runs their actions on the account. */

import { disableUser, enableUser, endSessionsByAdmin, verifyEmailByAdmin } from "../../../core/account/admin-actions.ts";
import { listEvents, recordEvent } from "../../../core/audit/log.ts";
import { deviceName } from "../../../core/device-name.ts";
import { listEmails } from "../../../core/mail/outbox.ts";
import { actingAs, type RequestInfo } from "../../../core/request-info.ts";
import { inTransaction, recoveryPath, type Services } from "../../../core/services.ts";
import { type ListedSession, listSessions } from "../../../core/sessions/session-list.ts";
import { toUserDetails, usernamesOf } from "../../../core/users/directory.ts";
import { grantRole, isRole, revokeRole } from "../../../core/users/roles.ts";
import { type AccountRow, findUserById, toUser } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { say, translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerError, answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { message, type PlainKey } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import { errorSummary, field } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./admin.messages.ts";
import { eventRow, timeOf } from "./event-row.ts";

const eventsShown = 20;

/** By the value of the form's `act`. `run` returns whether anything changed. */
const actions: Readonly<
  Record<
    string,
    { readonly done: PlainKey<typeof messages.texts>; readonly run: (s: Services, user: AccountRow, by: Administrator) => Promise<boolean> }
  >
> = {
  disable: { done: "disabled", run: (s, { id }, by) => disableUser(s, id, by) },
  enable: { done: "enabled", run: (s, { id }, by) => enableUser(s, id, by) },
  "end-sessions": { done: "sessionsEnded", run: async (s, { id }, by) => (await endSessionsByAdmin(s, id, by)) > 0 },
  "verify-email": { done: "verified", run: (s, { id }, by) => verifyEmailByAdmin(s, id, by) },
  "send-reset": { done: "resetSent", run: sendReset },
  grant: { done: "roleAdded", run: (s, { id }, by) => grantRole(s, id, by.role, by) },
  revoke: { done: "roleRemoved", run: (s, { id }, by) => revokeRole(s, id, by.role, by) },
};

/** Without the administrator's IP and user agent, which the account's owner could read in the audit log. */
interface Administrator extends RequestInfo {
  readonly role: string;
}

export async function act(c: Context, typed: { id: string; act: string; role: string }): Promise<Response | FormError> {
  const s = c.get("s");
  const t = translator(c, messages);
  const { user: administrator } = requireVisitor(c);
  const [chosen, user] = [Object.hasOwn(actions, typed.act) ? actions[typed.act] : undefined, await findUserById(s, typed.id)];
  if (!chosen || !user) return { status: 422, code: "invalid", message: t("unknownAction") };
  const role = trimTyped(typed.role);
  if (typed.act === "grant" && !isRole(role)) {
    return { status: 422, code: "invalid", problems: { role: t("roleFormat") } };
  }
  // Lockout: the last administrator must not lose access to these pages.
  const isOwnAccess = user.id === administrator.id && (typed.act === "disable" || (typed.act === "revoke" && role === "admin"));
  if (isOwnAccess) return { status: 422, code: "own-account", message: t("ownAccount") };
  const changed = await chosen.run(s, user, { ...actingAs(administrator.id), role });
  if (wantsJson(c)) return answerJson(c, { changed });
  flash(c, changed ? "success" : "info", message(messages, changed ? chosen.done : "unchanged"));
  return redirect(c, `/admin/user?id=${user.id}`);
}

async function sendReset(s: Services, user: AccountRow, by: Administrator): Promise<boolean> {
  const { accountRecovery: recovery } = s.catalog;
  if (!recovery?.isAvailable(s)) return false;
  await inTransaction(s, async (tx) => {
    await recovery.sendEmail(tx, user, by);
    await recordEvent(tx, user.id, "reset-sent-by-admin", by);
  });
  return true;
}

export async function userPage(c: Context, form: FormState): Promise<Page | Response> {
  const s = c.get("s");
  const t = translator(c, messages);
  const id = c.req.query("id") ?? form.values["id"] ?? "";
  const row = await findUserById(s, id.slice(0, 100));
  if (!row) return answerError(c, 404, { code: "not-found", message: t("unknownUser") });
  const [sessions, events, emails] = [await listSessions(s, row.id), await listEvents(s, row.id, eventsShown), await listEmails(s, row.id)];
  const names = await usernamesOf(
    s,
    events.map(({ actor }) => actor),
  );
  const devices = await Promise.all(sessions.map(async ({ userAgent }) => say(c, await deviceName(userAgent))));
  const user = toUserDetails(row);
  return {
    title: user.username,
    hasErrors: form.message !== undefined || Object.keys(form.problems).length > 0,
    json: {
      user,
      sessions: sessions.map(withoutHash),
      events,
      emails,
      csrfToken: form.csrfToken,
    },
    body: html`${errorSummary(form)}
<h1 class="name">${user.username}</h1>
${accountState(c, row)}
${actionForms(c, row, form)}
<h2>${t("sessions")}</h2>
${sessions.length === 0 ? html`<p>${t("noSessions")}</p>` : html`<ol class="events">${sessions.map((session, i) => sessionRow(c, session, devices[i] ?? ""))}</ol>`}
<h2>${t("auditLog")}</h2>
${events.length === 0 ? html`<p>${t("noEvents")}</p>` : html`<ol class="events">${events.map((event) => eventRow(c, event, names))}</ol>`}
<h2>${t("pendingEmails")}</h2>
${emails.length === 0 ? html`<p>${t("noPendingEmails")}</p>` : html`<ol class="events">${emails.map((email) => emailRow(c, email))}</ol>`}
<p><a href="${at("/admin")}">${t("backToUsers")}</a></p>`,
  };
}

function withoutHash({ tokenHash: _, ...session }: ListedSession) {
  return session;
}

function accountState(c: Context, row: AccountRow): Html {
  const t = translator(c, messages);
  const time = timeOf(c);
  const line = (title: string, value: Html | string) => html`<div><dt>${title}</dt><dd class="name">${value}</dd></div>\n`;
  return html`<section class="card" aria-label="${t("state")}"><dl>
${line(t("email"), row.email)}
${line(t("emailVerified"), row.email_verified_at === null ? t("never") : time(row.email_verified_at))}
${line(t("created"), time(row.created_at))}
${line(t("lastLogin"), row.last_login_at === null ? t("never") : time(row.last_login_at))}
${row.password_failures === null ? line(t("password"), t("none")) : line(t("passwordFailures"), String(row.password_failures))}
${row.password_locked_at === null ? "" : line(t("passwordLocked"), time(row.password_locked_at))}
${row.compromised_at === null ? "" : line(t("compromiseReported"), time(row.compromised_at))}
${row.disabled_at === null ? "" : line(t("accountDisabled"), time(row.disabled_at))}
${row.erase_at === null ? "" : line(t("deletionDue"), time(row.erase_at))}
${line(t("accountId"), html`<code>${row.id}</code>`)}
</dl></section>`;
}

function actionForms(c: Context, row: AccountRow, { csrfToken, problems, values }: FormState): Html {
  const t = translator(c, messages);
  const button = (name: string, label: string, role = "") => html`<form method="post" action="${at("/admin/user")}" class="plain">
<input type="hidden" name="csrf_token" value="${csrfToken}"><input type="hidden" name="id" value="${row.id}">${role === "" ? "" : html`<input type="hidden" name="role" value="${role}">`}
<button type="submit" name="act" value="${name}" class="button secondary">${label}</button></form>`;
  const roles = toUser(row).roles;
  return html`<h2>${t("actions")}</h2>
<div class="acts">
${row.disabled_at === null ? button("disable", t("disable")) : button("enable", t("enable"))}
${button("end-sessions", t("endSessions"))}
${row.email_verified_at === null ? button("verify-email", t("verify")) : ""}
${recoveryPath(c.get("s")) === undefined ? "" : button("send-reset", t("sendReset"))}
${roles.map((role) => button("revoke", t("removeRole", { role }), role))}
</div>
<form method="post" action="${at("/admin/user")}" class="plain role">
<input type="hidden" name="csrf_token" value="${csrfToken}"><input type="hidden" name="id" value="${row.id}">
${field({ name: "role", label: t("addRoleLabel"), type: "text", autocomplete: "off", value: values["role"], problem: problems["role"], isOptional: true })}
<button type="submit" name="act" value="grant" class="button secondary">${t("addRole")}</button>
</form>`;
}

function sessionRow(c: Context, { ip, createdAt, lastSeenAt }: ListedSession, device: string): Html {
  const t = translator(c, messages);
  const time = timeOf(c);
  const times = { created: time(createdAt), seen: time(lastSeenAt) };
  return html`<li><strong>${device}</strong><span class="hint">${ip === "" ? t("sessionFromUnknown", times) : t("sessionFrom", { ip, ...times })}</span></li>`;
}

function emailRow(c: Context, { subject, createdAt, failedAt }: Awaited<ReturnType<typeof listEmails>>[number]): Html {
  const t = translator(c, messages);
  const time = timeOf(c);
  const state =
    failedAt === null
      ? t("queuedAt", { created: time(createdAt) })
      : t("queuedAndFailed", { created: time(createdAt), failed: time(failedAt) });
  return html`<li><strong>${subject ?? t("failedEmail")}</strong><span class="hint">${state}</span></li>`;
}
