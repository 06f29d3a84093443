/** One person, as an operator sees them: state, sessions, events, letters; and what an operator can do. Never a password. */

import { confirmByOperator, disableUser, enableUser, endSessionsByOperator } from "../../../core/account/admin-actions.ts";
import { listEvents, recordEvent } from "../../../core/audit/log.ts";
import { deviceName } from "../../../core/device-name.ts";
import { listEmails } from "../../../core/mail/outbox.ts";
import { actingAs, type RequestInfo } from "../../../core/request-info.ts";
import { inTransaction, recoveryPath, type Services } from "../../../core/services.ts";
import { type ListedSession, listSessions } from "../../../core/sessions/session-list.ts";
import { usernamesOf } from "../../../core/users/admin-lists.ts";
import { grantRole, isRole, revokeRole } from "../../../core/users/roles.ts";
import { type AccountRow, findUserById, toUser } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { say } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerError, answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import { instant } from "../../../ui/date-time.ts";
import { errorSummary } from "../../../ui/fields.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./admin.messages.ts";
import { eventRow } from "./event-row.ts";

const eventsShown = 20;

/** Each act by its name: what it does, and what is said when it is done. False where nothing changed. */
const acts: Readonly<
  Record<
    string,
    { readonly done: keyof typeof messages.texts; readonly run: (s: Services, user: AccountRow, by: Operator) => Promise<boolean> }
  >
> = {
  disable: { done: "disabled", run: (s, { id }, by) => disableUser(s, id, by) },
  enable: { done: "enabled", run: (s, { id }, by) => enableUser(s, id, by) },
  "end-sessions": { done: "sessionsEnded", run: async (s, { id }, by) => (await endSessionsByOperator(s, id, by)) > 0 },
  confirm: { done: "verified", run: (s, { id }, by) => confirmByOperator(s, id, by) },
  "send-reset": { done: "resetSent", run: sendReset },
  grant: { done: "roleAdded", run: (s, { id }, by) => grantRole(s, id, by.role, by) },
  revoke: { done: "roleRemoved", run: (s, { id }, by) => revokeRole(s, id, by.role, by) },
};

/** Without the administrator's IP and user agent, which the account's owner could read in the audit log. */
interface Operator extends RequestInfo {
  readonly role: string;
}

export async function act(c: Context, typed: { id: string; act: string; role: string }): Promise<Response | FormError> {
  const s = c.get("s");
  const { user: operator } = requireVisitor(c);
  const [chosen, user] = [Object.hasOwn(acts, typed.act) ? acts[typed.act] : undefined, await findUserById(s, typed.id)];
  if (!chosen || !user) return { status: 422, code: "invalid", message: "There is no such account, or nothing of that kind to do." };
  const role = trimTyped(typed.role);
  if (typed.act === "grant" && !isRole(role)) {
    return { status: 422, code: "invalid", problems: { role: "Use 1 to 40 small letters, digits and hyphens." } };
  }
  // Whoever shuts themselves out may be the last who could open the door.
  const isOwnEnd = user.id === operator.id && (typed.act === "disable" || (typed.act === "revoke" && role === "admin"));
  if (isOwnEnd) return { status: 422, code: "own-account", message: "This would shut you out yourself. Ask another operator to do it." };
  const changed = await chosen.run(s, user, { ...actingAs(operator.id), role });
  if (wantsJson(c)) return answerJson(c, { changed });
  flash(c, changed ? "success" : "info", message(messages, changed ? chosen.done : "unchanged"));
  return redirect(c, `/admin/person?id=${user.id}`);
}

async function sendReset(s: Services, user: AccountRow, by: Operator): Promise<boolean> {
  const { accountRecovery: recovery } = s.catalog;
  if (!recovery?.isAvailable(s)) return false;
  await inTransaction(s, async (tx) => {
    await recovery.sendEmail(tx, user);
    await recordEvent(tx, user.id, "reset-sent-by-operator", by);
  });
  return true;
}

