/** Style, scripts and the icon: read once, named by their contents, so that browsers may keep them for ever. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { respond } from "./headers.js";
const javascript = "text/javascript; charset=utf-8";
const files = {
    "style.css": { path: "../ui/style.css", type: "text/css; charset=utf-8" },
    "icon.svg": { path: "../ui/icon.svg", type: "image/svg+xml" },
    "password.js": { path: "../ui/password.browser.js", type: javascript },
};
const require = createRequire(import.meta.url);
export function readAssets() {
    const served = new Map();
    const urls = new Map();
    const add = (name, mark, asset) => {
        const url = `/assets/${name.replace(/\.(?=\w+$)/, `.${mark}.`)}`;
        urls.set(name, url);
        served.set(url, asset);
    };
    for (const [name, { path, type }] of Object.entries(files)) {
        const bytes = readFileSync(new URL(path, import.meta.url));
        add(name, createHash("sha256").update(bytes).digest("hex").slice(0, 16), { type, read: () => bytes });
    }
    // The strength meter's library and words are fetched by the browser when a new password is typed, and read here only then.
    const version = require("@zxcvbn-ts/core/package.json").version;
    add("strength.js", `${version}-1`, { type: javascript, read: strengthMeter });
    return { url: (name) => urls.get(name) ?? "", serve: (hono) => serve(hono, served) };
}
function serve(hono, served) {
    const packed = new Map();
    const pack = (key, make) => {
        const made = packed.get(key) ?? make();
        packed.set(key, made);
        return made;
    };
    hono.get("/assets/:name", async (c) => {
        const asset = served.get(c.req.path);
        if (!asset)
            return c.notFound();
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
function preferredEncoding(accepted) {
    if (/\bbr\b/.test(accepted))
        return "br";
    return /\bgzip\b/.test(accepted) ? "gzip" : undefined;
}
async function encode(bytes, encoding) {
    if (encoding === "br")
        return promisify(brotliCompress)(bytes);
    return encoding === "gzip" ? promisify(gzip)(bytes) : bytes;
}
/** zxcvbn-ts as its authors built it for browsers, and the ten thousand most used passwords in order. */
async function strengthMeter() {
    const { adjacencyGraphs, dictionary } = await import("@zxcvbn-ts/language-common");
    const library = readFileSync(require.resolve("@zxcvbn-ts/core").replace(/index\.cjs$/, "zxcvbn-ts.js"), "utf8");
    const words = dictionary["passwords-common"].slice(0, 10_000);
    const options = JSON.stringify({ dictionary: { passwords: words }, graphs: adjacencyGraphs });
    return Buffer.from(`${library.replace(/\/\/# sourceMappingURL.*\s*$/, "")}\nwindow.latchkeyStrength = new zxcvbnts.core.ZxcvbnFactory(${options});\n`);
}
