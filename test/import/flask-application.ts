/** A Flask application that people have moved here from: its accounts, its recorded cookies, and others that it could have signed. */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "vitest";
import { type Person, type TestApp, testApp } from "../person.ts";
import { importReport, importTarget, openTargetPerTest } from "./import-target.ts";

/** What `record.py` gives it. */
export const secret = "the secret key of the old application";

/** When the application signed a session, in milliseconds since 1970. */
export const signedAt = (cookie: string) => Buffer.from(cookie.split(".").at(-2) ?? "", "base64url").readUInt32BE() * 1_000;

/** Signs as Flask does. */
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

/** Signs as Flask-Login does. */
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

/** Moves its people here for each test of this file. */
export function importFlaskAppPerTest(): void {
  openTargetPerTest();
  beforeEach(async () => {
    app = await move();
  });
  afterEach(() => app.close());
}

/** The one that they have moved to. */
export function importedApp(): TestApp {
  return app;
}

/** The application's accounts here, an hour after its people were last there. */
async function move(): Promise<TestApp> {
  expect(await importReport("flask", `sqlite:///${join(fixtures, "flask.sqlite")}`)).toMatchObject({ troubles: {} });
  return openAppAt({}, signedAt(session));
}

export async function openAppAt(env: Record<string, string>, at: number): Promise<TestApp> {
  const made = await testApp({
    DATABASE_URL: importTarget().url,
    FLASK_SECRET_KEY: secret,
    FLASK_COOKIES_UNTIL: dayOf(at + 40 * day),
    ...env,
  });
  made.passes(at + 3_600_000 - Date.now());
  return made;
}

export function browserWith(given: Record<string, string>, headers: Record<string, string> = {}, on = app): Person {
  const person = on.person({ email: people[0]?.[1] ?? "", password: people[0]?.[2] ?? "" }, headers);
  for (const [name, value] of Object.entries(given)) person.cookies.set(name, value);
  return person;
}

/** Whether these cookies open a page that only somebody who is logged in may see. */
export async function isLoggedInWith(given: Record<string, string>, headers: Record<string, string> = {}, on = app): Promise<boolean> {
  const { status, location } = await browserWith(given, headers, on).opens("/settings");
  if (status !== 200) expect([status, location]).toEqual([303, "/login?next=%2Fsettings"]);
  return status === 200;
}
