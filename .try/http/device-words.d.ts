/** What a browser calls itself, in words that its owner recognises. */
/** Such as "Firefox on Linux". The library that knows them is loaded with the first page that shows them. */
export declare function deviceInWords(userAgent: string): Promise<string>;
