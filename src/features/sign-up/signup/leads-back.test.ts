/** Tests that a sign-up leads back to the page that asked for a login. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noEmailLimits } from "../../../../test/email-limits.ts";
import { origin, passkeyDevice } from "../../../../test/passkeys.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";

const codeIn = (text = "") => /^ {4}(\d{6})$/m.exec(text)?.[1] ?? "";
const createPath = "/signup/passkey/create";

let counter = 0;

describe.each(["open", "confirm"])("sign-up from another page with SIGNUP=%s", (SIGNUP) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ SIGNUP, FORWARD_AUTH_HOSTS: "localhost:4000", ...noEmailLimits });
  });
  beforeEach(() => app.s.db.deleteFrom("rate_limits").execute());
  afterAll(() => app.close());

  const someone = () => app.person({ username: `back${counter++}` });
  const emailTo = async ({ identity }: Person) => (await app.emails(identity.email))[0];
  const hidden = (next: string) => `<input type="hidden" name="next" value="${next}">`;

  describe.each(["/settings/sessions", "http://localhost:4000/page?x=1"])("to %s", (next) => {
    const query = `?next=${encodeURIComponent(next)}`;

    async function signsUp(person: Person): Promise<string> {
      const login = await person.opens(`/login${query}`);
      expect(login.html).toContain(`href="/signup${query}"`);
      const form = await person.opens(`/signup${query}`);
      expect(form.html).toContain(hidden(next));
      expect(form.html).toContain(`href="/login${query}"`);
      const { username, email, password } = person.identity;
      const typed = { username, email, password, confirm_password: password, next };
      const refused = await person.fillsIn("/signup", { ...typed, username: "" });
      expect(refused.html).toContain(hidden(next));
      return (await person.fillsIn("/signup", typed)).location ?? "";
    }

    async function logsIn(person: Person, path: string): Promise<string | null> {
      expect(path).toBe(`/login${query}`);
      const login = await person.opens(path);
      expect(login.html).toContain(hidden(next));
      const { email, password } = person.identity;
      return (await person.fillsIn("/login", { email, password, next })).location;
    }

    it("sign-up: with a password, the login after it leads back", async () => {
      const ada = someone();
      const after = await signsUp(ada);
      if (SIGNUP === "open") return expect(await logsIn(ada, after)).toBe(next);
      expect(after).toBe(`/verify-email${query}`);
      const inbox = await ada.opens(after);
      expect(inbox.html).toContain(hidden(next));
      expect(inbox.html).toContain(`href="/signup?correct=1&amp;next=${encodeURIComponent(next)}"`);
      const sent = await ada.fillsIn("/verify-email", { again: "1", next });
      expect(sent.location).toBe(after);
      const verified = await ada.fillsIn("/verify-email", { code: codeIn((await emailTo(ada))?.text), next });
      expect(await logsIn(ada, verified.location ?? "")).toBe(next);
    });

    it("sign-up: the link of its email leads back in the same browser, and carries no page itself", async () => {
      if (SIGNUP === "open") return;
      const ada = someone();
      await ada.opens(await signsUp(ada));
      const link = linkIn(await emailTo(ada), "/verify-email/confirm");
      expect(link).not.toContain("next");
      await ada.opens(link);
      const verified = await ada.fillsIn("/verify-email/confirm", {});
      expect(await logsIn(ada, verified.location ?? "")).toBe(next);
    });

    it("sign-up: with a passkey, it leads back itself", async () => {
      const [ada, device] = [someone(), passkeyDevice()];
      expect((await ada.opens(`/signup${query}`)).html).toContain(`href="/signup/passkey${query}"`);
      expect((await ada.opens(`/signup/passkey${query}`)).html).toContain(hidden(next));
      const { username, email } = ada.identity;
      const started = await ada.fillsIn("/signup/passkey", { username, email, next });
      expect(started.location).toBe(`/verify-email${query}`);
      const proven = await ada.fillsIn("/verify-email", { code: codeIn((await emailTo(ada))?.text), next });
      expect(proven.location).toBe(createPath + query);
      const page = await ada.opens(createPath + query);
      expect(page.html).toContain(hidden(next));
      // Without it, Chromium blocks the redirect of the form to another origin.
      expect(page.headers.get("content-security-policy")).toContain("form-action 'self' https://localhost:4000 http://localhost:4000");
      const answer = await ada.sendsJson("/signup/passkey/options", {}, { "x-csrf-token": page.token });
      const { publicKey } = answer.json() as { publicKey: Parameters<typeof device.createJSON>[1] };
      const done = await ada.fillsIn(createPath, { new_passkey: JSON.stringify(device.createJSON(origin, publicKey)), next });
      expect([done.status, done.location]).toEqual([303, next]);
    });
  });

  it.each(["//evil.test", "https://evil.test/", "/\\evil.test", "http://localhost:4000.evil.test/"])(
    "sign-up: it never leads to %s",
    {
      tags: ["asvs-3.7.2"],
    },
    async (next) => {
      const ada = someone();
      const query = `?next=${encodeURIComponent(next)}`;
      expect((await ada.opens(`/login${query}`)).html).toContain('href="/signup"');
      for (const path of ["/signup", "/signup/passkey", "/verify-email"])
        expect((await ada.opens(path + query)).html).not.toContain("evil.test");
      const { username, email, password } = ada.identity;
      const done = await ada.fillsIn("/signup", { username, email, password, confirm_password: password, next });
      expect(done.location).toBe(SIGNUP === "open" ? "/login" : "/verify-email");
      if (SIGNUP === "open") return;
      const verified = await ada.fillsIn("/verify-email", { code: codeIn((await emailTo(ada))?.text), next });
      expect(verified.location).toBe("/login");
    },
  );
});
