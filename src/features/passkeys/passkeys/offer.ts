/** Offers a passkey on the dashboard after a login with a password, every 30 days at most. */
import { countUsable } from "../../../core/passkeys/passkeys.ts";
import { pageWith } from "../../../core/services.ts";
import type { Context } from "../../../http/context.ts";
import { passkeyScript } from "../../../http/forms/passkey-prompt.ts";
import { hasRecentAuth } from "../../../http/forms/reauthenticate.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { readCookie, writeCookie } from "../../../http/request/cookies.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { isInboxDue } from "../../../http/request/enrolment.ts";
import { translator } from "../../../http/request/locale.ts";
import { answerJson, redirect, wantsJson } from "../../../http/response/respond.ts";
import { panel, row } from "../../../ui/components.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import { messages } from "./offer.messages.ts";

export const laterPath = "/settings/passkeys/later";
const addPath = "/settings/passkeys";
const optionsPath = "/settings/passkeys/options";
const pauseSeconds = 30 * 24 * 3_600;
const dismissed = "later";

/**
 * The card, for an account without a passkey. The cookie holds the start of the session that has seen it: the card stays through that session, and no other
 * session of this browser shows one for 30 days.
 */
export async function passkeyOffer(c: Context): Promise<Html | undefined> {
  const s = c.get("s");
  const { session, user } = requireVisitor(c);
  if (!session.methods.includes("password") || c.get("isBearer") || wantsJson(c)) return undefined;
  // A passkey needs a verified email first.
  if (user.emailVerifiedAt === null) return undefined;
  const seen = readCookie(c, "offer");
  const own = session.createdAt.toString(36);
  if (seen !== undefined) return seen === own ? card(c) : undefined;
  // One query for each browser in 30 days, and none on later pages.
  const hasPasskey = (await countUsable(s, user.id)) > 0;
  writeCookie(c, "offer", hasPasskey ? dismissed : own, pauseSeconds);
  return hasPasskey ? undefined : card(c);
}

/** Hidden where the browser has no passkeys. Where it can, the script creates one without asking instead (WebAuthn level 3, conditional create). */
function card(c: Context): Html {
  const t = translator(c, messages);
  const mayCreate = hasRecentAuth(c) && !isInboxDue(c);
  const upgrade = mayCreate ? html` data-passkey-upgrade="${at(optionsPath)}" data-action="${at(addPath)}"` : "";
  const action = html`<form method="post" action="${at(laterPath)}" class="plain acts">
<input type="hidden" name="csrf_token" value="${csrfToken(c)}">
<a class="button small" href="${at(addPath)}">${t("add")}</a>
<button type="submit" class="button small secondary">${t("later")}</button>
</form>`;
  return html`<div data-passkeys-only${upgrade} hidden>
${panel({ title: t("title"), body: row({ icon: "passkey", value: t("text"), action }) })}
</div>
${passkeyScript(c)}`;
}

/** Also after a passkey was added. */
export function endOffer(c: Context): void {
  writeCookie(c, "offer", dismissed, pauseSeconds);
}

export function dismissOffer(c: Context): Response {
  endOffer(c);
  return wantsJson(c) ? answerJson(c, { dismissed: true }) : redirect(c, pageWith(c.get("s"), "home") ?? "/settings");
}
