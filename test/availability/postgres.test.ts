/** Staying up: a PostgreSQL server that ends connections, freezes, takes no writes, is full, loses its standby or fails over. */
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
  app = await testApp({ DATABASE_URL: server.url(template), DATABASE_TIMEOUT: "1s", ...limits });
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

/** In the database of the app. */
async function ask<Row>(text: string, url = server.url(template)): Promise<Row[]> {
  const client = await connect(url);
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

const theirs = "from pg_stat_activity where application_name = 'latchkey'";

async function set(name: string, value: string): Promise<void> {
  await operator.query(`alter system set ${name} = ${value}`);
  await operator.query("select pg_reload_conf()");
  while ((await ask<{ now: string }>(`select current_setting('${name}') as now`))[0]?.now !== value.replaceAll("'", "")) await pause(10);
}

function isUnavailable({ status, headers }: Answer): void {
  expect([status, headers.get("retry-after")]).toEqual([503, "5"]);
}

/** Asked anew, however lately it was asked before. */
async function isReady(): Promise<number> {
  app.passes(5_000);
  return (await app.person().opens("/readyz")).status;
}

async function allIsWell(of = app): Promise<void> {
  of.passes(20_000);
  while ((await of.person().opens("/readyz")).status !== 200) of.passes(1_000);
  // What was made before may have to go first, one by one.
  await Promise.all(Array.from({ length: 12 }, () => of.person().opens("/readyz")));
  const grace = of.person({ username: `grace${of.s.now()}`, email: `grace${of.s.now()}@example.com` });
  expect((await grace.signsUp()).status).toBe(303);
  expect((await grace.logsIn()).status).toBe(303);
  expect((await grace.opens("/dashboard")).status).toBe(200);
}

describe("connections that end", () => {
  it("while they are in use, or before a commit is answered, end nothing: the answer is right or 503", {
    tags: ["asvs-16.5.2"],
  }, async () => {
    const answers: Answer[] = [];
    let isOver = false;
    const names: string[] = [];
    const load = Array.from({ length: 6 }, async (_, line) => {
      for (let i = 0; !isOver; i++) {
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
      await operator.query(`select pg_terminate_backend(pid) ${theirs}`);
      const before = answers.length;
      while (answers.length < before + 6) await pause(10);
    }
    isOver = true;
    await Promise.all(load);
    expect(answers.filter(({ status }) => ![200, 303, 401, 403, 503].includes(status)).map(({ status }) => status)).toEqual([]);
    for (const answer of answers.filter(({ status }) => status === 503)) isUnavailable(answer);
    const kept = new Set((await ask<{ username: string }>("select username from users")).map(({ username }) => username));
    expect(names.filter((name) => !kept.has(name))).toEqual([]);
    await allIsWell();
  });

  it.skipIf(process.platform !== "linux")("are given up when they freeze, and are none the worse when they thaw", async () => {
    const { rows } = await operator.query<{ pid: number }>(`select pid ${theirs}`);
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
    await allIsWell();
  });
});

describe("a server that takes no writes", () => {
  afterEach(() => allIsWell());

  it("is told of by 503 where something is written, by /readyz within ten seconds, and serves who only reads", async () => {
    expect((await app.person().opens("/readyz")).status).toBe(200);
    await set("default_transaction_read_only", "on");
    try {
      isUnavailable(await app.person().logsIn());
      isUnavailable(await app.person().sendsJson("/login", { email: "ada@example.com", password: "x" }));
      expect((await ada.opens("/dashboard")).status).toBe(200);
      expect((await app.person().opens("/healthz")).status).toBe(200);
      app.passes(9_999);
      const no = await app.person().opens("/readyz");
      isUnavailable(no);
    } finally {
      await set("default_transaction_read_only", "off");
    }
    expect(await isReady()).toBe(200);
  });

  it("for its disk is full, is told of by /readyz even where the smallest write is still taken", async () => {
    await ask(`create function full_disk() returns trigger language plpgsql as $$ begin raise exception 'disk full' using errcode = '53100'; end $$;
      create trigger full_disk before insert on sessions for each row execute function full_disk()`);
    try {
      isUnavailable(await app.person().logsIn());
      isUnavailable(await app.person().opens("/readyz"));
    } finally {
      await ask("drop function full_disk cascade");
    }
  });

  it("for others are always faster, is told of by 503", async () => {
    await ask(`create function conflict() returns trigger language plpgsql as $$ begin raise exception 'conflict' using errcode = '40001'; end $$;
      create trigger conflict before insert on sessions for each row execute function conflict()`);
    try {
      isUnavailable(await app.person().logsIn());
    } finally {
      await ask("drop function conflict cascade");
    }
  });

  it("for its synchronous standby is lost, acknowledges nothing", async () => {
    await set("synchronous_standby_names", "'nobody'");
    try {
      isUnavailable(await app.person().logsIn());
      expect(await isReady()).toBe(503);
      // What was given up holds no place on the server, or soon nobody could even read.
      while ((await operator.query(`select pid ${theirs} and wait_event = 'SyncRep'`)).rows.length > 0) await pause(10);
      // Nor where somebody cuts the wait short, which the server takes for done.
      let isAnswered = false;
      const answer = app
        .person()
        .logsIn()
        .finally(() => {
          isAnswered = true;
        });
      while (!isAnswered) await operator.query(`select pg_cancel_backend(pid) ${theirs} and wait_event = 'SyncRep'`);
      isUnavailable(await answer);
    } finally {
      await set("synchronous_standby_names", "''");
    }
  });
});

describe("a migration of a newer version beside this one", () => {
  it("that changes the type of a column stops nothing", async () => {
    expect((await app.person().logsIn()).status).toBe(303);
    await ask("alter table passwords alter column failures type bigint; alter table sessions alter column user_agent type varchar");
    expect((await ada.opens("/dashboard")).status).toBe(200);
    expect((await app.person().logsIn()).status).toBe(303);
    expect((await app.person().signsUp()).status).toBe(422);
    await ask("alter table passwords alter column failures type integer; alter table sessions alter column user_agent type text");
    expect((await app.person().logsIn()).status).toBe(303);
  });
});

describe.skipIf(process.platform !== "linux")("several hosts", () => {
  let standby: PostgresServer;
  let two: TestApp;
  beforeAll(async () => {
    standby = await startStandby(server);
    const hosts = `127.0.0.1:1,127.0.0.1:${standby.port},127.0.0.1:${server.port}`;
    const url = `postgres://latchkey:for%20tests@${hosts}/${template}?target_session_attrs=read-write`;
    two = await testApp({ DATABASE_URL: url, ...limits });
  });
  afterAll(async () => {
    await two.close();
    await standby.remove();
  });

  it("are asked in turn until one takes writes, and again when that one fails", async () => {
    const grace = await two.person({ username: "two", email: "two@example.com" }).isLoggedIn();
    // The standby has it before it takes over.
    while ((await ask("select 1 from users where username = 'two'", standby.url(template))).length === 0) await pause(10);
    await server.stop();
    isUnavailable(await grace.opens("/dashboard"));
    isUnavailable(await two.person().sendsJson("/login", { email: "ada@example.com", password: "x" }));
    expect(JSON.stringify(two.lines.map((line) => ("err" in line ? String((line.err as Error).cause) : "")))).toContain(
      `127.0.0.1:${standby.port}: it is read-only`,
    );
    await ask("select pg_promote()", standby.url("postgres"));
    expect((await grace.opens("/dashboard")).status).toBe(200);
    await allIsWell(two);
    await server.start();
  });

  it("are left by every connection when theirs is demoted", async () => {
    await Promise.all(Array.from({ length: 8 }, () => two.person().opens("/readyz")));
    await ask("alter system set default_transaction_read_only = on", standby.url("postgres"));
    await ask("select pg_reload_conf()", standby.url("postgres"));
    while ((await ask<{ no: string }>("select current_setting('transaction_read_only') as no", standby.url("postgres")))[0]?.no !== "on")
      await pause(10);
    isUnavailable(await two.person().logsIn());
    // The first server has been started again, and takes writes.
    for (let i = 0; i < 8; i++) expect((await two.person().logsIn()).status).toBe(303);
  });
});
