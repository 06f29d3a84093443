import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Answer, type Person, type TestApp, testApp } from "../../../test/person.ts";
import { phoneWith } from "../../../test/two-factor.ts";

let app: TestApp;
let counter = 0;
beforeAll(async () => {
  app = await testApp({ TWO_FACTOR: "role:covered" });
});
beforeEach(() => app.s.db.deleteFrom("rate_limits").execute());
afterAll(() => app.close());

const setUp = "/settings/two-factor/authenticator";
const codeTo = async (email: string) => /^ {4}(\d{6})$/m.exec((await app.emails(email))[0]?.text ?? "")?.[1] ?? "";
const codeOf = (answer: Answer) => (answer.json() as { error?: { code: string } }).error?.code;

/** An app without a cookie jar, which keeps the latest token. */
interface Client {
  readonly email: string;
  readonly posts: (path: string, body: object) => Promise<Answer>;
}

async function logsIn({ identity }: Person): Promise<Client> {
  const { email, password } = identity;
  let { token } = (await app.person().sendsJson("/login", { email, password, session: "token" })).json() as { token: string };
  return {
    email,
    posts: async (path, body) => {
      const device = app.person();
      const answer = await device.sendsJson(path, body, { authorization: `Bearer ${token}` });
      expect([path, [...device.cookies.keys()]]).toEqual([path, []]);
      token = (answer.json() as { token?: string }).token ?? token;
      return answer;
    },
  };
}

async function signsUp(): Promise<Person> {
  const person = app.person({ username: `client${counter++}` });
  const { username, email, password } = person.identity;
  const answer = await person.sendsJson("/signup", { username, email, password, confirm_password: password });
  expect(answer.status).toBe(201);
  return person;
}

describe("bearer clients without cookies", () => {
  it("two factor: an app without cookies plays the first example of the document, from an unverified email to recovery codes", async () => {
    const client = await logsIn(await signsUp());
    const [beginning = ""] = readFileSync("docs/two-factor.md", "utf8").split("\n## ");
    const example = [...beginning.matchAll(/^ {4}POST (\S+)\n {4}(\{.*\})\n\n {4}(\d{3}) (\{.*\})$/gm)];
    expect(example.map(([, path, , status]) => `${path} ${status}`)).toEqual([
      "/verify-email 202",
      "/verify-email 200",
      `${setUp} 200`,
      `${setUp} 200`,
    ]);
    const early = await client.posts(setUp, {});
    expect([early.status, codeOf(early)]).toEqual([403, "email-verification-required"]);
    let secret = "";
    for (const [, path = "", body = "", status, response = ""] of example) {
      const sent = JSON.parse(body) as Record<string, string>;
      const code = path === "/verify-email" ? await codeTo(client.email) : phoneWith(app, secret).code();
      const answer = await client.posts(path, "code" in sent ? { ...sent, code } : sent);
      expect([path, answer.status]).toEqual([path, Number(status)]);
      for (const [key] of response.matchAll(/"\w+":/g)) expect(answer.html).toContain(key);
      secret = (answer.json() as { authenticator?: { secret: string } }).authenticator?.secret ?? secret;
    }
  });

  it("verify email: a code works with the token that requested it, and with no other session of the account", async () => {
    const grace = await signsUp();
    const [client, other] = [await logsIn(grace), await logsIn(grace)];
    expect((await client.posts("/verify-email", { again: "1" })).json()).toMatchObject({ sent: true });
    const code = await codeTo(client.email);
    const elsewhere = await other.posts("/verify-email", { code });
    expect([elsewhere.status, codeOf(elsewhere)]).toEqual([422, "wrong-code"]);
    const wrong = await client.posts("/verify-email", { code: code === "000000" ? "000001" : "000000" });
    expect([wrong.status, codeOf(wrong)]).toEqual([422, "wrong-code"]);
    const done = await client.posts("/verify-email", { code });
    expect([done.status, done.json()]).toMatchObject([200, { confirmed: true }]);
  });

  it("verify email: the database holds nothing that the secret of a bearer session could be computed from", async () => {
    const person = await signsUp();
    const client = await logsIn(person);
    await client.posts("/verify-email", { again: "1" });
    const { browser_hash } = await app.s.db
      .selectFrom("one_time_tokens")
      .select("browser_hash")
      .where("email", "=", client.email)
      .where("purpose", "=", "verify-email")
      .executeTakeFirstOrThrow();
    const sessions = await app.s.db.selectFrom("sessions").select("token_hash").execute();
    const guesses = sessions.flatMap(({ token_hash }) =>
      (["base64url", "hex"] as const).flatMap((form) =>
        ["", "session ", "verify-email "].map((before) => `${before}${Buffer.from(token_hash).toString(form)}`),
      ),
    );
    const hashes = guesses.map((guess) => createHash("sha256").update(guess).digest("hex"));
    expect(hashes).not.toContain(Buffer.from(browser_hash ?? []).toString("hex"));
  });

  it("change email: a code works with the token that requested it, and with no other session of the account", async () => {
    const ida = await signsUp();
    const [client, other] = [await logsIn(ida), await logsIn(ida)];
    const next = `new-${client.email}`;
    expect((await client.posts("/settings/change-email", { email: next })).status).toBe(202);
    const code = await codeTo(next);
    expect(codeOf(await other.posts("/settings/change-email/confirm", { code }))).toBe("wrong-code");
    const done = await client.posts("/settings/change-email/confirm", { code });
    expect([done.status, done.json()]).toMatchObject([200, { user: { email: next } }]);
  });

  it("change email: a code that a re-authenticating request asked for works with the token of its response", async () => {
    const client = await logsIn(await signsUp());
    app.passes(16 * 60_000);
    const next = `later-${client.email}`;
    const asked = await client.posts("/settings/change-email", { email: next, current_password: "a harbour at dusk" });
    expect([asked.status, asked.json()]).toMatchObject([202, { token: expect.stringMatching(/^latchkey_/) }]);
    expect((await client.posts("/settings/change-email/confirm", { code: await codeTo(next) })).status).toBe(200);
  });

  it("enrolment: a code works with the token that requested it, and with no other session of the account", async () => {
    const kay = await signsUp();
    await app.s.db
      .updateTable("users")
      .set({ email_verified_at: app.s.now(), roles: "covered" })
      .where("email", "=", kay.identity.email)
      .execute();
    const [client, other] = [await logsIn(kay), await logsIn(kay)];
    expect((await client.posts("/settings/two-factor/verify", { again: "1" })).status).toBe(202);
    const code = await codeTo(client.email);
    expect(codeOf(await other.posts("/settings/two-factor/verify", { code }))).toBe("wrong-code");
    expect((await client.posts("/settings/two-factor/verify", { code })).status).toBe(200);
  });
});
