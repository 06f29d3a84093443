/** Keeps the tokens of accounts that trust this browser in a cookie. */
import type { TrustChange } from "../../core/two-factor/trusted-devices.ts";
import type { Context } from "../context.ts";
import { readCookie, writeCookie } from "./cookies.ts";

const maxAccounts = 5;

/** Tokens of all accounts that use this browser; which one belongs to an account, only its rows tell. */
export function readTrustedTokens(c: Context): readonly string[] {
  const cookie = readCookie(c, "trusted") ?? "";
  return cookie.split(".", maxAccounts).filter((token) => /^[\w-]{64}$/.test(token));
}

export function writeTrustedToken(c: Context, { token, replaces }: TrustChange): void {
  const others = readTrustedTokens(c).filter((each) => !replaces.includes(each));
  const maxAgeSeconds = Math.ceil(c.get("s").settings.twoFactorTrustMs / 1_000);
  writeCookie(c, "trusted", [token, ...others].slice(0, maxAccounts).join("."), maxAgeSeconds);
}
