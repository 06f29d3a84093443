#!/usr/bin/env node
// Starts the server or a command. Plain JavaScript, so that older versions of Node reach the version check.
import { existsSync } from "node:fs";

const [major = 0] = process.versions.node.split(".").map(Number);
const [, , command = "serve", ...rest] = process.argv;
if (major < 24) {
  console.error(`error: Latchkey needs Node.js 24 or later; this is ${process.versions.node}.`);
  process.exitCode = 1;
} else {
  const isServing = command === "serve" && rest.length === 0;
  // A checkout runs from source; the published package contains only the build.
  const isCheckout = existsSync(new URL("../src/main.ts", import.meta.url));
  await import(isCheckout ? `../src/${isServing ? "main" : "cli/cli"}.ts` : `../dist/${isServing ? "main" : "cli"}.js`);
}
