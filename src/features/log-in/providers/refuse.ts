/** Leads back to the login page after a refused login, with a sentence. */
import { recordEvent } from "../../../core/audit/log.ts";
import type { Provider, ProviderRefusal } from "../../../core/providers/provider.ts";
import { inTransaction } from "../../../core/services.ts";
import type { Context } from "../../../http/context.ts";
import { reauthenticationPath } from "../../../http/forms/reauthenticate.ts";
import { loginPath } from "../../../http/request/authenticate.ts";
import { requestInfo } from "../../../http/request/build-request-info.ts";
import { flash } from "../../../http/response/flash.ts";
import { answerError, redirect, redirectTo, wantsJson } from "../../../http/response/respond.ts";
import { type MessageReference, message } from "../../../i18n/messages.ts";
import type { KeptAttempt } from "./attempts.ts";
import { messages } from "./providers.messages.ts";

export type Refusal =
  | ProviderRefusal
  | "misconfigured"
  | "closed"
  | "no-email"
  | "blocked"
  | "unverified"
  | "taken"
  | "too-many"
  | "not-linked"
  | "not-recent"
  | "limited"
  | "logged-out";

interface Refused {
  readonly reason: Refusal;
  /** For the log; no secrets. */
  readonly detail?: string | undefined;
  /** Undefined if this browser has not started a login: nothing is recorded then. */
  readonly attempt?: Pick<KeptAttempt, "purpose" | "next" | "app"> | undefined;
  readonly userId?: string | undefined;
}

/** Logs the cause with the request ID. Audit log flooding: only a way back that this browser has started is recorded. */
export async function refuse(c: Context, provider: Provider, { reason, detail, attempt, userId }: Refused): Promise<Response> {
  const s = c.get("s");
  s.log.warn({ id: c.get("requestId"), provider: provider.id, reason, detail }, "a login with a provider was refused");
  if (attempt && reason !== "limited" && reason !== "denied")
    await inTransaction(s, (tx) => recordEvent(tx, userId ?? null, "provider-refused", requestInfo(c), { provider: provider.id }));
  if (attempt?.app) return redirectTo(c, appUrl(attempt, { error: reason }));
  const sentence = sentenceOf(c, provider, reason);
  if (wantsJson(c)) return answerError(c, statusOf(reason), { code: "provider-refused", message: sentence });
  flash(c, "danger", sentence);
  return redirect(c, wayOn(c, attempt));
}

function statusOf(reason: Refusal): 403 | 429 | 502 {
  if (reason === "limited") return 429;
  return reason === "unreachable" || reason === "misconfigured" ? 502 : 403;
}

function sentenceOf(c: Context, { name: provider }: Provider, reason: Refusal): MessageReference {
  if (reason === "misconfigured" || reason === "clock" || reason === "bad-answer")
    return message(messages, `refused.${reason}`, { provider, id: c.get("requestId") });
  if (reason === "limited" || reason === "logged-out" || reason === "too-many") return message(messages, `refused.${reason}`);
  if (reason === "blocked") return message(messages, "refused.blocked", { provider, passwords: c.get("s").settings.passwords });
  return message(messages, `refused.${reason}`, { provider });
}

/** Where the other ways are. */
function wayOn(c: Context, attempt: Refused["attempt"]): string {
  const next = attempt?.next;
  if (attempt?.purpose === "link" && c.get("visitor")) return "/settings/logins";
  if (attempt?.purpose === "reauthenticate" && c.get("visitor"))
    return reauthenticationPath(c, { next: next ?? c.get("s").settings.homeUrl });
  const path = loginPath(c);
  return next === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}next=${encodeURIComponent(next)}`;
}

/** The callback URL of an app, with the result. Open redirect: `next` is a path at the app, and only a parameter. */
export function appUrl({ app, next }: Pick<KeptAttempt, "app" | "next">, result: Readonly<Record<string, string>>): string {
  const target = new URL(app?.callback ?? "");
  for (const [name, value] of Object.entries(result)) target.searchParams.set(name, value);
  const asked = next === undefined ? null : URL.parse(next, target.origin);
  if (asked?.origin === target.origin) target.searchParams.set("next", asked.pathname + asked.search + asked.hash);
  return target.href;
}
