/** What is thrown when the database cannot be asked now, and may well answer later: the honest answer is 503. */
export declare class DatabaseUnavailableError extends Error {
    name: string;
}
