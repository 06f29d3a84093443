/** Serves styles, scripts and the icon under hashed names, cached forever. */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import type { LookFile } from "../../core/customization.ts";
import { type LazyOpened, lazy } from "../../platform/lazy.ts";
import type { Assets, Context, PublicRoute } from "../context.ts";
import {
  dialogScript,
  formsScript,
  icon,
  passkeysScript,
  passwordScript,
  readStrengthMeter,
  strengthVersion,
  style,
  timesScript,
} from "./asset-files.ts";
import { respond } from "./security-headers.ts";

interface Asset {
  readonly type: string;
  readonly read: () => Promise<Buffer> | Buffer;
  /** Whether pages of other origins may show it: web mail shows the logo of emails. */
  readonly isShared?: true;
}

const javascript = "text/javascript; charset=utf-8";
const css = "text/css; charset=utf-8";
const files: Record<string, { text: string; type: string }> = {
  "style.css": { text: style, type: css },
  "icon.svg": { text: icon, type: "image/svg+xml" },
  // One request for what any page may need.
  "page.js": { text: `${formsScript}\n${timesScript}`, type: javascript },
  "dialog.js": { text: dialogScript, type: javascript },
  "password.js": { text: passwordScript, type: javascript },
  "passkeys.js": { text: passkeysScript, type: javascript },
};

export function readAssets(mountPath = "", themeStyle = "", lookFiles: readonly LookFile[] = []): Assets {
  const served = new Map<string, Asset>();
  const urls = new Map<string, string>();
  const add = (name: string, mark: string, asset: Asset) => {
    const url = `/assets/${name.replace(/\.(?=\w+$)/, `.${mark}.`)}`;
    urls.set(name, url);
    served.set(url, asset);
  };
  for (const [name, { text, type }] of Object.entries({
    ...files,
    ...(themeStyle === "" ? {} : { "theme.css": { text: themeStyle, type: css } }),
  })) {
    const bytes = Buffer.from(text);
    add(name, createHash("sha256").update(bytes).digest("hex").slice(0, 16), { type, read: () => bytes });
  }
  // Lazy: browsers load the strength meter only when a new password is typed.
  add("strength.js", `${strengthVersion}-1`, { type: javascript, read: async () => Buffer.from(await readStrengthMeter()) });
  for (const { path, type, bytes } of lookFiles) served.set(path, { type, read: () => bytes, isShared: true });
  return { url: (name) => (urls.has(name) ? mountPath + urls.get(name) : ""), serve: (serve) => serveAll(serve, served) };
}

type Cached = (key: string, compress: () => Promise<Buffer>) => Promise<Buffer>;

function serveAll(serve: PublicRoute, served: ReadonlyMap<string, Asset>): void {
  const cache = new Map<string, LazyOpened<Buffer>>();
  const cached: Cached = (key, compress) => {
    const compressed = cache.get(key) ?? lazy(compress);
    cache.set(key, compressed);
    return compressed.get();
  };
  // One route per file, because the host app may serve its own files below `/assets/`.
  for (const [path, asset] of served) serve(path, (c) => answerAsset(c, asset, cached));
}

async function answerAsset(c: Context, asset: Asset, cached: Cached): Promise<Response> {
  const encoding = preferredEncoding(c.req.header("accept-encoding") ?? "");
  const bytes = await cached(`${encoding} ${c.req.path}`, async () => encode(await asset.read(), encoding));
  return respond(c, new Uint8Array(bytes), 200, {
    ...(encoding ? { "content-encoding": encoding } : {}),
    vary: "Accept-Encoding",
    "cache-control": "public, max-age=31536000, immutable",
    "content-type": asset.type,
    ...(asset.isShared ? { "cross-origin-resource-policy": "cross-origin" } : {}),
  });
}

type Encoding = "br" | "gzip" | undefined;

function preferredEncoding(accepted: string): Encoding {
  // `br;q=0` excludes br (RFC 9110, 12.5.3).
  const takes = (name: string) => new RegExp(`(?:^|,)\\s*${name}\\s*(?:,|$|;(?!\\s*q=0(?:\\.0*)?\\s*(?:,|$)))`, "i").test(accepted);
  if (takes("br")) return "br";
  return takes("gzip") ? "gzip" : undefined;
}

async function encode(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === "br") return promisify(brotliCompress)(bytes);
  return encoding === "gzip" ? promisify(gzip)(bytes) : bytes;
}
