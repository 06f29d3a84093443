/** Names the ways to authenticate. */

/** A way to authenticate; a session records the ones used. */
export type Method =
  | "password"
  | "passkey"
  | "totp"
  | "recovery-code"
  | "email-code"
  | "email-link"
  | "legacy-cookie"
  | `provider:${string}`;

const amr: Readonly<Record<string, string>> = { password: "pwd", totp: "otp", passkey: "pop" };

const possession: ReadonlySet<Method> = new Set(["passkey", "totp", "recovery-code", "email-code", "email-link"]);

/**
 * Authentication method references of a session, for the claim `amr` (RFC 8176). `mfa` is for different kinds of factors: a password and
 * something that the user has. An imported cookie and another provider prove neither.
 */
export function amrOf(methods: readonly Method[]): string[] {
  const known = methods.flatMap((method) => amr[method] ?? []);
  return methods.includes("password") && methods.some((method) => possession.has(method)) ? [...known, "mfa"] : known;
}
