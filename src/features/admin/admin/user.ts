/** Shows administrators one user, and runs their actions on the account. */

import {
  disableUser,
  enableUser,
  endSessionsByAdmin,
  eraseByAdmin,
  resetTwoFactor,
  unlockUser,
  verifyEmailByAdmin,
} from "../../../core/account/admin-actions.ts";
import { readFactors } from "../../../core/account/factors.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { actingAs, type RequestInfo } from "../../../core/request-info.ts";
import { inTransaction, type Services } from "../../../core/services.ts";
import { listSessions } from "../../../core/sessions/session-list.ts";
import { grantRole, isRole, revokeRole } from "../../../core/users/roles.ts";
import { type AccountRow, findUserById, toUser } from "../../../core/users/users.ts";
import type { Context, FormError, FormState } from "../../../http/context.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { translator } from "../../../http/request/locale.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerError, answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { message, type PlainKey } from "../../../i18n/messages.ts";
import { trimTyped } from "../../../platform/typed-text.ts";
import type { Page } from "../../../ui/page.ts";
import { messages } from "./admin.messages.ts";
import { type AskedAct, askPage } from "./ask.ts";
import { listPath, userPath } from "./parts.ts";
import { userPage } from "./user.pages.ts";

/** Those that are done without a question first. */
const unasked = ["enable", "unlock", "cancel-recovery"] as const;
type Act = AskedAct | (typeof unasked)[number];

/** By the value of the form's `act`. `run` returns whether anything changed. */
const actions: Readonly<
  Record<
    Act,
    { readonly done: PlainKey<typeof messages.texts>; readonly run: (s: Services, user: AccountRow, by: Administrator) => Promise<boolean> }
  >
> = {
  disable: { done: "disabled", run: (s, { id }, by) => disableUser(s, id, by) },
  enable: { done: "enabled", run: (s, { id }, by) => enableUser(s, id, by) },
  unlock: { done: "unlocked", run: (s, { id }, by) => unlockUser(s, id, by) },
  delete: { done: "deleted", run: (s, { id }, by) => eraseByAdmin(s, id, by) },
  "end-sessions": { done: "sessionsEnded", run: async (s, { id }, by) => (await endSessionsByAdmin(s, id, by)) > 0 },
  "verify-email": { done: "verified", run: (s, { id }, by) => verifyEmailByAdmin(s, id, by) },
  "send-reset": { done: "resetSent", run: sendReset },
  "reset-two-factor": {
    done: "twoFactorReset",
    run: (s, { id }, { reason, passkeys, ...info }) => resetTwoFactor(s, id, { reason, passkeys, info }),
  },
  "cancel-recovery": {
    done: "recoveryCancelled",
    run: async (s, { id }, by) => (await s.catalog.factorRecovery?.cancel(s, id, by)) ?? false,
  },
  grant: { done: "roleAdded", run: (s, { id }, by) => grantRole(s, id, by.role, by) },
  revoke: { done: "roleRemoved", run: (s, { id }, by) => revokeRole(s, id, by.role, by) },
};

/** Without the administrator's IP and user agent, which the account's owner could read in the audit log. */
interface Administrator extends RequestInfo {
  readonly role: string;
  readonly reason: string;
  readonly passkeys: boolean;
}

interface Typed {
  readonly id: string;
  readonly act: string;
  readonly role: string;
  readonly reason: string;
  readonly passkeys: boolean;
}

export async function act(c: Context, typed: Typed): Promise<Response | FormError> {
  const s = c.get("s");
  const { user: administrator } = requireVisitor(c);
  const [name, user] = [actOf(typed.act), await findUserById(s, typed.id)];
  if (!name || !user) return { status: 422, code: "invalid", message: message(messages, "unknownAction") };
  const role = trimTyped(typed.role);
  const reason = trimTyped(typed.reason);
  const problem = problemOf(name, { role, isOwn: user.id === administrator.id });
  if (problem) return problem;
  if (name === "reset-two-factor" && reason === "")
    return { status: 422, code: "invalid", problems: { reason: message(messages, "reasonMissing") } };
  const { done, run } = actions[name];
  const changed = await run(s, user, { ...actingAs(administrator.id), role, reason, passkeys: typed.passkeys });
  if (wantsJson(c)) return answerJson(c, { changed });
  flash(c, changed ? "success" : "info", message(messages, changed ? done : "unchanged"));
  return redirect(c, name === "delete" ? listPath(c) : userPath(c, user.id));
}

