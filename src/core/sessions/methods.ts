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

/** Authentication method references of a session, for the claim `amr` (RFC 8176): with two methods or more, `mfa` too. */
export function amrOf(methods: readonly Method[]): string[] {
  const known = methods.flatMap((method) => amr[method] ?? []);
  return methods.length > 1 ? [...known, "mfa"] : known;
}
