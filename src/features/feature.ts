/** What a feature may bring. */
import type { Services } from "../core/services.ts";
import type { User } from "../core/users/users.ts";
import type { Context } from "../http/context.ts";
import type { Routes } from "../http/routes.ts";

export interface Feature {
  /** Its folder, its page in docs/ and its word in URLs. */
  readonly name: string;
  readonly routes: (app: Routes, s: Services, all: readonly Feature[]) => void;
  /** Paths that strangers may come to; ours stand in `app.ts`, where they are seen. */
  readonly publicPaths?: readonly string[];
  /** A card on the settings page. */
  readonly settingsCard?: SettingsCard;
}

interface SettingsCard {
  readonly path: string;
  /** Whether there is such a page with these services; there is, unless it says otherwise. */
  readonly isThere?: (s: Services) => boolean;
  /** Who sees it; everybody, unless it says otherwise. */
  readonly isFor?: (user: User) => boolean;
  readonly title: string;
  /** A sentence that says how it stands now, or what can be done there. */
  readonly text: (c: Context) => string;
}
