/** Holds sessions of accounts that must still turn on two-factor authentication. */
import { isLostEmail } from "../../core/mail/lost-email.ts";
import { canSendEmail } from "../../core/mail/outbox.ts";
import { pageWith, type Services } from "../../core/services.ts";
import type { Visitor } from "../../core/sessions/session.ts";
import { type MessageReference, message } from "../../i18n/messages.ts";
import type { Context } from "../context.ts";
import { flash } from "../response/flash.ts";
import { answerError, answerJson, redirect } from "../response/respond.ts";
import { messages } from "./enrolment.messages.ts";
import { say } from "./locale.ts";
import { isNavigation } from "./navigation.ts";

/**
 * `allowed`: a held session may use the route. `unverified`: only while its email is not verified. `enrols`: it creates a factor. By default a
 * held session is refused.
 */
export type EnrolmentRule = "allowed" | "unverified" | "enrols" | undefined;

/** The options of a route that concern enrolment. */
export interface EnrolmentOptions {
  /** Whether a session that must still turn on two-factor authentication may use it, or only while its email is unverified. Default: false. */
  readonly whileEnrolling?: boolean | "unverified";
  /** Whether it creates a factor: an account that the policy covers proves its inbox first. Such a session may use it. */
  readonly enrols?: boolean;
}

export function enrolmentRuleOf({ whileEnrolling, enrols }: EnrolmentOptions): EnrolmentRule {
  if (enrols) return "enrols";
  if (whileEnrolling === "unverified") return "unverified";
  return whileEnrolling ? "allowed" : undefined;
}

/** Reads what the visitor's account must still do. Call it with a policy only: without one, nothing is loaded and nothing is read. */
export async function readEnrolment(c: Context, { user }: Visitor): Promise<void> {
  const s = c.get("s");
  const { enrolmentOf } = await import("../../core/two-factor/policy.ts");
  c.set("enrolment", await enrolmentOf(s, user));
}

/** Whether a session has no rights but to enrol. */
export async function isHeld(s: Services, { user }: Visitor): Promise<boolean> {
  if (s.settings.twoFactor.length === 0) return false;
  const { enrolmentOf } = await import("../../core/two-factor/policy.ts");
  return (await enrolmentOf(s, user))?.isOver === true;
}

/** Policy bypass: after the grace time a session gets nothing but the routes that enrol (ASVS 6.3.3). */
export function holdForEnrolment(c: Context, rule: EnrolmentRule): Response | undefined {
  const enrolment = c.get("enrolment");
  if (!enrolment) return undefined;
  if (rule === "enrols") return requireInbox(c);
  // Lockout: a mistyped email can be corrected, since enrolment needs its code.
  if (rule === "unverified" && enrolment.mayCorrectEmail) return undefined;
  return rule === "allowed" || !enrolment.isOver ? undefined : enrolmentRequired(c);
}

/** Redirects browsers to the page that turns two-factor authentication on; other clients get 403. */
export function enrolmentRequired(c: Context, { leadsBack = false }: { readonly leadsBack?: boolean } = {}): Response {
  const page = pageWith(c.get("s"), "two-factor");
  if (page === undefined) return answerError(c, 403, required);
  if (!isNavigation(c)) return refuse(c, required);
  // The page itself says so to a held session.
  if (!c.get("enrolment")) flash(c, "warning", required.message);
  return redirect(c, leadsBack ? leadingBack(c, page) : page);
}

/**
 * Account squatting: a factor of whoever signed up with a foreign email would keep the owner of the inbox out, also after a password reset
 * (GHSA-qq9h-g4jm-xgf3).
 */
export function verifiedEmailRequired(c: Context): Response | undefined {
  const due = emailStep(c);
  if (due === undefined) return undefined;
  if (!isNavigation(c)) return refuse(c, { code: "email-verification-required", message: due.text });
  flash(c, "info", due.text);
  return redirect(c, due.path);
}

interface EmailStep {
  /** Of the page that does it, which leads back to this one if it can. */
  readonly path: string;
  readonly text: MessageReference;
  readonly action: MessageReference;
}

/** What the account must do with its email before it adds a way to log in: verify it, or add one if it has none. */
export function emailStep(c: Context): EmailStep | undefined {
  const [s, user] = [c.get("s"), c.get("visitor")?.user];
  const verification = pageWith(s, "email-verification");
  if (!user || user.emailVerifiedAt !== null || verification === undefined) return undefined;
  const change = pageWith(s, "email-change");
  if (isLostEmail(user.email) && change !== undefined)
    return { path: change, text: message(messages, "addEmailFirst"), action: message(messages, "addEmail") };
  return { path: leadingBack(c, verification), text: message(messages, "verifyEmailFirst"), action: message(messages, "verifyEmail") };
}

/** Whether the session must enter a code from an email before its account gets a factor. */
export function isInboxDue(c: Context): boolean {
  const s = c.get("s");
  if (!c.get("enrolment") || pageWith(s, "two-factor") === undefined || !canSendEmail(s)) return false;
  const methods = c.get("visitor")?.session.methods ?? [];
  return !methods.includes("email-code") && !methods.includes("email-link");
}

/** Stolen password: a thief would enrol a factor of his own, so the account's inbox is asked for a code first (ASVS 6.4.1). */
function requireInbox(c: Context): Response | undefined {
  const page = pageWith(c.get("s"), "two-factor");
  if (page === undefined || !isInboxDue(c)) return undefined;
  if (!isNavigation(c)) return refuse(c, inboxRequired);
  return redirect(c, leadingBack(c, `${page}/verify`));
}

/** A path that leads back to this page once it is done. */
function leadingBack(c: Context, path: string): string {
  const { pathname, search } = new URL(c.req.url);
  return `${path}?next=${encodeURIComponent(pathname + search)}`;
}

const required = { code: "two-factor-required", message: message(messages, "twoFactorRequired") };
const inboxRequired = { code: "email-code-required", message: message(messages, "emailCodeRequired") };

function refuse(c: Context, { code, message }: { readonly code: string; readonly message: MessageReference }): Response {
  return answerJson(c, { error: { code, message: say(c, message) } }, 403);
}
