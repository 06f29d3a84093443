/** Finds accounts by the name that users log in with (`LOGIN_WITH`). */
import type { Settings } from "../../config/load.ts";
import { emailKey } from "../mail/email-key.ts";
import { isLostEmail } from "../mail/lost-email.ts";
import type { Services } from "../services.ts";
import { type AccountRow, findUserByEmail, findUserByName, usernameKey, usernameProblem } from "./users.ts";

export type LoginWith = Settings["loginWith"];

/** A name as typed at login. */
export interface LoginName {
  readonly kind: "email" | "username";
  readonly text: string;
}

/** Account confusion: usernames contain no `@`, so a text is an email or a username and never both. */
export function readLoginName({ loginWith }: Settings, text: string): LoginName {
  const kind = loginWith === "both" ? (text.includes("@") ? "email" : "username") : loginWith;
  return { kind, text };
}

/** The name that password managers store for an account. */
export function loginNameOf({ loginWith }: Settings, { email, username }: { readonly email: string; readonly username: string }): string {
  return loginWith === "username" ? username : email;
}

/** The key that the rate limits of this name count. */
export function loginNameKey({ kind, text }: LoginName): string {
  return kind === "email" ? emailKey(text) : `username ${usernameKey(text)}`;
}

/** Runs one query for every name. */
export function findUserByLoginName(s: Services, { kind, text }: LoginName): Promise<AccountRow | undefined> {
  if (kind === "email")
    return text.includes("@") || s.settings.providers.length === 0 ? findUserByEmail(s, text) : findWithoutEmail(s, text);
  // Unverified sign-ups have a placeholder key, which is no valid username. PostgreSQL refuses text with a NUL.
  return findUserByName(s, usernameProblem(text) === undefined ? text : "");
}

/** Lockout: an account that has lost its email to its owner logs in with its username, until it has another email. */
async function findWithoutEmail(s: Services, username: string): Promise<AccountRow | undefined> {
  const found = await findUserByName(s, usernameProblem(username) === undefined ? username : "");
  return found && isLostEmail(found.email) ? found : undefined;
}
