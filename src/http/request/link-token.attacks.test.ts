/** Attack: leaks of emailed tokens by URLs, resources or Referer. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkIn, type TestApp, testApp } from "../../../test/person.ts";

const paths = ["/verify-email/confirm", "/reset-password/choose", "/settings/change-email/confirm", "/report-compromise", "/revert-email"];
const token = "t0ken-".repeat(7).slice(0, 43);

describe("emailed links", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  describe.each([
    ["an anonymous user", false],
    ["a logged-in user", true],
  ])("for %s", (_who, isLoggedIn) => {
    it.each(paths)("emailed link %s: the token is removed from the URL and not leaked", { tags: ["asvs-14.2.1"] }, async (path) => {
      const person = app.person({ username: `person${paths.indexOf(path)}` });
      if (isLoggedIn) await person.isLoggedIn();
      const opened = await person.opens(`${path}?token=${token}`);
      expect([opened.status, opened.location]).toEqual([303, path]);
      expect(opened.headers.get("referrer-policy")).toBe("no-referrer");
      const page = await person.opens(path);
      expect(page.headers.get("referrer-policy")).toBe("no-referrer");
      expect(`${page.html} ${page.location ?? ""}`).not.toContain(token);
      for (const [, url] of page.html.matchAll(/(?:src|href|action)="([^"]*)"/g)) expect(url).toMatch(/^[/#](?!\/)/);
    });

    it.each(paths)("emailed link %s: HEAD, JSON and further parameters do not leak the token", async (path) => {
      const person = app.person({ username: `other${paths.indexOf(path)}` });
      if (isLoggedIn) await person.isLoggedIn();
      const answers = [
        await person.sends("HEAD", `${path}?token=${token}`),
        await person.opens(`${path}?next=https://evil.test&token=${token}&token=other`),
        await person.opens(`${path}?token=${token}`, { accept: "application/json" }),
      ];
      for (const { status, location, headers, html } of answers) {
        expect(status).toBeLessThan(500);
        expect(headers.get("referrer-policy")).toBe("no-referrer");
        expect(`${location ?? ""} ${html}`).not.toContain(token);
      }
    });
  });
});

describe("token injection", () => {
  it("emailed link: a token cannot inject one of another purpose", async () => {
    const app = await testApp();
    const victim = app.person({ username: "victim" });
    await victim.signsUp();
    await app.person().fillsIn("/reset-password", { email: victim.identity.email });
    const validToken = linkIn((await app.emails(victim.identity.email))[0], "/reset-password/choose").split("token=")[1] ?? "";
    for (const between of ["%0A", "%0D%0A", "%20x%0A", "%00%0A", "%E2%80%A8", "%0B"]) {
      const browser = app.person();
      expect((await browser.opens(`/verify-email/confirm?token=x${between}reset-password%20${validToken}`)).status).toBe(303);
      expect((await browser.opens("/reset-password/choose")).status, between).toBe(410);
      expect((await browser.opens("/verify-email/confirm")).status, between).toBe(410);
    }
    const browser = app.person();
    await browser.opens(`/reset-password/choose?token=${validToken}`);
    expect((await browser.opens("/reset-password/choose")).status).toBe(200);
    await app.close();
  });
});

describe("two emailed links in one browser", () => {
  it("emailed link: the form of an earlier link gets 409 after another link was opened", { tags: ["asvs-15.4.2"] }, async () => {
    const app = await testApp();
    const [mine, others] = [app.person({ username: "mine" }), app.person({ username: "others" })];
    await mine.signsUp();
    await others.signsUp();
    for (const { identity } of [mine, others]) await app.person().fillsIn("/reset-password", { email: identity.email });
    const linkTo = async (email: string) => linkIn((await app.emails(email))[0], "/reset-password/choose");
    const browser = app.person();
    await browser.opens(await linkTo(mine.identity.email));
    const form = await browser.opens("/reset-password/choose");
    const mark = /name="email_mark" value="([^"]+)"/.exec(form.html)?.[1] ?? "";
    await browser.opens(await linkTo(others.identity.email));
    const fields = { csrf_token: form.token, email_mark: mark, password: "nine grey herons", confirm_password: "nine grey herons" };
    const answer = await browser.posts("/reset-password/choose", fields);
    expect([answer.status, answer.text.includes("opened a link from another email")]).toEqual([409, true]);
    for (const person of [mine, others]) expect((await person.logsIn()).status).toBe(303);
    await app.close();
  });
});
