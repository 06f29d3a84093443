/** Says what a site asks for at a login, without a query. */
import type { Services } from "../services.ts";
import { passwordWayIn } from "./password/set.ts";

/** Whether users log in with passkeys and nothing else: no passwords, emailed codes or other accounts. */
export function onlyPasskeysLogIn(s: Services): boolean {
  if (s.settings.passwords === "on") return false;
  const offered = offeredWays(s);
  return offered.length > 0 && offered.every(({ name }) => name === "passkey");
}

/** Whether the login form has a field for the email or username: passkeys and other accounts need none. */
export function asksForName(s: Services): boolean {
  return s.settings.passwords === "on" || offeredWays(s).some(({ isInbox }) => isInbox);
}

function offeredWays(s: Services) {
  return s.catalog.waysIn.filter(({ name, isOffered }) => name !== passwordWayIn && (isOffered?.(s) ?? true));
}
