/** For whoever watches the program: whether it is alive, and whether its database answers. */
import type { Hono } from "hono";
import type { Services } from "../core/services.ts";
import type { Env } from "./context.ts";
export declare function answerHealth(hono: Hono<Env>, s: Services): void;
