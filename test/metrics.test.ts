/** Tests metrics and traces: content, access, and that they are optional. */
// Runs end to end: it starts the program.
// Runs on one engine: metrics are collected above the driver.

import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDatabase, type TestDatabase } from "./database.ts";
import { freePort } from "./free-port.ts";
import { Person } from "./person.ts";
import { type Program, startProgram } from "./program.ts";

const token = "a metrics token for the tests of this file".replaceAll(" ", "-");
let database: TestDatabase;
let running: { stop: () => Promise<unknown> }[];
beforeEach(async () => {
  database = await makeDatabase();
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((each) => each.stop()));
  await database.remove();
});

async function start(env: Record<string, string> = {}): Promise<Program> {
  const program = await startProgram(database.folder, { DATABASE_URL: database.url, ...env });
  running.push(program);
  return program;
}

function bearer(word: string): RequestInit {
  return { headers: { authorization: `Bearer ${word}` } };
}

/** Reads the metrics as values by name and labels. */
async function readMetrics(url: string, init?: RequestInit): Promise<Map<string, number>> {
  const response = await fetch(url, init);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toContain("text/plain");
  const lines = (await response.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

describe("/metrics", () => {
  it("metrics: METRICS_PORT serves counts by route and outcome, without personal data", { tags: ["asvs-16.2.5"] }, async () => {
    const port = String(await freePort());
    const github = { PROVIDERS: "github", PROVIDER_GITHUB_CLIENT_ID: "id", PROVIDER_GITHUB_SECRET: "secret" };
    const program = await start({ METRICS_PORT: port, LIMIT_LOGIN_PER_ACCOUNT: "2/1h", ...github });
    const ada = new Person(program.url, {}, {});
    await ada.signsUp();
    await ada.logsOut();
    await ada.logsIn();
    const attacker = new Person(program.url, {}, {});
    for (let i = 0; i < 3; i++) await attacker.sendsJson("/login", { email: "nobody@example.com", password: "a wrong password" });
    await attacker.opens("/made/up/path");
    const state = new URL((await attacker.opens("/oauth/start/github")).location ?? "").searchParams.get("state");
    await attacker.opens(`/oauth/callback/github?error=server_error&state=${state}`);
    const url = `http://127.0.0.1:${port}/metrics`;
    const numbers = await readMetrics(url);
    expect(numbers.get('latchkey_logins_total{outcome="succeeded",method="password"}')).toBe(1);
    expect(numbers.get('latchkey_logins_total{outcome="failed"}')).toBe(2);
    expect(numbers.get('latchkey_logins_total{outcome="limited"}')).toBe(1);
    expect(numbers.get('latchkey_limits_hit_total{limit="login-account"}')).toBe(1);
    expect(numbers.get("latchkey_signups_total")).toBe(1);
    expect(numbers.get('latchkey_events_total{event="logged-in"}')).toBe(1);
    expect(numbers.get('latchkey_events_total{event="provider-refused",provider="github"}')).toBe(1);
    expect(numbers.get('latchkey_http_request_duration_seconds_count{method="POST",route="/login",status="303"}')).toBe(1);
    expect(numbers.get('latchkey_http_request_duration_seconds_count{method="POST",route="/login",status="429"}')).toBe(1);
    expect(numbers.get('latchkey_http_request_duration_seconds_count{method="GET",route="(none)",status="404"}')).toBe(1);
    expect(numbers.get('latchkey_hash_duration_seconds_count{scheme="argon2id"}')).toBeGreaterThanOrEqual(4);
    expect(numbers.get("latchkey_hash_wait_seconds_count")).toBe(numbers.get('latchkey_hash_duration_seconds_count{scheme="argon2id"}'));
    expect(numbers.get("latchkey_database_up")).toBe(1);
    expect(numbers.get("latchkey_accounts")).toBe(1);
    expect(numbers.get("latchkey_sessions")).toBe(1);
    // Without the HELP and TYPE lines.
    const text = (await (await fetch(url)).text()).replaceAll(/^#.*$/gm, "");
    for (const secret of ["ada", "nobody", "example.com", "made/up", "127.0.0"]) expect(text, secret).not.toContain(secret);
    expect((await fetch(`http://127.0.0.1:${port}/login`)).status).toBe(404);
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${program.url}/metrics`)).status).toBe(404);
  });

  it("metrics: METRICS_TOKEN is required on the main port", { tags: ["asvs-13.4.5"] }, async () => {
    const program = await start({ METRICS_TOKEN: token });
    const url = `${program.url}/metrics`;
    for (const init of [undefined, bearer("wrong"), bearer(`${token}x`), bearer(""), { headers: { authorization: `Basic ${token}` } }]) {
      const refused = await fetch(url, init);
      expect(refused.status).toBe(401);
      expect(refused.headers.get("www-authenticate")).toBe("Bearer");
      expect(await refused.text()).not.toContain("latchkey_");
    }
    expect((await readMetrics(url, bearer(token))).get("latchkey_database_up")).toBe(1);
    expect(program.output()).not.toContain(token);
  });

  it("metrics: METRICS_TOKEN is required on METRICS_PORT too", async () => {
    const port = String(await freePort());
    await start({ METRICS_PORT: port, METRICS_TOKEN: token });
    const url = `http://127.0.0.1:${port}/metrics`;
    expect((await fetch(url)).status).toBe(401);
    expect((await readMetrics(url, bearer(token))).size).toBeGreaterThan(50);
  });

  it("metrics: workers are aggregated and database gauges counted once", async () => {
    const port = String(await freePort());
    const program = await start({ METRICS_PORT: port, WORKERS: "2" });
    const people = Array.from({ length: 6 }, (_, i) => new Person(program.url, { username: `person${i}` }, {}));
    await Promise.all(people.map((person) => person.signsUp()));
    const numbers = await readMetrics(`http://127.0.0.1:${port}/metrics`);
    expect(numbers.get("latchkey_signups_total")).toBe(6);
    expect(numbers.get("latchkey_accounts")).toBe(6);
    expect(numbers.get("latchkey_database_up")).toBe(1);
  });

  it("metrics: METRICS_TOKEN with several workers requires METRICS_PORT", async () => {
    await expect(start({ METRICS_TOKEN: token, WORKERS: "2" })).rejects.toThrow("METRICS_PORT must be set if");
    await expect(start({ METRICS_TOKEN: "short" })).rejects.toThrow(
      "METRICS_TOKEN must be at least 32 printable ASCII characters, without spaces.",
    );
    const port = String(await freePort());
    await start({ METRICS_PORT: port });
    await expect(start({ METRICS_PORT: port })).rejects.toThrow(/Port \d+ is already in use.*METRICS_PORT/);
  });

  it("metrics: every metric in the alerts and the dashboard exists", async () => {
    const port = String(await freePort());
    const program = await start({ METRICS_PORT: port });
    await new Person(program.url, {}, {}).sendsJson("/login", { email: "nobody@example.com", password: "a wrong password" });
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const known = new Set(
      [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = "", type]) =>
        type === "histogram" ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
      ),
    );
    const deploy = resolve(import.meta.dirname, "../deploy");
    const alerts = readFileSync(`${deploy}/prometheus/alerts.yml`, "utf8");
    const dashboard = JSON.parse(readFileSync(`${deploy}/grafana/latchkey.json`, "utf8")) as { panels: { targets: { expr: string }[] }[] };
    const expressions = [alerts, ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))].join("\n");
    const named = [...new Set(expressions.match(/\b(?:latchkey|nodejs|process)_[a-z0-9_]+/g))];
    expect(named.length).toBeGreaterThan(18);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    // Every metric and alert is documented.
    const handbook = readFileSync(resolve(deploy, "../docs/operations.md"), "utf8");
    const ownMetrics = [...text.matchAll(/^# TYPE (latchkey_\S+)/gm)].map(([, name = ""]) => name);
    expect(ownMetrics.filter((name) => !handbook.includes(`\`${name}\``))).toEqual([]);
    const rules = [...alerts.matchAll(/alert: (\w+)/g)].map(([, name = ""]) => name);
    expect(rules.filter((name) => !handbook.includes(`**${name}**`))).toEqual([]);
  });
});

/** Body of a trace export in OTLP/JSON. */
interface TraceExport {
  readonly resourceSpans: {
    readonly resource: { readonly attributes: { readonly key: string; readonly value: { readonly stringValue?: string } }[] };
    readonly scopeSpans: { readonly spans: ExportedSpan[] }[];
  }[];
}
interface ExportedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

describe("traces", () => {
  it("traces: a login is exported with its hash and queries, without values", async () => {
    const collector = await startCollector();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "50", OTEL_SERVICE_NAME: "front-door" };
    const program = await start(env);
    await new Person(program.url, { username: "wanderer" }, {}).signsUp();
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    await fetch(`${program.url}/login`, {
      method: "POST",
      headers: { "content-type": "application/json", traceparent: `00-${traceId}-b7ad6b7169203331-01` },
      body: JSON.stringify({ email: "wanderer@example.com", password: "a wrong password" }),
    });
    await program.stop();
    const all = collector.received.flatMap(({ resourceSpans }) => resourceSpans);
    expect(JSON.stringify(all.map(({ resource }) => resource))).toContain("front-door");
    const spans = all.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    const login = spans.find((span) => span.name === "POST /login");
    expect(login).toMatchObject({ traceId, parentSpanId: "b7ad6b7169203331" });
    const within = spans.filter((span) => span.traceId === traceId && span !== login);
    expect(within.map(({ name }) => name)).toEqual(expect.arrayContaining(["hash", "select", "insert"]));
    expect(within.every((span) => span.parentSpanId !== undefined)).toBe(true);
    const attribute = (key: string) => login?.attributes.find((each) => each.key === key)?.value;
    expect(attribute("http.response.status_code")).toEqual({ intValue: 401 });
    for (const secret of ["wanderer", "example.com", "wrong password", "127.0.0"])
      expect(JSON.stringify(all), secret).not.toContain(secret);
  });

  it("traces: metrics and traces work together", async () => {
    const collector = await startCollector();
    const program = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "50", METRICS_TOKEN: token });
    await new Person(program.url, {}, {}).sendsJson("/login", { email: "nobody@example.com", password: "a wrong password" });
    expect((await readMetrics(`${program.url}/metrics`, bearer(token))).get('latchkey_logins_total{outcome="failed"}')).toBe(1);
    await program.stop();
    expect(JSON.stringify(collector.received)).toContain('"name":"login-failed"');
  });

  it("traces: an unknown sampler or exporter is rejected", async () => {
    await expect(start({ OTEL_TRACES_EXPORTER: "zipkin" })).rejects.toThrow(
      'OTEL_TRACES_EXPORTER must be otlp, console or none; it is "zipkin".',
    );
    await expect(start({ OTEL_TRACES_EXPORTER: "console", OTEL_TRACES_SAMPLER: "now_and_then" })).rejects.toThrow(
      "which is not a valid sampler",
    );
  });

  it("traces: an unavailable collector only loses spans", async () => {
    const program = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
      OTEL_BSP_SCHEDULE_DELAY: "10",
      OTEL_EXPORTER_OTLP_TIMEOUT: "300",
    });
    const { status } = await new Person(program.url, {}, {}).signsUp();
    expect(status).toBe(303);
    expect((await fetch(`${program.url}/healthz`)).status).toBe(200);
  });
});

