/** Creates, logs in and deletes the account used by the checks. */
import { randomBytes } from "node:crypto";
import type { Browser, Response } from "./browser.ts";
import type { Account } from "./check.ts";

/** Result of removing the account or its sessions. */
export interface Cleanup {
  readonly isDone: boolean;
  readonly text: string;
}

/** A created account and the browser that deletes it. */
export interface CreatedAccount {
  readonly account: Account;
  readonly username: string;
  readonly owner: Browser;
}

/** Signs up and logs in; returns the reason if that is not possible. The email domain cannot exist (RFC 2606). */
export async function createAccount(owner: Browser): Promise<CreatedAccount | string> {
  const username = `latchkey-probe-${randomBytes(5).toString("hex")}`;
  const account = { email: `${username}@example.invalid`, password: randomBytes(18).toString("base64url") };
  const answer = await owner.submit("/signup", { username, ...account, confirm_password: account.password });
  if (answer.status === 404) return "Sign-up is closed. Use an existing account with --email.";
  if (answer.redirectedTo.endsWith("/verify-email")) return "Sign-up requires a verified email. Use an existing account with --email.";
  if (answer.status !== 303) return `Sign-up returned ${answer.status}. Use an existing account with --email.`;
  const isLoggedInNow = await logIn(owner, account).catch(() => undefined);
  // The deployment may have LOGIN_WITH=username.
  const named = { ...account, email: username, inbox: account.email };
  if (!isLoggedInNow && (await logIn(owner, named).catch(() => undefined))) return { account: named, username, owner };
  if (!isLoggedInNow)
    throw new Error(`the account ${username} was created but could not log in; delete it with: latchkey users delete ${username}`);
  return { account, username, owner };
}

/** Deletes the account. Returns whether that worked, with a text for the report. */
export async function deleteAccount({ username, owner }: CreatedAccount): Promise<Cleanup> {
  const answer = await owner.submit("/settings/delete", { username });
  if (answer.status !== 303)
    return {
      isDone: false,
      text: `Account ${username} could not be deleted (status ${answer.status}). Delete it with: latchkey users delete ${username}`,
    };
  const { text } = await owner.send("/");
  const day = /deleted on ([^.]+?)\./.exec(text.replaceAll(/<[^>]*>/g, ""))?.[1];
  return { isDone: true, text: `Account ${username} ${day === undefined ? "was deleted" : `is disabled and will be deleted on ${day}`}.` };
}

/** Logs a browser out, so that no session of a given account is left behind. */
export async function logOut(browser: Browser): Promise<void> {
  const csrf_token = await browser.token("/dashboard");
  if (csrf_token !== "") await browser.submit("/logout", { csrf_token });
}

/** Returns the response of a successful login; undefined if it failed. */
export async function logIn(browser: Browser, account: Account): Promise<Response | undefined> {
  // `switch=1` shows the form even if the browser is logged in.
  const csrf_token = await browser.token("/login?switch=1");
  const answer = await browser.submit("/login", { ...account, csrf_token });
  return answer.status === 303 ? answer : undefined;
}

export async function isLoggedIn(browser: Browser): Promise<boolean> {
  return (await browser.send("/dashboard")).status === 200;
}