function isAsked(name: Act): name is AskedAct {
  return !unasked.some((each) => each === name);
}

function actOf(text: string): Act | undefined {
  return Object.hasOwn(actions, text) ? (text as Act) : undefined;
}

function problemOf(name: Act, { role, isOwn }: { role: string; isOwn: boolean }): FormError | undefined {
  if (name === "grant" && !isRole(role)) {
    return { status: 422, code: "invalid", problems: { role: message(messages, role === "" ? "roleMissing" : "roleFormat") } };
  }
  // Lockout: the last administrator must not lose access to these pages.
  const isOwnAccess = isOwn && (name === "disable" || name === "delete" || (name === "revoke" && role === "admin"));
  // Stolen session: the settings ask for the factor itself where it is needed.
  if (isOwn && name === "reset-two-factor") return { status: 422, code: "own-account", message: message(messages, "ownTwoFactor") };
  return isOwnAccess ? { status: 422, code: "own-account", message: message(messages, "ownAccount") } : undefined;
}

async function sendReset(s: Services, user: AccountRow, by: Administrator): Promise<boolean> {
  const { accountRecovery: recovery } = s.catalog;
  if (!recovery?.isAvailable(s)) return false;
  await inTransaction(s, async (tx) => {
    await recovery.sendEmail(tx, user, by, { by: "owner" });
    await recordEvent(tx, user.id, "reset-sent-by-admin", by);
  });
  return true;
}

/** Asks before an action, and changes nothing. What cannot be asked for is shown on the user's page, with the problem. */
export async function askToAct(c: Context): Promise<Page | Response> {
  const s = c.get("s");
  const t = translator(c, messages);
  const name = actOf(c.req.query("act") ?? "");
  const account = await findUserById(s, (c.req.query("id") ?? "").slice(0, 100));
  if (!name || !isAsked(name) || !account) return answerError(c, 404, { code: "not-found", message: t("unknownAction") });
  const token = csrfToken(c);
  const role = trimTyped((c.req.query("new_role") || c.req.query("role")) ?? "");
  const problem = problemOf(name, { role, isOwn: account.id === requireVisitor(c).user.id });
  if (problem) {
    const text = t(role === "" ? "roleMissing" : "roleFormat");
    const own = t(name === "reset-two-factor" ? "ownTwoFactor" : "ownAccount");
    const state = problem.problems ? { problems: { new_role: text } } : { problems: {}, message: own };
    return userPage(c, { csrfToken: token, values: { id: account.id, new_role: role }, ...state });
  }
  // Misleading links: the question names only roles that the account has, or does not have yet.
  const isHeld = toUser(account).roles.includes(role);
  if ((name === "revoke" && !isHeld) || (name === "grant" && isHeld)) {
    flash(c, "info", message(messages, "unchanged"));
    return redirect(c, userPath(c, account.id));
  }
  const sessions = await listSessions(s, account.id);
  const question = { act: name, account, sessions: sessions.length, csrfToken: token, ...(role === "" ? {} : { role }) };
  return askPage(c, name === "reset-two-factor" ? { ...question, hasPasskeys: await hasPasskeys(s, account) } : question);
}

async function hasPasskeys(s: Services, account: AccountRow): Promise<boolean> {
  return (await readFactors(s, account)).passkeys.length > 0;
}

/** The user's page; after a reset without a reason, the question again with its problem. */
export async function showUser(c: Context, form: FormState): Promise<Page | Response> {
  const s = c.get("s");
  const { reason: problem } = form.problems;
  const account = problem === undefined ? undefined : await findUserById(s, (form.values["id"] ?? "").slice(0, 100));
  if (!account || problem === undefined) return userPage(c, form);
  const typed = { reason: form.values["reason"] ?? "", passkeys: isChecked(form.values["passkeys"] ?? ""), problem };
  const question = { act: "reset-two-factor", account, sessions: 0, csrfToken: form.csrfToken } as const;
  return askPage(c, { ...question, typed, hasPasskeys: await hasPasskeys(s, account) });
}

export function isChecked(value: boolean | string): boolean {
  return value === true || value === "on" || value === "true";
}
