/** Exports an account's data as JSON, without hashes and tokens. */
import { setImmediate as turn } from "node:timers/promises";
import { listEvents } from "../audit/log.ts";
import { listEmails } from "../mail/outbox.ts";
import type { Services } from "../services.ts";
import { listSessions } from "../sessions/session-list.ts";
import { type AccountRow, findUserById } from "../users/users.ts";

const eventsPerBatch = 500;

/** Yields one JSON object in chunks, with dates in ISO 8601. Memory: events are read in batches, because an attacked account has many. */
export async function* exportAccount(s: Services, userId: string): AsyncGenerator<string> {
  const user = await findUserById(s, userId);
  if (!user) throw new Error("The account was deleted during its export.");
  const [sessions, pendingLinks, emails, imports] = await Promise.all([
    listSessions(s, userId),
    listTokens(s, userId),
    listEmails(s, userId),
    listImports(s, userId),
  ]);
  const ofFeatures = await Promise.all(s.catalog.exportData.map(async ({ name, read }) => [name, await read(s, userId)] as const));
  const parts = {
    account: exportColumns(user),
    sessions: sessions.map(({ tokenHash: _, ...session }) => session),
    pendingLinks,
    emails,
    imports,
    ...Object.fromEntries(ofFeatures),
  };
  yield `{\n${Object.entries(parts)
    .map(([name, part]) => `${JSON.stringify(name)}: ${asText(part)}`)
    .join(",\n")},\n"events": [`;
  let after: string | undefined;
  for (;;) {
    const events = await listEvents(s, userId, eventsPerBatch, after);
    yield events.map((event) => `${event === events[0] && after === undefined ? "" : ","}\n${asText(event)}`).join("");
    if (events.length < eventsPerBatch) break;
    after = events.at(-1)?.id;
    await turn();
  }
  yield "\n]\n}\n";
}

/** Name of each column in the export, or `false` for columns left out. The type requires a decision for each new column. */
const columns = {
  id: "id",
  username: "username",
  // Derived from the username and the email.
  username_key: false,
  email: "email",
  email_key: false,
  // Offline guessing: a stolen export must not contain the hash.
  password_hash: false,
  password_scheme: false,
  // Internal counter.
  security_version: false,
  password_changed_at: "passwordChangedAt",
  created_at: "createdAt",
  last_login_at: "lastLoginAt",
  previous_login_at: "previousLoginAt",
  display_name: "displayName",
  display_name_key: false,
  email_verified_at: "emailVerifiedAt",
  must_verify_since: "mustVerifySince",
  password_failures: "passwordFailures",
  password_locked_at: "passwordLockedAt",
  password_set_by_email_at: "passwordSetByEmailAt",
  compromised_at: "compromisedAt",
  erase_at: "eraseAt",
  disabled_at: "disabledAt",
  roles: "roles",
  extra: "extra",
  locale: "locale",
  two_factor_since: "twoFactorSince",
} satisfies Record<keyof AccountRow, string | false>;

function exportColumns(user: AccountRow): Record<string, unknown> {
  const exported = Object.entries(columns).filter(([, name]) => name !== false);
  return Object.fromEntries(exported.map(([column, name]) => [name, user[column as keyof AccountRow]]));
}

async function listTokens(s: Services, userId: string) {
  const rows = await s.db
    .selectFrom("one_time_tokens")
    .select(["purpose", "email", "created_at", "expires_at"])
    .where("user_id", "=", userId)
    .execute();
  return rows.map(({ purpose, email, created_at, expires_at }) => ({ purpose, email, createdAt: created_at, expiresAt: expires_at }));
}

/** From which account of which application this one was imported, such as `flask:17`. */
async function listImports(s: Services, userId: string) {
  const rows = await s.db.selectFrom("imports").select(["id", "imported_at", "source_created_at"]).where("user_id", "=", userId).execute();
  return rows.map(({ id, imported_at, source_created_at }) => ({ id, importedAt: imported_at, sourceCreatedAt: source_created_at }));
}

/** Replaces milliseconds by ISO 8601 dates. */
function asText(value: object): string {
  const withDate = (key: string, each: unknown) =>
    /(?:At|Since|^at)$/.test(key) && typeof each === "number" ? new Date(each).toISOString() : each;
  return JSON.stringify(value, withDate, 2);
}
