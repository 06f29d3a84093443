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

/** Retries of a full pipe, a millisecond apart. */
const mostTries = 50;

/**
 * Writes synchronously, so that a crash loses no line. A full disk, a closed pipe or a stalled reader drops lines: waiting for it would
 * block the server.
 */
export function lineWriter(write: (bytes: Uint8Array) => number): LineWriter {
  let dropped = 0;
  let untold = 0;
  let reason = "";
  let isTorn = false;
  const writeWhole = (line: string) => {
    let rest: Uint8Array = Buffer.from(isTorn ? `\n${line}` : line);
    const whole = rest.length;
    try {
      for (let tries = 0; rest.length > 0; ) {
        try {
          rest = rest.subarray(write(rest));
          tries = 0;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || untold > 0 || ++tries > mostTries) throw error;
          Atomics.wait(nothing, 0, 0, 1);
        }
      }
      isTorn = false;
    } catch (error) {
      isTorn ||= rest.length < whole;
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
        untold++;
        reason = String((error as NodeJS.ErrnoException).code);
        return;
      }
      const [count, code] = [untold, reason];
      untold = 0;
      if (count > 0) writer.onceWritable(count, code);
    },
  };
  return writer;
}

const nothing = new Int32Array(new SharedArrayBuffer(4));
