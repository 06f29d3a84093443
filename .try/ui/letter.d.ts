export interface LetterProps {
    readonly siteName: string;
    /** Short, and clear on its own. */
    readonly subject: string;
    /** What the person is called; empty where the reader may be somebody else. */
    readonly name: string;
    /** Whole sentences. */
    readonly paragraphs: readonly string[];
    /** Six digits to type. */
    readonly code?: string | undefined;
    readonly action?: {
        readonly text: string;
        readonly url: string;
    } | undefined;
    /** What comes after the code or the link. */
    readonly after?: readonly string[] | undefined;
    /** A second, lesser link at the end, such as "this was not me". */
    readonly footer?: {
        readonly text: string;
        readonly url: string;
    } | undefined;
}
export declare function letter(props: LetterProps): {
    subject: string;
    text: string;
    html: string;
};
