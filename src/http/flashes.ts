/** Messages that are shown once, on the next page. They travel in a signed cookie: before login the server stores nothing. */
import { z } from "zod";
import type { Context } from "./context.ts";
import { dropCookie, readCookie, seal, unseal, writeCookie } from "./cookies.ts";

export type FlashKind = "success" | "info" | "warning" | "danger";

export interface Flash {
  readonly kind: FlashKind;
  /** A whole sentence. `{username}` stands for the visitor's name, so that no cookie carries it. */
  readonly text: string;
}

const flashesShape = z.array(z.object({ kind: z.enum(["success", "info", "warning", "danger"]), text: z.string() }));
const most = 5;

/** Shows a message on this answer's page, or where the answer is a redirect, on the next one. */
export function flash(c: Context, kind: FlashKind, text: string): void {
  c.set("flashes", [...readFlashes(c), { kind, text }].slice(-most));
}

/** Sends the messages along with a redirect. */
export function keepFlashes(c: Context): void {
  if (c.var.flashes) writeCookie(c, "flash", seal(c.var.s.signer, "flash", JSON.stringify(c.var.flashes)));
}

/** The messages to show on this page; they will not be shown again. */
export function takeFlashes(c: Context): readonly Flash[] {
  const flashes = readFlashes(c);
  if (readCookie(c, "flash") !== undefined) dropCookie(c, "flash");
  const username = c.var.visitor?.user.username ?? "";
  return flashes.map(({ kind, text }) => ({ kind, text: text.replaceAll("{username}", () => username) }));
}

function readFlashes(c: Context): readonly Flash[] {
  if (c.var.flashes) return c.var.flashes;
  const text = unseal(c.var.s.signer, "flash", readCookie(c, "flash"));
  return text === undefined ? [] : flashesShape.parse(JSON.parse(text));
}
