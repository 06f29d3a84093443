/** What a form is made of: its fields, how it is shown, and why it is shown again. */
import type { z } from "zod";
import type { Page } from "../ui/page.ts";
import type { Context } from "./context.ts";
/** What a form is shown with. */
export interface FormState {
    /** For the hidden field. */
    readonly csrfToken: string;
    /** What was typed before, for the fields that are kept. */
    readonly values: Readonly<Record<string, string>>;
    /** A sentence beside each field that is not right. */
    readonly problems: Readonly<Record<string, string>>;
    /** A sentence about the form as a whole. */
    readonly message?: string;
}
/** Why a form that was sent is shown again. */
export interface Refusal {
    readonly status: 401 | 403 | 409 | 422 | 429;
    /** One word for programs, such as `bad-credentials`. */
    readonly code: string;
    readonly message?: string;
    readonly problems?: Readonly<Record<string, string>>;
    readonly retryAfterSeconds?: number;
}
export interface Form<Shape extends z.ZodObject> {
    /** Whether it asks for the password again when that was last given too long ago. */
    readonly fresh?: boolean;
    /** The fields, as text: what they must say is for `submit` to judge. */
    readonly fields: Shape;
    /** Fields whose values stand in the form again after a refusal. Never a password. */
    readonly keep: readonly (keyof z.output<Shape> & string)[];
    readonly show: (c: Context, state: FormState) => Page | Response | Promise<Page | Response>;
    readonly submit: (c: Context, data: z.output<Shape>) => Promise<Response | Refusal>;
}
/** The refusal for a spent budget, with how long to wait in words and in seconds. */
export declare function tooManyAttempts(retryAfterSeconds: number): Refusal;
