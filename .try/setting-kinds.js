/** What a setting can be: a number, a time, a budget, an address; and how near a slip is to a name. */
import ipaddr from "ipaddr.js";
import { z } from "zod";
export function wholeNumber(least, most) {
    return z
        .string()
        .regex(/^\d{1,9}$/)
        .transform(Number)
        .pipe(z.number().min(least).max(most));
}
export function duration(mostMs = 3650 * 24 * 3_600_000) {
    return z
        .string()
        .transform(asMs)
        .refine((ms) => ms > 0 && ms <= mostMs);
}
/** The same, and `0` for no time at all. */
export function durationOrNone() {
    return z
        .string()
        .regex(/^(?:0|\d{1,6}[smhd])$/)
        .transform(asMs);
}
export function isDatabaseUrl(text) {
    if (/^sqlite:[^:].*$/.test(text))
        return true;
    const url = URL.parse(text);
    return url !== null && /^postgres(?:ql)?:$/.test(url.protocol) && /^\/[^/]+$/.test(url.pathname);
}
export function isSmtpUrl(text) {
    const url = URL.parse(text);
    if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === "" || !/^\/?$/.test(url.pathname))
        return false;
    try {
        // A percent sign in a password must be written as %25: found out here, and not with the first letter.
        return decodeURIComponent(url.username + url.password) !== undefined;
    }
    catch {
        return false;
    }
}
export function budget() {
    return z
        .string()
        .regex(/^[1-9]\d{0,8}\/\w+$/)
        .transform((text) => ({ count: Number(text.split("/")[0]), perMs: asMs(text.split("/")[1] ?? "") }))
        .refine(({ perMs }) => perMs > 0);
}
/** `90s`, `15m`, `12h` or `7d` in milliseconds; 0 for anything else. */
function asMs(text) {
    const match = /^(\d{1,6})([smhd])$/.exec(text);
    const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match?.[2] ?? "s"] ?? 0;
    return match ? Number(match[1]) * unitMs : 0;
}
export function asOrigin(text, context) {
    const url = URL.parse(text);
    const isPlain = url && /^https?:$/.test(url.protocol) && url.pathname === "/" && !url.search && !url.hash && !url.username && !url.password;
    if (!isPlain)
        context.addIssue("not an origin");
    return url?.origin ?? "";
}
export function asRanges(text, context) {
    return text
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "")
        .flatMap((part) => {
        try {
            const address = ipaddr.parse(part.split("/")[0] ?? "");
            const bits = address.kind() === "ipv4" ? 32 : 128;
            return [part.includes("/") ? ipaddr.parseCIDR(part) : [address, bits]];
        }
        catch {
            context.addIssue("not an address");
            return [];
        }
    });
}
/** Levenshtein's: how many letters must be put in, taken out or replaced. */
export function distance(a, b) {
    if (Math.abs(a.length - b.length) > 3)
        return 4;
    let before = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i++) {
        const now = [i];
        for (let j = 1; j <= b.length; j++) {
            const replaced = (before[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
            now.push(Math.min(replaced, (before[j] ?? 0) + 1, (now[j - 1] ?? 0) + 1));
        }
        before = now;
    }
    return before[b.length] ?? 0;
}
