/** What a page is before it stands in the layout. */
import type { Html } from "./html.ts";

export interface Page {
  /** Without the site's name. */
  readonly title: string;
  readonly body: Html;
  /** Whether the page shows something that went wrong: its title then says so first. */
  readonly hasErrors?: boolean;
  /** `narrow` suits a form, `wide` what is read. */
  readonly width?: "narrow" | "wide";
  /** What the same page tells a program. */
  readonly json?: object;
}
