import type { Context } from "../../http/context.ts";
import type { FormState } from "../../http/form.ts";
import type { Page } from "../../ui/page.ts";
export declare function askPage(form: FormState): Page;
export declare function choosePage(c: Context, form: FormState, email: string): Page;
export declare function deadLinkPage(): Page;
