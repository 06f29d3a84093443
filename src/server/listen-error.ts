/** Says in one line why a port could not be opened, and what to do. */
import { once } from "node:events";
import { createServer } from "node:net";
import { type Settings, SettingsError } from "../config/load.ts";

/** Which of our two ports it is about. */
export function listenError(error: NodeJS.ErrnoException, portName: "PORT" | "METRICS_PORT", settings: Settings): SettingsError {
  const { code = "", message } = error;
  const [hostName, port] = portName === "PORT" ? (["HOST", settings.port] as const) : (["METRICS_HOST", settings.metricsPort] as const);
  if (code === "EADDRINUSE") {
    const another = `such as ${portName}=${portBeside(settings, port ?? 0)}`;
    if (settings.port === settings.metricsPort)
      return new SettingsError(
        `PORT and METRICS_PORT are both ${port}, which is in use (EADDRINUSE). Set one of them to another, ${another}.`,
      );
    return new SettingsError(
      `Port ${port} is in use (EADDRINUSE). Set ${portName} to another one, ${another}, or stop the program that has it.`,
    );
  }
  if (code === "EACCES")
    return new SettingsError(`Port ${port} may not be opened by this user (EACCES). Set ${portName} to one from 1024 up.`);
  const advise = advice[code];
  return new SettingsError(`${hostName} and ${portName} cannot be listened on: ${message}.${advise ? ` ${advise(hostName)}.` : ""}`);
}

const advice: Readonly<Record<string, (host: string) => string>> = {
  EADDRNOTAVAIL: (host) => `This machine has no such address: set ${host} to one that it has, or to 0.0.0.0 for all`,
  ENOTFOUND: (host) => `No such name is known here: set ${host} to an address of this machine`,
  EAI_AGAIN: (host) => `The name cannot be looked up now: set ${host} to an address of this machine`,
  EAFNOSUPPORT: (host) => `This machine has no addresses of that kind: set ${host} to one that it has`,
};

/** The next one that is not our other port. */
function portBeside(settings: Settings, port: number): number {
  const step = port < 65_534 ? 1 : -1;
  const next = port + step;
  return next === settings.port || next === settings.metricsPort ? next + step : next;
}

/** Throws where the port cannot be listened on: told by the process that leads, it is one line, and not one for each worker. */
export async function requirePort(settings: Settings): Promise<void> {
  const server = createServer();
  const listening = once(server, "listening").catch((error: Error) => Promise.reject(listenError(error, "PORT", settings)));
  server.listen(settings.port, settings.host);
  await listening;
  server.close();
  await once(server, "close");
}
