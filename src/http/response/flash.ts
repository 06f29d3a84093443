/** Messages that are shown once, on the next page. They travel in a signed cookie: before login the server stores nothing. */

import { z } from "zod";
import type { Context, Flash, FlashKind } from "../context.ts";
import { dropCookie, readCookie, seal, unseal, writeCookie } from "../request/cookies.ts";

const flashesShape = z.array(z.object({ kind: z.enum(["success", "info", "warning", "danger"]), text: z.string() }));
const most = 5;

/** Shows a message on this answer's page, or where the answer is a redirect, on the next one. */
export function flash(c: Context, kind: FlashKind, text: string): void {
  // Said by several tabs before a page shows it, it is said once.
  const others = readFlashes(c).filter((each) => each.kind !== kind || each.text !== text);
  c.set("flashes", [...others, { kind, text }].slice(-most));
}

/** Sends the messages along with a redirect. */
export function keepFlashes(c: Context): void {
  const flashes = c.get("flashes");
  if (flashes) writeCookie(c, "flash", seal(c.get("s").keyring, "flash", JSON.stringify(flashes)));
}

/** The messages to show on this page; they will not be shown again. */
export function takeFlashes(c: Context): readonly Flash[] {
  const cookie = readCookie(c, "flash");
  if (cookie !== undefined) dropCookie(c, "flash");
  else if (!c.get("flashes")) return none;
  const flashes = readFlashes(c);
  const name = c.get("visitor")?.user.displayName ?? "";
  return flashes.map(({ kind, text }) => ({ kind, text: text.replaceAll("{name}", () => name) }));
}

const none: readonly Flash[] = [];

function readFlashes(c: Context): readonly Flash[] {
  const said = c.get("flashes");
  if (said) return said;
  const cookie = readCookie(c, "flash");
  if (cookie === undefined) return none;
  const text = unseal(c.get("s").keyring, "flash", cookie);
  return text === undefined ? [] : flashesShape.parse(JSON.parse(text));
}
