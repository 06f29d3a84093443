/** Settings for the time after moving in from another application; they stand in the table with all others. */
import { z } from "zod";
import { list } from "../parsers.ts";
import { row } from "../setting.ts";

export const movingSettings = {
  importedPepper: row(
    "IMPORTED_PEPPER",
    undefined,
    z.string().min(1),
    "the secret that the old application mixed into passwords",
    "Only after moving in from Devise (its `pepper`) or Flask-Security (`SECURITY_PASSWORD_SALT`): their hashes fit nothing without it. It can go when everybody has logged in once (docs/moving-in.md).",
    "secret",
  ),
  flaskSecretKeys: row(
    "FLASK_SECRET_KEY",
    "",
    list((key) => !key.startsWith("hex:") || /^hex:(?:[0-9a-f]{2})+$/i.test(key)),
    "the old application’s secret key or keys, separated by commas; one of bytes as hex: and its digits",
    "Only after moving in from Flask: whoever is logged in there stays so here, by the cookies that this key signed, until `FLASK_COOKIES_UNTIL` (docs/moving-in.md). Empty: everybody logs in once.",
    "secret",
  ),
  flaskCookiesUntil: row(
    "FLASK_COOKIES_UNTIL",
    undefined,
    z.string().transform(endOfDay).refine(Number.isFinite),
    "a day such as 2026-12-31",
    "The last day, in UTC, on which a cookie of the old Flask application is exchanged for a session here.",
  ),
  flaskCookieNames: row(
    "FLASK_COOKIE_NAMES",
    "session,remember_token",
    list((name) => /^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)).refine((names) => names.length === 2),
    "two names of cookies, separated by a comma",
    "What the old Flask application calls them: its `SESSION_COOKIE_NAME` and its `REMEMBER_COOKIE_NAME`.",
  ),
  flaskApplication: row(
    "FLASK_APPLICATION",
    "flask",
    z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/),
    "the name that `latchkey import` was given for it",
    "Which application’s accounts the old cookies open, where they were imported with `--application`.",
  ),
};

/** The midnight that ends a day, in milliseconds since 1970; not a number where there is no such day. */
function endOfDay(text: string): number {
  const begins = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  const isDay = Number.isFinite(begins) && new Date(begins).toISOString().startsWith(text);
  return isDay ? begins + 24 * 3_600_000 : Number.NaN;
}
