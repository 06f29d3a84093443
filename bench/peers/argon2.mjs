// A limit that nobody can beat: Argon2id with our parameters on all processors, for so many seconds. Prints hashes a second, and the
// processor time of one in milliseconds.
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
