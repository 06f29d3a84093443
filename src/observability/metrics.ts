/** Defines Prometheus metrics; their labels contain no personal data. */
import cluster from "node:cluster";
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Settings } from "../config/load.ts";
import type { Services } from "../core/services.ts";
import type { Method } from "../core/sessions/methods.ts";
import type { Telemetry } from "../core/telemetry.ts";
import { serveMetrics } from "../server/metrics-server.ts";
import { createDatabaseGauges, type DatabaseGauges } from "./database-gauges.ts";
import type { OpenedObservability } from "./opened-observability.ts";

const requestSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const hashSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const querySeconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/** Outcome of a login by audit event. */
const outcomes: Readonly<Record<string, string>> = { "logged-in": "succeeded", "login-failed": "failed" };

export function openMetrics(settings: Settings, droppedLines: () => number): OpenedObservability {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  let s: Services | undefined;
  registerDatabaseGauges(registry, () => s);
  new Counter({
    name: "latchkey_log_lines_dropped_total",
    help: "Log lines dropped because they could not be written: the disk is full or the pipe is closed.",
    registers,
    collect() {
      this.reset();
      this.inc(droppedLines());
    },
  });
  const telemetry = createTelemetry(registry, () => s);
  const report = async () => ({ type: registry.contentType, text: await registry.metrics() });
  // Workers report to the primary process, which aggregates.
  if (cluster.isWorker) {
    AggregatorRegistry.setRegistries(registers);
    new AggregatorRegistry();
  }
  let server: Awaited<ReturnType<typeof serveMetrics>> | undefined;
  return {
    telemetry: { ...telemetry, report: settings.metricsPort === undefined ? report : undefined },
    attach: (services) => {
      s = services;
    },
    listen: async () => {
      if (settings.metricsPort !== undefined && cluster.isPrimary) server = await serveMetrics(settings, settings.metricsPort, report);
    },
    close: async () => server?.close(),
  };
}

/** Serves the metrics of all workers, aggregated by the primary process. Returns the function that closes the server. */
export async function serveClusterMetrics(settings: Settings): Promise<() => Promise<void>> {
  if (settings.metricsPort === undefined) return async () => {};
  const all = new AggregatorRegistry();
  const server = await serveMetrics(settings, settings.metricsPort, async () => ({
    type: all.contentType,
    text: await all.clusterMetrics(),
  }));
  return server.close;
}

