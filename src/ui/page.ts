/** Defines a page as a feature returns it, before the layout frames it. */
import type { Html } from "./html.ts";

export interface Page {
  /** Without the site's name. */
  readonly title: string;
  readonly body: Html;
  /** Whether the page shows an error: its title then says so first. */
  readonly hasErrors?: boolean;
  /** `narrow` suits a form, `wide` a text or a table. */
  readonly width?: "narrow" | "wide";
  /** Origins besides this one that its forms may redirect to, for `form-action` of the CSP. */
  readonly formTargets?: readonly string[];
  /** The answer to a JSON request. */
  readonly json?: object;
}
