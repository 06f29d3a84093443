import type { Page } from "./page.ts";
/** What is the same on every page of a site. */
export interface LayoutProps {
    readonly siteName: string;
    readonly signupIsOpen: boolean;
    readonly assetUrl: (name: string) => string;
}
/** What one page shows within it. */
export interface FrameProps {
    readonly page: Page;
    readonly path: string;
    readonly flashes: readonly FlashProps[];
    readonly visitor?: {
        readonly username: string;
        readonly csrfToken: string;
    };
}
interface FlashProps {
    readonly kind: "success" | "info" | "warning" | "danger";
    readonly text: string;
}
/** Gives the whole document for a page. */
export type Layout = (props: FrameProps) => string;
/** Puts together once what no page changes. */
export declare function createLayout(props: LayoutProps): Layout;
export {};
