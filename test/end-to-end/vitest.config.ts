/** Config of `npm run test:e2e`, for tests that start the program, databases and browsers. */
import { defineConfig } from "vitest/config";
import { marked, onBothEngines } from "../../vitest.config.ts";

export default defineConfig({ test: onBothEngines(marked("Runs end to end"), marked("Runs with other programs")) });
