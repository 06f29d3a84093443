/** What a feature may register: pages and forms. A form cannot be made without its token, its rules and its way back. */
import type { Hono } from "hono";
import type { z } from "zod";
import type { Page } from "../ui/page.ts";
import type { Context, Env } from "./context.ts";
import { type CsrfProblem } from "./csrf.ts";
import type { Form } from "./form.ts";
export interface App {
    /** Answers GET with a page, or with its `json` to a program. */
    readonly page: (path: string, show: (c: Context) => Page | Response | Promise<Page | Response>) => void;
    /** Answers GET with the form, and POST with what `submit` gives or with the form again. */
    readonly form: <Shape extends z.ZodObject>(path: string, form: Form<Shape>) => void;
}
export interface Registrar extends App {
    /** Answers a request that the CSRF check stopped: with the same form, its values kept and a fresh token. */
    readonly refuseForged: (c: Context, problem: CsrfProblem) => Promise<Response>;
}
export declare function createRegistrar(hono: Hono<Env>): Registrar;
