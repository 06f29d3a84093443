import type { Hono } from "hono";
import type { Env } from "./context.ts";
export interface Assets {
    /** Where a file of ours is served, such as `/assets/style.3f2a….css`. */
    readonly url: (name: string) => string;
    readonly serve: (hono: Hono<Env>) => void;
}
export declare function readAssets(): Assets;