export async function personPage(c: Context, form: FormState): Promise<Page | Response> {
  const s = c.get("s");
  const id = c.req.query("id") ?? form.values["id"] ?? "";
  const row = await findUserById(s, id.slice(0, 100));
  if (!row) return answerError(c, 404, { code: "not-found", message: "There is no such account." });
  const [sessions, events, letters] = [
    await listSessions(s, row.id),
    await listEvents(s, row.id, eventsShown),
    await listEmails(s, row.id),
  ];
  const names = await usernamesOf(
    s,
    events.map(({ actor }) => actor),
  );
  const devices = await Promise.all(sessions.map(async ({ userAgent }) => say(c, await deviceName(userAgent))));
  const user = toUser(row);
  return {
    title: user.username,
    hasErrors: form.message !== undefined || Object.keys(form.problems).length > 0,
    json: {
      user: { ...user, disabledAt: row.disabled_at },
      sessions: sessions.map(toldSession),
      events,
      letters,
      csrfToken: form.csrfToken,
    },
    body: html`${errorSummary(form)}
<h1 class="name">${user.username}</h1>
${stateOf(row)}
${whatToDo(row, form, recoveryPath(s) !== undefined)}
<h2>Sessions</h2>
${sessions.length === 0 ? html`<p>None.</p>` : html`<ol class="events">${sessions.map((session, i) => sessionRow(session, devices[i] ?? ""))}</ol>`}
<h2>What happened</h2>
${events.length === 0 ? html`<p>Nothing.</p>` : html`<ol class="events">${events.map((event) => eventRow(event, names))}</ol>`}
<h2>Letters on their way</h2>
${letters.length === 0 ? html`<p>None.</p>` : html`<ol class="events">${letters.map(({ subject, createdAt, failedAt }) => html`<li><strong>${subject ?? "A letter that failed"}</strong><span class="hint">${instant(createdAt)}${failedAt === null ? "" : html`, given up ${instant(failedAt)}`}</span></li>`)}</ol>`}
<p><a href="${at("/admin")}">Back to all people</a></p>`,
  };
}

function toldSession({ tokenHash: _, ...session }: ListedSession) {
  return session;
}

function stateOf(row: AccountRow): Html {
  const line = (title: string, value: Html | string) => html`<div><dt>${title}</dt><dd class="name">${value}</dd></div>\n`;
  return html`<section class="card" aria-label="State"><dl>
${line("E-mail", row.email)}
${line("Confirmed", row.email_verified_at === null ? "Not yet" : instant(row.email_verified_at))}
${line("Member since", instant(row.created_at))}
${line("Last login", row.last_login_at === null ? "Not yet" : instant(row.last_login_at))}
${row.password_failures === null ? line("Password", "None") : line("Wrong passwords in a row", String(row.password_failures))}
${row.password_locked_at === null ? "" : line("Password set aside", instant(row.password_locked_at))}
${row.compromised_at === null ? "" : line("Reported by its owner", instant(row.compromised_at))}
${row.disabled_at === null ? "" : line("Shut", instant(row.disabled_at))}
${row.erase_at === null ? "" : line("Will be erased", instant(row.erase_at))}
${line("Account ID", html`<code>${row.id}</code>`)}
</dl></section>`;
}

function whatToDo(row: AccountRow, { csrfToken, problems, values }: FormState, canWrite: boolean): Html {
  const button = (name: string, words: string, role = "") => html`<form method="post" action="${at("/admin/person")}" class="plain">
<input type="hidden" name="csrf_token" value="${csrfToken}"><input type="hidden" name="id" value="${row.id}">${role === "" ? "" : html`<input type="hidden" name="role" value="${role}">`}
<button type="submit" name="act" value="${name}" class="button secondary">${words}</button></form>`;
  const roles = toUser(row).roles;
  const problem = problems["role"];
  return html`<h2>What you can do</h2>
<div class="acts">
${row.disabled_at === null ? button("disable", "Shut the account") : button("enable", "Open the account again")}
${button("end-sessions", "Log out every device")}
${row.email_verified_at === null ? button("confirm", "Count the address as confirmed") : ""}
${canWrite ? button("send-reset", "Send a letter for a new password") : ""}
${roles.map((role) => button("revoke", `Take the role ${role}`, role))}
</div>
<form method="post" action="${at("/admin/person")}" class="plain role">
<input type="hidden" name="csrf_token" value="${csrfToken}"><input type="hidden" name="id" value="${row.id}">
<div class="field${problem ? " wrong" : ""}"><label for="role">Give a role</label>
${problem ? html`<p class="problem" id="role-problem"><span class="for-ears">Error:</span> ${problem}</p>` : ""}
<input id="role" name="role" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" value="${values["role"] ?? ""}"${problem ? html` aria-invalid="true" aria-describedby="role-problem"` : ""}></div>
<button type="submit" name="act" value="grant" class="button secondary">Give it</button>
</form>`;
}

function sessionRow({ ip, createdAt, lastSeenAt }: ListedSession, device: string): Html {
  return html`<li><strong>${device}</strong><span class="hint">from ${ip === "" ? "an unknown address" : ip} · since ${instant(createdAt)}, last used ${instant(lastSeenAt)}</span></li>`;
}
