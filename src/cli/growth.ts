/** Shows how far a copy is. The engine holds the thread until a copy is made, so another one draws. */
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { Step } from "../db/sqlite/backup.ts";
import { bar, endProgress, showProgress } from "./terminal.ts";

/** Below that, a copy is made before a bar is drawn. */
const fewestBytes = 4 * 2 ** 20;

/** In a checkout, and in the package, where this stands in a chunk. */
const threadFiles = ["./growth-thread.ts", "./growth-thread.js", "../growth-thread.js"].map((path) => new URL(path, import.meta.url));

export interface Drawing {
  readonly file: string;
  readonly bytes: number;
  /** What to show from no percent to a hundred. */
  readonly lines: readonly string[];
  /** Its one element is 1 when it is over. */
  readonly over: Int32Array;
}

/** Does the work and shows what it is at, on one line; nothing where nobody watches. */
export async function showingSteps<T>(work: (show: (step: Step) => void) => T | Promise<T>): Promise<T> {
  const over = new Int32Array(new SharedArrayBuffer(4));
  let drawer: Worker | undefined;
  const show = ({ text, grows, done }: Step) => {
    Atomics.store(over, 0, 1);
    showProgress(done === undefined ? text : `${text} ${bar(done, 1)} ${Math.floor(done * 100)} %`);
    if (!process.stderr.isTTY || grows === undefined || grows.bytes < fewestBytes) return;
    Atomics.store(over, 0, 0);
    const lines = Array.from({ length: 101 }, (_, percent) => `\r\u001B[K${text} ${bar(percent, 100)} ${percent} %`);
    const thread = threadFiles.find((url) => existsSync(url));
    if (thread) drawer = new Worker(thread, { workerData: { ...grows, lines, over } satisfies Drawing });
  };
  try {
    return await work(show);
  } finally {
    Atomics.store(over, 0, 1);
    await drawer?.terminate();
    endProgress();
  }
}
