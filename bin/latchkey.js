#!/usr/bin/env node
// Starts the program. Plain JavaScript, so that an older Node gets as far as saying what is wrong.
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) {
  console.error(`latchkey: this is Node ${process.versions.node}, and Node 24 or later is needed.`);
  process.exitCode = 1;
} else {
  await import("../src/main.ts");
}
