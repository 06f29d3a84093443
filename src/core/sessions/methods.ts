/** Names the ways to authenticate, and what they prove together. */

/** A way to authenticate; a session records the ones used. */
export type Method =
  | "password"
  /** A passkey that stays on one device. */
  | "passkey"
  /** A passkey that is synchronised between devices. */
  | "passkey-synced"
  /** The passkey's device has verified its user, by a PIN or biometrics. */
  | "user-verification"
  | "totp"
  | "recovery-code"
  /** The browser was trusted at an earlier login, so the second step was skipped. Proves nothing. */
  | "trusted-device"
  | "email-code"
  | "email-link"
  | "legacy-cookie"
  | `provider:${string}`
  /** The provider has checked several factors, and the site trusts it (`PROVIDER_…_TRUST_AMR`). */
  | "provider-mfa";

/** RFC 8176. An email, a recovery code and another provider have no value there. */
const amr: Readonly<Record<string, string>> = {
  password: "pwd",
  totp: "otp",
  passkey: "hwk",
  "passkey-synced": "swk",
  "user-verification": "user",
};

/** Methods that prove a second step. */
const secondFactors: ReadonlySet<Method> = new Set(["totp", "recovery-code", "passkey", "passkey-synced"]);

/** Whether a method can be the second step of a login. */
export function isSecondFactor(method: Method): boolean {
  return secondFactors.has(method);
}

/** Methods that prove no step of their own. A legacy cookie is the first step, which the application before has checked. */
const additions: ReadonlySet<Method> = new Set(["user-verification", "trusted-device", "provider-mfa"]);

/** 1: one factor. 2: two steps, or a passkey that verified its user. */
export type Level = 1 | 2;

/** Level of a session. Stolen factor: one that is used twice counts once. */
export function levelOf(methods: readonly Method[]): Level {
  if (isVerifiedPasskey(methods) || methods.includes("provider-mfa")) return 2;
  const steps = [...new Set(methods)].filter((method) => !additions.has(method));
  return steps.length > 1 && steps.some((method) => secondFactors.has(method)) ? 2 : 1;
}

/** Whether these methods are two steps without the factors of a provider. */
export function hasOwnSecondFactor(methods: readonly Method[]): boolean {
  return levelOf(methods.filter((method) => method !== "provider-mfa")) === 2;
}

/**
 * Authentication method references of a session, for the claim `amr` (RFC 8176). `mfa` is for different kinds of factors: something that the
 * user knows or is, and something that the user has.
 */
export function amrOf(methods: readonly Method[]): string[] {
  const known = methods.flatMap((method) => amr[method] ?? []);
  const isMultiFactor =
    isVerifiedPasskey(methods) || methods.includes("provider-mfa") || (methods.includes("password") && levelOf(methods) === 2);
  return isMultiFactor ? [...known, "mfa"] : known;
}

/** ID of the provider that one of these methods is a login with. */
export function providerIn(methods: readonly Method[]): string | undefined {
  return methods.find((method) => method.startsWith(byProvider))?.slice(byProvider.length);
}

const byProvider = "provider:";

function isVerifiedPasskey(methods: readonly Method[]): boolean {
  return methods.includes("user-verification") && (methods.includes("passkey") || methods.includes("passkey-synced"));
}
