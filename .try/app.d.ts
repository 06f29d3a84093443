import { Hono } from "hono";
import type { Services } from "./core/services.ts";
import type { Feature } from "./feature.ts";
import type { Env } from "./http/context.ts";
/** The application as one function from a Web-standard request to a response, with all routes of the features. */
export declare function createApp(s: Services, features: readonly Feature[]): Hono<Env>;
