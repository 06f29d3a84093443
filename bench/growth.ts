/** Measures session and account lookups among few and many rows. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { readSettings } from "../src/config/load.ts";
import { closeServices, openServices } from "../src/core/open-services.ts";
import type { Services } from "../src/core/services.ts";
import { findVisitor, type SessionToken } from "../src/core/sessions/session.ts";
import { countSessions } from "../src/core/sessions/session-list.ts";
import { findUserByEmail } from "../src/core/users/users.ts";
import { migrate } from "../src/db/migrate.ts";
import { openDatabase } from "../src/db/open.ts";
import { startPostgres } from "../test/postgres.ts";

interface Growth {
  readonly what: string;
  readonly few: number[];
  readonly many: number[];
  readonly unit: string;
}

/** Number of sessions whose tokens are looked up. */
const lookups = 2_000;
const rounds = 7;

export async function growth(quick: boolean): Promise<Growth[]> {
  const [few, many] = quick ? [10_000, 200_000] : [10_000, 10_000_000];
  const folder = mkdtempSync(join(tmpdir(), "latchkey-growth-"));
  const sqlite = await compare("SQLite", [few, many], (count) => fillFile(join(folder, `${count}.sqlite`), count));
  rmSync(folder, { recursive: true });
  const server = await startPostgres();
  const postgres = await compare("PostgreSQL", [few, Math.min(many, 2_000_000)], (count) => fillServer(server.url(""), count));
  await server.remove();
  return [...sqlite, ...postgres];
}

async function compare(
  engine: string,
  [few, many]: readonly [number, number],
  fill: (count: number) => Promise<string>,
): Promise<Growth[]> {
  const services: Services[] = [];
  for (const count of [few, many]) {
    console.error(`  ${engine}: inserting ${count.toLocaleString("en")} accounts and sessions`);
    const settings = readSettings({ DATABASE_URL: await fill(count), SECRET_KEY: "k9".repeat(20), LOG_LEVEL: "silent" });
    services.push(await openServices(settings));
  }
  const [small, large] = services as [Services, Services];
  const growths = [
    { what: "session lookup", run: findSessions },
    { what: "account lookup", run: findAccounts },
    { what: "count of an account's sessions", run: countOwnSessions },
  ].map((each) => ({ ...each, few: [] as number[], many: [] as number[] }));
  for (let round = -1; round < rounds; round++) {
    for (const { run, few: fewTimes, many: manyTimes } of growths) {
      const [inSmall, inLarge] = [await run(small, few), await run(large, many)];
      if (round < 0) continue;
      fewTimes.push(inSmall);
      manyTimes.push(inLarge);
    }
  }
  for (const each of services) await closeServices(each);
  const from = `${many.toLocaleString("en")} compared to ${few.toLocaleString("en")}, ${engine}`;
  return growths.map(({ what, few: fewTimes, many: manyTimes }) => ({
    what: `${what}, ${from}`,
    few: fewTimes,
    many: manyTimes,
    unit: "µs",
  }));
}

/** Disk space of rows and their indexes, set by `fillFile`. */
export const disk: { readonly what: string; readonly bytes: number }[] = [];

const tokenOf = (i: number) => createHash("sha256").update(`token ${i}`).digest("base64url") as SessionToken;

async function findSessions(s: Services): Promise<number> {
  return microseconds(async (i) => (await findVisitor(s, tokenOf(i))) !== undefined);
}

async function findAccounts(s: Services, count: number): Promise<number> {
  return microseconds(async (i) => (await findUserByEmail(s, `${nameOf((i * 7_919 * 1_237) % count)}@example.com`)) !== undefined);
}

async function countOwnSessions(s: Services): Promise<number> {
  return microseconds(async (i) => (await countSessions(s, i.toString(16).padStart(32, "0"))) === 1);
}

/** Zero-padded, so that rows are appended to their index, which is faster. */
const nameOf = (i: number) => `person${String(i).padStart(8, "0")}`;

async function microseconds(find: (i: number) => Promise<boolean>): Promise<number> {
  const startedAt = performance.now();
  for (let i = 0; i < lookups; i++) if (!(await find(i))) throw new Error("An inserted row was not found.");
  return ((performance.now() - startedAt) * 1_000) / lookups;
}

