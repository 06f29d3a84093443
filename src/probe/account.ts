/** The account that the checks log in to: made by signing up as anybody would, and taken away again. */
import { randomBytes } from "node:crypto";
import type { Seen, Visitor } from "./browser.ts";
import type { Account } from "./check.ts";

/** An account that was made here, with the browser that is kept to take it away. */
export interface Made {
  readonly account: Account;
  readonly username: string;
  readonly keeper: Visitor;
}

/** Signs up and logs in; gives why it could not be done otherwise. The address can belong to nobody (RFC 2606). */
export async function makeAccount(keeper: Visitor): Promise<Made | string> {
  const username = `latchkey-verify-${randomBytes(5).toString("hex")}`;
  const account = { email: `${username}@example.invalid`, password: randomBytes(18).toString("base64url") };
  const answer = await keeper.submit("/signup", { username, ...account, confirm_password: account.password });
  if (answer.status === 404) return "Nobody can sign up here. Name an account of yours with --email.";
  if (answer.ledTo.endsWith("/verify-email")) return "Who signs up here must confirm the address. Name an account of yours with --email.";
  if (answer.status !== 303) return `Signing up answered ${answer.status}. Name an account of yours with --email.`;
  const isIn = await logIn(keeper, account).catch(() => undefined);
  if (!isIn)
    throw new Error(
      `The account ${username} was made, but could not log in to be removed. Remove it with: latchkey users delete ${username}`,
    );
  return { account, username, keeper };
}

/** Takes it away, and says in words what became of it. */
export async function removeAccount({ username, keeper }: Made): Promise<{ readonly isGone: boolean; readonly words: string }> {
  const answer = await keeper.submit("/settings/delete", { username });
  if (answer.status !== 303)
    return {
      isGone: false,
      words: `The account ${username} could not be removed: the answer was ${answer.status}. Remove it with: latchkey users delete ${username}`,
    };
  const { text } = await keeper.send("/");
  const day = /will be deleted on (.+?)\. Log in/.exec(text.replaceAll(/<[^>]*>/g, ""))?.[1];
  return { isGone: true, words: `The account ${username} ${day === undefined ? "is removed" : `is shut, and will be erased on ${day}`}.` };
}

/** Ends a session that is still open in a browser, so that none is left behind on an account of somebody's. */
export async function logOut(browser: Visitor): Promise<void> {
  const csrf_token = await browser.token("/dashboard");
  if (csrf_token !== "") await browser.submit("/logout", { csrf_token });
}

/** The answer of the login; undefined where it did not let the account in. */
export async function logIn(browser: Visitor, account: Account): Promise<Seen | undefined> {
  // The form is shown to whoever is logged in only where they ask for it.
  const csrf_token = await browser.token("/login?switch=1");
  const answer = await browser.submit("/login", { ...account, csrf_token });
  return answer.status === 303 ? answer : undefined;
}

export async function isLoggedIn(browser: Visitor): Promise<boolean> {
  return (await browser.send("/dashboard")).status === 200;
}
