/** Parses request bodies: forms and JSON. */
import type { Context } from "../context.ts";
import { mediaType } from "./media-type.ts";

export const maxBodyBytes = 64 * 1024;
const maxFields = 100;

export type Body =
  | { readonly ok: true; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly ok: false; readonly reason: "unreadable" | "unsupported-type" };

/** `Accept-Post` of a 415 response (RFC 9110, 15.5.16). */
export const acceptedTypes = "application/x-www-form-urlencoded, application/json";

/**
 * Parses a form or a JSON object. Parameter pollution: a repeated field becomes a list, which validation rejects (ASVS 15.3.7).
 * Other types, other encodings and malformed bodies are errors, because an empty form could erase stored values.
 */
export async function readBody(c: Context): Promise<Body> {
  const type = mediaType(c);
  if (!isUtf8(c)) return { ok: false, reason: "unsupported-type" };
  if (type === "application/json") return readJson(await c.req.arrayBuffer());
  if (type === "application/x-www-form-urlencoded") return readUrlEncoded(await c.req.arrayBuffer());
  // API clients may send a POST without a body.
  if (type === undefined && (await c.req.arrayBuffer()).byteLength === 0) return { ok: true, fields: ownFields([]) };
  return { ok: false, reason: "unsupported-type" };
}

/** Whether the `charset` is UTF-8 or missing. */
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
    if (parts.length > maxFields) return unreadable;
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

/** Throws URIError for escapes that are not UTF-8, instead of inserting replacement characters. */
function decode(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

// Prototype pollution: an object without a prototype, so `__proto__` is an ordinary field (ASVS 15.3.6).
function ownFields(entries: Iterable<[string, unknown]>): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of entries) fields[name] = value;
  return fields;
}
