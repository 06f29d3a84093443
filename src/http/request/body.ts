/** Parses request bodies: forms and JSON. */
import type { Context } from "../context.ts";
import { mediaType } from "./media-type.ts";

export const mostBodyBytes = 64 * 1024;
const mostFields = 100;

export type Body =
  | { readonly ok: true; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly reason: "unreadable" | "unsupported-type" };

/** The types that are read, for the answer to any other (RFC 9110, 15.5.16). */
export const readTypes = "application/x-www-form-urlencoded, application/json";

/**
 * The fields of a form, or the members of a JSON object. A field that was sent twice becomes a list, which no rule accepts.
 * Not ok where the content is of another type or encoding, or not what it says it is: taken for an empty form, it would erase what is there.
 */
export async function readBody(c: Context): Promise<Body> {
  const type = mediaType(c);
  if (!isUtf8(c)) return { ok: false, reason: "unsupported-type" };
  if (type === "application/json") return readJson(await c.req.arrayBuffer());
  if (type === "application/x-www-form-urlencoded") return readUrlEncoded(await c.req.arrayBuffer());
  // A program that only wants something done may send nothing at all.
  if (type === undefined && (await c.req.arrayBuffer()).byteLength === 0) return { ok: true, fields: ownFields([]) };
  return { ok: false, reason: "unsupported-type" };
}

/** Whether no other encoding than ours is named: read by it, what was typed would become something else. */
function isUtf8(c: Context): boolean {
  const charset = /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(c.req.header("content-type") ?? "")?.[1] ?? "utf-8";
  return /^(?:utf-?8|us-ascii)$/i.test(charset);
}

const unreadable: Body = { ok: false, reason: "unreadable" };

function readJson(bytes: ArrayBuffer): Body {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? { ok: true, fields: ownFields(Object.entries(value)) } : unreadable;
  } catch {
    return unreadable;
  }
}

function readUrlEncoded(bytes: ArrayBuffer): Body {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const parts = text === "" ? [] : text.split("&");
    if (parts.length > mostFields) return unreadable;
    const fields = new Map<string, unknown>();
    for (const part of parts) {
      const equals = part.indexOf("=");
      const name = decode(equals < 0 ? part : part.slice(0, equals));
      const value = equals < 0 ? "" : decode(part.slice(equals + 1));
      const before = fields.get(name);
      fields.set(name, before === undefined ? value : [before, value].flat());
    }
    return { ok: true, fields: ownFields(fields) };
  } catch {
    return unreadable;
  }
}

/** Throws where the escapes are no UTF-8, which a replacement character would hide. */
function decode(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

/** Without a prototype, so that a field called `__proto__` is a field like any other (ASVS 15.3.6). */
function ownFields(entries: Iterable<[string, unknown]>): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of entries) fields[name] = value;
  return fields;
}
