/** Defines the page that a feature returns, without the layout. */
import type { Html } from "./html.ts";

export interface Page {
  /** Without the site's name. */
  readonly title: string;
  readonly body: Html;
  /** Whether the page shows an error; its title then starts with "Error:". */
  readonly hasErrors?: boolean;
  /** `narrow` suits a form, `wide` a text or a table; `account` has the settings menu beside it. */
  readonly width?: "narrow" | "wide" | "account";
  /** Origins besides this one that its forms may redirect to, for `form-action` of the CSP. */
  readonly formTargets?: readonly string[];
  /** Response to a JSON request. */
  readonly json?: object;
}
