/** Renders one user for administrators, in sections with their actions. */
import { hasFactors, readFactors } from "../../../core/account/factors.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { isLostEmail } from "../../../core/mail/lost-email.ts";
import { listEmails } from "../../../core/mail/outbox.ts";
import { recoveryPath, type Services } from "../../../core/services.ts";
import { type ListedSession, listSessions } from "../../../core/sessions/session-list.ts";
import type { AccountFactors, LinkedLogin, NamedFactor } from "../../../core/users/account-factors.ts";
import { toUserDetails, usernamesOf } from "../../../core/users/directory.ts";
import { listRoles } from "../../../core/users/roles.ts";
import { type AccountRow, findUserById } from "../../../core/users/users.ts";
import type { Context, FormState } from "../../../http/context.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { translator } from "../../../http/request/locale.ts";
import { deviceOf, eventList, eventRow, sessionRow, shownEmail } from "../../../http/response/account-rows.ts";
import { answerError } from "../../../http/response/respond.ts";
import { recentTime } from "../../../http/response/times.ts";
import { lazy } from "../../../platform/lazy.ts";
import { badge, panel, row } from "../../../ui/components.ts";
import { errorSummary } from "../../../ui/fields.ts";
import { at, type Html, html, type Renderable } from "../../../ui/html.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./admin.messages.ts";
import { type AskedAct, askDialog, askLink, dialogId, type Question } from "./ask.ts";
import { actorName, breadcrumb, choice, listQuery, type Names, tabs, textFilter, timeOf, userPath } from "./parts.ts";
import { badges } from "./users.pages.ts";

// Loaded where `PROVIDERS` is not empty.
const identities = lazy(() => import("../../../core/identities/identities.ts")).get;

const eventsShown = 20;

export async function userPage(c: Context, form: FormState): Promise<Page | Response> {
  const s = c.get("s");
  const t = translator(c, messages);
  const id = c.req.query("id") ?? form.values["id"] ?? "";
  const account = await findUserById(s, id.slice(0, 100));
  if (!account) return answerError(c, 404, { code: "not-found", message: t("unknownUser") });
  const [sessions, events, emails] = [
    await listSessions(s, account.id),
    await listEvents(s, account.id, eventsShown),
    await listEmails(s, account.id),
  ];
  const names = await usernamesOf(
    s,
    events.map(({ actor }) => actor),
  );
  const user = toUserDetails(account);
  const logins = s.settings.providers.length > 0 ? await (await identities()).listIdentities(s, account.id) : [];
  const emailLogin = await emailLoginOf(s, account);
  const factors = hasFactors(s) ? await readFactors(s, account) : undefined;
  const shown: Shown = {
    account,
    user,
    form,
    asks: new Asks(c, account, {
      sessions: sessions.length,
      hasPasskeys: (factors?.passkeys.length ?? 0) > 0,
      csrfToken: form.csrfToken,
    }),
    isOwn: account.id === requireVisitor(c).user.id,
  };
  const sections = [
    profile(c, shown),
    waysIn(c, shown, { logins, emailLogin }),
    ...(factors === undefined ? [] : [twoFactorPanel(c, shown, factors)]),
    rolesPanel(c, shown, await listRoles(s)),
    await sessionsPanel(c, shown, sessions),
    await activity(c, { id: account.id, events, names }),
    ...(emails.length === 0 ? [] : [pendingEmails(c, emails)]),
    dangerZone(c, shown),
  ];
  return {
    title: user.username,
    width: "wide",
    hasErrors: form.message !== undefined || Object.keys(form.problems).length > 0,
    json: {
      user,
      ...(factors === undefined ? {} : { factors }),
      ...(s.settings.providers.length > 0 ? { logins } : {}),
      ...(emailLogin === undefined ? {} : { emailLogin }),
      sessions: sessions.map(withoutHash),
      events,
      emails,
      csrfToken: form.csrfToken,
    },
    body: html`${errorSummary(form)}
${tabs(c, "users", "true")}
${breadcrumb(c)}
<h1><span class="name">${user.username}</span> ${badges(c, user)}</h1>
${sections}
${shown.asks.dialogs()}
<script type="module" src="${c.get("site").assets.url("dialog.js")}"></script>`,
  };
}

function withoutHash({ tokenHash: _, ...session }: ListedSession) {
  return session;
}

