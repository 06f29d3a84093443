/** Re-authenticates by another login at a linked provider. */
import { usableIdentities } from "../../../core/identities/identities.ts";
import { logsIn } from "../../../core/providers/issuers.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import type { Context, FormState, Verified } from "../../../http/context.ts";
import { requireVisitor } from "../../../http/request/authenticate.ts";
import { currentPath } from "../../../http/response/respond.ts";
import { message } from "../../../i18n/messages.ts";
import { type Html, html } from "../../../ui/html.ts";
import { providerButtons } from "./buttons.ts";
import { canReauthenticate } from "./offered.ts";
import { messages } from "./providers.messages.ts";

/** Linked providers that say when the user has authenticated. */
async function askable(c: Context): Promise<readonly Provider[]> {
  const s = c.get("s");
  const linked = await usableIdentities(s, requireVisitor(c).user.id);
  return s.settings.providers.filter((provider) => canReauthenticate(provider) && linked.some((identity) => logsIn(provider, identity)));
}

export async function isEnrolled(c: Context): Promise<boolean> {
  return (await askable(c)).length > 0;
}

export async function input(c: Context, { problems }: FormState): Promise<Html> {
  const next = c.req.query("next") ?? currentPath(c);
  const problem = problems["provider"];
  return html`${problem === undefined ? "" : html`<p class="problem" id="provider">${problem}</p>\n`}${providerButtons(c, await askable(c), { query: { purpose: "reauthenticate", next } })}`;
}

/** The proof comes by the way back from the provider, and by no field. */
export function verify(): Promise<Verified> {
  return Promise.resolve({
    ok: false,
    refusal: { status: 403, code: "provider-required", problems: { provider: message(messages, "confirmElsewhere") } },
  });
}
