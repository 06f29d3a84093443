/** Runs the server: settings, services, HTTP, graceful stop. */
import cluster from "node:cluster";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { LogEvent } from "kysely";
import { readProcessSettings, type Settings, setThreads } from "./config/load.ts";
import { systemClock } from "./core/clock.ts";
import { type CommittedEvent, pageWith } from "./core/services.ts";
import type { Logger, Telemetry } from "./core/telemetry.ts";
import { warnAtStart } from "./doctor/warn-at-start.ts";
import { features } from "./features/index.ts";
import { type Instance, openServing } from "./features/open-instance.ts";
import { createApp } from "./http/pipeline.ts";
import { createLog } from "./observability/log.ts";
import { openObservability } from "./observability/open-observability.ts";
import { diskFailedCode, refuseLastConnections, startWorkers, stopAtOnce, WorkerStartError, type Workers } from "./server/cluster.ts";
import { gracefulShutdown } from "./server/graceful-shutdown.ts";
import { disablePretenuring } from "./server/heap.ts";
import { listenError, requirePort } from "./server/listen-error.ts";
import { createHttpServer } from "./server/serve.ts";
import { startErrorLine } from "./server/start-error.ts";
import { createStopHandler, type Stop } from "./server/stop-signals.ts";
import { deprioritizeHashThreads, hashThreads } from "./server/thread-priority.ts";

const stopSignals = ["SIGTERM", "SIGINT"] as const;

try {
  const settings = readProcessSettings();
  await (settings.workers > 1 && cluster.isPrimary ? lead(settings) : serve(settings));
} catch (error) {
  const line = error instanceof WorkerStartError ? error.message : startErrorLine(error);
  console.error(line === undefined ? error : `error: ${line}`);
  process.exitCode = 1;
  // The IPC channel would keep the worker alive.
  if (cluster.isWorker) process.exit();
}

/** Serves, as the only process or as a worker. */
async function serve(settings: Settings): Promise<void> {
  setThreads(hashThreads(settings.workers));
  disablePretenuring();
  const { log, dropped } = createLog(settings);
  const observability = await openObservability(settings, dropped);
  let end: Stop | undefined;
  const leaving = new AbortController();
  const onDiskFailure = (error: Error) => {
    log.error({ err: error }, "The disk failed; exiting, because only a new process can trust its reads");
    process.exitCode = cluster.isWorker ? diskFailedCode : 1;
    end?.now();
  };
  const instance = await openServing(settings, features, {
    log,
    leaving: leaving.signal,
    onDiskFailure,
    ...(observability ? telemetryListeners(observability.telemetry) : {}),
  });
  const { s } = instance;
  await openPlaces(instance);
  observability?.attach(s);
  const server = createHttpServer(s, createApp(s, features));
  const drain = gracefulShutdown(server);
  await deprioritizeHashThreads();
  await observability?.listen();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, "PORT", settings)));
    server.listen(settings.port, settings.host, resolve);
  }).catch(async (error: unknown) => {
    // The metrics server would keep the failed process alive.
    await observability?.close();
    throw error;
  });
  instance.startJobs();
  // Not awaited: the SMTP check may take long.
  const warned = cluster.isPrimary ? warnAtStart(s, s.db) : Promise.resolve();
  const stopRest = async () => {
    await Promise.all([instance.stopJobs(), warned]);
    await observability?.close();
  };
  const { signal, now } = createStopHandler({
    lameDuckMs: settings.lameDuckMs,
    announce: () => leaving.abort(),
    stopAll: () => stop(instance, drain, stopRest),
    log: s.log,
    now: systemClock,
  });
  end = { signal, now };
  for (const name of stopSignals) process.on(name, signal);
  // Sent by the primary process after its own lame-duck time, or when a replacement already listens.
  process.on("message", (message) => message === stopAtOnce && now());
  if (cluster.isPrimary) {
    const url = publicUrl(settings, server.address() as AddressInfo);
    s.log.info(`Latchkey is at ${url}`);
    logInbox(s.log, url, pageWith(s, "inbox"));
  }
  // SIGHUP to the process group restarts workers in the primary process, and must not end this one.
  if (cluster.isWorker) process.on("SIGHUP", () => {});
}

