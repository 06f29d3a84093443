/** What is thrown when the database cannot be asked now, and may well answer later: the honest answer is 503. */
export class DatabaseUnavailableError extends Error {
    name = "DatabaseUnavailableError";
}
