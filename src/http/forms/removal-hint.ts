/** Says whether a factor or a linked login that is about to be removed can be restored. */
import { canBeRestored, isRemovedForGood } from "../../core/credentials/removed-factors.ts";
import type { FactorId } from "../../core/sessions/factor-id.ts";
import { hasOtherSettled } from "../../core/two-factor/settled-factors.ts";
import { at, type Html, html } from "../../ui/html.ts";
import type { Context } from "../context.ts";
import { requireVisitor } from "../request/authenticate.ts";
import { translator } from "../request/locale.ts";
import { reauthenticationPath } from "./reauthenticate.ts";
import { messages } from "./removal-hint.messages.ts";

export async function removalHint(c: Context, factors: readonly FactorId[]): Promise<Html> {
  const s = c.get("s");
  const { session, user } = requireVisitor(c);
  const t = translator(c, messages);
  if (!canBeRestored(s) || (await isRemovedForGood(s, user.id, { session, factors }))) return html`<p class="hint">${t("forGood")}</p>`;
  if (!(await hasOtherSettled(s, user.id, factors))) return html`<p class="hint">${t("kept")}</p>`;
  const { pathname, search } = new URL(c.req.url);
  const path = reauthenticationPath(c, { next: pathname + search });
  return html`<p class="hint">${t("kept")} ${t("final", { link: html`<a href="${at(path)}">${t("confirm")}</a>` })}</p>`;
}
