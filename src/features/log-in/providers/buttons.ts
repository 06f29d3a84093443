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
  /** In the settings: IDs of the providers that are linked already. */
  readonly linked?: ReadonlySet<string>;
  /** Whether the page has the checkbox "Remember me", which decides for all ways to log in. */
  readonly canRemember?: boolean;
}

/** Links, which work without a script: the CSP forbids forms whose response leads to another origin. */
export function providerButtons(
  c: Context,
  providers: readonly Provider[],
  { query = {}, last, linked, canRemember = false }: ButtonOptions = {},
): Html {
  const t = translator(c, messages);
  const textOf = (id: string) => (linked === undefined ? "continueWith" : linked.has(id) ? "linkMore" : "linkTitle");
  const link = ({ id, name, preset }: Provider, parameters: Readonly<Record<string, string>>, className = "") => {
    const search = new URLSearchParams(parameters).toString();
    return html`<a class="button secondary provider${className}" href="${at(`/oauth/start/${id}${search === "" ? "" : `?${search}`}`)}" rel="nofollow">${logoOf(preset)}<span>${t(textOf(id), { provider: name })}</span>${id === last ? html` ${badge("neutral", t("lastUsed"))}` : ""}</a>`;
  };
  // A link has no fields, so there are two: the style sheet shows the one that the checkbox stands for.
  const links = (provider: Provider) =>
    canRemember
      ? html`${link(provider, query, " unless-remembered")}${link(provider, { ...query, remember: "on" }, " if-remembered")}`
      : link(provider, query);
  return html`<ul class="providers">${providers.map((provider) => html`\n<li>${links(provider)}</li>`)}
</ul>`;
}
