/** Attack: finding out which accounts there are by the answers, headers, hashes and queries of a failed login. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RawAnswer, sendRaw } from "../../../../test/attacks/raw-http.ts";
import { testApp } from "../../../../test/person.ts";
import { createUser } from "../../../../test/transaction.ts";
import { hashPassword } from "../../../core/credentials/password/passwords.ts";
import { findUserByEmail } from "../../../core/users/users.ts";

const app = await testApp({ LIMIT_LOGIN_PER_ACCOUNT: "3/1h" });
afterAll(() => app.close());

/** As Werkzeug writes them, only cheaper; nobody's password fits. */
const scryptHash = `scrypt:1024:8:1$aB3dE5gH7jK9mN1p$${"ab".repeat(64)}`;
const pbkdf2Hash = `pbkdf2:sha256:1000$aB3dE5gH7jK9mN1p$${"ab".repeat(32)}`;

/** Whom an attacker asks about, each with an address of the same length, so that answers can be compared byte by byte. */
const strangers = { "no account": "nobody@example.com", "no address at all": "nobody#example.com" };
const members = {
  "an account": "argon2@example.com",
  "the account of somebody who has logged in before": "visits@example.com",
  "an account that moved here with a scrypt hash": "scrypt@example.com",
  "an account that moved here with a PBKDF2 hash": "pbkdf2@example.com",
  "an account whose hash was cut off": "cutoff@example.com",
};
const asked = { ...strangers, ...members };

beforeAll(async () => {
  const passwordHash = await hashPassword(app.s, "a harbour at dusk", {});
  const hashes: Record<string, string> = { scrypt: scryptHash, pbkdf2: pbkdf2Hash, cutoff: scryptHash.slice(0, 128) };
  for (const email of Object.values(members)) {
    const [username = ""] = email.split("@");
    await createUser(app.s, { username, email, passwordHash: hashes[username] ?? passwordHash });
  }
  expect((await app.person({ username: "visits" }).logsIn()).status).toBe(303);
});

/** A failed login, and everything that it cost. */
interface Trace {
  readonly answer: string;
  readonly hashes: readonly string[];
  readonly queries: readonly string[];
}

/** Tries to log in as a browser or as a program does, and notes all that an attacker could see or measure. */
async function trace(email: string, password: string, as: "browser" | "program"): Promise<Trace> {
  const person = app.person();
  const { token } = await person.opens("/login");
  const asked = { method: "POST", path: "/login" };
  app.resetRecords();
  const answer =
    as === "program"
      ? await sendRaw(app.url, { ...asked, headers: [["Content-Type", "application/json"]], body: JSON.stringify({ email, password }) })
      : await sendRaw(app.url, {
          ...asked,
          headers: [
            ["Content-Type", "application/x-www-form-urlencoded"],
            ["Cookie", person.cookieHeader()],
          ],
          body: new URLSearchParams({ csrf_token: token, email, password, remember: "on", next: "/dashboard?x=1" }).toString(),
        });
  return { answer: masked(answer, email), hashes: [...app.hashes].sort(), queries: app.queries.map(({ sql }) => sql) };
}

/** The whole answer, without what differs between any two: the token, the values of cookies, the date, and the address that was asked about. */
function masked({ head, body }: RawAnswer, email: string): string {
  const plainHead = head.replaceAll(/^date: .*$/gim, "Date:").replaceAll(/^(set-cookie: [^=]+=)[^;\r]*/gim, "$1…");
  return `${plainHead}\n\n${body.replaceAll(/value="[\w-]{86}"/g, "").replaceAll(email, "…")}`;
}

describe.each(["browser", "program"] as const)("whoever asks which accounts there are, as a %s", (as) => {
  it.each([
    ["a wrong password", "not this one"],
    ["a password of one letter", "x"],
    ["a very long password", "x".repeat(5_000)],
    ["a password with a null byte", "not\0this one"],
  ])("learns nothing from the answer, the hashes and the queries: %s", { tags: ["asvs-6.3.8"] }, async (_name, password) => {
    app.passes(2 * 3_600_000);
    const expected = await trace(strangers["no account"], password, as);
    expect(expected.answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(expected.answer).toMatch(/^content-length: \d+\r$/im);
    expect(expected.hashes).toHaveLength(3);
    for (const [who, email] of Object.entries(asked)) expect({ who, ...(await trace(email, password, as)) }).toEqual({ who, ...expected });
  });

  it("is stopped after as many attempts, whether there is an account or not", { tags: ["asvs-6.3.8"] }, async () => {
    app.passes(2 * 3_600_000);
    for (const email of Object.values(asked)) {
      for (let i = 0; i < 3; i++) expect((await trace(email, "not this one", as)).answer).toMatch(/^HTTP\/1\.1 401 /);
    }
    const waits = (text: string) => text.replace(/^retry-after: \d+/im, "");
    const expected = await trace(strangers["no account"], "not this one", as);
    expect(expected.answer).toMatch(/^HTTP\/1\.1 429 /);
    expect(expected.hashes).toEqual([]);
    for (const [who, email] of Object.entries(asked)) {
      const { answer, hashes, queries } = await trace(email, "not this one", as);
      expect({ who, answer: waits(answer), hashes, queries }).toEqual({ ...expected, who, answer: waits(expected.answer) });
    }
  });
});

describe("whoever asks by signing up", () => {
  it("is told no more about an account than that it is there", { tags: ["asvs-15.3.1"] }, async () => {
    const person = app.person({ username: "curious" });
    const { html, text } = await person.signsUp({ email: members["an account"] });
    expect(text).toContain("An account with this email already exists.");
    const account = await findUserByEmail(app.s, members["an account"]);
    if (!account?.password_hash) throw new Error("The account has no password.");
    for (const secret of [account.id, account.username, account.password_hash])
      expect(html.replaceAll(account.email, "")).not.toContain(secret);
  });
});
