/** Draws how far a copy is, in a thread of its own, until it is told that it is over. */
import { statSync, writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import type { Drawing } from "./growth.ts";

const { file, bytes, lines, over } = workerData as Drawing;
setInterval(() => {
  if (Atomics.load(over, 0) === 1) return;
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  writeSync(2, lines[Math.min(100, Math.floor((100 * size) / bytes))] ?? "");
}, 50);
