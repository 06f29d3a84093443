/** Shows flash messages once; a signed cookie keeps them through redirects. */
import { z } from "zod";
import type { MessageReference } from "../../i18n/messages.ts";
import type { Context, Flash, FlashKind } from "../context.ts";
import { expireCookie, readCookie, seal, unseal, writeCookie } from "../request/cookies.ts";
import { localeOf } from "../request/locale.ts";

const valueShape = z.union([
  z.string(),
  z.number(),
  z.object({ instant: z.number() }),
  z.object({ reader: z.enum(["username", "displayName"]) }),
]);
const messageShape = z.union([z.string(), z.object({ key: z.string(), parameters: z.record(z.string(), valueShape).optional() })]);
const flashesShape = z.array(z.object({ kind: z.enum(["success", "info", "warning", "danger"]), message: messageShape }));
const maxFlashes = 5;

/** Shows a message on this page, or after a redirect on the next page, in that page's language. */
export function flash(c: Context, kind: FlashKind, message: MessageReference): void {
  addFlash(c, { kind, message });
}

/** Like `flash`, for a sentence of the host app; `{name}` becomes the display name. */
export function flashSentence(c: Context, kind: FlashKind, sentence: string): void {
  addFlash(c, { kind, message: sentence });
}

function addFlash(c: Context, added: Flash): void {
  // Several tabs may add the same message before a page shows it.
  const others = readFlashes(c).filter((each) => !isSame(each, added));
  c.set("flashes", [...others, added].slice(-maxFlashes));
}

function isSame(a: Flash, b: Flash): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Stores the messages in the cookie before a redirect. */
export function storeFlashes(c: Context): void {
  const flashes = c.get("flashes");
  if (flashes) writeCookie(c, "flash", seal(c.get("s").keyring, "flash", JSON.stringify(flashes)));
}

export interface ShownFlash {
  readonly kind: FlashKind;
  readonly text: string;
}

/** Returns the messages for this page and deletes them. */
export function takeFlashes(c: Context): readonly ShownFlash[] {
  const cookie = readCookie(c, "flash");
  if (cookie !== undefined) expireCookie(c, "flash");
  else if (!c.get("flashes")) return none;
  return readFlashes(c).flatMap(({ kind, message }) => {
    const text = textOf(c, message);
    return text === undefined ? [] : [{ kind, text }];
  });
}

/** Undefined if the message contains a username and the user has logged out. */
function textOf(c: Context, message: Flash["message"]): string | undefined {
  const user = c.get("visitor")?.user;
  if (typeof message === "string") return message.replaceAll("{name}", () => user?.displayName ?? "");
  return c.get("s").translations.render(localeOf(c), message, user);
}

const none: readonly never[] = [];

function readFlashes(c: Context): readonly Flash[] {
  const added = c.get("flashes");
  if (added) return added;
  const cookie = readCookie(c, "flash");
  if (cookie === undefined) return none;
  const text = unseal(c.get("s").keyring, "flash", cookie);
  // A cookie of an earlier version may have another shape.
  return text === undefined ? none : (flashesShape.safeParse(JSON.parse(text)).data ?? none);
}
