import type { Html } from "./page.ts";
export interface FieldProps {
    readonly name: string;
    readonly label: string;
    readonly type: "text" | "email" | "password" | "code";
    readonly autocomplete: "username" | "email" | "name" | "current-password" | "new-password" | "one-time-code" | "off";
    readonly value?: string | undefined;
    readonly hint?: string;
    readonly problem?: string | undefined;
    /** Whether it may stay empty. */
    readonly isOptional?: true;
    /** For a new password: shows how strong it is while it is typed. */
    readonly strengthUrl?: string;
}
interface FormProps {
    readonly action: string;
    readonly csrfToken: string;
    readonly button: string;
    /** Whether what the button does is hard to take back. */
    readonly isDangerous?: true;
    readonly body: Html;
}
/** A form with its token. The browser's own bubbles are off: our messages say more, and screen readers read them. */
export declare function postForm({ action, csrfToken, button, isDangerous, body }: FormProps): Html;
export declare function field(props: FieldProps): Html;
export declare function checkbox({ name, label, hint, checked }: {
    name: string;
    label: string;
    hint?: string;
    checked: boolean;
}): Html;
interface SummaryProps {
    readonly message?: string | undefined;
    readonly problems: Readonly<Record<string, string>>;
}
/** What has to be put right, with a way to each field. It takes the focus, so it is read out and seen first. */
export declare function errorSummary({ message, problems }: SummaryProps): Html | "";
export {};
