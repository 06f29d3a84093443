/** Measures how long the administrators' pages block the event loop among a million accounts. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { actingAs } from "../src/core/request-info.ts";
import { grantRole } from "../src/core/users/roles.ts";
import { findUserByName } from "../src/core/users/users.ts";
import { migrate } from "../src/db/migrate.ts";
import { openDatabase } from "../src/db/open.ts";
import { type Person, testApp } from "../test/person.ts";

export interface PageBlock {
  readonly path: string;
  /** Longest block of each request, in milliseconds of CPU time. */
  readonly blocks: number[];
  /** Duration of each request, in milliseconds. */
  readonly times: number[];
}

const rounds = 5;

export async function measureAdminPages(quick: boolean): Promise<{ readonly accounts: number; readonly pages: PageBlock[] }> {
  const accounts = quick ? 50_000 : 1_000_000;
  const folder = mkdtempSync(join(tmpdir(), "latchkey-admin-"));
  const path = join(folder, "admin.sqlite");
  try {
    console.error(`  SQLite: inserting ${accounts.toLocaleString("en")} accounts`);
    await fill(path, accounts);
    const app = await testApp({ DATABASE_URL: `sqlite:${path}` });
    const administrator = await app.person({ username: "administrator" }).isLoggedIn();
    const id = (await findUserByName(app.s, "administrator"))?.id ?? "";
    await grantRole(app.s, id, "admin", actingAs("command line"));
    const pages: PageBlock[] = [];
    for (const each of pathsOf(await middleOf(administrator))) {
      const page: PageBlock = { path: each, blocks: [], times: [] };
      for (let round = -1; round < rounds; round++) {
        const { blockMs, timeMs } = await longestBlock(() => administrator.opens(each));
        if (round < 0) continue;
        page.blocks.push(blockMs);
        page.times.push(timeMs);
      }
      console.error(`  ${each}: ${Math.max(...page.blocks).toFixed(1)} ms of ${Math.max(...page.times).toFixed(0)} ms`);
      pages.push(page);
    }
    await app.close();
    return { accounts, pages };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Middle {
  readonly id: string;
  readonly next: string;
}

async function middleOf(administrator: Person): Promise<Middle> {
  const answer = await administrator.opens("/admin?search=grace.alan&status=active", { accept: "application/json" });
  const { users, next } = answer.json() as { users: { id: string }[]; next: string };
  return { id: users[0]?.id ?? "", next };
}

function pathsOf({ id, next }: Middle): string[] {
  const queries = [
    "",
    ...["created", "last-login", "username", "email"].flatMap((sort) => [`sort=${sort}&order=asc`, `sort=${sort}&order=desc`]),
    ...["created", "last-login", "email"].flatMap((sort) => [`sort=${sort}&after=${next}`, `sort=${sort}&before=${next}`]),
    ...["active", "unverified", "disabled", "locked", "deletion"].map((status) => `status=${status}`),
    ...["editor", "admin", "*", "nobody"].map((role) => `role=${role}`),
    ...["on", "off"].map((state) => `two-factor=${state}`),
    // Common, rare and without a match.
    ...["a", "zz", "ada", "example.com", "grace.alan", "vint.radia", "12345", "gmail.com@", "qzx"].map((search) => `search=${search}`),
    ...["created", "last-login"].map((sort) => `search=example&status=active&role=editor&sort=${sort}`),
    // Each filter has many matches, and all together have none.
    "search=gmail.com&status=disabled&role=editor",
  ];
  return [
    ...queries.map((query) => `/admin${query === "" ? "" : `?${query}`}`),
    "/admin/events",
    "/admin/events?event=login-failed",
    "/admin/events?event=account-imported",
    `/admin/events?user=${id}&event=account-imported`,
    "/admin/failed-emails",
    "/admin/charts",
    `/admin/user?id=${id}`,
    `/admin/user/confirm?id=${id}&act=disable`,
  ];
}

/** Longest CPU time of one turn of the event loop. Not its duration: other programs on the machine interrupt it. */
async function longestBlock(work: () => Promise<unknown>): Promise<{ blockMs: number; timeMs: number }> {
  const startedAt = performance.now();
  let [last, blockMs, isOver] = [cpuMs(), 0, false];
  const turn = () => {
    const now = cpuMs();
    blockMs = Math.max(blockMs, now - last);
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isOver = true;
  turn();
  return { blockMs, timeMs: performance.now() - startedAt };
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

async function fill(path: string, accounts: number): Promise<void> {
  const db = await openDatabase({ url: `sqlite:${path}` });
  await migrate(db);
  await db.destroy();
  const database = new DatabaseSync(path);
  database.exec("pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -1000000; begin");
  const names = "ada grace linus margaret alan barbara donald edsger frances john katherine leslie niklaus radia tim vint".split(" ");
  const list = names.map((name, i) => `when ${i} then '${name}'`).join(" ");
  const nameAt = (index: string) => `case (${index}) % ${names.length} ${list} end`;
  const now = Date.now();
  const dayMs = 86_400_000;
  // The triggers of the index run for each row.
  database.exec(`
    with recursive n(i) as (select 0 union all select i + 1 from n where i < ${accounts - 1}),
      made as (select i, ${nameAt("i * 7 + i / 31")} || '.' || ${nameAt("i * 3 + i / 17")} || ((i * 7919) % ${accounts}) as name from n)
    insert into users (id, username, username_key, email, email_key, created_at, last_login_at, email_verified_at, disabled_at, erase_at, roles)
    select printf('%08x-0000-7000-8000-%012x', i / 256, i), name, name,
      name || case i % 3 when 0 then '@example.com' when 1 then '@gmail.com' else '@mail.example' end,
      name || case i % 3 when 0 then '@example.com' when 1 then '@gmail.com' else '@mail.example' end,
      ${now} - (i * 7919) % ${accounts} * 1000, case when i % 4 = 0 then null else ${now} - (i * 104729) % ${accounts} end,
      case when i % 10 = 0 then null else ${now} end, case when i % 30 = 0 then ${now} end, case when i % 997 = 0 then ${now + dayMs} end,
      case when i % 500 = 2 then 'editor' when i % 20 = 5 then 'member' else '' end
    from made;
    insert into passwords (user_id, hash, changed_at, locked_at) select id, 'x', ${now}, case when rowid % 200 = 0 then ${now} end from users;
    with recursive n(i) as (select 0 union all select i + 1 from n where i < ${accounts / 2 - 1})
    insert into audit (id, user_id, event, ip, user_agent, happened_at, sealed)
    select printf('%s-7000-8000-%012x', (select substr(printf('%012x', ${now - 30 * dayMs} + i * ${Math.floor((30 * dayMs) / (accounts / 2))}), 1, 8) || '-' ||
      substr(printf('%012x', ${now - 30 * dayMs} + i * ${Math.floor((30 * dayMs) / (accounts / 2))}), 9)), i),
      (select id from users where rowid = 1 + (i * 7919) % ${accounts}), case i % 3 when 0 then 'login-failed' when 1 then 'logged-in' else 'signed-up' end,
      '203.0.113.9', 'curl/8', ${now - 30 * dayMs} + i * ${Math.floor((30 * dayMs) / (accounts / 2))}, 1 from n;
  `);
  database.exec("commit");
  database.close();
}
