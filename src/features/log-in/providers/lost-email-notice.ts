/** Tells the user of an account that its email was taken by its owner. */
import { isLostEmail } from "../../../core/mail/lost-email.ts";
import type { Context } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { type Html, html } from "../../../ui/html.ts";
import { messages } from "./providers.messages.ts";

export function lostEmailNotice(c: Context): Html | undefined {
  const visitor = c.get("visitor");
  if (!visitor || !isLostEmail(visitor.user.email)) return undefined;
  const t = translator(c, messages);
  const href = `${c.get("s").settings.mountPath}/settings/change-email`;
  return html`${t("lostEmail", { link: html`<a href="${href}">${t("lostLink")}</a>` })}`;
}
