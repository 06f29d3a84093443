/** The letter with which a new password is chosen: asked for by its reader, or sent when an account was taken over. */

import { issueToken } from "../core/one-time-tokens/one-time-tokens.ts";
import type { Transaction } from "../core/services.ts";
import { linkTo, type Recipient, sendEmail } from "./letters.ts";

const nobody: Recipient = { id: "", username: "somebody", display_name: null, email: "" };

/**
 * Posts it to the account's own address, never to what somebody typed (CVE-2019-19844). Older links are dead from then on.
 * Where there is no account, the same statements write a letter to nobody, so that neither words nor time tell (ASVS 6.3.8).
 */
export async function postReset(tx: Transaction, user: Resetting | undefined): Promise<void> {
  const to = user ?? nobody;
  const { token } = await issueToken(tx, { purpose: "reset-password", userId: to.id, email: to.email });
  await sendEmail(
    tx,
    { ...to, id: user?.id ?? null },
    {
      kind: "reset-password",
      subject: `Choose a new password for ${tx.settings.siteName}`,
      paragraphs: [`Somebody, we hope you, asked for a new password for your account at ${tx.settings.siteName}.`],
      action: { text: "Choose a new password", url: linkTo(tx, "/reset-password/choose", token) },
      after: [
        isShut(user)
          ? "The link is good for 30 minutes, and once. Until you choose one, your old password opens nothing."
          : "The link is good for 30 minutes, and once. If it was not you, do nothing: your password stays as it is.",
      ],
    },
  );
}

/** Whom it is for, and whether their password still opens anything. */
interface Resetting extends Recipient {
  readonly reported_at: number | null;
  readonly password_set_aside_at: number | null;
}

function isShut(user: Resetting | undefined): boolean {
  return user !== undefined && (user.reported_at !== null || user.password_set_aside_at !== null);
}
