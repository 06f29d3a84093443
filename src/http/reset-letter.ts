/** The letter with which a new password is chosen: asked for by its reader, or sent when an account was taken over. */
import type { Services } from "../core/services.ts";
import { issueToken } from "../core/tokens.ts";
import { type Addressee, linkTo, postWords } from "./letters.ts";

/** Posts it to the account's own address, never to what somebody typed (CVE-2019-19844). Older links are dead from then on. */
export async function postReset(tx: Services, user: Addressee): Promise<void> {
  const { token } = await issueToken(tx, { purpose: "reset-password", userId: user.id, email: user.email });
  await postWords(tx, user, {
    subject: `Choose a new password for ${tx.settings.siteName}`,
    paragraphs: [`Somebody, we hope you, asked for a new password for your account at ${tx.settings.siteName}.`],
    action: { text: "Choose a new password", url: linkTo(tx, "/reset-password/choose", token) },
    after: ["The link is good for 30 minutes, and once. If it was not you, do nothing: your password stays as it is."],
  });
}
