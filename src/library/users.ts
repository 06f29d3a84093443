/** Accounts and sessions, for an app's own code. */

import {
  confirmByOperator,
  createByOperator,
  disableUser,
  enableUser,
  endSessionByOperator,
  endSessionsByOperator,
  eraseByOperator,
  replacePassword,
} from "../core/account/admin-actions.ts";
import { hashPassword, passwordProblem } from "../core/credentials/password/passwords.ts";
import { actingAs } from "../core/request-info.ts";
import type { Services } from "../core/services.ts";
import { listSessions } from "../core/sessions/session-list.ts";
import { grantRole, isRole, revokeRole } from "../core/users/roles.ts";
import {
  findUserByEmail,
  findUserById,
  findUserByName,
  isEmail,
  listUsers,
  toUser,
  type UserRow,
  usernameProblem,
} from "../core/users/users.ts";
import { hasInvisible, trimTyped } from "../platform/typed-text.ts";
import { LatchkeyError, type LatchkeySessions, type LatchkeyUser, type LatchkeyUsers, type NewAccount } from "./latchkey.ts";

/** The actor in the audit log. */
const app = actingAs("app");
const mostListed = 1_000;

export function usersOf<Extra>(s: Services): LatchkeyUsers<Extra> {
  const told = (row: UserRow) => toUser(row) as unknown as LatchkeyUser<Extra>;
  return {
    create: async (account) => told(await create(s, account)),
    find: async (who) => {
      const row = await findRow(s, who);
      return row && told(row);
    },
    list: async ({ after = "", count = 100 } = {}) => (await listUsers(s, { after, count: Math.min(count, mostListed) })).map(told),
    setPassword: async (id, password) => {
      const user = await findUserById(s, id);
      if (!user) throw new LatchkeyError("not-found", "There is no such account.");
      await refuseWeak(s, password, user);
      await replacePassword(s, id, await hashPassword(s, password, { account: `app ${id}` }), app);
    },
    confirm: (id) => confirmByOperator(s, id, app),
    disable: (id) => disableUser(s, id, app),
    enable: (id) => enableUser(s, id, app),
    grant: (id, role) => {
      if (!isRole(role)) throw new LatchkeyError("invalid", "A role is 1 to 40 lower-case letters, digits and hyphens.");
      return grantRole(s, id, role, app);
    },
    revoke: (id, role) => revokeRole(s, id, role, app),
    delete: (id) => eraseByOperator(s, id, app),
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
      return session !== undefined && endSessionByOperator(s, userId, session, app);
    },
    endAll: (userId) => endSessionsByOperator(s, userId, app),
  };
}

type Who = { readonly id: string } | { readonly username: string } | { readonly email: string };

function findRow(s: Services, who: Who): Promise<UserRow | undefined> {
  if ("id" in who) return findUserById(s, who.id);
  return "username" in who ? findUserByName(s, who.username) : findUserByEmail(s, who.email);
}

async function create<Extra>(s: Services, account: NewAccount<Extra>): Promise<UserRow> {
  const { password, emailVerified = false } = account;
  const [username, email] = [trimTyped(account.username), trimTyped(account.email)];
  const nameIs = usernameProblem(username);
  if (nameIs) throw new LatchkeyError("invalid", `The user name cannot be used: ${nameIs}.`);
  if (hasInvisible(email)) throw new LatchkeyError("invalid", "The e-mail address has a character in it that nobody sees.");
  if (!isEmail(email)) throw new LatchkeyError("invalid", "The e-mail address is none.");
  if (password !== undefined) await refuseWeak(s, password, { username, email });
  const extra = checkedExtra(s, account.extra);
  const made = await createByOperator(s, { username, email, password, confirmed: emailVerified, extra }, app);
  if (!made.ok) throw new LatchkeyError("taken", `Somebody has this ${made.taken.join(" and this ")} already.`);
  return made.user;
}

function checkedExtra({ custom }: Services, extra: unknown): Record<string, unknown> | undefined {
  if (!custom.extraUserFields) return undefined;
  const read = custom.extraUserFields.safeParse(extra ?? {});
  if (!read.success) throw new LatchkeyError("invalid", `extra: ${read.error.issues.map(({ message }) => message).join(" ")}`);
  return read.data as Record<string, unknown>;
}

async function refuseWeak(s: Services, password: string, { username, email }: Pick<UserRow, "username" | "email">): Promise<void> {
  const problem = await passwordProblem(s, password, [username, email]);
  if (problem) throw new LatchkeyError("invalid", `The password cannot be used: ${problem}.`);
}
