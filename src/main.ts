/** The program: reads the settings, opens what it needs, serves, and stops in good order. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { pino } from "pino";
import { createApp } from "./app.ts";
import { type Background, startBackground } from "./background.ts";
import { closeServices, openServices, type Services } from "./core/services.ts";
import { features } from "./features.ts";
import { readProcessSettings, type Settings, SettingsError } from "./settings.ts";

/** How long requests under way may take once the program was told to stop. */
const drainForMs = 10_000;

try {
  await start(readProcessSettings());
} catch (error) {
  console.error(error instanceof SettingsError ? `latchkey: ${error.message}` : error);
  process.exitCode = 1;
}

async function start(settings: Settings): Promise<void> {
  const s = await openServices(settings, { log: createLog(settings) });
  const server = createAdaptorServer({
    fetch: createApp(s, features).fetch,
    // A sender who dawdles is let go, so that a thousand of them take no one's place.
    serverOptions: { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 },
  }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(new SettingsError(`HOST and PORT cannot be listened on: ${error.message}.`)));
    server.listen(settings.port, settings.host, resolve);
  });
  s.log.info(`Latchkey is at ${addressToOpen(settings, server)}`);
  const background = startBackground(s);
  let isStopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      // npm passes a signal on that the program has had already: the second must not cut the first one short.
      if (isStopping) return;
      isStopping = true;
      stop(s, server, background).catch((error: unknown) => s.log.error({ err: error }, "could not stop in good order"));
    });
  }
}

function createLog({ logLevel }: Settings) {
  return process.stdout.isTTY
    ? pino({ level: logLevel, transport: { target: "pino-pretty", options: { ignore: "pid,hostname", translateTime: "HH:MM:ss" } } })
    : pino({ level: logLevel, timestamp: pino.stdTimeFunctions.isoTime });
}

function addressToOpen(settings: Settings, server: Server): string {
  const { port } = server.address() as AddressInfo;
  return settings.baseUrlIsGiven ? settings.baseUrl : `http://localhost:${port}`;
}

/** Takes no more requests, finishes those under way, closes the database. Whatever was acknowledged was on the disk before. */
async function stop(s: Services, server: Server, background: Background): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // A connection that is kept alive falls idle only when its last answer is out.
  const hangUp = setInterval(() => server.closeIdleConnections(), 50);
  const giveUp = setTimeout(() => server.closeAllConnections(), drainForMs);
  await closed;
  clearInterval(hangUp);
  clearTimeout(giveUp);
  await background.stop();
  await closeServices(s);
  s.log.info("Latchkey has stopped");
  process.exitCode = 0;
}
