/** Tells the user of an account that its email was taken by its owner. */
import { isLostEmail } from "../../../core/mail/lost-email.ts";
import type { Context } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import { messages } from "./providers.messages.ts";

export function lostEmailNotice(c: Context): Html | undefined {
  const visitor = c.get("visitor");
  if (!visitor || !isLostEmail(visitor.user.email)) return undefined;
  const t = translator(c, messages);
  return html`${t("lostEmail", { link: html`<a href="${at("/settings/change-email")}">${t("lostLink")}</a>` })}`;
}
