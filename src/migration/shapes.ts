/** Finds the tables and columns of accounts in the source database. */
import { trimTyped } from "../platform/typed-text.ts";
import type { Format } from "./formats.ts";
import { ImportError, type Row, type Source } from "./source.ts";

export const applications = ["flask", "better-auth", "devise", "laravel"] as const;
export type Application = (typeof applications)[number];

/** Importable fields and their common column names, most likely first; case and underscores are ignored if none matches exactly. */
const usual = {
  id: ["id", "user_id", "uuid"],
  username: [
    ...["username", "user_name", "login", "nickname", "name"],
    ...["login_name", "user_login", "nick", "handle", "screen_name", "display_name", "full_name"],
  ],
  email: ["email", "email_address", "mail", "e_mail", "mail_address", "user_email", "primary_email"],
  password: [
    ...["password_hash", "password", "encrypted_password", "pw_hash", "hashed_password", "_password_hash", "_password"],
    ...["password_digest", "crypted_password", "password_hashed", "hashed_pw", "hash_password", "passwd_hash", "pwd_hash", "pass_hash"],
    ...["user_password", "user_pass", "passwd", "pwd", "pass", "pw"],
  ],
  verified: [
    ...["confirmed_at", "email_verified_at", "confirmed", "email_confirmed", "is_confirmed"],
    ...["emailVerified", "email_verified", "email_verified_at", "is_verified", "verified"],
    ...["confirmed_on", "email_confirmed_on", "email_verified_on", "verified_at", "verified_on"],
    ...["is_email_confirmed", "is_email_verified", "user_verified", "user_confirmed"],
  ],
  active: ["active", "is_active", "enabled", "is_enabled"],
  disabled: [
    ...["disabled", "is_disabled", "disabled_at", "banned", "is_banned", "banned_at", "blocked", "is_blocked", "suspended_at"],
    ...["blocked_at", "suspended", "is_suspended", "deactivated", "is_deactivated", "deactivated_at", "inactive", "is_inactive"],
  ],
  deleted: ["deleted_at", "deleted", "is_deleted", "deleted_on", "removed_at", "is_removed"],
  // Names that could also be a flag come last.
  created: [
    ...["created_at", "createdAt", "created_on", "registered_on", "date_joined", "joined_at"],
    ...["registered_at", "registration_date", "date_registered", "user_registered", "signed_up_at", "signed_up_on", "signup_at"],
    ...["signup_date", "sign_up_date", "signup_time", "joined_on", "join_date", "joined_date", "member_since", "date_created"],
    ...["created_date", "creation_date", "create_date", "created_time", "creation_time", "create_time"],
    ...["create_at", "created", "joined", "registered", "signed_up"],
  ],
} as const;
export type Field = keyof typeof usual;
export const fields = Object.keys(usual) as Field[];

export interface Shape {
  readonly table: string;
  /** Columns of the fields that exist. */
  readonly columns: Partial<Record<Field, string>> & { readonly id: string; readonly email: string };
  /** better-auth stores passwords in a separate table. */
  readonly passwords?: { readonly table: string; readonly user: string; readonly provider: string; readonly password: string };
}

export const usualFormat: Readonly<Record<Application, Format>> = {
  flask: "werkzeug",
  "better-auth": "better-auth",
  devise: "devise",
  laravel: "laravel",
};
const usualTables: Readonly<Record<Application, readonly string[]>> = {
  flask: ["user", "users", "account", "accounts", "auth_user"],
  "better-auth": ["user", "users"],
  devise: ["users", "user", "accounts"],
  laravel: ["users", "user"],
};

/** Throws {@link ImportError} that names the missing table or column. */
export async function findShape(source: Source, application: Application, named: Readonly<Record<string, string>>): Promise<Shape> {
  const tables = named["table"] === undefined ? usualTables[application] : [named["table"]];
  for (const table of tables) {
    const columns = await source.columns(table);
    if (columns.length === 0) continue;
    const found = columnsOf(columns, named, table);
    if (application !== "better-auth") {
      if (!found.password) throw missing("password", table, columns);
      return { table, columns: found };
    }
    return { table, columns: found, passwords: await passwordsOf(source) };
  }
  throw new ImportError(`no table ${tables.join(", ")} in the source; name it with --map table=NAME`);
}

function columnsOf(columns: readonly string[], named: Readonly<Record<string, string>>, table: string): Shape["columns"] {
  const found: Partial<Record<Field, string>> = {};
  for (const field of fields) {
    const given = named[field];
    if (given !== undefined && !columns.includes(given))
      throw new ImportError(`table ${table} has no column ${given}; it has ${columns.join(", ")}`);
    const column = given ?? usualColumn(columns, usual[field]);
    if (column !== undefined) found[field] = column;
  }
  const { id, email } = found;
  if (id === undefined) throw missing("id", table, columns);
  if (email === undefined) throw missing("email", table, columns);
  return { ...found, id, email };
}

