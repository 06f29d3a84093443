import { defineConfig } from "vitest/config";

/** What opens no database, or is about one engine alone, runs once. */
const once = [
  "src/ui/**",
  "src/db/{sqlite,wal-sync}.test.ts",
  "src/together.test.ts",
  "src/settings.test.ts",
  "src/http/*.test.ts",
  "src/core/{common-passwords,own-words,hash-queue,hmac,signing,hashes,mailer}.test.ts",
  "test/house.test.ts",
  "test/package.test.ts",
  "test/testing-kit.test.ts",
  "test/program.test.ts",
  "test/backup.test.ts",
  "test/cli.test.ts",
  "test/verify.test.ts",
  "test/deploy.test.ts",
  "test/attacks/costly-input.test.ts",
  "test/browser/**",
  "test/timing/**",
];

export default defineConfig({
  test: {
    maxWorkers: "100%",
    projects: [
      { extends: true, test: { name: "sqlite", include: ["{src,test}/**/*.test.ts"], exclude: ["**/postgres.test.ts"] } },
      {
        extends: true,
        test: {
          name: "postgres",
          include: ["{src,test}/**/*.test.ts"],
          exclude: once,
          globalSetup: "test/setup/server.ts",
          setupFiles: "test/setup/worker.ts",
        },
      },
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
  },
});