interface Shown {
  readonly account: AccountRow;
  readonly user: ReturnType<typeof toUserDetails>;
  readonly form: FormState;
  readonly asks: Asks;
  /** Whether it is the administrator's own account. */
  readonly isOwn: boolean;
}

/** The questions of a page: each link to one has its dialog. */
class Asks {
  readonly #c: Context;
  readonly #common: Omit<Question, "act" | "role">;
  readonly #asked: Question[] = [];

  constructor(c: Context, account: AccountRow, common: Pick<Question, "sessions" | "hasPasskeys" | "csrfToken">) {
    this.#c = c;
    this.#common = { account, ...common };
  }

  link(act: AskedAct, text: string, { role, isDanger = false }: { role?: string; isDanger?: boolean } = {}): Html {
    return askLink(this.#c, this.#add(act, role), text, isDanger);
  }

  /** The dialog of a form that chooses the role. */
  form(act: AskedAct): string {
    return dialogId(this.#add(act, undefined));
  }

  dialogs(): Html {
    return html`${this.#asked.map((question) => askDialog(this.#c, question))}`;
  }

  #add(act: AskedAct, role: string | undefined): Question {
    const question: Question = { ...this.#common, act, ...(role === undefined ? {} : { role }) };
    this.#asked.push(question);
    return question;
  }
}

function profile(c: Context, { account, user, form, asks }: Shown): Html {
  const t = translator(c, messages);
  const time = timeOf(c);
  const name = (text: string) => html`<span class="name">${text}</span>`;
  const isVerified = account.email_verified_at !== null;
  return panel({
    title: t("profile"),
    body: [
      row({ label: t("username"), value: name(user.username) }),
      account.display_name === null ? "" : row({ label: t("displayName"), value: name(user.displayName) }),
      row({
        label: t("email"),
        value:
          isVerified || isLostEmail(user.email) ? shownEmail(c, user.email) : html`${name(user.email)} ${badge("warn", t("notVerified"))}`,
        hint: account.email_verified_at === null ? undefined : t("verifiedSince", { when: time(account.email_verified_at) }),
        action: isVerified || isLostEmail(user.email) ? undefined : asks.link("verify-email", t("verify")),
      }),
      row({ label: t("created"), value: time(account.created_at) }),
      row({ label: t("lastLogin"), value: account.last_login_at === null ? t("never") : recentTime(c, account.last_login_at) }),
      row({ label: t("accountId"), value: html`<code>${account.id}</code>` }),
      ...statesOf(c, account).map((state) => row({ label: t("status"), value: state })),
      account.compromised_at === null
        ? ""
        : row({
            label: t("status"),
            value: t("compromisedSince", { when: time(account.compromised_at) }),
            hint: t("unlockHint"),
            action: actionForm(c, { account, form, act: "unlock", text: t("unlock") }),
          }),
    ],
  });
}

/** What the badges say, with its time. */
function statesOf(c: Context, { disabled_at, erase_at }: AccountRow): (Html | string)[] {
  const t = translator(c, messages);
  const time = timeOf(c);
  return [
    ...(disabled_at === null ? [] : [t("disabledSince", { when: time(disabled_at) })]),
    ...(erase_at === null ? [] : [t("deletionDue", { when: time(erase_at) })]),
  ];
}

type EmailLogin = "on" | "unverified" | "off" | undefined;

/** Whether a code by email logs the account in; undefined where the site offers none. */
async function emailLoginOf(s: Services, { id, email_verified_at }: AccountRow): Promise<EmailLogin> {
  const way = s.catalog.waysIn.find(({ isInbox, isOffered }) => isInbox && (isOffered?.(s) ?? true));
  if (way === undefined) return undefined;
  if ((await way.count(s, id)) > 0) return "on";
  return email_verified_at === null ? "unverified" : "off";
}

interface OtherWays {
  readonly logins: readonly LinkedLogin[];
  readonly emailLogin: EmailLogin;
}

function waysIn(c: Context, { account, asks }: Shown, { logins, emailLogin }: OtherWays): Html | "" {
  const t = translator(c, messages);
  const time = timeOf(c);
  const { password_changed_at: changedAt, password_locked_at: lockedAt, password_failures: failures } = account;
  const hasPasswords = c.get("s").settings.passwords === "on";
  if (!hasPasswords && logins.length === 0 && emailLogin === undefined) return "";
  const hints = [
    ...(lockedAt === null ? [] : [t("passwordLockedSince", { when: time(lockedAt) })]),
    ...(failures ? [t("failedLogins", { count: failures })] : []),
  ];
  return panel({
    title: t("waysIn"),
    body: [
      ...(hasPasswords
        ? [
            row({
              label: t("password"),
              value: changedAt === null ? t("none") : t("passwordSince", { when: time(changedAt) }),
              hint: hints.length === 0 ? undefined : inLines(hints),
              action:
                recoveryPath(c.get("s")) === undefined || isLostEmail(account.email) ? undefined : asks.link("send-reset", t("sendReset")),
            }),
          ]
        : []),
      ...(emailLogin === undefined ? [] : [row({ label: t("emailLogin"), value: t("emailLoginState", { state: emailLogin }) })]),
      ...logins.map((login) => loginRow(c, login)),
    ],
  });
}

function loginRow(c: Context, { provider, email, isEmailVouched, subject, createdAt, confirmedAt, lastUsedAt }: LinkedLogin): Html {
  const t = translator(c, messages);
  const created = recentTime(c, createdAt);
  const configured = c.get("s").settings.providers.find(({ id }) => id === provider);
  const name = configured?.name ?? provider;
  const hints = [
    email === null || isEmailVouched ? [] : t("loginEmailUnconfirmed", { provider: name }),
    lastUsedAt === null ? t("factorUnused", { created }) : t("factorUsed", { created, used: recentTime(c, lastUsedAt) }),
    configured?.trustAmr ? (confirmedAt === null ? t("loginUnconfirmed") : t("loginConfirmed", { when: recentTime(c, confirmedAt) })) : [],
  ].flat();
  return row({
    label: name,
    value: html`<span class="name">${email ?? subject}</span>`,
    hint: hints.map((hint, i) => html`${i === 0 ? "" : html`<br>`}${hint}`),
  });
}

function twoFactorPanel(c: Context, { account, form, asks, isOwn }: Shown, factors: AccountFactors): Html {
  const t = translator(c, messages);
  const { twoFactorSince: since, recoveryUntil, authenticators, recoveryCodes, trustedDevices, passkeys } = factors;
  const named = (label: string, { name, createdAt, lastUsedAt }: NamedFactor, more: Html | "" = "") => {
    const created = recentTime(c, createdAt);
    return row({
      label,
      value: html`<span class="name">${name}</span>${more}`,
      hint: lastUsedAt === null ? t("factorUnused", { created }) : t("factorUsed", { created, used: recentTime(c, lastUsedAt) }),
    });
  };
  return panel({
    title: t("factors"),
    body: [
      row({ label: t("status"), value: since === null ? t("twoFactorIsOff") : t("twoFactorOnSince", { when: timeOf(c)(since) }) }),
      ...(recoveryUntil === null
        ? []
        : [
            row({
              label: t("recovery"),
              value: t("recoveryUntil", { when: timeOf(c)(recoveryUntil) }),
              hint: t("recoveryHint"),
              action: actionForm(c, { account, form, act: "cancel-recovery", text: t("cancelRecovery") }),
            }),
          ]),
      ...authenticators.map((each) => named(t("authenticator"), each)),
      ...passkeys.map((each) => named(t("passkey"), each, each.isSynced ? html` ${badge("neutral", t("synced"))}` : "")),
      ...(since === null ? [] : [row({ label: t("recoveryCodes"), value: t("codesLeft", { count: recoveryCodes }) })]),
      ...(trustedDevices === 0 ? [] : [row({ label: t("trustedDevices"), value: String(trustedDevices) })]),
      ...(isOwn || (since === null && passkeys.length === 0)
        ? []
        : [
            row({
              value: t("resetTwoFactor"),
              hint: t("resetTwoFactorHint"),
              action: asks.link("reset-two-factor", t("resetTwoFactor"), { isDanger: true }),
            }),
          ]),
    ],
  });
}

function rolesPanel(c: Context, { account, user, form, asks, isOwn }: Shown, known: readonly string[]): Html {
  const t = translator(c, messages);
  const rows = user.roles.map((role) =>
    row({
      value: badge("neutral", role),
      action: isOwn && role === "admin" ? undefined : asks.link("revoke", t("removeRole"), { role }),
    }),
  );
  const others = [...new Set(["admin", ...known])].filter((role) => !user.roles.includes(role));
  const list = listQuery(c);
  const value = form.values["new_role"] ?? form.values["role"] ?? "";
  const problem = form.problems["new_role"] ?? form.problems["role"];
  const { field, note } = textFilter({ name: "new_role", label: t("newRole"), value, hint: t("newRoleHint"), problem });
  return panel({
    title: t("roles"),
    body: html`${rows.length === 0 ? row({ value: t("noRoles") }) : rows}
<form method="get" action="${at("/admin/user/confirm")}" class="plain" data-dialog="${asks.form("grant")}">
<div class="toolbar">
${list === "" ? "" : html`<input type="hidden" name="list" value="${list}">\n`}<input type="hidden" name="id" value="${account.id}"><input type="hidden" name="act" value="grant">
${choice({ name: "role", label: t("roleLabel"), value: "", choices: [["", t("chooseRole")], ...others.map((role) => [role, role] as const)] })}
${field}
<button type="submit" class="button secondary">${t("addRole")}</button>
</div>
${note}
</form>`,
  });
}

async function sessionsPanel(c: Context, { asks }: Shown, sessions: readonly ListedSession[]): Promise<Html> {
  const t = translator(c, messages);
  const rows = await Promise.all(sessions.map(async (session) => sessionRow(c, { ...session, ...(await deviceOf(c, session.userAgent)) })));
  return panel({
    title: t("sessions"),
    body:
      sessions.length === 0
        ? row({ value: t("noSessions") })
        : [...rows, row({ value: "", action: asks.link("end-sessions", t("endSessions")) })],
  });
}

interface ActivityProps {
  readonly id: string;
  readonly events: Awaited<ReturnType<typeof listEvents>>;
  readonly names: Names;
}

async function activity(c: Context, { id, events, names }: ActivityProps): Promise<Html> {
  const t = translator(c, messages);
  const all = html`<a href="${at(`/admin/events?user=${id}`)}">${t("allActivity")}</a>`;
  const rows = await Promise.all(
    events.map(async (record) => {
      const by = record.actor ? t("eventBy", { actor: actorName(c, record.actor, names) }) : undefined;
      return eventRow(c, { ...record, ...(await deviceOf(c, record.userAgent)) }, by);
    }),
  );
  return panel({
    title: t("activity"),
    body: events.length === 0 ? row({ value: t("noActivity") }) : [eventList(rows), row({ value: all })],
  });
}

function inLines(lines: readonly Renderable[]): Renderable {
  return lines.map((line, i) => html`${i > 0 ? html`<br>` : ""}${line}`);
}

function pendingEmails(c: Context, emails: Awaited<ReturnType<typeof listEmails>>): Html {
  const t = translator(c, messages);
  const rows = emails.map(({ subject, createdAt, failedAt }) =>
    row({
      value: subject ?? t("failedEmail"),
      hint:
        failedAt === null
          ? t("queuedAt", { created: recentTime(c, createdAt) })
          : t("queuedAndFailed", { created: recentTime(c, createdAt), failed: recentTime(c, failedAt) }),
    }),
  );
  return panel({ title: t("pendingEmails"), body: rows });
}

interface ActionForm extends Pick<Shown, "account" | "form"> {
  readonly act: string;
  readonly text: string;
}

/** Of an action that is done without a question. */
function actionForm(c: Context, { account, form, act, text }: ActionForm): Html {
  return html`<form method="post" action="${at(userPath(c, account.id))}" class="plain">
<input type="hidden" name="csrf_token" value="${form.csrfToken}"><input type="hidden" name="id" value="${account.id}">
<button type="submit" name="act" value="${act}" class="button small secondary">${text}</button></form>`;
}

function dangerZone(c: Context, { account, form, asks, isOwn }: Shown): Html {
  const t = translator(c, messages);
  if (isOwn) return panel({ title: t("danger"), body: row({ value: t("ownAccountHint") }), isDanger: true });
  const enable = actionForm(c, { account, form, act: "enable", text: t("enable") });
  return panel({
    title: t("danger"),
    body: [
      account.disabled_at === null
        ? row({ value: t("disable"), hint: t("disableHint"), action: asks.link("disable", t("disable"), { isDanger: true }) })
        : row({ value: t("enable"), hint: t("enableHint"), action: enable }),
      row({ value: t("delete"), hint: t("deleteHint"), action: asks.link("delete", t("delete"), { isDanger: true }) }),
    ],
    isDanger: true,
  });
}
