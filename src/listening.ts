/** Says in one line why a port could not be opened, and what to do. */
import { SettingsError } from "./settings.ts";

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
  return new SettingsError(`${hostName} and ${portName} cannot be listened on: ${message}.`);
}
