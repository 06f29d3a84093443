/** Creates every table. */
import { type Kysely, PostgresAdapter, sql } from "kysely";

type Db = Kysely<unknown>;

export async function up(db: Db): Promise<void> {
  const types = typesOf(db);
  await createUsers(db, types);
  await createUserSearch(db);
  await createPasswords(db, types);
  await createSessions(db, types);
  await createOneTimeTokens(db, types);
  await createRateLimits(db, types);
  await createMail(db, types);
  await createAudit(db, types);
  await createAuditChain(db, types);
  await createSigningKeys(db, types);
  await createImports(db, types);
  await createSubmittedForms(db, types);
  await createWriteProbes(db);
}

type Types = ReturnType<typeof typesOf>;

function typesOf(db: Db) {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  return {
    bytes: isPostgres ? sql`bytea` : sql`blob`,
    // Account takeover: a collation that folds case or accents would make two keys equal. Also independent of the machine's locale.
    text: isPostgres ? sql`text collate "C"` : sql`text`,
  };
}

async function createUsers(db: Db, { text }: Types): Promise<void> {
  await db.schema
    .createTable("users")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("username", text, (c) => c.notNull())
    .addColumn("username_key", text, (c) => c.notNull().unique())
    .addColumn("email", text, (c) => c.notNull())
    .addColumn("email_key", text, (c) => c.notNull().unique())
    .addColumn("email_verified_at", "bigint")
    .addColumn("must_verify_since", "bigint")
    .addColumn("display_name", text)
    .addColumn("display_name_key", text)
    .addColumn("locale", text)
    .addColumn("roles", text, (c) => c.notNull().defaultTo(""))
    .addColumn("extra", text)
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("last_login_at", "bigint")
    .addColumn("previous_login_at", "bigint")
    .addColumn("security_version", "integer", (c) => c.notNull().defaultTo(0))
    .addColumn("compromised_at", "bigint")
    .addColumn("disabled_at", "bigint")
    .addColumn("erase_at", "bigint")
    .execute();
  await db.schema.createIndex("users_created_at").on("users").columns(["created_at", "id"]).execute();
  await db.schema.createIndex("users_last_login_at").on("users").columns(["last_login_at", "id"]).execute();
  await createPartialIndex(db, "users_display_name_key", "users", "display_name_key");
  await createPartialIndex(db, "users_erase_at", "users", "erase_at");
  await createPartialIndex(db, "users_must_verify_since", "users", "must_verify_since");
  await db.schema.createIndex("users_disabled").on("users").column("id").where(sql.ref("disabled_at"), "is not", null).execute();
  await db.schema.createIndex("users_unverified").on("users").column("id").where(sql.ref("email_verified_at"), "is", null).execute();
  await db.schema.createIndex("users_roles").on("users").columns(["roles", "id"]).where(sql<boolean>`roles <> ''`).execute();
  await db.schema
    .createTable("released_usernames")
    .addColumn("key_hash", text, (c) => c.primaryKey())
    .addColumn("owner", text, (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("released_usernames_expires_at").on("released_usernames").column("expires_at").execute();
  // The erasure of an account finds its rows.
  await db.schema.createIndex("released_usernames_owner").on("released_usernames").column("owner").execute();
}

/** Indexes every part of names and emails of three characters and more. */
async function createUserSearch(db: Db): Promise<void> {
  if (db.getExecutor().adapter instanceof PostgresAdapter) {
    await postgresSearch.execute(db);
    return;
  }
  // `users` has no stable row number: a vacuum may change it.
  await sql`create table users_search_rows (number integer primary key, user_id text not null unique)`.execute(db);
  // Without the text and the positions: a search reads the users that it found.
  await sql`create virtual table users_search using fts5(text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1')`.execute(
    db,
  );
  // Data left in the index: deleted entries are removed, and not only marked (ASVS 14.2.7).
  await sql`insert into users_search (users_search, rank) values ('secure-delete', 1)`.execute(db);
  for (const trigger of searchTriggers) await trigger.execute(db);
}

/** Keys of a user, one per line. Unverified accounts have a placeholder instead of a username key. */
const oldText = sql`replace(old.username_key, ':' || old.id, '') || char(10) || old.email_key || char(10) || coalesce(old.display_name_key, '')`;
const newText = sql`replace(new.username_key, ':' || new.id, '') || char(10) || new.email_key || char(10) || coalesce(new.display_name_key, '')`;
const unindexOld = sql`insert into users_search (users_search, rowid, text) select 'delete', number, ${oldText} from users_search_rows where user_id = old.id`;
const indexNew = sql`insert into users_search (rowid, text) select number, ${newText} from users_search_rows where user_id = new.id`;

/** The only triggers of a SQLite database: they index users in the statement that changes them. */
export const searchTriggers = [
  sql`create trigger users_search_insert after insert on users begin insert into users_search_rows (user_id) values (new.id); ${indexNew}; end`,
  sql`create trigger users_search_update after update of username_key, email_key, display_name_key on users when ${oldText} <> ${newText} begin ${unindexOld}; ${indexNew}; end`,
  sql`create trigger users_search_delete after delete on users begin ${unindexOld}; delete from users_search_rows where user_id = old.id; end`,
] as const;

/** Without pg_trgm and the right to create it there is no index, and a search finds beginnings only. */
const postgresSearch = sql`do $search$
declare home text;
begin
  begin
    create extension if not exists pg_trgm;
  exception when others then
    raise notice 'pg_trgm is not available: %', sqlerrm;
  end;
  select nspname into home from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace where extname = 'pg_trgm';
  if home is not null then
    execute $text$create index users_search on users using gin
      ((replace(username_key, ':' || id, '') || chr(10) || email_key || chr(10) || coalesce(display_name_key, '')) $text$ || quote_ident(home) || '.gin_trgm_ops)';
  end if;
end $search$`;

async function createPasswords(db: Db, { text }: Types): Promise<void> {
  await db.schema
    .createTable("passwords")
    .addColumn("user_id", text, (c) => c.primaryKey().references("users.id").onDelete("cascade"))
    .addColumn("hash", text, (c) => c.notNull())
    .addColumn("scheme", text)
    .addColumn("changed_at", "bigint", (c) => c.notNull())
    .addColumn("failures", "integer", (c) => c.notNull().defaultTo(0))
    .addColumn("locked_at", "bigint")
    .addColumn("set_by_email_at", "bigint")
    .execute();
  await createPartialIndex(db, "passwords_scheme", "passwords", "scheme");
  await db.schema.createIndex("passwords_locked").on("passwords").column("user_id").where(sql.ref("locked_at"), "is not", null).execute();
}

async function createSessions(db: Db, { bytes, text }: Types): Promise<void> {
  await db.schema
    .createTable("sessions")
    .addColumn("token_hash", bytes, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("remembered", "integer", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("last_seen_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .addColumn("authenticated_at", "bigint", (c) => c.notNull().defaultTo(0))
    .addColumn("methods", text, (c) => c.notNull().defaultTo(""))
    .addColumn("ip", text, (c) => c.notNull().defaultTo(""))
    .addColumn("user_agent", text, (c) => c.notNull().defaultTo(""))
    .execute();
  await db.schema.createIndex("sessions_user_id").on("sessions").column("user_id").execute();
  await db.schema.createIndex("sessions_expires_at").on("sessions").column("expires_at").execute();
  await db.schema.createIndex("sessions_last_seen_at").on("sessions").columns(["remembered", "last_seen_at"]).execute();
}

async function createOneTimeTokens(db: Db, { bytes, text }: Types): Promise<void> {
  await db.schema
    .createTable("one_time_tokens")
    .addColumn("token_hash", bytes, (c) => c.primaryKey())
    .addColumn("purpose", text, (c) => c.notNull())
    .addColumn("user_id", text, (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("email", text, (c) => c.notNull())
    .addColumn("payload", text)
    .addColumn("code_hash", text)
    .addColumn("code_expires_at", "bigint", (c) => c.notNull())
    .addColumn("tries_left", "integer", (c) => c.notNull())
    .addColumn("browser_hash", bytes)
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("one_time_tokens_user").on("one_time_tokens").columns(["user_id", "purpose"]).execute();
  await db.schema.createIndex("one_time_tokens_expires_at").on("one_time_tokens").column("expires_at").execute();
  // A typed code belongs to the browser that asked for it.
  await db.schema
    .createIndex("one_time_tokens_browser_hash")
    .on("one_time_tokens")
    .column("browser_hash")
    .where(sql.ref("browser_hash"), "is not", null)
    .execute();
}

async function createRateLimits(db: Db, { text }: Types): Promise<void> {
  await db.schema
    .createTable("rate_limits")
    .addColumn("budget", text, (c) => c.primaryKey())
    .addColumn("hits", "integer", (c) => c.notNull())
    .addColumn("resets_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("rate_limits_resets_at").on("rate_limits").column("resets_at").execute();
}

async function createMail(db: Db, { text }: Types): Promise<void> {
  await db.schema
    .createTable("outbox")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.references("users.id").onDelete("cascade"))
    .addColumn("kind", text)
    .addColumn("message", text)
    .addColumn("attempts", "integer", (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("due_at", "bigint")
    .addColumn("expires_at", "bigint")
    .addColumn("failed_at", "bigint")
    .addColumn("failure", text)
    .execute();
  await createPartialIndex(db, "outbox_due_at", "outbox", "due_at");
  await db.schema.createIndex("outbox_kept").on("outbox").column("created_at").where(sql.ref("due_at"), "is", null).execute();
  await db.schema.createIndex("outbox_user_id").on("outbox").column("user_id").execute();
  await db.schema.createIndex("outbox_failed").on("outbox").column("id").where(sql.ref("failed_at"), "is not", null).execute();
}

async function createAudit(db: Db, { text }: Types): Promise<void> {
  await db.schema
    .createTable("audit")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("user_id", text)
    .addColumn("event", text, (c) => c.notNull())
    .addColumn("ip", text, (c) => c.notNull())
    .addColumn("user_agent", text, (c) => c.notNull())
    .addColumn("actor", text)
    .addColumn("provider", text)
    .addColumn("happened_at", "bigint", (c) => c.notNull())
    .addColumn("sealed", "integer")
    .execute();
  await db.schema.createIndex("audit_user_id").on("audit").columns(["user_id", "id"]).execute();
  await db.schema.createIndex("audit_happened_at").on("audit").column("happened_at").execute();
  await db.schema.createIndex("audit_event").on("audit").columns(["event", "id"]).execute();
  await db.schema.createIndex("audit_unsealed").on("audit").column("id").where(sql.ref("sealed"), "is", null).execute();
}

async function createAuditChain(db: Db, { text }: Types): Promise<void> {
  await db.schema
    .createTable("audit_seals")
    .addColumn("record_id", text, (c) => c.primaryKey())
    .addColumn("day", text, (c) => c.notNull())
    .addColumn("number", "integer", (c) => c.notNull())
    .addColumn("happened_at", "bigint", (c) => c.notNull())
    .addColumn("owner", text)
    .addColumn("facts", text, (c) => c.notNull())
    .addColumn("personal", text, (c) => c.notNull())
    .addColumn("salt", text)
    .addColumn("link", text, (c) => c.notNull())
    .addColumn("key_id", text, (c) => c.notNull())
    .execute();
  // Not unique: swapped seals must be stored to be found.
  await db.schema.createIndex("audit_seals_day").on("audit_seals").columns(["day", "number"]).execute();
  await db.schema.createIndex("audit_seals_owner").on("audit_seals").column("owner").where(sql.ref("owner"), "is not", null).execute();
  await db.schema
    .createTable("audit_days")
    .addColumn("day", text, (c) => c.primaryKey())
    .addColumn("number", "integer", (c) => c.notNull().unique())
    .addColumn("count", "integer", (c) => c.notNull())
    .addColumn("last_link", text, (c) => c.notNull())
    .addColumn("last_at", "bigint", (c) => c.notNull())
    .addColumn("key_id", text, (c) => c.notNull())
    .addColumn("mac", text, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("audit_erasures")
    .addColumn("owner", text, (c) => c.primaryKey())
    .addColumn("erased_at", "bigint", (c) => c.notNull())
    .addColumn("key_id", text, (c) => c.notNull())
    .addColumn("mac", text, (c) => c.notNull())
    .execute();
  await db.schema.createIndex("audit_erasures_erased_at").on("audit_erasures").column("erased_at").execute();
  await db.schema
    .createTable("audit_head")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("swept_until", "bigint", (c) => c.notNull())
    .addColumn("key_id", text, (c) => c.notNull())
    .addColumn("mac", text, (c) => c.notNull())
    .execute();
  await sql`insert into audit_head (id, swept_until, key_id, mac) values ('head', 0, '', '')`.execute(db);
}

async function createSigningKeys(db: Db, { text }: Types): Promise<void> {
  await db.schema
    .createTable("signing_keys")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("algorithm", text, (c) => c.notNull())
    .addColumn("use", text, (c) => c.notNull())
    .addColumn("number", "integer", (c) => c.notNull())
    .addColumn("public_key", text, (c) => c.notNull())
    .addColumn("private_key", text, (c) => c.notNull())
    .addColumn("created_at", "bigint", (c) => c.notNull())
    .addColumn("signs_from", "bigint", (c) => c.notNull())
    .addColumn("published_until", "bigint")
    .addUniqueConstraint("signing_keys_number", ["use", "algorithm", "number"])
    .execute();
  await createPartialIndex(db, "signing_keys_published_until", "signing_keys", "published_until");
}

async function createImports(db: Db, { bytes, text }: Types): Promise<void> {
  await db.schema
    .createTable("imports")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("user_id", text, (c) => c.notNull().references("users.id").onDelete("cascade"))
    .addColumn("digest", text, (c) => c.notNull())
    .addColumn("imported_at", "bigint", (c) => c.notNull())
    .addColumn("remember_spent_at", "bigint")
    .addColumn("sessions_ended_at", "bigint")
    .addColumn("source_email_digest", text)
    .addColumn("given_email_digest", text)
    .addColumn("source_created_at", "bigint")
    .addColumn("format", text)
    .addColumn("disabled_at", "bigint")
    .execute();
  await db.schema.createIndex("imports_user_id").on("imports").column("user_id").execute();
  await db.schema
    .createTable("legacy_cookies")
    .addColumn("cookie_hash", bytes, (c) => c.primaryKey())
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("legacy_cookies_expires_at").on("legacy_cookies").column("expires_at").execute();
}

async function createSubmittedForms(db: Db, { text }: Types): Promise<void> {
  await db.schema
    .createTable("submitted_forms")
    .addColumn("id", text, (c) => c.primaryKey())
    .addColumn("request", text, (c) => c.notNull())
    .addColumn("answer", text)
    .addColumn("expires_at", "bigint", (c) => c.notNull())
    .execute();
  await db.schema.createIndex("submitted_forms_expires_at").on("submitted_forms").column("expires_at").execute();
}

async function createWriteProbes(db: Db): Promise<void> {
  await db.schema
    .createTable("write_probes")
    .addColumn("id", "integer", (c) => c.primaryKey())
    .addColumn("written_at", "bigint", (c) => c.notNull())
    .execute();
}

/** Indexes one column of the rows where it is not null. */
async function createPartialIndex(db: Db, name: string, table: string, column: string): Promise<void> {
  await db.schema.createIndex(name).on(table).column(column).where(sql.ref(column), "is not", null).execute();
}
