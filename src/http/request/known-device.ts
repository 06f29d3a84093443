/** Recognises a browser that has logged in to an account before, by a signed cookie that holds neither name nor address. */
import { randomBytes } from "node:crypto";
import type { UserRow } from "../../core/users/users.ts";
import type { Context } from "../context.ts";
import { readCookie, seal, unseal, writeCookie } from "./cookies.ts";

const mostAccounts = 5;
const keptForSeconds = 365 * 24 * 3_600;

/** What this browser is called for this account, or undefined where it never logged in to it. */
export function knownDevice(c: Context, user: UserRow): string | undefined {
  return readEntries(c).find((entry) => isFor(c, user, entry));
}

/** Notes in the browser that it has logged in to this account. Gives what it is called for it from now on. */
export function rememberDevice(c: Context, user: UserRow): string {
  const known = knownDevice(c, user);
  const mark = c.get("s").keyring.sign("device", accountOf(user)).toString("base64url");
  const nonce = known?.split(" ")[1] ?? randomBytes(16).toString("base64url");
  const others = readEntries(c).filter((entry) => entry !== known);
  const device = `${mark} ${nonce}`;
  const entries = [device, ...others].slice(0, mostAccounts);
  writeCookie(c, "device", seal(c.get("s").keyring, "device", entries.join("\n")), keptForSeconds);
  return device;
}

function isFor(c: Context, user: UserRow, entry: string): boolean {
  return c.get("s").keyring.verify("device", accountOf(user), Buffer.from(entry.split(" ")[0] ?? "", "base64url"));
}

/** Changes with the password, so a cookie that was stolen along with the old one is worth nothing after. */
function accountOf(user: UserRow): string {
  return `${user.id} ${user.password_changed_at}`;
}

function readEntries(c: Context): string[] {
  return unseal(c.get("s").keyring, "device", readCookie(c, "device"))?.split("\n") ?? [];
}
