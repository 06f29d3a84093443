import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { asvsTags } from "./tools/asvs-requirements.ts";

/** Returns the test files with this mark and a reason, such as `// Runs on one engine: it opens no database.` */
export function marked(how: "Runs on one engine" | "Runs end to end" | "Runs with other programs"): string[] {
  const mark = new RegExp(`^// ${how}: .{5,}$`, "m");
  return globSync("{src,test}/**/*.test.ts", { cwd: import.meta.dirname }).filter((path) =>
    mark.test(readFileSync(join(import.meta.dirname, path), "utf8")),
  );
}

/** Returns the options for running these files on both engines. */
export function onBothEngines(include: string[], exclude: string[]) {
  return {
    root: import.meta.dirname,
    tags: asvsTags,
    // Twice the processors, since workers wait for browsers, servers and programs half of the time.
    maxWorkers: 2 * availableParallelism(),
    // Modules stay loaded between files: loading them again took longer than the tests.
    isolate: false,
    setupFiles: "test/setup/worker.ts",
    reporters: ["default", "./test/setup/slowest.ts"],
    projects: [
      {
        extends: true as const,
        test: {
          name: "sqlite",
          include,
          exclude: ["**/postgres.test.ts", ...exclude],
          globalSetup: ["test/setup/program.ts", "test/setup/sqlite.ts"],
        },
      },
      {
        extends: true as const,
        test: {
          name: "postgres",
          include,
          exclude: [...marked("Runs on one engine"), ...exclude],
          globalSetup: ["test/setup/program.ts", "test/setup/postgres.ts"],
        },
      },
    ],
    // Ends hanging tests only: a busy machine may be ten times slower.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    pool: "forks" as const,
  };
}

const elsewhere = ["test/package/**", ...marked("Runs end to end"), ...marked("Runs with other programs")];

export default defineConfig({ test: onBothEngines(["{src,test}/**/*.test.ts"], elsewhere) });
