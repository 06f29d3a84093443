import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addsPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { addsPhone, verifiesEmail } from "../../../../test/two-factor.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { findUserByEmail } from "../../../core/users/users.ts";

const minute = 60_000;
const path = "/settings/change-username";

describe("confirm password", () => {
  let app: TestApp;
  let ada: Person;
  beforeEach(async () => {
    app = await testApp();
    ada = await app.person().isLoggedIn();
  });
  afterEach(() => app.close());

  const username = async () => (await findUserByEmail(app.s, ada.identity.email))?.username;
  const confirms = (fields: Record<string, string>) =>
    ada.fillsIn("/confirm-password", { current_password: ada.identity.password, ...fields });

  it("confirm password: a recent login is not asked", async () => {
    app.passes(14 * minute);
    expect((await ada.opens(path)).status).toBe(200);
    expect((await ada.fillsIn(path, { username: "lovelace" })).location).toBe("/settings");
  });

  it("confirm password: after REAUTHENTICATE_AFTER the page is shown first, and leads on to the requested one", {
    tags: ["asvs-7.5.1"],
  }, async () => {
    app.passes(16 * minute);
    const sentOn = await ada.opens(`${path}?from=card`);
    expect([sentOn.status, sentOn.location]).toEqual([303, `/confirm-password?next=${encodeURIComponent(`${path}?from=card`)}`]);
    const asks = await ada.opens(sentOn.location ?? "");
    expect(asks.text).toContain("Confirm it's you This protects your account if someone else uses this device.");
    expect(asks.html).toContain(`name="next" value="${path}?from=card"`);
    expect((await confirms({ next: `${path}?from=card` })).location).toBe(`${path}?from=card`);
    expect((await ada.opens(path)).status).toBe(200);
  });

  it("confirm password: with several ways, each button says which one it is", async () => {
    const buttons = async () => {
      const { html } = await ada.opens("/confirm-password");
      const main = html.slice(html.indexOf("<main"), html.indexOf("</main>"));
      return [...main.matchAll(/<button[^>]*>(?:<svg.*?<\/svg>)?([^<]*)/g)].map(([, text]) => text).filter((text) => text !== "Show");
    };
    expect(await buttons()).toEqual(["Continue"]);
    await verifiesEmail(app, ada);
    await addsPasskey(ada, passkeyDevice());
    expect(await buttons()).toEqual(["Confirm with password", "Use a passkey"]);
    const phone = await addsPhone(app, ada);
    expect(await buttons()).toEqual(["Use a passkey", "Confirm with code"]);
    expect((await ada.fillsIn("/confirm-password", { two_factor_code: phone.code() })).status).toBe(303);
  });

  it("confirm password: the link back leads to the page before, if it is one of this site", async () => {
    app.passes(16 * minute);
    const backFrom = async (referer: string) => {
      const { html } = await ada.opens(`/confirm-password?next=${path}`, { referer });
      return /<p class="after"><a href="([^"]*)">/.exec(html)?.[1];
    };
    const { baseUrl } = app.s.settings;
    expect(await backFrom(`${baseUrl}/settings/activity?before=1`)).toBe("/settings/activity?before=1");
    for (const elsewhere of [
      "",
      "https://evil.test/settings",
      "https://evil.test/settings/activity",
      `${baseUrl}/nothing`,
      `${baseUrl}/confirm-password`,
      "javascript:alert(1)",
      "//",
    ])
      expect(await backFrom(elsewhere), elsewhere).toBe("/settings");
  });

  it("confirm password: an authentication time in the future does not count as recent", async () => {
    app.passes(60 * minute);
    await ada.logsIn();
    app.passes(-60 * minute);
    expect((await ada.opens(path)).location).toContain("/confirm-password?next=");
  });

  it("confirm password: REAUTHENTICATE_AFTER sets the time", async () => {
    const strict = await testApp({ REAUTHENTICATE_AFTER: "1m" });
    const grace = await strict.person({ username: "grace" }).isLoggedIn();
    strict.passes(2 * minute);
    expect((await grace.opens(path)).status).toBe(303);
    await strict.close();
  });

  it("confirm password: a submitted form keeps its values and is completed with the password in one step", async () => {
    const { token } = await ada.opens(path);
    app.passes(16 * minute);
    const asked = await ada.posts(path, { csrf_token: token, username: "lovelace" });
    expect(asked.status).toBe(403);
    expect(asked.text).toContain("Confirm it's you");
    expect(asked.html).toContain('<input type="hidden" name="username" value="lovelace">');
    expect(await username()).toBe("ada");
    const done = await ada.posts(path, { csrf_token: asked.token, username: "lovelace", current_password: ada.identity.password });
    expect([done.status, done.location]).toEqual([303, "/settings"]);
    expect(await username()).toBe("lovelace");
  });

  it("confirm password: a wrong password keeps the form's values and changes nothing", async () => {
    const { token } = await ada.opens(path);
    app.passes(16 * minute);
    const wrong = await ada.posts(path, { csrf_token: token, username: "lovelace", current_password: "not this one" });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain("Incorrect password. Try again.");
    expect(wrong.html).toContain('name="username" value="lovelace"');
    expect(wrong.html).not.toContain("not this one");
    expect(await username()).toBe("ada");
  });

  it("confirm password: the session token is replaced, and the old one is dead", { tags: ["asvs-7.2.4"] }, async () => {
    for (const _ of [1, 2]) {
      const before = ada.cookies.get("latchkey_session") ?? "";
      await confirms({});
      expect(ada.cookies.get("latchkey_session")).not.toBe(before);
      expect((await ada.opens("/dashboard")).status).toBe(200);
      const copy = app.person();
      copy.cookies.set("latchkey_session", before);
      expect((await copy.opens("/dashboard")).status).toBe(303);
    }
  });

  it("confirm password: failures count towards the limits of logging in", { tags: ["asvs-6.3.1"] }, async () => {
    for (let i = 0; i < 10; i++) expect((await ada.fillsIn("/confirm-password", { current_password: `wrong ${i}` })).status).toBe(401);
    const { status, headers } = await confirms({});
    expect([status, Number(headers.get("retry-after")) > 0]).toEqual([429, true]);
    expect((await ada.logsIn()).status).toBe(429);
    expect((await findUserByEmail(app.s, ada.identity.email))?.password_failures).toBe(10);
  });

  it("confirm password: it is recorded", async () => {
    await confirms({});
    const { id = "" } = (await findUserByEmail(app.s, ada.identity.email)) ?? {};
    expect((await listEvents(app.s, id, 1))[0]?.event).toBe("reauthenticated");
  });

  it("confirm password: an empty field gets an error beside it", async () => {
    const { status, html } = await confirms({ current_password: "" });
    expect(status).toBe(422);
    expect(html).toContain('id="current_password-problem"');
  });

  it("confirm password: `next` leads to this site only", { tags: ["asvs-3.7.2"] }, async () => {
    expect((await confirms({ next: "//evil.test" })).location).toBe("/dashboard");
    expect((await ada.opens("/confirm-password?next=https%3A%2F%2Fevil.test")).html).not.toContain("evil.test");
  });

  it("confirm password: without a session it redirects to login", async () => {
    expect((await app.person().opens("/confirm-password")).location).toBe("/login?next=%2Fconfirm-password");
    const answer = await app.person().posts("/confirm-password", { current_password: "x" });
    expect(answer.location).toBe("/login?next=%2Fdashboard");
  });

  it("confirm password: JSON gets 403, and is completed with the password in the same body", async () => {
    app.passes(16 * minute);
    const json = { accept: "application/json" };
    const refused = await ada.opens(path, json);
    expect([refused.status, refused.json()]).toEqual([
      403,
      { error: { code: "reauthentication-required", message: "Confirm it's you to continue." } },
    ]);
    const { csrfToken } = (await ada.opens("/settings/display-name", json)).json() as { csrfToken: string };
    const sends = (body: object) => ada.sendsJson(path, body, { "x-csrf-token": csrfToken });
    expect((await sends({ username: "lovelace" })).json()).toEqual(refused.json());
    const wrong = await sends({ username: "lovelace", current_password: "not this one" });
    expect([wrong.status, (wrong.json() as { error: { code: string } }).error.code]).toEqual([401, "bad-credentials"]);
    const done = await sends({ username: "lovelace", current_password: ada.identity.password });
    expect([done.status, done.json()]).toMatchObject([200, { user: { username: "lovelace" } }]);
  });

  it("confirm password: JSON gets the CSRF token of the new session", async () => {
    const { csrfToken } = (await ada.opens("/settings/display-name", { accept: "application/json" })).json() as { csrfToken: string };
    const confirmed = await ada.sendsJson("/confirm-password", { current_password: ada.identity.password }, { "x-csrf-token": csrfToken });
    const { csrfToken: next } = confirmed.json() as { csrfToken: string };
    expect((await ada.sendsJson(path, { username: "lovelace" }, { "x-csrf-token": next })).status).toBe(200);
  });
});
