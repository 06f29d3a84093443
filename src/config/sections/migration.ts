/** Settings of migrating from another app: peppers and Flask cookies. */
import { z } from "zod";
import { list } from "../parsers.ts";
import type { Section } from "../setting.ts";

export const migration = {
  importedPepper: {
    env: "IMPORTED_PEPPER",
    default: undefined,
    schema: z.string().min(1),
    format: "the pepper of the previous app",
    description:
      "Only after migrating from Devise (`pepper`) or Flask-Security (`SECURITY_PASSWORD_SALT`): imported password hashes need it. Remove it once all users have logged in (docs/migrating.md).",
    secret: true,
  },
  flaskSecretKeys: {
    env: "FLASK_SECRET_KEY",
    default: "",
    schema: list((key) => !key.startsWith("hex:") || /^hex:(?:[0-9a-f]{2})+$/i.test(key)),
    format: "the secret key of the Flask app, or several separated by commas; binary keys as hex: and their digits",
    description:
      "Only after migrating from Flask: users stay logged in with the cookies that this key signed, until `FLASK_COOKIES_UNTIL` (docs/migrating.md). Empty: users log in once.",
    secret: true,
  },
  flaskCookiesUntil: {
    env: "FLASK_COOKIES_UNTIL",
    default: undefined,
    schema: z.string().transform(endOfDay).refine(Number.isFinite),
    format: "a day such as 2026-12-31",
    description: "Last day (UTC) on which cookies of the Flask app are exchanged for sessions.",
  },
  flaskCookieNames: {
    env: "FLASK_COOKIE_NAMES",
    default: "session,remember_token",
    schema: list((name) => /^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)).refine((names) => names.length === 2),
    format: "two cookie names separated by a comma",
    description: "Cookie names of the Flask app: `SESSION_COOKIE_NAME` and `REMEMBER_COOKIE_NAME`.",
  },
  flaskApplication: {
    env: "FLASK_APPLICATION",
    default: "flask",
    schema: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/),
    format: "the name given to `latchkey import --application`",
    description: "Imported app whose cookies are accepted, if it was imported with `--application`.",
  },
} satisfies Section;

/** The UTC midnight after a day, in milliseconds since 1970; NaN for a day that does not exist. */
function endOfDay(text: string): number {
  const begins = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  const isDay = Number.isFinite(begins) && new Date(begins).toISOString().startsWith(text);
  return isDay ? begins + 24 * 3_600_000 : Number.NaN;
}
