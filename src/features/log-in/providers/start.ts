/** Sends the browser to a provider. */
import { z } from "zod";
import type { Provider } from "../../../core/providers/provider.ts";
import type { Context } from "../../../http/context.ts";
import { isChecked } from "../../../http/forms/remember.ts";
import { loginRequired } from "../../../http/request/authenticate.ts";
import { answerError, answerJson, redirectTo, wantsJson } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import type { Page } from "../../../ui/page.ts";
import { keepAttempt } from "./attempts.ts";
import { protocol } from "./protocol.ts";
import { messages } from "./providers.messages.ts";
import { refuse } from "./refuse.ts";
import { foreignStartPage } from "./switch.ts";

const queryShape = z.object({
  purpose: z.enum(["login", "link", "reauthenticate"]).catch("login"),
  next: z.string().optional(),
  remember: z.string().optional(),
  callback: z.string().optional(),
  /** SHA-256 of the app's verifier in base64url (RFC 7636, S256). */
  challenge: z
    .string()
    .regex(/^[\w-]{43}$/)
    .optional()
    .catch(undefined),
});

/** Writes nothing but the cookie of the attempt. A link: the CSP forbids forms whose response leads to another origin. */
export async function start(c: Context, provider: Provider): Promise<Page | Response> {
  const { purpose, next, remember, callback, challenge } = queryShape.parse(c.req.query());
  const unauthenticated = purpose === "login" ? undefined : loginRequired(c);
  if (unauthenticated) return unauthenticated;
  const s = c.get("s");
  const app = callback !== undefined && challenge !== undefined ? { callback, challenge } : undefined;
  // Open redirect and stolen codes: the callback URL is compared exactly (RFC 9700, 2.1; ASVS 10.4.1).
  if (callback !== undefined && (app === undefined || purpose !== "login" || !s.settings.providerCallbacks.includes(callback)))
    return answerError(c, 403, { code: "bad-callback", message: message(messages, "badCallback") });
  // Login CSRF: another site cannot silently replace the session. An app gets a code, and replaces none.
  const isForeign = app === undefined && c.req.header("sec-fetch-site") === "cross-site";
  if (isForeign && c.get("visitor")) return foreignStartPage(c, provider);
  // A shared device: only our own checkbox makes a session stay. An app decides for the session that its verifier gets.
  const kept = { purpose, next, app, remember: !isForeign && isChecked(remember) };
  const begun = await (await protocol()).begin(s, provider, purpose === "reauthenticate" ? { maxAge: 0 } : {});
  if (!begun.ok) return refuse(c, provider, { reason: begun.reason, detail: begun.detail, attempt: undefined });
  const userId = purpose === "login" ? undefined : c.get("visitor")?.user.id;
  keepAttempt(c, { ...begun.attempt, ...kept, userId });
  return wantsJson(c) ? answerJson(c, { url: begun.url }) : redirectTo(c, begun.url);
}
