/** Asks a person to confirm an address: a letter with a link, and with digits that are good in the browser that asked. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Services } from "../core/services.ts";
import { issueToken } from "../core/tokens.ts";
import { emailKey } from "../core/users.ts";
import type { Context } from "./context.ts";
import { dropCookie, readCookie, writeCookie } from "./cookies.ts";
import { type Addressee, linkTo, postWords } from "./letters.ts";

/** What this browser asked for: kept encrypted in a cookie, for it holds an address. */
export interface Asking {
  readonly secret: string;
  /** As it was typed. */
  readonly email: string;
  /** The account that was made or opened here, and no other that has the same address by now; nobody's where there is none. */
  readonly userId: string;
}

const askingShape = z.object({ secret: z.string(), email: z.string(), userId: z.string() });
const keptForSeconds = 24 * 3_600;

/** Notes in this browser that it asks to confirm an address: an account's, or without `userId` one that it may be told nothing of. */
export function startAsking(c: Context, { email, userId = c.get("s").newId() }: { email: string; userId?: string | undefined }): Asking {
  const known = readAsking(c);
  // Of the same account: then the digits in its last letter stay good here.
  const secret = known?.userId === userId ? known.secret : randomBytes(32).toString("base64url");
  return keep(c, { secret, email, userId });
}

/** The same after a login that failed: what this browser asked for that address before still counts. */
export function askAfterLogin(c: Context, { email, userId }: { email: string; userId: string | undefined }): void {
  const known = readAsking(c);
  const isKnown = userId === undefined && known !== undefined && emailKey(known.email) === emailKey(email);
  startAsking(c, { email, userId: isKnown ? known.userId : userId });
}

function keep(c: Context, asking: Asking): Asking {
  writeCookie(c, "browser", c.get("s").signer.encrypt("browser", JSON.stringify(asking)), keptForSeconds);
  return asking;
}

export function readAsking(c: Context): Asking | undefined {
  const cookie = readCookie(c, "browser");
  const text = cookie && c.get("s").signer.decrypt("browser", cookie);
  return text ? askingShape.safeParse(JSON.parse(text)).data : undefined;
}

export function stopAsking(c: Context): void {
  dropCookie(c, "browser");
}

/**
 * Posts the letter, in the transaction of what it belongs to. An older letter's link and digits are dead from then on. For nobody,
 * it writes as much and sends nothing (ASVS 6.3.8).
 */
export async function postConfirmation(tx: Services, user: Addressee | undefined, { secret }: Asking): Promise<void> {
  const email = user?.email ?? "";
  const { token, code } = await issueToken(tx, { purpose: "verify-email", userId: user?.id ?? "", email, browser: secret });
  // Without a name: until the mailbox is proved it may be a stranger's, and the name an advertisement.
  const to = { id: user?.id ?? null, username: "", display_name: null, email };
  await postWords(tx, to, {
    kind: "verify-email",
    subject: `Confirm your e-mail address for ${tx.settings.siteName}`,
    paragraphs: [
      `Somebody, we hope you, gave this address at ${tx.settings.siteName}. To confirm that it is yours, type these six digits on the page that is still open:`,
    ],
    code,
    action: { text: "Or confirm here", url: linkTo(tx, "/verify-email/confirm", token) },
    after: [
      "The digits are good for 10 minutes, and the button for 24 hours. If it was not you, do nothing: without you, nothing comes of it.",
    ],
  });
}
