/** Leaves a login that waits on a page, to log in another way. */
import { endProof, type Proof } from "../../../core/identities/proofs.ts";
import { inTransaction } from "../../../core/services.ts";
import type { Context, FormState } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { answerJson, redirect, redirectTo, wantsJson } from "../../../http/response/respond.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import { forgetProof } from "./proof-cookie.ts";
import { messages } from "./providers.messages.ts";
import { proofField } from "./shown-proof.ts";

/** A form, since it ends the login. `path` is that of the page. */
export function leaveForm(c: Context, { csrfToken }: FormState, path: string, proof: Proof): Html {
  const text = translator(c, messages)(c.get("visitor") ? "stay" : "otherWay");
  return html`<form method="post" action="${at(path)}" class="plain">
<input type="hidden" name="csrf_token" value="${csrfToken}"><input type="hidden" name="leave" value="1">${proofField(proof)}
<p class="after"><button type="submit" class="as-link">${text}</button></p>
</form>`;
}

/** Shared computer: the login ends here, and not only the page. */
export async function leave(c: Context, { id, login }: Proof): Promise<Response> {
  await inTransaction(c.get("s"), (tx) => endProof(tx, id));
  forgetProof(c);
  if (wantsJson(c)) return answerJson(c, { left: true });
  if (c.get("visitor")) return redirectTo(c, c.get("s").settings.homeUrl);
  // The path of an app is none of this site.
  const next = login.app ? undefined : login.next;
  return redirect(c, next === undefined ? "/login" : `/login?next=${encodeURIComponent(next)}`);
}
