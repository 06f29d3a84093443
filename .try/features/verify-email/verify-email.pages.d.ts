import type { FormState } from "../../http/form.ts";
import type { Page } from "../../ui/page.ts";
export declare function verifyPage(form: FormState, email: string | undefined): Page;
/** In the browser that asked, one button; anywhere else, the password as well. */
export declare function confirmLinkPage(form: FormState, email: string, isSameBrowser: boolean): Page;
export declare function deadLinkPage(): Page;
