/** Says in one line why a port could not be opened, and what to do. */
import { once } from "node:events";
import { createServer } from "node:net";
import { type Settings, SettingsError } from "./settings.ts";

/** `names` are the two settings, such as `["HOST", "PORT"]`. */
export function listenError(error: NodeJS.ErrnoException, [hostName, portName]: readonly [string, string], port: number): SettingsError {
  const { code = "", message } = error;
  if (code === "EADDRINUSE") {
    const another = port < 65_535 ? port + 1 : port - 1;
    return new SettingsError(
      `Port ${port} is in use (EADDRINUSE). Set ${portName} to another one, such as ${portName}=${another}, or stop the program that has it.`,
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

/** Throws where the port cannot be listened on: told by the process that leads, it is one line, and not one for each worker. */
export async function requirePort({ host, port }: Settings): Promise<void> {
  const server = createServer();
  const listening = once(server, "listening").catch((error: Error) => Promise.reject(listenError(error, ["HOST", "PORT"], port)));
  server.listen(port, host);
  await listening;
  server.close();
  await once(server, "close");
}
