/** Defines the parts of an email, its common texts and its theme. */
import type { Direction } from "../i18n/direction.ts";
import type { Html } from "./html.ts";

export interface EmailProps {
  readonly siteName: string;
  /** Short and clear without the body; also the heading. */
  readonly subject: string;
  /** The display name; empty while the email is unverified. */
  readonly name: string;
  /** The text that a list of emails shows beside the subject. */
  readonly preheader: string;
  /** Whole sentences. */
  readonly paragraphs: readonly string[];
  /** Facts below the paragraphs, such as the time and the device. */
  readonly details?: readonly { readonly label: string; readonly value: string }[] | undefined;
  /** The six-digit code. */
  readonly code?: string | undefined;
  readonly action?: { readonly text: string; readonly url: string } | undefined;
  /** Paragraphs after the details, the code or the link. */
  readonly after?: readonly string[] | undefined;
  /** A secondary link at the end, such as "This wasn't me". Without `action` it is the button. */
  readonly footer?: { readonly text: string; readonly url: string } | undefined;
  /** Why the recipient gets this email. */
  readonly reason: string;
  /** The site's postal address, one or more lines. */
  readonly postalAddress?: string | undefined;
}

/** Texts common to all emails of a language. */
export interface EmailWords {
  /** BCP 47, such as `en`. */
  readonly locale: string;
  readonly direction: Direction;
  /** Empty without a name. */
  readonly greeting: string;
  /** The line below the button, for mail clients that do not render it. */
  readonly copyLink: (url: Html) => string | Html;
}

/** The site's theme. */
export interface EmailLook {
  readonly colors?: { readonly light: EmailColors; readonly dark: EmailColors } | undefined;
  readonly radius?: string | undefined;
  readonly font?: string | undefined;
  /** Absolute URLs. */
  readonly logoUrl?: string | undefined;
  readonly darkLogoUrl?: string | undefined;
}

/** Colors of one scheme as hex, because many mail clients know nothing else. */
export interface EmailColors {
  readonly accent: string;
  readonly "on-accent": string;
  readonly background: string;
  readonly surface: string;
  readonly text: string;
  readonly muted: string;
  readonly line: string;
}
