import type { Html } from "./page.ts";
export declare function instant(ms: number): Html;
/** Such as `3 March 2026 at 09:05 UTC`. By hand, for `Intl` takes longer over three of them than the rest of a page takes. */
export declare function instantInWords(ms: number): string;
