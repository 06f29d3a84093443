/** What is tested with other people's programs, such as proxies: run by `npm run test:external`, for what is not installed is left out. */
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
