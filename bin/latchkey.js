#!/usr/bin/env node
// Starts the program, or one of its commands. Plain JavaScript, so that an older Node gets as far as saying what is wrong.
import { existsSync } from "node:fs";

const [major = 0] = process.versions.node.split(".").map(Number);
const [, , command = "serve", ...rest] = process.argv;
if (major < 24) {
  console.error(`latchkey: this is Node ${process.versions.node}, and Node 24 or later is needed.`);
  process.exitCode = 1;
} else {
  const isServing = command === "serve" && rest.length === 0;
  // A checkout runs from its source, and the package, which holds none, from what was built of it.
  const isCheckout = existsSync(new URL("../src/main.ts", import.meta.url));
  await import(isCheckout ? `../src/${isServing ? "main" : "cli/cli"}.ts` : `../dist/${isServing ? "main" : "cli"}.js`);
}
