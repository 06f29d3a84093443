/** Config of `npm run test:external`, for tests with other installed programs. */
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { asvsTags } from "../../tools/asvs-requirements.ts";
import { marked } from "../../vitest.config.ts";

export default defineConfig({
  test: {
    tags: asvsTags,
    root: resolve(import.meta.dirname, "../.."),
    include: marked("Runs with other programs"),
    globalSetup: "test/setup/program.ts",
    testTimeout: 240_000,
    hookTimeout: 240_000,
    pool: "forks",
  },
});