function createTelemetry(register: Registry, services: () => Services | undefined): Telemetry {
  const registers = [register];
  const requests = new Histogram({
    name: "latchkey_http_request_duration_seconds",
    help: "Response time by route and status.",
    labelNames: ["method", "route", "status"] as const,
    buckets: requestSeconds,
    registers,
  });
  const logins = new Counter({
    name: "latchkey_logins_total",
    help: "Logins by outcome: succeeded, failed or limited; those that succeeded by method too.",
    labelNames: ["outcome", "method"] as const,
    registers,
  });
  logins.inc({ outcome: "succeeded", method: "password" }, 0);
  for (const outcome of ["failed", "limited"]) logins.inc({ outcome }, 0);
  const signups = new Counter({ name: "latchkey_signups_total", help: "Sign-ups.", registers });
  const events = new Counter({
    name: "latchkey_events_total",
    help: "Audit events by kind, and by provider where they are with one.",
    labelNames: ["event", "provider"] as const,
    registers,
  });
  const limits = new Counter({
    name: "latchkey_limits_hit_total",
    help: "Requests rejected by a rate limit.",
    labelNames: ["limit"] as const,
    registers,
  });
  const hashes = new Histogram({
    name: "latchkey_hash_duration_seconds",
    help: "Password hashing time without queueing.",
    labelNames: ["scheme"] as const,
    buckets: hashSeconds,
    registers,
  });
  const waits = new Histogram({
    name: "latchkey_hash_wait_seconds",
    help: "Time in the hash queue.",
    buckets: hashSeconds,
    registers,
  });
  const refused = new Counter({
    name: "latchkey_hashes_refused_total",
    help: "Password checks rejected because the hash queue was full.",
    registers,
  });
  new Gauge({
    name: "latchkey_hashes_waiting",
    help: "Length of the hash queue.",
    registers,
    collect() {
      this.set(services()?.hasher.waiting() ?? 0);
    },
  });
  const emails = new Counter({
    name: "latchkey_emails_total",
    help: "Emails handed to the SMTP server by outcome.",
    labelNames: ["outcome"] as const,
    registers,
  });
  for (const outcome of ["sent", "refused"]) emails.inc({ outcome }, 0);
  const queries = new Histogram({
    name: "latchkey_database_query_duration_seconds",
    help: "Database query time.",
    labelNames: ["outcome"] as const,
    buckets: querySeconds,
    registers,
  });
  return {
    request: async ({ method, route }, answer) => {
      const from = performance.now();
      const response = await answer();
      requests.observe({ method: knownMethod(method), route, status: response.status }, secondsSince(from));
      return response;
    },
    around: async (step, work) => {
      const from = performance.now();
      if (step.kind === "hash") waits.observe(step.waitedMs / 1_000);
      try {
        const result = await work();
        if (step.kind === "email") emails.inc({ outcome: "sent" });
        return result;
      } catch (error) {
        if (step.kind === "email") emails.inc({ outcome: "refused" });
        throw error;
      } finally {
        // Label cardinality: the scheme without its parameters, which vary among imported hashes.
        if (step.kind === "hash") hashes.observe({ scheme: step.scheme.split(":", 1)[0] ?? "" }, secondsSince(from));
      }
    },
    limited: (limit) => {
      limits.inc({ limit });
      if (limit.startsWith("login-")) logins.inc({ outcome: "limited" });
    },
    queueFull: () => refused.inc(),
    happened: ({ event, methods = [], provider }) => {
      events.inc({ event, ...(provider === undefined ? {} : { provider }) });
      const outcome = outcomes[event];
      if (outcome !== undefined) logins.inc({ outcome, ...(methods.length === 0 ? {} : { method: methodLabel(methods) }) });
      if (event === "signed-up") signups.inc();
    },
    queried: (_, tookMs, failed) => queries.observe({ outcome: failed ? "failed" : "done" }, tookMs / 1_000),
  };
}

/** The steps of a login, such as `password+totp`. That a passkey verified its user is no step. */
function methodLabel(methods: readonly Method[]): string {
  return methods.filter((method) => method !== "user-verification").join("+");
}

/** Label cardinality: clients can send any method, so unknown ones are merged. */
function knownMethod(method: string): string {
  return ["GET", "HEAD", "POST", "OPTIONS"].includes(method) ? method : "other";
}

function secondsSince(from: number): number {
  return (performance.now() - from) / 1_000;
}

/** Database gauges are the same in all workers, so the maximum is reported. */
function registerDatabaseGauges(register: Registry, services: () => Services | undefined): void {
  const readGauges = createDatabaseGauges(services);
  const gauge = (name: string, key: keyof DatabaseGauges, help: string) =>
    new Gauge({
      name,
      help,
      registers: [register],
      aggregator: "max",
      async collect() {
        this.set((await readGauges())[key]);
      },
    });
  gauge("latchkey_database_up", "up", "Whether the database accepts writes.");
  gauge("latchkey_accounts", "accounts", "Accounts, counted up to 100,000.");
  gauge("latchkey_sessions", "sessions", "Active sessions, counted up to 100,000.");
  gauge("latchkey_emails_waiting", "emailsQueued", "Queued emails, counted up to 100,000.");
  gauge("latchkey_emails_failed", "emailsFailed", "Failed emails, counted up to 100,000.");
  gauge("latchkey_emails_oldest_seconds", "oldestEmailSeconds", "Age of the oldest queued email.");
}
