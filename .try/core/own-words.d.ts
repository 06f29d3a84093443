/** Whether the whole password is one of these words or a simple derivation: digits and signs around it, letters as digits, backwards, or repeated. */
export declare function isMadeOf(password: string, words: readonly string[]): boolean;
