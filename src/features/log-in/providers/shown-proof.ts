/** Shows the login of a page, and binds its form to it. */
import type { Proof } from "../../../core/identities/proofs.ts";
import type { Context, FormError } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { message } from "../../../i18n/messages.ts";
import { type Html, html } from "../../../ui/html.ts";
import { providerName } from "./offered.ts";
import { messages } from "./providers.messages.ts";

/** The hash of the secret in the cookie. */
export function proofField({ id }: Proof): Html {
  return html`<input type="hidden" name="proof" value="${id}">`;
}

/**
 * Login CSRF at the provider: another site can replace the proof of this browser while a page is open. Its form confirms only what it has
 * shown (RFC 9700, 4.7).
 */
export function otherProof({ id }: Proof, shown: string | undefined): FormError | undefined {
  return shown === id ? undefined : { status: 409, code: "login-changed", message: message(messages, "loginChanged") };
}

export const noProof: FormError = { status: 422, code: "wrong-code", message: message(messages, "proofExpired") };

/** Deception: an email that nobody vouches for must not look like one of a known person. */
export function unvouched(
  c: Context,
  {
    provider,
    email,
    isEmailVouched,
  }: { readonly provider: string; readonly email?: string | null | undefined; readonly isEmailVouched: boolean },
): Html | "" {
  if (email == null || isEmailVouched) return "";
  return html`<p class="hint">${translator(c, messages)("unconfirmed", { provider: providerName(c.get("s"), provider) })}</p>\n`;
}