const password = `$argon2id$v=19$m=19456,t=2,p=1$${"a".repeat(22)}$${"b".repeat(43)}`;
const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

async function fillFile(path: string, count: number): Promise<string> {
  const url = `sqlite:${path}`;
  const db = await openDatabase({ url });
  await migrate(db);
  await db.destroy();
  const database = new DatabaseSync(path);
  database.exec("pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -2000000; begin");
  const now = Date.now();
  database.exec(`
    with recursive n(i) as (select 0 union all select i + 1 from n where i < ${count - 1})
    insert into users (id, username, username_key, email, email_key, created_at, email_verified_at)
    select printf('%032x', i), name, name, name || '@example.com', name || '@example.com', ${now}, ${now}
    from (select i, printf('person%08d', i) as name from n);
    insert into passwords (user_id, hash, changed_at) select id, '${password}', ${now} from users;
  `);
  const users = bytesOf(database);
  const rest = `0, ${now}, ${now}, ${now + 80_000_000}, ${now}, '203.0.113.0', '${agent}'`;
  const columns = "token_hash, user_id, remembered, created_at, last_seen_at, expires_at, authenticated_at, ip, user_agent";
  // Evenly spread hashes in order, because inserting at random positions is slow.
  const step = Math.floor(2 ** 47 / count);
  database.exec(`
    with recursive n(i) as (select ${lookups} union all select i + 1 from n where i < ${count - 1})
    insert into sessions (${columns})
    select unhex(printf('%012x', i * ${step}) || hex(randomblob(26))), printf('%032x', i), ${rest} from n;
  `);
  const insert = database.prepare(`insert into sessions (${columns}) values (?, printf('%032x', ?), ${rest})`);
  for (let i = 0; i < lookups; i++) insert.run(createHash("sha256").update(tokenOf(i)).digest(), i);
  database.exec("commit");
  const all = bytesOf(database);
  database.close();
  disk.push({ what: `disk per account, of ${count.toLocaleString("en")}, SQLite`, bytes: users / count });
  disk.push({ what: `disk per session, of ${count.toLocaleString("en")}, SQLite`, bytes: (all - users) / count });
  return url;
}

function bytesOf(database: DatabaseSync): number {
  const [pages, size] = ["page_count", "page_size"].map((name) => Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0]);
  return Number(pages) * Number(size);
}

async function fillServer(url: string, count: number): Promise<string> {
  const name = `growth_${count}`;
  const admin = new pg.Client({ connectionString: `${url}postgres` });
  await admin.connect();
  await admin.query(`create database ${name} template latchkey_template`);
  await admin.end();
  const client = new pg.Client({ connectionString: url + name });
  await client.connect();
  const now = Date.now();
  await client.query(`
    insert into users (id, username, username_key, email, email_key, created_at, email_verified_at)
    select lpad(to_hex(i), 32, '0'), name, name, name || '@example.com', name || '@example.com', ${now}, ${now}
    from (select i, 'person' || lpad(i::text, 8, '0') as name from generate_series(0, ${count - 1}) i) as made`);
  await client.query(`insert into passwords (user_id, hash, changed_at) select id, '${password}', ${now} from users`);
  const columns = "token_hash, user_id, remembered, created_at, last_seen_at, expires_at, authenticated_at, ip, user_agent";
  const rest = `0, ${now}, ${now}, ${now + 80_000_000}, ${now}, '203.0.113.0', '${agent}'`;
  await client.query(
    `insert into sessions (${columns}) select sha256(i::text::bytea), lpad(to_hex(i), 32, '0'), ${rest} from generate_series(${lookups}, ${count - 1}) i`,
  );
  for (let i = 0; i < lookups; i++)
    await client.query(`insert into sessions (${columns}) values ($1, lpad(to_hex($2::int), 32, '0'), ${rest})`, [
      createHash("sha256").update(tokenOf(i)).digest(),
      i,
    ]);
  await client.query("vacuum analyze");
  await client.end();
  return url + name;
}
