/** Says that the email must be verified, or added, before the account adds another way to log in. */
import { at, type Html, html } from "../../ui/html.ts";
import type { Context } from "../context.ts";
import { emailStep } from "../request/enrolment.ts";
import { say } from "../request/locale.ts";

/** Undefined if nothing must be verified. It stands where the button would be that the server refuses. */
export function verifyFirst(c: Context): Html | undefined {
  const due = emailStep(c);
  return (
    due &&
    html`<p>${say(c, due.text)}</p>
<p><a class="button" href="${at(due.path)}">${say(c, due.action)}</a></p>`
  );
}
