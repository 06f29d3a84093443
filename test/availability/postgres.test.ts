/** Tests PostgreSQL outages: closed and frozen connections, read-only, failover. */
// Runs end to end: it stops and starts databases.
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Person, type TestApp, testApp } from "../person.ts";
import { type PostgresServer, startPostgres, startStandby, template } from "../postgres.ts";

const limits = { LIMIT_SIGNUP_PER_IP: "100000/1h", LIMIT_LOGIN_PER_IP: "100000/1h", LIMIT_LOGIN_PER_ACCOUNT: "100000/1h" };
let server: PostgresServer;
let operator: pg.Client;
let app: TestApp;
let ada: Person;

beforeAll(async () => {
  server = await startPostgres();
  app = await testApp({ DATABASE_URL: server.url(template), DATABASE_TIMEOUT: "5s", ...limits });
  ada = await app.person().isLoggedIn();
  operator = await connect(server.url("postgres"));
});
afterAll(async () => {
  await app.close();
  await operator.end();
  await server.remove();
});

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Runs a query in the app's database. */
async function query<Row>(text: string, url = server.url(template)): Promise<Row[]> {
  const client = await connect(url);
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

const ownConnections = "from pg_stat_activity where application_name = 'latchkey'";

async function set(name: string, value: string): Promise<void> {
  await operator.query(`alter system set ${name} = ${value}`);
  await operator.query("select pg_reload_conf()");
  while ((await query<{ now: string }>(`select current_setting('${name}') as now`))[0]?.now !== value.replaceAll("'", "")) await pause(10);
}

function expectUnavailable({ status, headers }: Answer): void {
  expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
}

/** Returns the status of /readyz after its cached result has expired. */
async function readyStatus(): Promise<number> {
  app.passes(5_000);
  return (await app.person().opens("/readyz")).status;
}

async function expectRecovered(of = app): Promise<void> {
  of.passes(20_000);
  while ((await of.person().opens("/readyz")).status !== 200) of.passes(1_000);
  // Broken connections of the pool are discarded one by one.
  await Promise.all(Array.from({ length: 12 }, () => of.person().opens("/readyz")));
  const grace = of.person({ username: `grace${of.s.now()}`, email: `grace${of.s.now()}@example.com` });
  expect((await grace.signsUp()).status).toBe(303);
  expect((await grace.logsIn()).status).toBe(303);
  expect((await grace.opens("/dashboard")).status).toBe(200);
}

describe("closed connections", () => {
  it("PostgreSQL: connections terminated in use lead to correct responses or 503", {
    tags: ["asvs-16.5.2"],
  }, async () => {
    const answers: Answer[] = [];
    let isStopped = false;
    const names: string[] = [];
    const load = Array.from({ length: 6 }, async (_, line) => {
      for (let i = 0; !isStopped; i++) {
        const username = `line${line}x${i}`;
        const answer = await (line % 2 === 0
          ? app.person({ username, email: `${username}@example.com` }).signsUp()
          : line === 1
            ? ada.opens("/dashboard")
            : ada.sendsJson("/login", { email: "nobody@example.com", password: "x" }));
        answers.push(answer);
        if (line % 2 === 0 && answer.status === 303) names.push(username);
      }
    });
    for (let round = 0; round < 20; round++) {
      await operator.query(`select pg_terminate_backend(pid) ${ownConnections}`);
      const before = answers.length;
      while (answers.length < before + 6) await pause(10);
    }
    isStopped = true;
    await Promise.all(load);
    expect(answers.filter(({ status }) => ![200, 303, 401, 403, 503].includes(status)).map(({ status }) => status)).toEqual([]);
    for (const answer of answers.filter(({ status }) => status === 503)) expectUnavailable(answer);
    const kept = new Set((await query<{ username: string }>("select username from users")).map(({ username }) => username));
    expect(names.filter((name) => !kept.has(name))).toEqual([]);
    await expectRecovered();
  });

  it.skipIf(process.platform !== "linux")("PostgreSQL: frozen connections time out with 503, and work again afterwards", async () => {
    const { rows } = await operator.query<{ pid: number }>(`select pid ${ownConnections}`);
    for (const { pid } of rows) process.kill(pid, "SIGSTOP");
    try {
      const frozen = await Promise.all(
        Array.from({ length: 12 }, () => app.person().sendsJson("/login", { email: "x@x.x", password: "x" })),
      );
      expect(frozen.filter(({ status }) => ![401, 503].includes(status)).map(({ status }) => status)).toEqual([]);
      expect(frozen.map(({ status }) => status)).toContain(503);
    } finally {
      for (const { pid } of rows) process.kill(pid, "SIGCONT");
    }
    await expectRecovered();
  });
});

describe("rejected writes", () => {
  afterEach(() => expectRecovered());

  it("PostgreSQL read-only: writes and /readyz return 503, and reads work", async () => {
    expect((await app.person().opens("/readyz")).status).toBe(200);
    await set("default_transaction_read_only", "on");
    try {
      expectUnavailable(await app.person().logsIn());
      expectUnavailable(await app.person().sendsJson("/login", { email: "ada@example.com", password: "x" }));
      expect((await ada.opens("/dashboard")).status).toBe(200);
      expect((await app.person().opens("/healthz")).status).toBe(200);
      app.passes(9_999);
      const no = await app.person().opens("/readyz");
      expectUnavailable(no);
    } finally {
      await set("default_transaction_read_only", "off");
    }
    expect(await readyStatus()).toBe(200);
  });

  it("PostgreSQL disk full: logins and /readyz return 503, although small writes succeed", async () => {
    await query(`create function full_disk() returns trigger language plpgsql as $$ begin raise exception 'disk full' using errcode = '53100'; end $$;
      create trigger full_disk before insert on sessions for each row execute function full_disk()`);
    try {
      expectUnavailable(await app.person().logsIn());
      expectUnavailable(await app.person().opens("/readyz"));
    } finally {
      await query("drop function full_disk cascade");
    }
  });

  it("PostgreSQL serialization failures: a login returns 503", async () => {
    await query(`create function conflict() returns trigger language plpgsql as $$ begin raise exception 'conflict' using errcode = '40001'; end $$;
      create trigger conflict before insert on sessions for each row execute function conflict()`);
    try {
      expectUnavailable(await app.person().logsIn());
    } finally {
      await query("drop function conflict cascade");
    }
  });

  it("PostgreSQL without its synchronous standby: writes return 503", async () => {
    await set("synchronous_standby_names", "'none'");
    try {
      expectUnavailable(await app.person().logsIn());
      expect(await readyStatus()).toBe(503);
      // Abandoned commits must free their connections, otherwise reads would fail, too.
      while ((await operator.query(`select pid ${ownConnections} and wait_event = 'SyncRep'`)).rows.length > 0) await pause(10);
      // A cancelled wait, which the server reports as a commit, must return 503 as well.
      let isAnswered = false;
      const answer = app
        .person()
        .logsIn()
        .finally(() => {
          isAnswered = true;
        });
      while (!isAnswered) await operator.query(`select pg_cancel_backend(pid) ${ownConnections} and wait_event = 'SyncRep'`);
      expectUnavailable(await answer);
    } finally {
      await set("synchronous_standby_names", "''");
    }
  });
});

describe("migration while serving", () => {
  it("PostgreSQL migration while serving: a changed column type causes no error", async () => {
    expect((await app.person().logsIn()).status).toBe(303);
    await query("alter table passwords alter column failures type bigint; alter table sessions alter column user_agent type varchar");
    expect((await ada.opens("/dashboard")).status).toBe(200);
    expect((await app.person().logsIn()).status).toBe(303);
    expect((await app.person().signsUp()).status).toBe(422);
    await query("alter table passwords alter column failures type integer; alter table sessions alter column user_agent type text");
    expect((await app.person().logsIn()).status).toBe(303);
  });
});

describe.skipIf(process.platform !== "linux")("several PostgreSQL hosts", () => {
  let standby: PostgresServer;
  let failoverApp: TestApp;
  beforeAll(async () => {
    standby = await startStandby(server);
    const hosts = `127.0.0.1:1,127.0.0.1:${standby.port},127.0.0.1:${server.port}`;
    const url = `postgres://latchkey:for%20tests@${hosts}/${template}?target_session_attrs=read-write`;
    failoverApp = await testApp({ DATABASE_URL: url, ...limits });
  });
  afterAll(async () => {
    await failoverApp.close();
    await standby.remove();
  });

  it("several PostgreSQL hosts: the first writable one is used, also after a failover", async () => {
    const grace = await failoverApp.person({ username: "two", email: "two@example.com" }).isLoggedIn();
    // Waits until the standby has the account.
    while ((await query("select 1 from users where username = 'two'", standby.url(template))).length === 0) await pause(10);
    await server.stop();
    expectUnavailable(await grace.opens("/dashboard"));
    expectUnavailable(await failoverApp.person().sendsJson("/login", { email: "ada@example.com", password: "x" }));
    expect(JSON.stringify(failoverApp.lines.map((line) => ("err" in line ? String((line.err as Error).cause) : "")))).toContain(
      `127.0.0.1:${standby.port}: it is read-only`,
    );
    await query("select pg_promote()", standby.url("postgres"));
    expect((await grace.opens("/dashboard")).status).toBe(200);
    await expectRecovered(failoverApp);
    await server.start();
  });

  it("several PostgreSQL hosts: every connection leaves a demoted primary", async () => {
    await Promise.all(Array.from({ length: 8 }, () => failoverApp.person().opens("/readyz")));
    await query("alter system set default_transaction_read_only = on", standby.url("postgres"));
    await query("select pg_reload_conf()", standby.url("postgres"));
    while ((await query<{ no: string }>("select current_setting('transaction_read_only') as no", standby.url("postgres")))[0]?.no !== "on")
      await pause(10);
    expectUnavailable(await failoverApp.person().logsIn());
    // The first server is running again and writable.
    for (let i = 0; i < 8; i++) expect((await failoverApp.person().logsIn()).status).toBe(303);
  });
});
