/** Logs to stdout; drops and counts lines that cannot be written. */
import { writeSync } from "node:fs";
import { type Logger, pino } from "pino";
import type { Settings } from "../config/load.ts";

export interface Log {
  readonly log: Logger;
  /** Number of dropped lines. */
  readonly dropped: () => number;
}

export function createLog({ logLevel }: Pick<Settings, "logLevel">): Log {
  if (process.stdout.isTTY) {
    const options = { ignore: "pid,hostname", translateTime: "HH:MM:ss" };
    return { log: pino({ level: logLevel, transport: { target: "pino-pretty", options } }), dropped: () => 0 };
  }
  const lines = lineWriter((bytes) => writeSync(1, bytes));
  const log = pino({ level: logLevel, timestamp: pino.stdTimeFunctions.isoTime }, lines);
  lines.onceWritable = (count, code) => log.warn({ dropped: count, code }, "log lines could not be written and were dropped");
  return { log, dropped: lines.dropped };
}

interface LineWriter {
  readonly write: (line: string) => void;
  readonly dropped: () => number;
  /** Called with the number of dropped lines and the error code, once writing works again. */
  onceWritable: (count: number, code: string) => void;
}

/** Tries to write to a full pipe, a millisecond apart. */
const maxTries = 50;

/**
 * Writes synchronously, so that a crash loses no line. A full disk, a closed pipe or a stalled reader drops lines: waiting for it would
 * block the server.
 */
export function lineWriter(write: (bytes: Uint8Array) => number): LineWriter {
  let dropped = 0;
  let unreported = 0;
  let reason = "";
  let isPartial = false;
  const writeWhole = (line: string) => {
    let rest: Uint8Array = Buffer.from(isPartial ? `\n${line}` : line);
    const whole = rest.length;
    try {
      for (let tries = 0; rest.length > 0; ) {
        try {
          rest = rest.subarray(write(rest));
          tries = 0;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || unreported > 0 || ++tries > maxTries) throw error;
          Atomics.wait(sleepBuffer, 0, 0, 1);
        }
      }
      isPartial = false;
    } catch (error) {
      isPartial ||= rest.length < whole;
      throw error;
    }
  };
  const writer: LineWriter = {
    dropped: () => dropped,
    onceWritable: () => {},
    write: (line) => {
      try {
        writeWhole(line);
      } catch (error) {
        dropped++;
        unreported++;
        reason = String((error as NodeJS.ErrnoException).code);
        return;
      }
      const [count, code] = [unreported, reason];
      unreported = 0;
      if (count > 0) writer.onceWritable(count, code);
    },
  };
  return writer;
}

/** Never notified: `Atomics.wait` on it sleeps synchronously. */
const sleepBuffer = new Int32Array(new SharedArrayBuffer(4));
