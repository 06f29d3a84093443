/** Clones the checkout, starts it as in the README, logs in, and stops it. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../test/free-port.ts";
import { Person } from "../test/person.ts";

const readme = readFileSync("README.md", "utf8");
const command = /^npm ci && npm start(?=\s|$)/m.exec(readme.replaceAll(/^\s+/gm, ""))?.[0];
if (!command) throw new Error("The README has no command to start with.");

const folder = mkdtempSync(join(tmpdir(), "latchkey-clone-"));
try {
  execFileSync("git", ["clone", "--quiet", process.cwd(), folder]);
  await startAndUse(folder, command, await freePort());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function startAndUse(cwd: string, command: string, port: number): Promise<void> {
  // The PATH of the machine, without executables of the checkout.
  const { PATH, MACHINE_PATH, ...rest } = process.env;
  const env = { ...rest, PATH: MACHINE_PATH ?? PATH, PORT: String(port), NODE_ENV: "" };
  const program = spawn("bash", ["-c", `exec 2>&1; ${command}`], { cwd, env, detached: true, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  const exited = new Promise<void>((resolve) => program.once("close", () => resolve()));
  const address = new Promise<string | undefined>((resolve) => {
    program.stdout.on("data", (part: Buffer) => {
      output += part.toString();
      const url = /Latchkey is at (http:\/\/\S+?)[",\s]/.exec(output)?.[1];
      if (url) resolve(url);
    });
  });
  try {
    const url = await Promise.race([address, exited.then(() => undefined)]);
    if (!url) throw new Error(`It did not start:\n${output}`);
    await logInAndOut(url);
  } finally {
    if (program.pid !== undefined && program.exitCode === null) process.kill(-program.pid, "SIGTERM");
  }
  await exited;
  if (!output.includes("Latchkey has stopped")) throw new Error(`It did not stop cleanly:\n${output}`);
  console.error("A fresh clone started, a user signed up, logged in and out, and it stopped cleanly.");
}

async function logInAndOut(url: string): Promise<void> {
  const ada = await new Person(url, { username: "ada" }, {}).isLoggedIn();
  const { text } = await ada.opens("/dashboard");
  if (!text.includes("Hello, ada")) throw new Error(`The dashboard says: ${text}`);
  await ada.logsOut();
  const { status } = await ada.opens("/dashboard");
  if (status !== 303) throw new Error(`After logging out the dashboard answered ${status}.`);
}
