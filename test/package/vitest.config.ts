/** Config of `npm run test:package`, which installs from the npm registry. */
import { defineConfig } from "vitest/config";
import { asvsTags } from "../../tools/asvs-requirements.ts";

export default defineConfig({
  test: {
    tags: asvsTags,
    include: ["test/package/*.test.ts"],
    globalSetup: "test/package/pack.ts",
    // Ends hanging tests only.
    testTimeout: 900_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    maxConcurrency: 3,
    pool: "forks",
  },
});
