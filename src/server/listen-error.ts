/** Formats errors of listening on a port. */
import { once } from "node:events";
import { createServer } from "node:net";
import { type Settings, SettingsError } from "../config/load.ts";

/** Returns an error that names the setting to change. */
export function listenError(error: NodeJS.ErrnoException, portName: "PORT" | "METRICS_PORT", settings: Settings): SettingsError {
  const { code = "", message } = error;
  const [hostName, port] = portName === "PORT" ? (["HOST", settings.port] as const) : (["METRICS_HOST", settings.metricsPort] as const);
  if (code === "EADDRINUSE") {
    const suggestion = `such as ${portName}=${nextFreePort(settings, port ?? 0)}`;
    if (settings.port === settings.metricsPort)
      return new SettingsError(`PORT and METRICS_PORT are both ${port}. Set one of them to another value, ${suggestion}.`);
    return new SettingsError(`Port ${port} is already in use. Set ${portName} to another value, ${suggestion}.`);
  }
  if (code === "EACCES") return new SettingsError(`Port ${port} requires root. Set ${portName} to 1024 or higher.`);
  const advise = advice[code];
  return new SettingsError(`Cannot listen on ${hostName} and ${portName}: ${message}.${advise ? ` ${advise(hostName)}.` : ""}`);
}

const advice: Readonly<Record<string, (host: string) => string>> = {
  EADDRNOTAVAIL: (host) => `Set ${host} to an IP address of this machine, or to 0.0.0.0 for all`,
  ENOTFOUND: (host) => `Set ${host} to an IP address of this machine`,
  EAI_AGAIN: (host) => `Set ${host} to an IP address of this machine`,
  EAFNOSUPPORT: (host) => `Set ${host} to an IP address of this machine`,
};

/** The next port that is not used by the other setting. */
function nextFreePort(settings: Settings, port: number): number {
  const step = port < 65_534 ? 1 : -1;
  const next = port + step;
  return next === settings.port || next === settings.metricsPort ? next + step : next;
}

/** Tries the port in the primary process, so that an error is reported once and not by each worker. */
export async function requirePort(settings: Settings): Promise<void> {
  const server = createServer();
  const listening = once(server, "listening").catch((error: Error) => Promise.reject(listenError(error, "PORT", settings)));
  server.listen(settings.port, settings.host);
  await listening;
  server.close();
  await once(server, "close");
}
