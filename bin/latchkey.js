#!/usr/bin/env node
// Starts the program, or one of its commands. Plain JavaScript, so that an older Node gets as far as saying what is wrong.
const [major = 0] = process.versions.node.split(".").map(Number);
const [, , command = "serve", ...rest] = process.argv;
if (major < 24) {
  console.error(`latchkey: this is Node ${process.versions.node}, and Node 24 or later is needed.`);
  process.exitCode = 1;
} else if (command === "serve" && rest.length === 0) {
  await import("../src/main.ts");
} else {
  await import("../src/cli/cli.ts");
}
