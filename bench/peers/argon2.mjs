// Reference: Argon2id with Latchkey's parameters on all CPUs for some seconds. Prints hashes per second and the CPU time of one in
// milliseconds.
import { availableParallelism } from "node:os";
import { hash, verify } from "@node-rs/argon2";

const seconds = Number(process.argv[2]);
const stored = await hash("a harbour at dusk", { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
const before = process.cpuUsage();
const until = performance.now() + seconds * 1_000;
let inTime = 0;
let all = 0;
await Promise.all(
  Array.from({ length: availableParallelism() }, async () => {
    while (performance.now() < until) {
      await verify(stored, "a harbour at dusk");
      all++;
      if (performance.now() < until) inTime++;
    }
  }),
);
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ perSecond: inTime / seconds, cpuMs: (user + system) / 1_000 / all }));
