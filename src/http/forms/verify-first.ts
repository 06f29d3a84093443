/** Says that the email must be verified before the account adds another way to log in. */
import { at, type Html, html } from "../../ui/html.ts";
import type { Context } from "../context.ts";
import { messages } from "../request/enrolment.messages.ts";
import { leadingBack, pageToVerify } from "../request/enrolment.ts";
import { translator } from "../request/locale.ts";

/** Undefined if nothing must be verified. It stands where the button would be that the server refuses. */
export function verifyFirst(c: Context): Html | undefined {
  const page = pageToVerify(c);
  if (page === undefined) return undefined;
  const t = translator(c, messages);
  return html`<p>${t("verifyEmailFirst")}</p>
<p><a class="button" href="${at(leadingBack(c, page))}">${t("verifyEmail")}</a></p>`;
}
