import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

/**
 * A file whose result cannot depend on the engine says so and why, in a line of its own under its first:
 * `// Runs on one engine: it opens no database.`
 */
const once = globSync("{src,test}/**/*.test.ts").filter((path) => /^\/\/ Runs on one engine: .{10,}$/m.test(readFileSync(path, "utf8")));

export default defineConfig({
  test: {
    maxWorkers: "100%",
    // The modules of a worker stay from file to file: loading them anew took longer than the tests themselves.
    isolate: false,
    globalSetup: "test/setup/program.ts",
    reporters: ["default", "./test/setup/slowest.ts"],
    projects: [
      {
        extends: true,
        test: { name: "sqlite", include: ["{src,test}/**/*.test.ts"], exclude: ["**/postgres.test.ts", "test/package/**"] },
      },
      {
        extends: true,
        test: {
          name: "postgres",
          include: ["{src,test}/**/*.test.ts"],
          exclude: [...once, "test/package/**"],
          globalSetup: ["test/setup/program.ts", "test/setup/server.ts"],
          setupFiles: "test/setup/worker.ts",
        },
      },
    ],
    // Bounds what hangs, not what is slow: a machine with other work may be ten times slower.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    pool: "forks",
  },
});
