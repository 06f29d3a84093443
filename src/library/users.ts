/** Manages accounts and sessions for the host app. */

import {
  createUserByAdmin,
  disableUser,
  enableUser,
  endSessionByAdmin,
  endSessionsByAdmin,
  eraseByAdmin,
  replacePassword,
  resetTwoFactor,
  unlockUser,
  verifyEmailByAdmin,
} from "../core/account/admin-actions.ts";
import { readFactors } from "../core/account/factors.ts";
import { hashPassword, passwordProblem } from "../core/credentials/password/passwords.ts";
import { actingAs } from "../core/request-info.ts";
import type { Services } from "../core/services.ts";
import { listSessions } from "../core/sessions/session-list.ts";
import { listUsers, toUserDetails } from "../core/users/directory.ts";
import { grantRole, isRole, revokeRole } from "../core/users/roles.ts";
import type { UserDetails, UserPage } from "../core/users/user.ts";
import { type AccountRow, findUserByEmail, findUserById, findUserByName, isEmail, usernameProblem } from "../core/users/users.ts";
import { lazy } from "../platform/lazy.ts";
import { hasInvisible, trimTyped } from "../platform/typed-text.ts";
import { LatchkeyError, type LatchkeySessions, type LatchkeyUsers, type NewAccount } from "./latchkey.ts";

// Loaded at its first use.
const identities = lazy(() => import("../core/identities/identities.ts")).get;

/** The actor of its audit events. */
const app = actingAs("app");

export function usersOf<Extra>(s: Services): LatchkeyUsers<Extra> {
  const publicUser = (row: AccountRow) => toUserDetails(row) as UserDetails<Extra>;
  return {
    create: async (account) => publicUser(await create(s, account)),
    find: async (key) => {
      const row = await findRow(s, key);
      return row && publicUser(row);
    },
    list: async (query = {}) => (await listUsers(s, query)) as UserPage<Extra>,
    setPassword: async (id, password) => {
      const user = await findUserById(s, id);
      if (!user) throw new LatchkeyError("not-found", "No account has this ID.");
      await requireStrong(s, password, user);
      await replacePassword(s, id, await hashPassword(s, password, { account: `app ${id}` }), app);
    },
    factors: async (id) => {
      const user = await findUserById(s, id);
      return user && readFactors(s, user);
    },
    logins: async (id) => (await identities()).listIdentities(s, id),
    unlink: async (id, loginId) =>
      (await (await import("../core/account/unlink-login.ts")).unlinkByAdmin(s, id, loginId, app)) === "unlinked",
    providerTokens: async (id, provider) => (await identities()).readProviderTokens(s, id, provider),
    verifyEmail: (id) => verifyEmailByAdmin(s, id, app),
    resetTwoFactor: (id, reset) => resetTwoFactor(s, id, { ...reset, info: app }),
    disable: (id) => disableUser(s, id, app),
    enable: (id) => enableUser(s, id, app),
    unlock: (id) => unlockUser(s, id, app),
    grant: (id, role) => {
      if (!isRole(role)) throw new LatchkeyError("invalid", "A role must be 1–40 lowercase letters, digits and hyphens.");
      return grantRole(s, id, role, app);
    },
    revoke: (id, role) => revokeRole(s, id, role, app),
    delete: (id) => eraseByAdmin(s, id, app),
  };
}

export function sessionsOf(s: Services): LatchkeySessions {
  return {
    list: async (userId) =>
      (await listSessions(s, userId)).map(({ id, createdAt, lastSeenAt, expiresAt, ip, userAgent }) => ({
        id,
        createdAt,
        lastSeenAt,
        expiresAt,
        ip,
        userAgent,
      })),
    end: async (userId, sessionId) => {
      const session = (await listSessions(s, userId)).find(({ id }) => id === sessionId);
      return session !== undefined && endSessionByAdmin(s, userId, session, app);
    },
    endAll: (userId) => endSessionsByAdmin(s, userId, app),
  };
}

type UserKey = { readonly id: string } | { readonly username: string } | { readonly email: string };

function findRow(s: Services, key: UserKey): Promise<AccountRow | undefined> {
  if ("id" in key) return findUserById(s, key.id);
  return "username" in key ? findUserByName(s, key.username) : findUserByEmail(s, key.email);
}

async function create<Extra>(s: Services, account: NewAccount<Extra>): Promise<AccountRow> {
  const { password, emailVerified = false } = account;
  const [username, email] = [trimTyped(account.username), trimTyped(account.email)];
  const problem = usernameProblem(username);
  if (problem) throw new LatchkeyError("invalid", `username is invalid: ${problem}.`);
  if (hasInvisible(email)) throw new LatchkeyError("invalid", "email contains an invisible character.");
  if (!isEmail(email)) throw new LatchkeyError("invalid", "email is not a valid email.");
  if (password !== undefined) await requireStrong(s, password, { username, email });
  const extra = checkedExtra(s, account.extra);
  const created = await createUserByAdmin(s, { username, email, password, emailVerified, extra }, app);
  if (!created.ok) throw new LatchkeyError("taken", `An account with this ${created.taken.join(" and this ")} already exists.`);
  return created.user;
}

function checkedExtra({ custom }: Services, extra: unknown): Record<string, unknown> | undefined {
  if (!custom.extraUserFields) return undefined;
  const read = custom.extraUserFields.safeParse(extra ?? {});
  if (!read.success) throw new LatchkeyError("invalid", `extra: ${read.error.issues.map(({ message }) => message).join(" ")}`);
  return read.data as Record<string, unknown>;
}

async function requireStrong(s: Services, password: string, { username, email }: Pick<AccountRow, "username" | "email">): Promise<void> {
  if (s.settings.passwords === "off") throw new LatchkeyError("invalid", "Passwords are turned off.", { option: "passwords" });
  const problem = await passwordProblem(s, password, [username, email]);
  if (problem) throw new LatchkeyError("invalid", `password is invalid: ${problem}.`);
}
