import { type Visitor } from "../core/sessions.ts";
import type { SignedIn } from "../core/sign-in.ts";
import type { Context, Env } from "./context.ts";
/** Finds the visitor by one indexed read, and drops a cookie that stands for nobody. */
export declare const recogniseVisitor: import("hono").MiddlewareHandler<Env, string, {}, Response>;
/** Lets through who is logged in; sends a person to the login page and back, and tells a program 401. */
export declare function loginRequired(c: Context): Response | undefined;
/** The visitor of a page that the pipeline lets nobody else see. */
export declare function requireVisitor(c: Context): Visitor;
/** Goes on as nobody: the browser forgets the session, and what it kept of our pages (ASVS 14.3.1). */
export declare function endVisit(c: Context): void;
/** Goes on as who has just signed in. The cookie outlives the browser only where the person asked to be remembered. */
export declare function startSession(c: Context, { token, session, user }: SignedIn): void;
