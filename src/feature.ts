/** What a feature may bring. */
import type { Services } from "./core/services.ts";
import type { App } from "./http/app.ts";

export interface Feature {
  /** Its folder, its page in docs/ and its word in URLs. */
  readonly name: string;
  readonly routes: (app: App, s: Services) => void;
}
