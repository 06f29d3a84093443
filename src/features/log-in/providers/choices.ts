/** Renders what the login and sign-up pages show for providers. */
import type { Context, SignInPlace } from "../../../http/context.ts";
import { translator } from "../../../http/request/locale.ts";
import { type Html, html } from "../../../ui/html.ts";
import { providerButtons } from "./buttons.ts";
import { canSignUp } from "./offered.ts";
import { lastProvider } from "./proof-cookie.ts";
import { messages } from "./providers.messages.ts";

/** `next` has been validated. */
export function choices(c: Context, { place, next, isAlone, isBelowPasskey }: SignInPlace): Html | undefined {
  const s = c.get("s");
  const providers = place === "login" ? s.settings.providers : s.settings.providers.filter((each) => canSignUp(s, each));
  if (providers.length === 0) return undefined;
  const last = place === "login" ? lastProvider(c) : undefined;
  const buttons = providerButtons(c, providers, {
    query: next === undefined ? {} : { next },
    last,
    canRemember: place === "login",
  });
  return isAlone
    ? buttons
    : html`<p class="or"${isBelowPasskey ? html` data-passkeys-only hidden` : ""}><span>${translator(c, messages)("or")}</span></p>\n${buttons}`;
}
