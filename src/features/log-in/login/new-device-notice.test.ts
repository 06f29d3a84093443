import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signFlaskSession } from "../../../../test/import/flask-application.ts";
import { linkIn, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { createTestLatchkey } from "../../../testing.ts";

const hour = 3_600_000;
const day = 24 * hour;
const firefox = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" };
const newerFirefox = { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0" };
const phone = {
  "user-agent":
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
};
const subject = "New login to your account";

describe("new device notice", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ LIMIT_SIGNUP_PER_IP: "1000/1h", TRUST_PROXY: "127.0.0.1" }, { verified: true });
  });
  afterAll(() => app.close());

  const noticesTo = async (username: string) => (await app.emails(`${username}@example.com`)).filter((email) => email.subject === subject);
  const account = (username: string, headers: Record<string, string> = firefox) => app.person({ username }, headers).isLoggedIn();
  const from = (ip: string, headers: Record<string, string> = firefox) => ({ ...headers, "x-forwarded-for": ip });

  it("new device notice: a login from another device sends one email with time, device, IP and a link to report it", {
    tags: ["asvs-6.3.5"],
  }, async () => {
    await account("ada0");
    const pocket = app.person({ username: "ada0" }, phone);
    await pocket.logsIn();
    const [notice] = await noticesTo("ada0");
    expect(notice?.text).toMatch(/When: \d+ \w+ \d{4} at \d\d:\d\d UTC\s+Device: Safari on iOS\s+IP address: 127\.0\.0\.1/);
    for (let i = 0; i < 3; i++) {
      await pocket.logsOut();
      app.passes(day);
      await pocket.logsIn();
    }
    expect(await noticesTo("ada0")).toHaveLength(1);
    const { text } = await pocket.opens("/settings/activity");
    expect(text.split("Login from a new device")).toHaveLength(2);
  });

  it("new device notice: its link ends all sessions", { tags: ["asvs-6.3.5"] }, async () => {
    await account("eve0");
    const thief = app.person({ username: "eve0" }, phone);
    await thief.logsIn();
    const [notice] = await noticesTo("eve0");
    const owner = app.person();
    const { location } = await owner.opens(linkIn(notice, "/report-compromise"));
    expect((await owner.fillsIn(location ?? "", {})).status).toBe(303);
    expect((await thief.opens("/dashboard")).status).toBe(303);
  });

  it("new device notice: the first login after signing up sends none, on any device", async () => {
    await app.person({ username: "newcomer" }, firefox).signsUp();
    await app.person({ username: "newcomer" }, phone).logsIn();
    expect(await noticesTo("newcomer")).toEqual([]);
  });

  it("new device notice: the client of the first login is known afterwards, even without cookies", async () => {
    await app.person({ username: "api" }, phone).signsUp();
    for (let i = 0; i < 3; i++) await app.person({ username: "api" }, phone).logsIn();
    expect(await noticesTo("api")).toEqual([]);
  });

  it("new device notice: the first login to an account that is older than a day sends one", async () => {
    await app.person({ username: "dormant" }, firefox).signsUp();
    app.passes(day + hour);
    await app.person({ username: "dormant" }, phone).logsIn();
    expect(await noticesTo("dormant")).toHaveLength(1);
  });

  it("new device notice: logins without cookies send one for each network and program in 30 days", async () => {
    await account("private");
    const signsInPrivately = (headers: Record<string, string>) => app.person({ username: "private" }, headers).logsIn();
    for (const headers of [phone, phone, firefox, newerFirefox]) await signsInPrivately(headers);
    // The account's first login was from Firefox.
    expect(await noticesTo("private")).toHaveLength(1);
    await signsInPrivately(from("198.51.100.7", phone));
    expect(await noticesTo("private")).toHaveLength(2);
    app.passes(31 * day);
    await signsInPrivately(phone);
    // Emails of the first month are no longer in the outbox.
    expect((await noticesTo("private"))[0]?.text).toContain("Safari on iOS");
  });

  it("new device notice: JSON logins send one for a new device, and bearer clients not one for each login", async () => {
    await account("api00");
    const { email, password } = app.person({ username: "api00" }).identity;
    const browser = app.person({}, { "user-agent": "widget/1.0" });
    for (let i = 0; i < 2; i++) {
      expect((await browser.sendsJson("/login", { email, password })).status).toBe(200);
      browser.cookies.delete("latchkey_session");
    }
    for (let i = 0; i < 3; i++) {
      const answer = await app.person({}, { "user-agent": "curl/8.5.0" }).sendsJson("/login", { email, password, session: "token" });
      const { token } = answer.json() as { token: string };
      await app.person({}, { authorization: `Bearer ${token}` }).opens("/dashboard", { accept: "application/json" });
    }
    expect((await noticesTo("api00")).map(({ text }) => /Device: (.*)/.exec(text)?.[1])).toEqual([
      "API client (curl)",
      "API client (widget)",
    ]);
  });

  it("new device notice: the device cookie of another account does not suppress it", { tags: ["asvs-6.3.5"] }, async () => {
    const mallory = await account("mallory", phone);
    await account("victim");
    const cookie = mallory.cookies.get("latchkey_device") ?? "";
    expect(cookie).not.toBe("");
    for (const [i, value] of [cookie, `${cookie}x`, "victim", ""].entries()) {
      const thief = app.person({ username: "victim" }, from(`198.51.100.${i + 1}`, phone));
      thief.cookies.set("latchkey_device", value);
      await thief.logsIn();
      expect(await noticesTo("victim")).toHaveLength(i + 1);
    }
    expect(await noticesTo("mallory")).toEqual([]);
  });

  it("new device notice: a stolen device cookie does not suppress it after the password has changed", async () => {
    const owner = await account("moved");
    const stolen = owner.cookies.get("latchkey_device") ?? "";
    await owner.fillsIn("/settings/change-password", {
      current_password: "a harbour at dusk",
      password: "nine grey herons",
      confirm_password: "nine grey herons",
    });
    const login = async (cookie: string, headers: Record<string, string>) => {
      const person = app.person({ username: "moved", password: "nine grey herons" }, headers);
      person.cookies.set("latchkey_device", cookie);
      expect((await person.logsIn()).status).toBe(303);
      return (await noticesTo("moved")).length;
    };
    expect(await login(owner.cookies.get("latchkey_device") ?? "", from("198.51.100.8"))).toBe(0);
    expect(await login(stolen, from("198.51.100.9"))).toBe(1);
  });

  it("new device notice: a failed login sends none and counts none", async () => {
    await account("guessed");
    const thief = app.person({ username: "guessed" }, phone);
    await thief.logsIn({ password: "wrong wrong" });
    expect(await noticesTo("guessed")).toEqual([]);
    await thief.logsIn();
    expect(await noticesTo("guessed")).toHaveLength(1);
  });

  it("new device notice: a login from a known device costs no further query", async () => {
    const known = await account("cheap");
    const count = async (person: Person) => {
      await person.opens("/login?switch=1");
      app.resetRecords();
      await person.logsIn();
      return app.queries.length;
    };
    const withNotice = await count(known);
    const s = app.s as { settings: { newDeviceNotice: string } };
    const settings = s.settings;
    s.settings = { ...settings, newDeviceNotice: "off" };
    expect(await count(known)).toBe(withNotice);
    s.settings = settings;
  });

  it("new device notice: NEW_DEVICE_NOTICE=off sends and records none", async () => {
    const quiet = await testApp({ NEW_DEVICE_NOTICE: "off" });
    await quiet.person({ username: "quiet" }, firefox).isLoggedIn();
    const pocket = quiet.person({ username: "quiet" }, phone);
    await pocket.logsIn();
    expect((await quiet.emails()).map((email) => email.subject)).not.toContain(subject);
    expect((await pocket.opens("/settings/activity")).text).not.toContain("new device");
    await quiet.close();
  });

  it("new device notice: without a way to send email, the activity alone shows the login", async () => {
    const mute = await testApp({
      NODE_ENV: "production",
      BASE_URL: "https://accounts.example.com",
      SIGNUP: "open",
      TRUST_PROXY: "127.0.0.1",
    });
    const headers = { host: "accounts.example.com", "x-forwarded-proto": "https", origin: "https://accounts.example.com" };
    const desk = mute.person({ username: "mute0" }, { ...firefox, ...headers });
    await desk.isLoggedIn();
    const pocket = mute.person({ username: "mute0" }, { ...phone, ...headers });
    await pocket.logsIn();
    expect((await pocket.opens("/settings/activity")).text).toContain("Login from a new device");
    expect(await mute.s.db.selectFrom("outbox").select("id").execute()).toEqual([]);
    await mute.close();
  });

  it("new device notice: an imported cookie sends one too, and makes the device known", async () => {
    const secret = "the secret key of the old application";
    const moved = await testApp({ FLASK_SECRET_KEY: secret, FLASK_COOKIES_UNTIL: "2100-01-01" });
    await moved.person({ username: "flask" }).isLoggedIn();
    const { id } = await moved.s.db.selectFrom("users").select("id").executeTakeFirstOrThrow();
    await moved.s.db
      .insertInto("imports")
      .values({ id: "flask:7", user_id: id, digest: "", imported_at: moved.s.now() - day })
      .execute();
    const old = moved.person({}, phone);
    old.cookies.set("session", signFlaskSession('{"_user_id":"7"}', moved.s.now(), secret));
    expect((await old.opens("/dashboard")).status).toBe(200);
    const count = async () => (await moved.emails()).filter((email) => email.subject === subject).length;
    expect(await count()).toBe(1);
    await moved.s.db.deleteFrom("rate_limits").execute();
    await old.logsOut();
    Object.assign(old.identity, { email: "flask@example.com" });
    await old.logsIn();
    expect((await old.opens("/dashboard")).status).toBe(200);
    expect(await count()).toBe(1);
    await moved.close();
  });

  it("new device notice: the library sends it, unless the option newDeviceNotice is off", async () => {
    for (const [newDeviceNotice, count] of [
      ["on", 1],
      ["off", 0],
    ] as const) {
      const kit = await createTestLatchkey({ newDeviceNotice, signup: "open" });
      await kit.users.create({ username: "lib00", email: "lib00@example.com", password: "a harbour at dusk" });
      for (const agent of ["first/1.0", "second/1.0"]) {
        await kit.handle(
          new Request("http://localhost:5050/login", {
            method: "POST",
            headers: { "content-type": "application/json", accept: "application/json", "user-agent": agent },
            body: JSON.stringify({ email: "lib00@example.com", password: "a harbour at dusk", session: "token" }),
          }),
        );
      }
      expect((await kit.inbox()).filter((email) => email.subject === subject)).toHaveLength(count);
      await kit.close();
    }
  });
});
