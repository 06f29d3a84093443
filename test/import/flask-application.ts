/** A Flask app with imported accounts, recorded cookies and signed cookies. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { type Person, type TestApp, testApp } from "../person.ts";
import { importReport, importTarget, openTargetPerTest } from "./import-target.ts";

/** The app's secret key, as in `record.py`. */
export const secret = "the secret key of the old application";

/** Returns when a session cookie was signed, in milliseconds since 1970. */
export const signedAt = (cookie: string) => Buffer.from(cookie.split(".").at(-2) ?? "", "base64url").readUInt32BE() * 1_000;

/** Signs a session cookie as Flask does. */
export function signFlaskSession(
  payload: string,
  at: number,
  key: string | Buffer = secret,
  wrap = (text: string) => Buffer.from(text).toString("base64url"),
) {
  const stamp = Buffer.alloc(4);
  stamp.writeUInt32BE(Math.floor(at / 1_000));
  const signed = `${wrap(payload)}.${stamp.toString("base64url")}`;
  const salted = createHmac("sha1", key).update("cookie-session").digest();
  return `${signed}.${createHmac("sha1", salted).update(signed).digest("base64url")}`;
}

/** Signs a remember token as Flask-Login does. */
export function signRememberToken(id: string, key: string | Buffer = secret): string {
  return `${id}|${createHmac("sha512", key).update(id).digest("hex")}`;
}

const fixtures = join(import.meta.dirname, "fixtures");
export interface Recorded {
  readonly people: [username: string, email: string, password: string][];
  readonly cookies: Record<string, { session: string; remember_token: string }>;
}
export const readRecording = (folder: string) => JSON.parse(readFileSync(join(folder, "flask.json"), "utf8")) as Recorded;
const recorded = readRecording(fixtures);
const { people } = recorded;
export const { cookies } = recorded;
export const { session = "", remember_token: remember = "" } = cookies["ada"] ?? {};
export const day = 24 * 3_600_000;
export const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);

let app: TestApp;

/** Imports the accounts for each test of a file. */
export function importFlaskAppPerTest(): void {
  openTargetPerTest();
  beforeEach(async () => {
    app = await importApp();
  });
  afterEach(() => app.close());
}

/** Returns the app with the imported accounts. */
export function importedApp(): TestApp {
  return app;
}

/** Imports the accounts, and opens an app an hour after their cookies were signed. */
async function importApp(): Promise<TestApp> {
  expect(await importReport("flask", `sqlite:///${join(fixtures, "flask.sqlite")}`)).toMatchObject({ troubles: {} });
  return openAppAt({}, signedAt(session));
}

export async function openAppAt(env: Record<string, string>, at: number): Promise<TestApp> {
  const opened = await testApp({
    DATABASE_URL: importTarget().url,
    FLASK_SECRET_KEY: secret,
    FLASK_COOKIES_UNTIL: dayOf(at + 40 * day),
    ...env,
  });
  opened.passes(at + 3_600_000 - Date.now());
  return opened;
}

export function browserWith(given: Record<string, string>, headers: Record<string, string> = {}, on = app): Person {
  const person = on.person({ email: people[0]?.[1] ?? "", password: people[0]?.[2] ?? "" }, headers);
  for (const [name, value] of Object.entries(given)) person.cookies.set(name, value);
  return person;
}

/** Whether these cookies open a guarded page. */
export async function isLoggedInWith(given: Record<string, string>, headers: Record<string, string> = {}, on = app): Promise<boolean> {
  const { status, location } = await browserWith(given, headers, on).opens("/settings");
  if (status !== 200) expect([status, location]).toEqual([303, "/login?next=%2Fsettings"]);
  return status === 200;
}
