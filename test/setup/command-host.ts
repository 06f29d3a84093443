/** Runs one command of the program after another in one process: to start one for each takes ten times as long. */
import { Readable } from "node:stream";
import type { Command, Ended } from "../program.ts";

const [, , cli = ""] = process.argv;
const write = { out: process.stdout.write, err: process.stderr.write };
let count = 0;

process.on("message", async (command: Command) => {
  process.send?.(await run(command));
});
process.on("disconnect", () => process.exit());

/** The modules stay, but for the command line itself, which runs when it is loaded. */
async function run({ cwd, words, env, input }: Command): Promise<Ended> {
  let said = "";
  const hear = (part: string | Uint8Array, ...rest: unknown[]) => {
    said += Buffer.from(part as Uint8Array).toString();
    for (const each of rest) if (typeof each === "function") each();
    return true;
  };
  process.stdout.write = hear as typeof process.stdout.write;
  process.stderr.write = hear as typeof process.stderr.write;
  Object.defineProperty(process, "stdin", { value: Readable.from(input === "" ? [] : [Buffer.from(input)]), configurable: true });
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv.splice(1, Number.POSITIVE_INFINITY, "latchkey", ...words);
  process.exitCode = undefined;
  await import(`${cli}?${count++}`);
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  process.stdout.write = write.out;
  process.stderr.write = write.err;
  return { code, said };
}
