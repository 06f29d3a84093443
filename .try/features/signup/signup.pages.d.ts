import type { Context } from "../../http/context.ts";
import type { FormState } from "../../http/form.ts";
import type { Page } from "../../ui/page.ts";
export declare function signupPage(c: Context, form: FormState): Page;
