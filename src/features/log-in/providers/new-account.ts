/** Creates the account of a new user of a provider. */
import { createUser } from "../../../core/account/create-account.ts";
import { takeEmailAway } from "../../../core/account/take-email-away.ts";
import { isNameTaken } from "../../../core/account/unverified.ts";
import { recordEvent } from "../../../core/audit/log.ts";
import { type GuardedAccount, lockAccount } from "../../../core/credentials/guard-change.ts";
import { linkIdentity } from "../../../core/identities/identities.ts";
import type { Proof, ProvenLogin } from "../../../core/identities/proofs.ts";
import { perNetwork, tryConsume } from "../../../core/rate-limits/rate-limits.ts";
import type { RequestInfo } from "../../../core/request-info.ts";
import type { Services, Transaction } from "../../../core/services.ts";
import { displayNameProblem } from "../../../core/users/display-name.ts";
import { isReleasedName, UsernameReleasedError } from "../../../core/users/released-usernames.ts";
import {
  type AccountRow,
  displayNameColumns,
  findUserById,
  markEmailVerified,
  usernameKey,
  usernameProblem,
} from "../../../core/users/users.ts";

/** What a new user has chosen. */
export interface NewAccountData {
  readonly username: string;
  /** The site's extra fields. */
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
}

/** The username of the provider, or the beginning of the email; undefined if the user is to be asked. */
export async function proposedUsername(s: Services, login: ProvenLogin, email: string): Promise<NewAccountData | undefined> {
  const extra = s.custom.extraUserFields?.safeParse({});
  if (extra?.success === false) return undefined;
  const username = suggestedUsername(login, email);
  if (username === "" || (await isNameTaken(s, username))) return undefined;
  return { username, extra: extra?.data as Record<string, unknown> | undefined };
}

/** A valid username, or an empty text. */
function suggestedUsername({ username }: Pick<ProvenLogin, "username">, email: string): string {
  const candidates = [username ?? "", email.slice(0, email.lastIndexOf("@"))];
  const valid = candidates.map((text) => text.normalize("NFC").trim()).find((text) => text !== "" && usernameProblem(text) === undefined);
  return valid ?? "";
}

/** {@link suggestedUsername}, or an empty text if an account has it. */
export async function freeUsername(s: Services, { login, email }: Pick<Proof, "login" | "email">): Promise<string> {
  const username = suggestedUsername(login, email);
  return username === "" || (await isNameTaken(s, username)) ? "" : username;
}

interface NewAccount {
  readonly login: ProvenLogin;
  readonly email: string;
  readonly data: NewAccountData;
  /** The unverified account that has the email until now. */
  readonly loser?: GuardedAccount | undefined;
  readonly info: RequestInfo;
}

type Created =
  | { readonly ok: true; readonly user: AccountRow; readonly identityId: string }
  | { readonly ok: false; readonly reason: "username" | "limited" | "taken" | "too-many" };

/** The email is proven. Throws `UsernameReleasedError`, which rolls back, where the username is not free. */
export async function createAccount(tx: Transaction, { login, email, data, loser, info }: NewAccount): Promise<Created> {
  if (await isNameTaken(tx, data.username)) return { ok: false, reason: "username" };
  for (const limit of perNetwork(info, "signup-ip", tx.settings.signupPerIp))
    if (!(await tryConsume(tx, limit))) return { ok: false, reason: "limited" };
  if (loser) {
    await takeEmailAway(tx, loser);
    await recordEvent(tx, loser.id, "email-lost", info);
  }
  const made = await createUser(tx, { username: data.username, email, locale: info.locale, extra: data.extra });
  if (!made.ok) throw new UsernameReleasedError("The username was taken in the meantime.");
  const { id } = made.user;
  // Race: checked after the insert, or a username that is being released now would be missed.
  if (await isReleasedName(tx, usernameKey(data.username), id)) throw new UsernameReleasedError("The username rests.");
  await markEmailVerified(tx, id, email);
  await recordEvent(tx, id, "signed-up", info, { provider: login.provider });
  await takeName(tx, id, login.name);
  const account = await lockAccount(tx, id);
  const linked = account && (await linkIdentity(tx, account, { ...login, isConfirmed: true }));
  if (!linked?.ok) throw new UsernameReleasedError("The identity was linked in the meantime.");
  const user = await findUserById(tx, id);
  if (!user) throw new Error("A new account was deleted within its transaction.");
  return { ok: true, user, identityId: linked.id };
}

/** Once: later changes at the provider change nothing here. */
async function takeName(tx: Transaction, userId: string, name: string | undefined): Promise<void> {
  const text = name?.trim().normalize("NFC") ?? "";
  if (text === "" || displayNameProblem(text) !== undefined) return;
  await tx.db.updateTable("users").set(displayNameColumns(text)).where("id", "=", userId).execute();
}
