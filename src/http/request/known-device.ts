/** Recognizes known devices of an account by a signed cookie. */
import { randomBytes } from "node:crypto";
import type { DeviceOwner } from "../../core/request-info.ts";
import type { Context } from "../context.ts";
import { readCookie, seal, unseal, writeCookie } from "./cookies.ts";

const maxAccounts = 5;
const maxAgeSeconds = 365 * 24 * 3_600;

/** Returns the device ID of this browser for the account; undefined if it never logged in to it. */
export function knownDevice(c: Context, user: DeviceOwner): string | undefined {
  return readEntries(c).find((entry) => isFor(c, user, entry));
}

/** Marks this browser as a known device of the account. Returns the device ID. */
export function rememberDevice(c: Context, user: DeviceOwner): string {
  const known = knownDevice(c, user);
  const mark = c.get("s").keyring.sign("device", ownerText(user)).toString("base64url");
  const nonce = known?.split(" ")[1] ?? randomBytes(16).toString("base64url");
  const others = readEntries(c).filter((entry) => entry !== known);
  const device = `${mark} ${nonce}`;
  const entries = [device, ...others].slice(0, maxAccounts);
  writeCookie(c, "device", seal(c.get("s").keyring, "device", entries.join("\n")), maxAgeSeconds);
  return device;
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