describe("without metrics and traces", () => {
  it.each([
    ["metrics", "prom-client", { METRICS_TOKEN: token }],
    ["traces", "@opentelemetry", { OTEL_TRACES_EXPORTER: "console" }],
  ])("%s: the library is not loaded if disabled", async (_, library, env) => {
    const hook = join(database.folder, "hook.mjs");
    writeFileSync(
      hook,
      `import { registerHooks } from "node:module";
      registerHooks({ load: (url, context, next) => {
        const loaded = next(url, context);
        // As a module, or within a bundled file.
        if ((url + loaded.source).includes("node_modules/${library}")) process.stderr.write("LOADED");
        return loaded;
      } });`,
    );
    const loaded = async (settings: Record<string, string>) => {
      const program = await start({ NODE_OPTIONS: `--import ${hook}`, ...settings });
      await fetch(`${program.url}/login`);
      await program.stop();
      return program.output().includes("LOADED");
    };
    expect(await loaded({})).toBe(false);
    expect(await loaded({ ...env, OTEL_SDK_DISABLED: "true", METRICS_TOKEN: "" })).toBe(false);
    // The hook detects the library if it is enabled.
    expect(await loaded(env)).toBe(true);
  });
});

async function startCollector(): Promise<{ url: string; received: TraceExport[] }> {
  const received: TraceExport[] = [];
  const server: Server = createServer(async (request: IncomingMessage, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (request.url === "/v1/traces") received.push(JSON.parse(Buffer.concat(parts).toString()) as TraceExport);
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }).listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  running.push({ stop: () => new Promise((closed) => server.close(closed)) });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}
