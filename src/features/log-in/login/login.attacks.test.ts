/** Tests user enumeration by responses, hashes and queries of login and sign-up. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RawAnswer, sendRaw } from "../../../../test/attacks/raw-http.ts";
import { testApp } from "../../../../test/person.ts";
import { createUser } from "../../../../test/transaction.ts";
import { hashPassword } from "../../../core/credentials/password/passwords.ts";
import { findUserByEmail } from "../../../core/users/users.ts";

const app = await testApp({ LIMIT_LOGIN_PER_ACCOUNT: "3/1h" });
afterAll(() => app.close());

/** Hashes in Werkzeug's format at low cost, which match no password. */
const scryptHash = `scrypt:1024:8:1$aB3dE5gH7jK9mN1p$${"ab".repeat(64)}`;
const pbkdf2Hash = `pbkdf2:sha256:1000$aB3dE5gH7jK9mN1p$${"ab".repeat(32)}`;

/** Emails of the same length, so that responses can be compared byte by byte. */
const unknownEmails = { "no account": "nobody@example.com", "an invalid email": "nobody#example.com" };
const knownEmails = {
  "an account": "argon2@example.com",
  "an account with an earlier login": "visits@example.com",
  "an imported account with a scrypt hash": "scrypt@example.com",
  "an imported account with a PBKDF2 hash": "pbkdf2@example.com",
  "an account with a truncated hash": "cutoff@example.com",
};
const allEmails = { ...unknownEmails, ...knownEmails };

beforeAll(async () => {
  const passwordHash = await hashPassword(app.s, "a harbour at dusk", {});
  const hashes: Record<string, string> = { scrypt: scryptHash, pbkdf2: pbkdf2Hash, cutoff: scryptHash.slice(0, 128) };
  for (const email of Object.values(knownEmails)) {
    const [username = ""] = email.split("@");
    await createUser(app.s, { username, email, passwordHash: hashes[username] ?? passwordHash });
  }
  expect((await app.person({ username: "visits" }).logsIn()).status).toBe(303);
});

/** A failed login with its cost. */
interface Trace {
  readonly answer: string;
  readonly hashes: readonly string[];
  readonly queries: readonly string[];
}

/** Logs in as a browser or an API client; returns what an attacker can see or measure. */
async function trace(email: string, password: string, as: "browser" | "API client"): Promise<Trace> {
  const person = app.person();
  const { token } = await person.opens("/login");
  const loginRequest = { method: "POST", path: "/login" };
  app.resetRecords();
  const answer =
    as === "API client"
      ? await sendRaw(app.url, {
          ...loginRequest,
          headers: [["Content-Type", "application/json"]],
          body: JSON.stringify({ email, password }),
        })
      : await sendRaw(app.url, {
          ...loginRequest,
          headers: [
            ["Content-Type", "application/x-www-form-urlencoded"],
            ["Cookie", person.cookieHeader()],
          ],
          body: new URLSearchParams({ csrf_token: token, email, password, remember: "on", next: "/dashboard?x=1" }).toString(),
        });
  return { answer: masked(answer, email), hashes: [...app.hashes].sort(), queries: app.queries.map(({ sql }) => sql) };
}

/** The response without parts that always differ: tokens, cookie values, date and email. */
function masked({ head, body }: RawAnswer, email: string): string {
  const plainHead = head.replaceAll(/^date: .*$/gim, "Date:").replaceAll(/^(set-cookie: [^=]+=)[^;\r]*/gim, "$1…");
  return `${plainHead}\n\n${body.replaceAll(/value="[\w-]{86}"/g, "").replaceAll(email, "…")}`;
}

describe.each(["browser", "API client"] as const)("user enumeration as %s", (as) => {
  it.each([
    ["a wrong password", "not this one"],
    ["a password of one letter", "x"],
    ["a very long password", "x".repeat(5_000)],
    ["a password with a null byte", "not\0this one"],
  ])("login: known and unknown emails get the same response, hashes and queries: %s", { tags: ["asvs-6.3.8"] }, async (_name, password) => {
    app.passes(2 * 3_600_000);
    const expected = await trace(unknownEmails["no account"], password, as);
    expect(expected.answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(expected.answer).toMatch(/^content-length: \d+\r$/im);
    expect(expected.hashes).toHaveLength(3);
    for (const [who, email] of Object.entries(allEmails))
      expect({ who, ...(await trace(email, password, as)) }).toEqual({ who, ...expected });
  });

  it("login: known and unknown emails are limited after the same number of attempts", { tags: ["asvs-6.3.8"] }, async () => {
    app.passes(2 * 3_600_000);
    for (const email of Object.values(allEmails)) {
      for (let i = 0; i < 3; i++) expect((await trace(email, "not this one", as)).answer).toMatch(/^HTTP\/1\.1 401 /);
    }
    const withoutWait = (text: string) => text.replace(/^retry-after: \d+/im, "");
    const expected = await trace(unknownEmails["no account"], "not this one", as);
    expect(expected.answer).toMatch(/^HTTP\/1\.1 429 /);
    expect(expected.hashes).toEqual([]);
    for (const [who, email] of Object.entries(allEmails)) {
      const { answer, hashes, queries } = await trace(email, "not this one", as);
      expect({ who, answer: withoutWait(answer), hashes, queries }).toEqual({ ...expected, who, answer: withoutWait(expected.answer) });
    }
  });
});

describe("user enumeration by sign-up", () => {
  it("sign-up: a taken email reveals no other data of its account", { tags: ["asvs-15.3.1"] }, async () => {
    const person = app.person({ username: "curious" });
    const { html, text } = await person.signsUp({ email: knownEmails["an account"] });
    expect(text).toContain("An account with this email already exists.");
    const account = await findUserByEmail(app.s, knownEmails["an account"]);
    if (!account?.password_hash) throw new Error("The account has no password.");
    const plain = html.replaceAll(/value="[\w-]{86}"/g, "").replaceAll(account.email, "");
    for (const secret of [account.id, account.username, account.password_hash]) expect(plain).not.toContain(secret);
  });
});

describe("password that is not valid text", () => {
  it("login: a lone surrogate costs the same hashes for known and unknown emails", { tags: ["asvs-6.3.8"] }, async () => {
    app.passes(2 * 3_600_000);
    await app.person({ username: "ada" }).signsUp();
    const hashesOf = async (email: string) => {
      app.resetRecords();
      expect((await app.person().sendsJson("/login", { email, password: "\ud800" })).status).toBe(401);
      return [...app.hashes];
    };
    expect(await hashesOf("ada@example.com")).toEqual(await hashesOf("nobody@example.com"));
  });
});
