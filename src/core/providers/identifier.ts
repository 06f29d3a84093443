/** Tells which texts of a provider can identify a user or a session. */

/**
 * Up to 255 characters (OpenID Connect Core 1.0, 2). Confusion of identities: characters that nobody sees, or that a database or a terminal
 * changes, such as NUL, half a character and escape sequences, are refused.
 */
export function isIdentifier(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 255 && !/\p{C}/u.test(value);
}
