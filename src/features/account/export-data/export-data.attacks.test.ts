/** Attack: secrets in the exported file. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { findUserByName } from "../../../core/users/users.ts";

let app: TestApp;
beforeAll(async () => {
  app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h", LIMIT_LOGIN_PER_IP: "1000/1h" });
});
afterAll(() => app.close());

let count = 0;
const newcomer = (headers: Record<string, string> = {}) => app.person({ username: `member${++count}` }, headers);
const rowOf = (person: Person) => findUserByName(app.s, person.identity.username);

describe("export data attacks", () => {
  it("export data: the file contains no hash, token, cookie, code or link in any encoding", { tags: ["asvs-14.2.6"] }, async () => {
    const person = await newcomer().isLoggedIn();
    await person.fillsIn("/settings/change-email", { email: "elsewhere@example.com" });
    await app.person({}).fillsIn("/reset-password", { email: person.identity.email });
    const { html } = await person.fillsIn("/settings/export", {});
    const user = await rowOf(person);
    const tokens = await app.s.db
      .selectFrom("one_time_tokens")
      .selectAll()
      .where("user_id", "=", user?.id ?? "")
      .execute();
    const sessions = await app.s.db
      .selectFrom("sessions")
      .selectAll()
      .where("user_id", "=", user?.id ?? "")
      .execute();
    const codeHashes = tokens.flatMap(({ code_hash }) => code_hash ?? []);
    const hashes = [...tokens.flatMap((row) => [row.token_hash, row.browser_hash]), ...sessions.map((row) => row.token_hash)];
    const emails = await app.emails();
    const links = emails.flatMap(({ text }) => [...text.matchAll(/token=([\w-]{43})/g)].map(([, token]) => token ?? ""));
    const digits = emails.flatMap(({ text }) => [...text.matchAll(/^ {4}(\d{6})$/gm)].map(([, code]) => code ?? ""));
    expect([tokens.length, links.length, digits.length].every((number) => number > 1)).toBe(true);
    const secrets = [
      user?.password_hash ?? "",
      ...hashes.flatMap((hash) => (hash ? encodings(hash) : [])),
      ...codeHashes,
      ...person.cookies.values(),
      ...links,
      ...digits.map((code) => `"${code}"`),
    ];
    for (const secret of secrets) expect(html, secret).not.toContain(secret);
    expect(html).toContain("Reset your Latchkey password");
  });
});

function encodings(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes);
  return [buffer.toString("hex"), buffer.toString("base64"), buffer.toString("base64url")];
}
