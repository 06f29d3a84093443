/** What an import is asked to do. */

import type { Format } from "./formats.ts";
import type { Shape } from "./shapes.ts";

export interface Plan {
  /** What the application is called here: ids of one name are ids of one database. */
  readonly name: string;
  readonly shape: Shape;
  readonly format: Format;
  /** Whether addresses count as proved: all, none, or those of which the application says so. */
  readonly confirmed: "all" | "none" | "source";
  /** What becomes of accounts that came before and are shut there, or not there any more; undefined: not said, which is `disable`. */
  readonly closed: "disable" | "keep" | undefined;
  readonly keepsIds: boolean;
  readonly isDry: boolean;
}
