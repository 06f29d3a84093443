export declare const usernameTaken = "This user name is taken. Choose another.";
export declare const usernameHint = "3 to 150 letters, digits, dots, hyphens or underscores.";
/** A sentence for the field, or undefined where the name is fine. */
export declare function usernameProblemInWords(username: string): string | undefined;
