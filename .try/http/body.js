export const mostBodyBytes = 64 * 1024;
const mostFields = 100;
/**
 * The fields of a form, or the members of a JSON object. A field that was sent twice becomes a list, which no rule accepts.
 * Any other kind of content has no fields, so the CSRF check refuses it. Not ok where the content is not what it says it is.
 */
export async function readBody(c) {
    const type = (c.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
    if (type === "application/json")
        return readJson(await c.req.arrayBuffer());
    if (type === "application/x-www-form-urlencoded")
        return readUrlEncoded(await c.req.arrayBuffer());
    return { ok: true, fields: {} };
}
function readJson(bytes) {
    try {
        const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
        const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
        return isObject ? { ok: true, fields: ownFields(Object.entries(value)) } : { ok: false };
    }
    catch {
        return { ok: false };
    }
}
function readUrlEncoded(bytes) {
    try {
        const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
        const parts = text === "" ? [] : text.split("&");
        if (parts.length > mostFields)
            return { ok: false };
        const fields = new Map();
        for (const part of parts) {
            const equals = part.indexOf("=");
            const name = decode(equals < 0 ? part : part.slice(0, equals));
            const value = equals < 0 ? "" : decode(part.slice(equals + 1));
            const before = fields.get(name);
            fields.set(name, before === undefined ? value : [before, value].flat());
        }
        return { ok: true, fields: ownFields(fields) };
    }
    catch {
        return { ok: false };
    }
}
/** Throws where the escapes are no UTF-8, which a replacement character would hide. */
function decode(text) {
    return decodeURIComponent(text.replaceAll("+", " "));
}
/** Without a prototype, so that a field called `__proto__` is a field like any other (ASVS 15.3.6). */
function ownFields(entries) {
    const fields = Object.create(null);
    for (const [name, value] of entries)
        fields[name] = value;
    return fields;
}
