/** Recognizes known devices of an account by a signed cookie. */
import { randomBytes } from "node:crypto";
import type { DeviceOwner } from "../../core/request-info.ts";
import type { Context } from "../context.ts";
import { readCookie, seal, unseal, writeCookie } from "./cookies.ts";

const maxAccounts = 5;
const maxAgeSeconds = 365 * 24 * 3_600;

/**
 * Returns the device ID of this browser for the account; undefined if it never logged in to it. Lockout: whoever logged in by the password alone
 * is not known at the second step, or a thief from before it was turned on could use up the limit of the owner's devices (ASVS 6.3.1).
 */
export function knownDevice(c: Context, user: DeviceOwner, step?: "second-step"): string | undefined {
  const entry = findEntry(c, user);
  if (entry === undefined) return undefined;
  const [mark, nonce, secondStepOf] = entry.split(" ");
  if (step !== undefined && user.two_factor_since !== null && secondStepOf !== String(user.two_factor_since)) return undefined;
  return `${mark} ${nonce}`;
}

/**
 * Marks this browser as a known device of the account. Returns the device ID. `byEmail`: it has only redeemed an emailed link, and not passed
 * the second step.
 */
export function rememberDevice(c: Context, user: DeviceOwner, { byEmail = false } = {}): string {
  const known = findEntry(c, user);
  const mark = c.get("s").keyring.sign("device", ownerText(user)).toString("base64url");
  const nonce = known?.split(" ")[1] ?? randomBytes(16).toString("base64url");
  const others = readEntries(c).filter((entry) => entry !== known);
  const device = `${mark} ${nonce}`;
  const entry = byEmail || user.two_factor_since === null ? device : `${device} ${user.two_factor_since}`;
  const entries = [entry, ...others].slice(0, maxAccounts);
  writeCookie(c, "device", seal(c.get("s").keyring, "device", entries.join("\n")), maxAgeSeconds);
  return device;
}

function findEntry(c: Context, user: DeviceOwner): string | undefined {
  return readEntries(c).find((entry) => isFor(c, user, entry));
}

function isFor(c: Context, user: DeviceOwner, entry: string): boolean {
  return c.get("s").keyring.verify("device", ownerText(user), Buffer.from(entry.split(" ")[0] ?? "", "base64url"));
}

// Stolen device cookie: bound to the time of the last password change, so the next change revokes it.
function ownerText(user: DeviceOwner): string {
  return `${user.id} ${user.password_changed_at}`;
}

function readEntries(c: Context): string[] {
  return unseal(c.get("s").keyring, "device", readCookie(c, "device"))?.split("\n") ?? [];
}
