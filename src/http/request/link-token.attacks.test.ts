/** Attack: reading a letter's token out of what a page gives away: its address, what it loads, whom it links to. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkIn, type TestApp, testApp } from "../../../test/person.ts";

const paths = ["/verify-email/confirm", "/reset-password/choose", "/settings/change-email/confirm", "/report-compromise", "/revert-email"];
const token = "t0ken-".repeat(7).slice(0, 43);

describe("the page behind a letter's link", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  describe.each([
    ["a stranger", false],
    ["somebody who is logged in", true],
  ])("to %s", (_who, isLoggedIn) => {
    it.each(paths)("%s takes the token out of its address and tells it to nobody", { tags: ["asvs-14.2.1"] }, async (path) => {
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

    it.each(paths)("%s does so for HEAD, and whatever stands beside the token", async (path) => {
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

describe("a link that holds more than a token", () => {
  it("puts no token of another purpose into the browser", async () => {
    const app = await testApp();
    const victim = app.person({ username: "victim" });
    await victim.signsUp();
    await app.person().fillsIn("/reset-password", { email: victim.identity.email });
    const good = linkIn((await app.emails(victim.identity.email))[0], "/reset-password/choose").split("token=")[1] ?? "";
    for (const between of ["%0A", "%0D%0A", "%20x%0A", "%00%0A", "%E2%80%A8", "%0B"]) {
      const browser = app.person();
      expect((await browser.opens(`/verify-email/confirm?token=x${between}reset-password%20${good}`)).status).toBe(303);
      expect((await browser.opens("/reset-password/choose")).status, between).toBe(410);
      expect((await browser.opens("/verify-email/confirm")).status, between).toBe(410);
    }
    const browser = app.person();
    await browser.opens(`/reset-password/choose?token=${good}`);
    expect((await browser.opens("/reset-password/choose")).status).toBe(200);
    await app.close();
  });
});

describe("a form that was open when the link of another email was opened", () => {
  it("changes nothing, and says why", { tags: ["asvs-15.4.2"] }, async () => {
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
    expect([answer.status, answer.text.includes("another email was opened")]).toEqual([409, true]);
    for (const person of [mine, others]) expect((await person.logsIn()).status).toBe(303);
    await app.close();
  });
});
