/** What is the same in every answer of one app, made once. */
import type { Services } from "../core/services.ts";
import { type Layout } from "../ui/layout.ts";
import { type Assets } from "./assets.ts";
import { type SafetyHeaders } from "./headers.ts";
export interface Site {
    readonly assets: Assets;
    readonly headers: SafetyHeaders;
    readonly layout: Layout;
}
export declare function prepareSite(s: Services): Site;
