/** Serves variants of Latchkey, each without one optimization. Started by `optimizations.ts`. */
import { mkdtempSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { registerHooks } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createAdaptorServer } from "@hono/node-server";
import { openTranslations } from "../src/features/messages.ts";

const root = pathToFileURL(`${join(import.meta.dirname, "..")}/`).href;

/** Replaced modules, by the optimization that a variant lacks. */
const replaced: Readonly<Record<string, readonly [original: string, replacement: string]>> = {
  hmac: ["src/platform/crypto/hmac.ts", "bench/without/hmac.ts"],
  random: ["src/platform/crypto/random-pool.ts", "bench/without/random-pool.ts"],
  compiled: ["src/db/prepared.ts", "bench/without/prepared.ts"],
  statements: ["src/db/sqlite/statement-cache.ts", "bench/without/statement-cache.ts"],
  "session-lookup": ["src/db/session-lookup.ts", "bench/without/session-lookup.ts"],
};

// Each variant has its own module graph: the variant is a query parameter of the URL of each imported module.
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const variant = /[?&]without=([\w-]+)/.exec(context.parentURL ?? "")?.[1] ?? /[?&]without=([\w-]+)/.exec(specifier)?.[1];
    const path = found.url.split("?", 1)[0] ?? "";
    if (variant === undefined || !path.startsWith(root) || path.includes("/node_modules/")) return found;
    const [original, replacement] = replaced[variant] ?? [];
    // The replacement may import the original module.
    const isReplaced = path === root + original && !context.parentURL?.startsWith(root + replacement);
    const url = isReplaced ? root + replacement : path;
    return { ...found, url: `${url}?without=${variant}`, shortCircuit: true };
  },
});

const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Port of each variant, sent to the parent process. Afterwards, each message is answered with the CPU time in microseconds. */
const ports: Record<string, number> = {};
for (const variant of ["complete", "unbatched-responses", ...Object.keys(replaced)]) ports[variant] = await serve(variant);
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on("disconnect", () => process.exit());
process.send?.(ports);

async function serve(variant: string): Promise<number> {
  const from = async <T>(path: string) => (await import(`${root}${path}?without=${variant}`)) as T;
  const { createApp } = await from<typeof import("../src/http/pipeline.ts")>("src/http/pipeline.ts");
  const { openServices } = await from<typeof import("../src/core/open-services.ts")>("src/core/open-services.ts");
  const { features } = await from<typeof import("../src/features/index.ts")>("src/features/index.ts");
  const { readSettings } = await from<typeof import("../src/config/load.ts")>("src/config/load.ts");
  const { batchResponses } = await from<typeof import("../src/server/batch-responses.ts")>("src/server/batch-responses.ts");
  const settings = readSettings({
    DATABASE_URL: `sqlite:${join(folder, `${variant}.sqlite`)}`,
    SECRET_KEY: "k9".repeat(20),
    NODE_ENV: "test",
    LOG_LEVEL: "warn",
  });
  const { fetch } = createApp(await openServices(settings, { translations: openTranslations(features) }), features);
  const server = createAdaptorServer({ fetch: variant === "unbatched-responses" ? fetch : batchResponses(fetch) }) as Server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
