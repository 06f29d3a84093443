/** Renders the button that asks for a passkey; a script shows it. */
import { onlyPasskeysLogIn } from "../../core/credentials/login-ways.ts";
import { at, type Html, html } from "../../ui/html.ts";
import { icon } from "../../ui/icons.ts";
import type { Context } from "../context.ts";
import { translator } from "../request/locale.ts";
import { messages } from "./passkey-prompt.messages.ts";

export interface PasskeyPrompt {
  readonly kind: "get" | "create";
  /** Path that answers with options. */
  readonly options: string;
  /** What the options are for. */
  readonly purpose?: "login" | "two-factor" | "reauthentication";
  readonly button: string;
  /** Path that the form is sent to with the response, instead of its own. */
  readonly action?: string;
  /** Path of the form that the response is sent with; by default the form around the button. */
  readonly form?: string;
  /** Whether the browser offers passkeys in the field for the name too. */
  readonly autofill?: true;
  /** Whether it is the main button of its page. */
  readonly isPrimary?: true;
}

/** The script fills the field `passkey`, or `new_passkey` with a created one. Without scripts or WebAuthn, nothing is shown. */
export function passkeyPrompt(c: Context, { kind, options, purpose, button, action, form, autofill, isPrimary }: PasskeyPrompt): Html {
  const t = translator(c, messages);
  const place = placeOf(c, purpose);
  // Cancelled, timed out, refused verification, or no passkey on the device: browsers don't say which (WebAuthn, 5.1.3).
  const notAllowed = kind === "create" ? t("notCreated") : t("notUsed", { place });
  return html`<div class="passkey" data-passkey="${kind}" data-options="${at(options)}"${purpose === undefined ? "" : html` data-purpose="${purpose}"`}${action === undefined ? "" : html` data-action="${at(action)}"`}${form === undefined ? "" : html` data-form="${at(form)}"`}${autofill ? html` data-autofill` : ""} data-unreachable="${t("unreachable")}" data-failed="${t("failed")}" data-not-allowed-error="${notAllowed}" data-security-error="${t("wrongAddress")}" data-not-supported-error="${t("notSupported")}" data-constraint-error="${t("notSupported")}"${kind === "create" ? html` data-invalid-state-error="${t("alreadyThere")}"` : ""} hidden>
<button type="${form === undefined ? "submit" : "button"}" class="${isPrimary ? "" : html`button secondary `}wide-button">${icon("passkey")}${button}</button>
<p class="problem" role="alert"></p>
</div>
${passkeyScript(c)}`;
}

/** Recovery codes are another way at the second step only. */
function placeOf(c: Context, purpose: PasskeyPrompt["purpose"]): "login" | "alone" | "confirmation" {
  if (purpose !== "two-factor" && onlyPasskeysLogIn(c.get("s"))) return "alone";
  return purpose === "login" ? "login" : "confirmation";
}

/** Says that passkeys need a script or another browser, until the script hides it. */
export function passkeysMissing(c: Context): Html {
  return html`<p class="hint" data-passkeys-missing>${translator(c, messages)("missing")}</p>`;
}

export function passkeyScript(c: Context): Html {
  return html`<script type="module" src="${c.get("site").assets.url("passkeys.js")}"></script>`;
}
