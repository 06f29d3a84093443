/** Renders the buttons "Continue with …". */
import type { Provider } from "../../../core/providers/provider.ts";
import type { Context } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { badge } from "../../../ui/components.ts";
import { at, type Html, html } from "../../../ui/html.ts";
import { logoOf } from "./logos.ts";
import { messages } from "./providers.messages.ts";

interface ButtonOptions {
  readonly query?: Readonly<Record<string, string>>;
  /** ID of the provider that was used last, which is marked. */
  readonly last?: string | undefined;
  readonly text?: "continueWith" | "linkTitle";
}

/** Links, which work without a script: the CSP forbids forms whose response leads to another origin. */
export function providerButtons(
  c: Context,
  providers: readonly Provider[],
  { query = {}, last, text = "continueWith" }: ButtonOptions = {},
): Html {
  const t = translator(c, messages);
  const search = new URLSearchParams(query).toString();
  return html`<ul class="providers">${providers.map(
    ({ id, name, preset }) => html`
<li><a class="button secondary provider" href="${at(`/oauth/start/${id}${search === "" ? "" : `?${search}`}`)}" rel="nofollow">${logoOf(preset)}<span>${t(text, { provider: name })}</span>${id === last ? html` ${badge("neutral", t("lastUsed"))}` : ""}</a></li>`,
  )}
</ul>`;
}
