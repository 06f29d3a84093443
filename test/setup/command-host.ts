/** Runs one command of the program after another in one process: to start one for each takes ten times as long. */
import type { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import type { Command, CommandResult } from "../program.ts";

const [, , cli = ""] = process.argv;
const write = { out: process.stdout.write, err: process.stderr.write };
let count = 0;

process.on("message", async (command: Command) => {
  process.send?.(await run(command));
});
process.on("disconnect", () => process.exit());

/** The modules stay, but for the command line itself, which runs when it is loaded. */
async function run({ cwd, words, env, input }: Command): Promise<CommandResult> {
  let output = "";
  const collect = (part: string | Uint8Array, ...rest: unknown[]) => {
    output += Buffer.from(part as Uint8Array).toString();
    for (const each of rest) if (typeof each === "function") each();
    return true;
  };
  process.stdout.write = collect as typeof process.stdout.write;
  process.stderr.write = collect as typeof process.stderr.write;
  Object.defineProperty(process, "stdin", { value: Readable.from(input === "" ? [] : [Buffer.from(input)]), configurable: true });
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv.splice(1, Number.POSITIVE_INFINITY, "latchkey", ...words);
  process.exitCode = undefined;
  const removeListeners = noteListeners();
  await import(`${cli}?${count++}`);
  removeListeners();
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  process.stdout.write = write.out;
  process.stderr.write = write.err;
  return { code, output };
}

/** What a command listens to ends with its process; here it is removed. */
function noteListeners(): () => void {
  const emitters = [process, process.stdout, process.stderr] as EventEmitter[];
  const before = emitters.map((emitter) => new Map(emitter.eventNames().map((name) => [name, new Set(emitter.rawListeners(name))])));
  return () => {
    for (const [i, emitter] of emitters.entries()) {
      for (const name of emitter.eventNames())
        for (const listener of emitter.rawListeners(name))
          if (!before[i]?.get(name)?.has(listener)) emitter.off(name, listener as () => void);
    }
  };
}
