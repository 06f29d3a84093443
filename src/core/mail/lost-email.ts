/** Recognises the placeholder of an email that an account has lost to its owner. */

/** Reserved (RFC 2606), so that no email can go there. */
export const lostEmailHost = "lost-email.invalid";

export function isLostEmail(email: string): boolean {
  return email.endsWith(`@${lostEmailHost}`);
}
