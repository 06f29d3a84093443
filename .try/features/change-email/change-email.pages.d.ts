import type { FormState } from "../../http/form.ts";
import type { Page } from "../../ui/page.ts";
interface EmailProps {
    readonly form: FormState;
    readonly now: string;
    /** The address that waits to be confirmed. */
    readonly pending: string | undefined;
}
export declare function emailPage({ form, now, pending }: EmailProps): Page;
export declare function confirmPage(form: FormState, pending: string): Page;
/** What the link in the letter opens: a button, for mail scanners open links. */
export declare function linkPage(form: FormState, email: string): Page;
export declare function nothingPage(form: FormState): Page;
export declare function withdrawPage(form: FormState, pending: string | undefined): Page;
export {};
