/** The program: reads the settings, opens what it needs, serves, and stops in good order. */
import cluster from "node:cluster";
import { once } from "node:events";
import { createAdaptorServer } from "@hono/node-server";
import { pino } from "pino";
import { createApp } from "./app.js";
import { startBackground } from "./background.js";
import { closeServices, openServices } from "./core/services.js";
import { SchemaError } from "./db/migrate.js";
import { DatabaseUnavailableError } from "./db/unavailable.js";
import { drainable } from "./drain.js";
import { features } from "./features.js";
import { readProcessSettings, SettingsError } from "./settings.js";
try {
    const settings = readProcessSettings();
    await (settings.workers > 1 && cluster.isPrimary ? lead(settings) : serve(settings));
}
catch (error) {
    console.error(inOneLine(error) ?? error);
    process.exitCode = 1;
}
/** What the operator can do something about is one line, without a stack. */
function inOneLine(error) {
    if (error instanceof SettingsError || error instanceof SchemaError)
        return `latchkey: ${error.message}`;
    if (error instanceof DatabaseUnavailableError)
        return `latchkey: DATABASE_URL: ${error.cause?.message ?? error.message}`;
    return undefined;
}
/** One of several processes, or the only one. */
async function serve(settings) {
    const s = await openServices(settings, { log: createLog(settings) });
    const server = createAdaptorServer({
        fetch: createApp(s, features).fetch,
        // A sender who dawdles is let go, so that a thousand of them take no one's place.
        serverOptions: { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 },
    });
    const drain = drainable(server);
    await new Promise((resolve, reject) => {
        server.once("error", (error) => reject(new SettingsError(`HOST and PORT cannot be listened on: ${error.message}.`)));
        server.listen(settings.port, settings.host, resolve);
    });
    if (cluster.isPrimary)
        s.log.info(`Latchkey is at ${addressToOpen(settings, server.address())}`);
    const background = startBackground(s);
    onSignal(["SIGTERM", "SIGINT"], () => stop(s, drain, background), s.log);
    // Told to a whole group of processes, it is for the one that leads.
    if (cluster.isWorker)
        process.on("SIGHUP", () => { });
}
/** The process that starts the others and serves nobody. */
async function lead(settings) {
    const log = createLog(settings);
    // A file is migrated by one process, before the others open it.
    await closeServices(await openServices(settings, { log }));
    const { startWorkers } = await import("./workers.js");
    const listening = once(cluster, "listening");
    const workers = await startWorkers(settings.workers, log);
    const [, address] = await listening;
    log.info({ workers: settings.workers }, `Latchkey is at ${addressToOpen(settings, address)}`);
    onSignal(["SIGTERM", "SIGINT"], () => workers.stop().then(() => log.info("Latchkey has stopped")), log);
    // At a terminal, hanging up ends the program as it ends any other.
    if (!process.stdout.isTTY)
        process.on("SIGHUP", () => renew(workers, log));
}
function renew(workers, log) {
    workers.renew().then(() => log.info("Latchkey has renewed its workers"), (error) => log.error({ err: error }, "could not renew the workers"));
}
/** Does it once: npm passes a signal on that the program has had already, and the second must not cut the first one short. */
function onSignal(signals, stopAll, log) {
    let isStopping = false;
    for (const signal of signals) {
        process.on(signal, () => {
            if (isStopping)
                return;
            isStopping = true;
            stopAll().catch((error) => log.error({ err: error }, "could not stop in good order"));
        });
    }
}
function createLog({ logLevel }) {
    return process.stdout.isTTY
        ? pino({ level: logLevel, transport: { target: "pino-pretty", options: { ignore: "pid,hostname", translateTime: "HH:MM:ss" } } })
        : pino({ level: logLevel, timestamp: pino.stdTimeFunctions.isoTime });
}
function addressToOpen(settings, { port }) {
    return settings.baseUrlIsGiven ? settings.baseUrl : `http://localhost:${port}`;
}
/** Takes no more requests, finishes those under way, closes the database. Whatever was acknowledged was on the disk before. */
async function stop(s, drain, background) {
    await drain();
    await background.stop();
    await closeServices(s);
    if (cluster.isPrimary)
        s.log.info("Latchkey has stopped");
    process.exitCode = 0;
    // The channel to the process that leads would keep this one alive.
    if (cluster.isWorker)
        process.disconnect();
}
