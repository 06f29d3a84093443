import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkIn, type TestApp, testApp } from "../../../../test/person.ts";

const minute = 60_000;
const fresh = { password: "a lighthouse at dawn", confirm_password: "a lighthouse at dawn" };
const onItsWay = "If an account exists for ADA@example.com, we've sent a reset link to it.";

describe("reset password", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h", LIMIT_EMAILS_PER_IP: "1000/1h", LIMIT_CODES_PER_IP: "1000/1h" });
  });
  afterAll(() => app.close());

  it("reset password: the emailed link sets a new password and starts no session", { tags: ["asvs-6.4.3"] }, async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    const elsewhere = app.person({ username: "ada" });
    await elsewhere.logsIn({ remember: "on" });
    const requester = app.person();
    expect((await requester.fillsIn("/reset-password", { email: "ADA@example.com" })).location).toBe("/reset-password/sent");
    expect((await requester.opens("/reset-password/sent")).text).toContain(onItsWay);

    const link = await newestLink("ada");
    const landed = await requester.opens(link);
    expect([landed.status, landed.location]).toEqual([303, "/reset-password/choose"]);
    const page = await requester.opens("/reset-password/choose");
    expect(page.text).toContain("This changes the password of ada@example.com");
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    const changed = await requester.posts("/reset-password/choose", { csrf_token: page.token, ...fresh });
    expect([changed.status, changed.location]).toEqual([303, "/login"]);
    expect((await requester.opens("/login")).text).toContain("Password updated. You've been logged out everywhere.");

    for (const person of [requester, ada, elsewhere]) expect((await person.opens("/dashboard")).status).toBe(303);
    expect((await ada.logsIn()).status).toBe(401);
    expect((await ada.logsIn(fresh)).status).toBe(303);
    expect((await app.emails("ada@example.com"))[0]?.subject).toBe("Your password was changed");
  });

  it("reset password: an unknown email gets the same response, and no email is sent", { tags: ["asvs-6.3.8"] }, async () => {
    await app.person({ username: "known" }).signsUp();
    const answers = [];
    for (const email of ["known@example.com", "unknown@example.com"]) {
      const { status, location, headers, setCookies } = await app.person().fillsIn("/reset-password", { email });
      answers.push({ status, location, names: [...headers.keys()], cookies: [...setCookies.keys()] });
    }
    expect(answers[1]).toEqual(answers[0]);
    expect(await app.emails("unknown@example.com")).toEqual([]);
  });

  it("reset password: the link works once, for thirty minutes", { tags: ["asvs-6.5.1"] }, async () => {
    const bob = app.person({ username: "bob" });
    await bob.signsUp();
    await bob.fillsIn("/reset-password", { email: "bob@example.com" });
    const link = await newestLink("bob");
    app.passes(30 * minute + 1_000);
    expect((await chooses(link)).status).toBe(410);
    await bob.fillsIn("/reset-password", { email: "bob@example.com" });
    const second = await newestLink("bob");
    app.passes(29 * minute);
    expect((await chooses(second)).status).toBe(303);
    const again = await chooses(second);
    expect(again.status).toBe(410);
    expect(again.text).toContain("This link has expired or was already used");
  });

  it("reset password: of two simultaneous resets one succeeds", async () => {
    await app.person({ username: "twice" }).signsUp();
    await app.person().fillsIn("/reset-password", { email: "twice@example.com" });
    const link = await newestLink("twice");
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        chooses(link, { password: `a password for ${i} of us`, confirm_password: `a password for ${i} of us` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(19);
  });

  it("reset password: a newer link or a password change ends the link", async () => {
    const kay = app.person({ username: "kay" });
    await kay.signsUp();
    await kay.fillsIn("/reset-password", { email: "kay@example.com" });
    const older = await newestLink("kay");
    await kay.fillsIn("/reset-password", { email: "kay@example.com" });
    expect((await chooses(older)).status).toBe(410);
    const newer = await newestLink("kay");
    expect((await chooses(newer)).status).toBe(303);
  });

  it("reset password: mail scanners do not use the link up", async () => {
    await app.person({ username: "scanned" }).signsUp();
    await app.person().fillsIn("/reset-password", { email: "scanned@example.com" });
    const link = await newestLink("scanned");
    for (const method of ["GET", "HEAD", "GET"]) {
      const scanner = app.person();
      await scanner.sends(method, link, { headers: { "sec-purpose": "prefetch" } });
      await scanner.sends(method, "/reset-password/choose");
    }
    expect((await chooses(link)).status).toBe(303);
  });

  it("reset password: the link is built from BASE_URL, not from the Host header", { tags: ["asvs-4.1.3"] }, async () => {
    await app.person({ username: "poisoned" }).signsUp();
    await app
      .person()
      .fillsIn("/reset-password", { email: "poisoned@example.com" }, { "x-forwarded-host": "evil.test", forwarded: "host=evil.test" });
    const [sent] = await app.emails("poisoned@example.com");
    expect(sent?.text).toContain(`${app.s.settings.baseUrl}/reset-password/choose?token=`);
    expect(JSON.stringify(sent)).not.toContain("evil.test");
  });

  it("reset password: one inbox gets a limited number of emails, and the response does not reveal it", async () => {
    await app.person({ username: "flooded" }).signsUp();
    const locations = new Set<string | null>();
    for (let i = 0; i < 12; i++) locations.add((await app.person().fillsIn("/reset-password", { email: "flooded@example.com" })).location);
    expect(locations).toEqual(new Set(["/reset-password/sent"]));
    expect((await app.emails("flooded@example.com")).length).toBeLessThanOrEqual(5);
  });

  it("reset password: the sessions of an earlier sign-up with the email end", async () => {
    const attacker = await app
      .person({ username: "squatter", email: "owner@example.com", password: "the squatters own words" })
      .isLoggedIn();
    await app.person().fillsIn("/reset-password", { email: "owner@example.com" });
    const link = linkIn((await app.emails("owner@example.com"))[0], "/reset-password/choose");
    expect((await chooses(link)).status).toBe(303);
    expect((await attacker.opens("/dashboard")).status).toBe(303);
    expect((await attacker.logsIn()).status).toBe(401);
  });

  it("reset password: a password locked after 100 failures works again, and its owner was notified", { tags: ["asvs-6.3.1"] }, async () => {
    const strict = await testApp({
      LIMIT_LOGIN_PER_ACCOUNT: "1000/1m",
      LIMIT_LOGIN_PER_IP: "1000/1m",
      LIMIT_LOGIN_PER_DEVICE: "1000/1m",
    });
    const ada = await strict.person({ username: "ada" }).isLoggedIn();
    const guesser = strict.person({ username: "ada" });
    for (let i = 0; i < 99; i++) await guesser.logsIn({ password: `guess ${i}` });
    expect((await strict.person({ username: "ada" }).logsIn()).status).toBe(303);
    for (let i = 0; i < 100; i++) expect((await guesser.logsIn({ password: `guess ${i}` })).status).toBe(401);
    expect((await strict.person({ username: "ada" }).logsIn()).status).toBe(401);
    expect((await ada.opens("/dashboard")).status).toBe(200);
    const notices = (await strict.emails("ada@example.com")).filter(({ subject }) => subject === "Your password has been locked");
    expect(notices).toHaveLength(1);
    expect(notices[0]?.text).toMatch(/^http:\/\/localhost:5050\/reset-password$/m);
    await guesser.fillsIn("/reset-password", { email: "ada@example.com" });
    const link = linkIn((await strict.emails("ada@example.com"))[0], "/reset-password/choose");
    await guesser.opens(link);
    await guesser.fillsIn("/reset-password/choose", fresh);
    expect((await ada.logsIn(fresh)).status).toBe(303);
    await strict.close();
  });

  it("reset password: the login after it leads to the page that asked for it, to no other site, and only in this browser", {
    tags: ["asvs-3.7.2"],
  }, async () => {
    const [page, query] = ["/settings/sessions", "?next=%2Fsettings%2Fsessions"];
    const resets = async (username: string, next: string, again: boolean) => {
      const asks = app.person({ username });
      await asks.signsUp();
      const email = `${username}@example.com`;
      await asks.fillsIn("/reset-password", { email, next });
      const sent = await asks.opens("/reset-password/sent");
      if (again) {
        expect(sent.html).toContain(`<input type="hidden" name="next" value="${next}">`);
        expect(sent.html).toContain(`href="/reset-password?correct=1&amp;next=${encodeURIComponent(next)}"`);
        await asks.fillsIn("/reset-password", { email, next });
      }
      const link = await newestLink(username);
      expect(link).not.toContain("next");
      await asks.opens(link);
      return (await asks.fillsIn("/reset-password/choose", fresh)).location;
    };
    const ada = app.person({ username: "ada" });
    expect((await ada.opens(`/login${query}`)).html).toContain(`href="/reset-password${query}"`);
    const form = await ada.opens(`/reset-password${query}`);
    expect(form.html).toContain(`<input type="hidden" name="next" value="${page}">`);
    expect(form.html).toContain(`href="/login${query}"`);
    expect(await resets("back1", page, true)).toBe(`/login${query}`);
    for (const [i, next] of ["//evil.test", "https://evil.test/", `/settings?${"a".repeat(600)}`].entries())
      expect(await resets(`back2${i}`, next, false)).toBe("/login");

    const [asks, phone] = [app.person({ username: "back3" }), app.person({ username: "back3" })];
    await asks.signsUp();
    await asks.fillsIn("/reset-password", { email: "back3@example.com", next: page });
    await phone.opens(await newestLink("back3"));
    expect((await phone.fillsIn("/reset-password/choose", fresh)).location).toBe("/login");
  });

  it("reset password: the new password follows the rules of signing up and is not shown again", async () => {
    await app.person({ username: "ruled" }).signsUp();
    await app.person().fillsIn("/reset-password", { email: "ruled@example.com" });
    const link = await newestLink("ruled");
    const answer = await chooses(link, { password: "password1", confirm_password: "password1" });
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("This password is too common.");
    expect(answer.html).not.toContain('value="password1"');
    expect((await chooses(link)).status).toBe(303);
  });

  it("reset password: JSON takes the token of the link", async () => {
    const person = app.person({ username: "tokener" });
    await person.signsUp();
    await person.sendsJson("/reset-password", { email: person.identity.email });
    const link = linkIn((await app.emails(person.identity.email))[0], "/reset-password/choose");
    const body = {
      token: new URL(link, app.url).searchParams.get("token"),
      password: "a lighthouse at dawn",
      confirm_password: "a lighthouse at dawn",
    };
    const sent = await app.person().sendsJson("/reset-password/choose", body);
    expect([sent.status, sent.json()]).toEqual([200, { changed: true }]);
    expect((await app.person().sendsJson("/reset-password/choose", body)).status).toBe(410);
  });

  it("reset password: JSON gets the same results and errors", async () => {
    await app.person({ username: "jason" }).signsUp();
    const apiClient = app.person();
    const asked = await apiClient.sendsJson("/reset-password", { email: "jason@example.com" });
    expect([asked.status, asked.json()]).toEqual([202, { status: "check-email" }]);
    expect((await apiClient.sendsJson("/reset-password", { email: "nonsense" })).status).toBe(422);
    expect((await apiClient.opens("/reset-password/choose", { accept: "application/json" })).status).toBe(410);
  });

  it.each(["", "0", "null", "[]", "   ", "A".repeat(43), "../../x"])(
    "reset password: the malformed token %j is refused",
    { tags: ["asvs-6.5.1"] },
    async (token) => {
      expect((await chooses(`/reset-password/choose?token=${encodeURIComponent(token)}`)).status).toBe(410);
    },
  );

  async function newestLink(username: string): Promise<string> {
    const emails = await app.emails(`${username}@example.com`);
    return linkIn(
      emails.find(({ text }) => text.includes("/reset-password/choose")),
      "/reset-password/choose",
    );
  }

  /** Opens an email's link in a new browser and submits its form. */
  async function chooses(link: string, typed: Record<string, string> = fresh) {
    const reader = app.person();
    await reader.opens(link);
    const { token, ...page } = await reader.opens("/reset-password/choose");
    if (page.status !== 200) return { ...page, token };
    return reader.posts("/reset-password/choose", { csrf_token: token, ...typed });
  }
});
