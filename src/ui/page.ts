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
  /** The response to a JSON request. */
  readonly json?: object;
}
