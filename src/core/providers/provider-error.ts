/** Defines why a provider is refused, inside this folder. */
import type { ProviderRefusal } from "./provider.ts";

export type Failure = ProviderRefusal | "misconfigured";

/** Caught at the entry of this folder. The message is for the log and contains no secret. */
export class ProviderError extends Error {
  override name = "ProviderError";
  readonly reason: Failure;
  /** Whether the provider failed for everybody, which opens the breaker. */
  readonly isOutage: boolean;
  constructor(reason: Failure, message: string, { isOutage = false, ...options }: ErrorOptions & { readonly isOutage?: boolean } = {}) {
    super(message, options);
    this.reason = reason;
    this.isOutage = isOutage;
  }
}

/** A value of others as text. `String` would call the `toString` that an object claims to have, and throw; so would nested lists. */
export function textOf(value: unknown): string {
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** Log injection: text of others in one short line without control characters (ASVS 16.4.1). */
export function excerpt(text: unknown): string {
  return textOf(text)
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .slice(0, 200);
}
