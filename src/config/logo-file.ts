/** Reads the files of the site's logo. */
import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import type { z } from "zod";

export interface LogoFile {
  /** With a hash of its content, so that browsers load a new logo at once. */
  readonly name: string;
  /** Media type. */
  readonly type: string;
  readonly bytes: Buffer;
}

const types: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".webp": "image/webp",
  ".svg": "image/svg+xml",
};
const maxBytes = 256 * 1_024;

/** Returns undefined for an empty path. */
export function asLogoFile(path: string, context: z.RefinementCtx): LogoFile | undefined {
  if (path === "") return undefined;
  const ending = extname(path).toLowerCase();
  const type = types[ending];
  const bytes = type === undefined ? "" : readLogo(path);
  if (type === undefined || typeof bytes === "string") {
    context.addIssue({ code: "custom", input: path, params: bytes === "" ? {} : { problem: bytes } });
    return undefined;
  }
  const mark = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  return { name: `logo.${mark}${ending}`, type, bytes };
}

/** Returns the problem as a text. */
function readLogo(path: string): Buffer | string {
  try {
    return statSync(path).size > maxBytes ? `${path} is larger than 256 KiB` : readFileSync(path);
  } catch (error) {
    return `${path} cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
}
