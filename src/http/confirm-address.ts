/** Asks a person to confirm an address: a letter with a link, and with digits that are good in the browser that asked. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Services } from "../core/services.ts";
import { issueToken } from "../core/tokens.ts";
import type { Context } from "./context.ts";
import { dropCookie, readCookie, writeCookie } from "./cookies.ts";
import { type Addressee, linkTo, postWords } from "./letters.ts";

/** What this browser asked for: kept encrypted in a cookie, for it holds an address. */
export interface Asking {
  readonly secret: string;
  readonly email: string;
}

const askingShape = z.object({ secret: z.string(), email: z.string() });
const keptForSeconds = 24 * 3_600;

/** Notes in this browser that it asks to confirm an address, whether there is such an account or not. */
export function startAsking(c: Context, email: string): Asking {
  const asking = { secret: randomBytes(32).toString("base64url"), email };
  writeCookie(c, "browser", c.var.s.signer.encrypt("browser", JSON.stringify(asking)), keptForSeconds);
  return asking;
}

export function readAsking(c: Context): Asking | undefined {
  const cookie = readCookie(c, "browser");
  const text = cookie && c.var.s.signer.decrypt("browser", cookie);
  return text ? askingShape.parse(JSON.parse(text)) : undefined;
}

export function stopAsking(c: Context): void {
  dropCookie(c, "browser");
}

/** Posts the letter, in the transaction of what it belongs to. An older letter's link and digits are dead from then on. */
export async function postConfirmation(tx: Services, user: Addressee, asking: Asking): Promise<void> {
  const { token, code } = await issueToken(tx, { purpose: "verify-email", userId: user.id, email: user.email, browser: asking.secret });
  await postWords(tx, user, {
    subject: `Confirm your e-mail address for ${tx.settings.siteName}`,
    paragraphs: [
      `Somebody, we hope you, gave this address at ${tx.settings.siteName}. To confirm that it is yours, type these six digits on the page that is still open:`,
    ],
    code,
    action: { text: "Or confirm with one press of a button", url: linkTo(tx, "/verify-email/confirm", token) },
    after: [
      "The digits are good for 10 minutes, and the button for 24 hours. If it was not you, do nothing: without you, nothing comes of it.",
    ],
  });
}
