/** The package as a stranger gets it: run by `npm run test:package`, for it installs from the registry. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/package/*.test.ts"],
    globalSetup: "test/package/pack.ts",
    testTimeout: 240_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
    pool: "forks",
  },
});
