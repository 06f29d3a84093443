/** Answers Apple's cross-site POST with a page that posts again from this site. */
import type { Provider } from "../../../core/providers/provider.ts";
import type { Context } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { answerPage } from "../../../http/response/respond.ts";
import { at, html } from "../../../ui/html.ts";
import { formTargets } from "./form-targets.ts";
import { messages } from "./providers.messages.ts";

/** What a provider sends with `response_mode=form_post`; everything else is dropped. */
const postedFields = ["state", "code", "iss", "error", "error_description", "user", "id_token"] as const;

export type Posted = Partial<Record<(typeof postedFields)[number], string | undefined>>;

/** Browsers send no `SameSite=Lax` cookies with a cross-site POST, and `SameSite=None` would open every form to CSRF. */
export function repostPage(c: Context, provider: Provider, posted: Posted): Response {
  const t = translator(c, messages);
  const inputs = postedFields.flatMap((name) =>
    posted[name] === undefined ? [] : html`<input type="hidden" name="${name}" value="${posted[name]}">\n`,
  );
  return answerPage(c, {
    title: t("repostTitle", { provider: provider.name }),
    width: "narrow",
    formTargets: formTargets(c.get("s")),
    body: html`<h1>${t("repostTitle", { provider: provider.name })}</h1>
<p>${t("repostIntro", { provider: provider.name })}</p>
<form method="post" action="${at(`/oauth/callback/${provider.id}/continue`)}" data-submit>
${inputs}<button type="submit" class="wide-button">${t("continue")}</button>
</form>`,
  });
}

export function paramsOf(posted: Posted): URLSearchParams {
  const params = new URLSearchParams();
  for (const name of postedFields) if (posted[name] !== undefined) params.set(name, posted[name]);
  return params;
}
