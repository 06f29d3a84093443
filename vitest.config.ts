import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { asvsTags } from "./tools/asvs-requirements.ts";

/**
 * The test files that say so and why in a line of their own under the first, such as `// Runs on one engine: it opens no database.`
 */
export function marked(how: "Runs on one engine" | "Runs with other programs"): string[] {
  const mark = new RegExp(`^// ${how}: .{5,}$`, "m");
  return globSync("{src,test}/**/*.test.ts", { cwd: import.meta.dirname }).filter((path) =>
    mark.test(readFileSync(join(import.meta.dirname, path), "utf8")),
  );
}

const elsewhere = ["test/package/**", ...marked("Runs with other programs")];

export default defineConfig({
  test: {
    tags: asvsTags,
    // Twice as many as processors: half the time a worker waits for a browser, a server or a program.
    maxWorkers: 2 * availableParallelism(),
    // The modules of a worker stay from file to file: loading them anew took longer than the tests themselves.
    isolate: false,
    setupFiles: "test/setup/worker.ts",
    reporters: ["default", "./test/setup/slowest.ts"],
    projects: [
      {
        extends: true,
        test: {
          name: "sqlite",
          include: ["{src,test}/**/*.test.ts"],
          exclude: ["**/postgres.test.ts", ...elsewhere],
          globalSetup: ["test/setup/program.ts", "test/setup/sqlite.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "postgres",
          include: ["{src,test}/**/*.test.ts"],
          exclude: [...marked("Runs on one engine"), ...elsewhere],
          globalSetup: ["test/setup/program.ts", "test/setup/postgres.ts"],
        },
      },
    ],
    // Bounds what hangs, not what is slow: a machine with other work may be ten times slower.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    pool: "forks",
  },
});
