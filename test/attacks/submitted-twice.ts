/** Submits forms twice: in a row, at once, and to two processes. */
import { expect, it } from "vitest";
import { findUserByName } from "../../src/core/users/users.ts";
import type { Answer, Person, TestApp } from "../person.ts";
import { readForm } from "./forms.ts";

/** A form: how to reach it, what to enter, and what it does. */
export interface FormCase {
  readonly name: string;
  readonly path: string;
  /** The event that it records, or what counts its effects. */
  readonly event: string | ((app: TestApp) => Promise<number>);
  /** Reaches the form, and returns the entered fields. */
  readonly fill: (person: Person, app: TestApp) => Promise<Record<string, string>>;
  /** Path of the page with the form, if it is not `path`. */
  readonly page?: (person: Person, app: TestApp) => Promise<string>;
  readonly isAnonymous?: true;
}

export const idOf = async (app: TestApp, person: Person) => (await findUserByName(app.s, person.identity.username))?.id ?? "";

/** The six digits of the latest email. */
export const codeTo = async (app: TestApp, email: string) => /^ {4}(\d{6})$/m.exec((await app.emails(email))[0]?.text ?? "")?.[1] ?? "";

export const countSessions = async (app: TestApp) => (await app.s.db.selectFrom("sessions").select("token_hash").execute()).length;

/** Posts with the given cookies, and ignores the cookies of the response. */
export function submit(path: string, fields: Record<string, string>, { cookie, at }: { cookie: string; at: TestApp }): Promise<Answer> {
  return at.person().posts(path, fields, { cookie });
}

let people = 0;

/** Fields that the page brings, beside the token. */
const hiddenFields = ["email_mark", "proof"];

async function ready(app: TestApp, { path, page, fill, isAnonymous }: FormCase) {
  const person = app.person({ username: `person${people++}` });
  if (!isAnonymous) await person.isLoggedIn();
  const where = (await page?.(person, app)) ?? path;
  const typed = await fill(person, app);
  const form = readForm(await person.opens(where), path, person);
  if (!form) throw new Error(`There is no form at ${where}.`);
  const hidden = Object.fromEntries(Object.entries(form.fields).filter(([name]) => hiddenFields.includes(name)));
  return { fields: { ...typed, csrf_token: form.token, ...hidden }, cookie: person.cookieHeader() };
}

async function countEffects(app: TestApp, { event }: FormCase): Promise<number> {
  if (typeof event === "function") return event(app);
  return (await app.s.db.selectFrom("audit").select("id").where("event", "=", event).execute()).length;
}

const setCookieLines = ({ setCookies }: Answer) => [...setCookies.values()].filter((line) => !line.includes("_flash="));

/** Registers two tests for each form. */
export function submitsTwice(cases: readonly FormCase[], processes: () => { readonly app: TestApp; readonly otherProcess: TestApp }): void {
  for (const each of cases) {
    it(`double submit: ${each.name}, twice in a row, takes effect once and gets the same response`, async () => {
      const { app, otherProcess } = processes();
      const { fields, cookie } = await ready(app, each);
      const before = await countEffects(app, each);
      const first = await submit(each.path, fields, { cookie, at: app });
      expect(first.status).toBe(303);
      const open = await countSessions(app);
      const second = await submit(each.path, fields, { cookie, at: otherProcess });
      expect([second.status, second.location]).toEqual([303, first.location]);
      expect(setCookieLines(second)).toEqual(setCookieLines(first));
      expect(await countEffects(app, each)).toBe(before + 1);
      expect(await countSessions(app)).toBe(open);
    });

    it(`double submit: ${each.name}, twice at once, takes effect once and gets the same response`, async () => {
      const { app, otherProcess } = processes();
      for (const at of [app, otherProcess]) {
        const { fields, cookie } = await ready(app, each);
        const before = await countEffects(app, each);
        const answers = await Promise.all([submit(each.path, fields, { cookie, at: app }), submit(each.path, fields, { cookie, at })]);
        const [first, second] = answers as [Answer, Answer];
        expect([first.status, second.status, second.location]).toEqual([303, 303, first.location]);
        expect(setCookieLines(second)).toEqual(setCookieLines(first));
        expect(await countEffects(app, each)).toBe(before + 1);
      }
    });
  }
}
