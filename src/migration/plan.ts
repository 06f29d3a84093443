/** Defines the options of an import. */

import type { Format } from "./formats.ts";
import type { Shape } from "./shapes.ts";

export interface Plan {
  /** Name of the app; scopes its IDs. */
  readonly name: string;
  readonly shape: Shape;
  readonly format: Format;
  /** Which emails count as verified. */
  readonly verified: "all" | "none" | "source";
  /** What happens to imported accounts disabled in or removed from the source; undefined is `disable`, with a plausibility check. */
  readonly closed: "disable" | "keep" | undefined;
  readonly keepsIds: boolean;
  readonly isDry: boolean;
}
