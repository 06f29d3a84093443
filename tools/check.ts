/** Runs all `check:` scripts of package.json in parallel. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };

await Promise.all(
  Object.entries(scripts).flatMap(([name, command]) => (name.startsWith("check:") ? [check(name.slice("check:".length), command)] : [])),
);

async function check(name: string, command: string): Promise<void> {
  let output = "";
  const child = spawn(command, { cwd: root, shell: true, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (output += part.toString()));
  const code = await new Promise<number | null>((ended) => child.once("close", ended));
  process.stdout.write(`${name}: ${code === 0 ? "passed" : "failed"}\n${code === 0 ? "" : output}`);
  if (code !== 0) process.exitCode = 1;
}
