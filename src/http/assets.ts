/** Style, scripts and the icon: read once, named by their contents, so that browsers may keep them for ever. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { Serve } from "./app.ts";
import { respond } from "./headers.ts";
import { answerError } from "./reply.ts";

export interface Assets {
  /** Where a file of ours is served, such as `/assets/style.3f2a….css`. */
  readonly url: (name: string) => string;
  readonly serve: (serve: Serve) => void;
}

interface Asset {
  readonly type: string;
  readonly read: () => Promise<Buffer> | Buffer;
}

const javascript = "text/javascript; charset=utf-8";
const files: Record<string, { file: URL; type: string }> = {
  "style.css": { file: new URL("../ui/style.css", import.meta.url), type: "text/css; charset=utf-8" },
  "icon.svg": { file: new URL("../ui/icon.svg", import.meta.url), type: "image/svg+xml" },
  "password.js": { file: new URL("../ui/password.browser.js", import.meta.url), type: javascript },
};
const require = createRequire(import.meta.url);

export function readAssets(themeStyle = ""): Assets {
  const served = new Map<string, Asset>();
  const urls = new Map<string, string>();
  const add = (name: string, mark: string, asset: Asset) => {
    const url = `/assets/${name.replace(/\.(?=\w+$)/, `.${mark}.`)}`;
    urls.set(name, url);
    served.set(url, asset);
  };
  for (const [name, { file, type }] of Object.entries(files)) {
    const bytes = readFileSync(file);
    add(name, createHash("sha256").update(bytes).digest("hex").slice(0, 16), { type, read: () => bytes });
  }
  if (themeStyle !== "") {
    const bytes = Buffer.from(themeStyle);
    add("theme.css", createHash("sha256").update(bytes).digest("hex").slice(0, 16), { type: "text/css; charset=utf-8", read: () => bytes });
  }
  // The strength meter's library and words are fetched by the browser when a new password is typed, and read here only then.
  const version = (require("@zxcvbn-ts/core/package.json") as { version: string }).version;
  add("strength.js", `${version}-1`, { type: javascript, read: strengthMeter });
  return { url: (name) => urls.get(name) ?? "", serve: (serve) => serveAll(serve, served) };
}

function serveAll(serve: Serve, served: Map<string, Asset>): void {
  const packed = new Map<string, Promise<Buffer>>();
  const pack = (key: string, make: () => Promise<Buffer>): Promise<Buffer> => {
    const made = packed.get(key) ?? make();
    packed.set(key, made);
    return made;
  };
  serve("/assets/:name", async (c) => {
    const asset = served.get(c.req.path);
    if (!asset) return answerError(c, 404, { code: "not-found", message: "There is no page at this address." });
    const encoding = preferredEncoding(c.req.header("accept-encoding") ?? "");
    const bytes = await pack(`${encoding} ${c.req.path}`, async () => encode(await asset.read(), encoding));
    return respond(c, new Uint8Array(bytes), 200, {
      ...(encoding ? { "content-encoding": encoding } : {}),
      vary: "Accept-Encoding",
      "cache-control": "public, max-age=31536000, immutable",
      "content-type": asset.type,
    });
  });
}

type Encoding = "br" | "gzip" | undefined;

function preferredEncoding(accepted: string): Encoding {
  // `br;q=0` says "not br" (RFC 9110, 12.5.3).
  const takes = (name: string) => new RegExp(`(?:^|,)\\s*${name}\\s*(?:,|$|;(?!\\s*q=0(?:\\.0*)?\\s*(?:,|$)))`, "i").test(accepted);
  if (takes("br")) return "br";
  return takes("gzip") ? "gzip" : undefined;
}

async function encode(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === "br") return promisify(brotliCompress)(bytes);
  return encoding === "gzip" ? promisify(gzip)(bytes) : bytes;
}

/** zxcvbn-ts as its authors built it for browsers, and the ten thousand most used passwords in order. */
async function strengthMeter(): Promise<Buffer> {
  const { adjacencyGraphs, dictionary } = await import("@zxcvbn-ts/language-common");
  const library = readFileSync(require.resolve("@zxcvbn-ts/core").replace(/index\.cjs$/, "zxcvbn-ts.js"), "utf8");
  const words = (dictionary["passwords-common"] as string[]).slice(0, 10_000);
  const options = JSON.stringify({ dictionary: { passwords: words }, graphs: adjacencyGraphs });
  return Buffer.from(
    `${library.replace(/\/\/# sourceMappingURL.*\s*$/, "")}\nwindow.latchkeyStrength = new zxcvbnts.core.ZxcvbnFactory(${options});\n`,
  );
}