function usualColumn(columns: readonly string[], names: readonly string[]): string | undefined {
  const exact = names.find((name) => columns.includes(name));
  if (exact !== undefined) return exact;
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  for (const name of names) {
    const alike = columns.find((column) => plain(column) === plain(name));
    if (alike !== undefined) return alike;
  }
  return undefined;
}

async function passwordsOf(source: Source): Promise<NonNullable<Shape["passwords"]>> {
  const table = "account";
  const columns = await source.columns(table);
  const column = (...names: string[]) => names.find((name) => columns.includes(name));
  const [user, provider, password] = [column("userId", "user_id"), column("providerId", "provider_id"), column("password")];
  if (!user || !provider || !password) throw new ImportError("no table account with userId, providerId and password in the source");
  return { table, user, provider, password };
}

function missing(field: Field, table: string, columns: readonly string[]): ImportError {
  return new ImportError(`table ${table} has no column for ${field}; name it with --map ${field}=COLUMN (columns: ${columns.join(", ")})`);
}

/** An account of the source. */
export interface SourceAccount {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly hash: string;
  /** Undefined if the source has no such column. */
  readonly isVerified: boolean | undefined;
  readonly isActive: boolean;
  /** Soft-deleted. */
  readonly isDeleted: boolean;
  readonly createdAt: number | undefined;
}

const perBatch = 500;

/** Reads all accounts in batches. */
export async function* readAccounts(source: Source, { table, columns, passwords }: Shape): AsyncGenerator<SourceAccount[]> {
  const names = [...new Set(Object.values(columns))];
  let after: unknown;
  for (;;) {
    const rows = await source.page({ table, columns: names, key: columns.id, after, count: perBatch });
    if (rows.length === 0) return;
    const hashes =
      passwords &&
      (await readPasswords(
        source,
        passwords,
        rows.map((row) => row[columns.id]),
      ));
    yield rows.map((row) => accountOf(row, columns, hashes));
    after = rows.at(-1)?.[columns.id];
  }
}

async function readPasswords(
  source: Source,
  where: NonNullable<Shape["passwords"]>,
  ids: readonly unknown[],
): Promise<Map<string, string>> {
  const { table, user, provider, password } = where;
  const rows = await source.having({ table, columns: [user, provider, password], column: user, values: ids });
  const own = rows.filter((row) => row[provider] === "credential");
  return new Map(own.map((row) => [text(row[user]), text(row[password])]));
}

function accountOf(row: Row, columns: Shape["columns"], hashes: Map<string, string> | undefined): SourceAccount {
  const value = (field: Field) => (columns[field] === undefined ? undefined : row[columns[field]]);
  const id = text(value("id"));
  return {
    id,
    username: text(value("username")),
    email: trimTyped(text(value("email"))),
    hash: hashes ? (hashes.get(id) ?? "") : text(value("password")),
    isVerified: columns.verified === undefined ? undefined : isTrue(value("verified")),
    isActive: (columns.active === undefined || isTrue(value("active"))) && !isTrue(value("disabled")),
    isDeleted: isTrue(value("deleted")),
    createdAt: instant(value("created")),
  };
}

function text(value: unknown): string {
  if (value === null || value === undefined) return "";
  return value instanceof Uint8Array ? Buffer.from(value).toString() : String(value);
}

/** Reads a flag, or the time at which it became true. */
function isTrue(value: unknown): boolean {
  return !(
    value === null ||
    value === undefined ||
    value === false ||
    value === 0 ||
    value === 0n ||
    /^(?:|0|f|false|no)$/i.test(text(value))
  );
}

/** Reads seconds, milliseconds or microseconds since 1970, or a date; UTC without a zone, as SQLAlchemy and Laravel write it. */
function instant(value: unknown): number | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.getTime();
  const written = text(value).trim();
  if (/^\d{9,17}$/.test(written)) return Math.floor(Number(written) * (written.length <= 10 ? 1_000 : written.length <= 14 ? 1 : 0.001));
  const [, day = "", time = "00:00:00", zone = "Z"] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))? ?(Z|[+-]\d\d(?::?\d\d)?)?$/i.exec(written) ?? [];
  // PostgreSQL writes `+02` for `+02:00`.
  const at = Date.parse(`${day}T${time}${/^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone}`);
  return Number.isNaN(at) ? undefined : at;
}