/** Closes the database if `GEOIP_FILE` is unusable: it would keep the failed process alive. */
async function openPlaces({ s, close }: Instance): Promise<void> {
  await s.places.open().catch(async (error: unknown) => {
    await close();
    throw error;
  });
}

/** Forwards events and queries to metrics and traces. */
function telemetryListeners(telemetry: Telemetry) {
  return {
    telemetry,
    onEvent: ({ event, methods, provider }: CommittedEvent) => telemetry.happened({ event, methods, provider }),
    onQuery: ({ level, query, queryDurationMillis }: LogEvent) => telemetry.queried(query.sql, queryDurationMillis, level === "error"),
  };
}

/** Runs the primary process, which manages the workers. */
async function lead(settings: Settings): Promise<void> {
  const { log } = createLog(settings);
  await requirePort(settings);
  // Migrates a SQLite file before the workers open it.
  const migrated = await openServing(settings, features, { log });
  await openPlaces(migrated);
  const inbox = pageWith(migrated.s, "inbox");
  await migrated.close();
  const warned = warnAtStart({ settings, log, now: systemClock });
  const listening = once(cluster, "listening") as Promise<[unknown, AddressInfo]>;
  const unlisten =
    settings.metricsPort === undefined ? undefined : await (await import("./observability/metrics.ts")).serveClusterMetrics(settings);
  let end: Stop | undefined;
  const onDiskFailure = () => {
    process.exitCode = 1;
    end?.now();
  };
  const workers = await startWorkers(settings, log, onDiskFailure).catch(async (error: unknown) => {
    await unlisten?.();
    throw error;
  });
  const [, listenAddress] = await listening;
  end = createStopHandler({
    lameDuckMs: settings.lameDuckMs,
    // Workers keep serving while /readyz returns 503.
    announce: () => workers.leave(),
    stopAll: async () => {
      await Promise.all([workers.stop(), warned]);
      await unlisten?.();
      log.info("Latchkey has stopped");
    },
    log,
    now: systemClock,
  });
  // The disk may have failed before `end` was set.
  if (process.exitCode === 1) end.now();
  for (const name of stopSignals) process.on(name, end.signal);
  // At a terminal, SIGHUP means a hangup and ends the server.
  if (!process.stdout.isTTY) process.on("SIGHUP", () => renew(workers, log));
  const url = publicUrl(settings, listenAddress);
  log.info({ workers: settings.workers }, `Latchkey is at ${url}`);
  logInbox(log, url, inbox);
}

function renew(workers: Workers, log: Logger): void {
  workers.renew().then(
    () => log.info("Latchkey has restarted its workers"),
    (error: unknown) => log.error({ err: error }, "could not restart the workers"),
  );
}

/** Says where emails of development are read; without such a page, they are sent. */
function logInbox(log: Logger, url: string, path: string | undefined): void {
  if (path !== undefined) log.info(`Emails are shown at ${url}${path}`);
}

function publicUrl(settings: Settings, { port }: Pick<AddressInfo, "port">): string {
  return settings.baseUrlIsGiven ? settings.baseUrl : `http://localhost:${port}`;
}

/** Drains requests, stops background work, then closes the database. No write is lost: responses are sent after their data is durable. */
async function stop({ s, close }: Instance, drain: () => Promise<void>, stopRest: () => Promise<void>): Promise<void> {
  await drain();
  if (cluster.isWorker) await refuseLastConnections();
  await stopRest();
  await close();
  if (cluster.isPrimary) s.log.info("Latchkey has stopped");
  process.exitCode ??= 0;
  // The IPC channel would keep the worker alive, and `disconnect` would hide the exit code.
  if (cluster.isWorker) process.exit();
}
