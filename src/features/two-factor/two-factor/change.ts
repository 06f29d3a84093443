/** Shared parts of the settings of two-factor authentication. */

import { FactorRequiredError } from "../../../core/credentials/factor-required-error.ts";
import { type GuardedAccount, guardCredentialChange } from "../../../core/credentials/guard-change.ts";
import { inTransaction, type Transaction } from "../../../core/services.ts";
import { findUserById } from "../../../core/users/users.ts";
import type { Context, FormError } from "../../../http/context.ts";
import { credentialRefusal, readActingUser } from "../../../http/forms/credential-change.ts";
import { nextField } from "../../../http/forms/next-field.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { csrfToken } from "../../../http/request/csrf.ts";
import { messages as enrolmentMessages } from "../../../http/request/enrolment.messages.ts";
import { rememberDevice } from "../../../http/request/known-device.ts";
import { translator } from "../../../http/request/locale.ts";
import { withNext } from "../../../http/request/return-url.ts";
import { message } from "../../../i18n/messages.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import { messages } from "./two-factor.messages.ts";

export const overviewPath = "/settings/two-factor";
export const setUpPath = "/settings/two-factor/authenticator";

type Refused = { readonly ok: false; readonly refusal: FormError };
export type Changed<T> = ({ readonly ok: true } & T) | Refused;

export const refused = (refusal: FormError): Refused => ({ ok: false, refusal });

/** Runs a change of a factor in one transaction, with the account's row locked. */
export async function change<T>(c: Context, work: (tx: Transaction, account: GuardedAccount) => Promise<Changed<T>>): Promise<Changed<T>> {
  const read = await readActingUser(c);
  if (!read.ok) return read;
  const changed = inTransaction(c.get("s"), async (tx): Promise<Changed<T>> => {
    const allowed = await guardCredentialChange(tx, read.requester);
    return allowed.ok ? work(tx, allowed.account) : { ok: false, refusal: credentialRefusal(allowed.reason) };
  });
  return changed.catch((error: unknown) => {
    if (error instanceof FactorRequiredError)
      return refused({ status: 403, code: "two-factor-required", message: message(enrolmentMessages, "mayNotTurnOff") });
    throw error;
  });
}

/** The rest of this response shows the account as it is now. A browser that has turned it on is known at its second step. */
export async function refreshUser(c: Context): Promise<void> {
  const visitor = requireVisitor(c);
  const row = await findUserById(c.get("s"), visitor.user.id);
  if (!row) return;
  c.set("visitor", { ...visitor, user: { ...visitor.user, twoFactorSince: row.two_factor_since } });
  if (!c.get("isBearer")) rememberDevice(c, row);
}

/** A POST, because it stores the new secret. Its URL has the page to lead back to as well: a code by email may be asked for first. */
export function beginForm(c: Context, { text, isMain }: { text: string; isMain: boolean }): Html {
  return html`<form method="post" action="${at(withNext(c.get("s").settings, setUpPath, c.req.query("next")))}" class="plain">
<input type="hidden" name="csrf_token" value="${csrfToken(c)}">${nextField(c)}
<button type="submit" class="button${isMain ? "" : " secondary"}">${text}</button>
</form>`;
}

/** An app without a name, such as an imported one, has the usual one. */
export function appName(c: Context, name: string): string {
  return name === "" ? translator(c, messages)("defaultName") : name;
}

export function backLink(c: Context): Html {
  return html`<p class="after"><a href="${at(overviewPath)}">${translator(c, messages)("title")}</a></p>`;
}
