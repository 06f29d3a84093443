/** Serves the application several times from one process, each time with one shortcut taken away. Run by `shortcuts.ts`. */
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

/** What stands in for a module of ours, by the shortcut that it takes away. */
const replaced: Readonly<Record<string, readonly [ours: string, instead: string]>> = {
  hmac: ["src/platform/crypto/hmac.ts", "bench/without/hmac.ts"],
  random: ["src/platform/crypto/random-pool.ts", "bench/without/random.ts"],
  compiled: ["src/db/prepared.ts", "bench/without/prepared.ts"],
  statements: ["src/db/sqlite/statement-cache.ts", "bench/without/sqlite-handle.ts"],
  "read-at-once": ["src/db/session-lookup.ts", "bench/without/find.ts"],
};

// Each variant is a graph of modules of its own: every import of ours below it carries the variant's name.
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const variant = /[?&]without=([\w-]+)/.exec(context.parentURL ?? "")?.[1] ?? /[?&]without=([\w-]+)/.exec(specifier)?.[1];
    const path = found.url.split("?", 1)[0] ?? "";
    if (variant === undefined || !path.startsWith(root) || path.includes("/node_modules/")) return found;
    const [ours, instead] = replaced[variant] ?? [];
    // What stands in may build on the module that it replaces.
    const isReplaced = path === root + ours && !context.parentURL?.startsWith(root + instead);
    const url = isReplaced ? root + instead : path;
    return { ...found, url: `${url}?without=${variant}`, shortCircuit: true };
  },
});

const folder = mkdtempSync(join(tmpdir(), "latchkey-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

/** Where each variant listens, told to the parent; and from then on, at each message, the processor time in microseconds. */
const ports: Record<string, number> = {};
for (const variant of ["nothing", "together", ...Object.keys(replaced)]) ports[variant] = await serve(variant);
process.on("message", () => {
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on("disconnect", () => process.exit());
process.send?.(ports);

async function serve(variant: string): Promise<number> {
  const from = async <T>(path: string) => (await import(`${root}${path}?without=${variant}`)) as T;
  const { createApp } = await from<typeof import("../src/http/pipeline.ts")>("src/http/pipeline.ts");
  const { openServices } = await from<typeof import("../src/core/services.ts")>("src/core/services.ts");
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
  const server = createAdaptorServer({ fetch: variant === "together" ? fetch : batchResponses(fetch) }) as Server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
