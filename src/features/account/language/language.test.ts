import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Person, type TestApp, testApp } from "../../../../test/person.ts";
import { listEvents } from "../../../core/audit/log.ts";
import { findUserByName } from "../../../core/users/users.ts";
import { features } from "../../index.ts";
import { openTranslations } from "../../messages.ts";

/** Without translations: the texts are English, and only the attributes and headers tell the language. */
const translations = openTranslations(features, [
  { locale: "en", translations: [] },
  { locale: "de", translations: [] },
  { locale: "ar", translations: [] },
]);

const languageOf = ({ html, headers }: Answer) => [/<html lang="(.*?)"/.exec(html)?.[1], headers.get("content-language")];
const footerOf = ({ html }: Answer) => /<footer[\s\S]*<\/footer>/.exec(html)?.[0] ?? "";

/** Presses a button of the footer. */
async function chooses(person: Person, page: string, locale: string, more: Record<string, string> = {}): Promise<Answer> {
  const footer = footerOf(await person.opens(page));
  const hidden = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(footer)?.[1]?.replaceAll("&amp;", "&") ?? "";
  return person.posts("/language", { csrf_token: hidden("csrf_token"), next: hidden("next"), locale, ...more });
}

describe("language", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({}, { translations });
  });
  afterAll(() => app.close());

  it("language: every page ends with a button for each language, in its own name", async () => {
    const visitor = app.person({}, { "accept-language": "de" });
    for (const path of ["/", "/login", "/no/such/page"]) {
      const buttons = [...footerOf(await visitor.opens(path)).matchAll(/<button ([^>]*)>([^<]*)</g)];
      expect(buttons.map(([, , name]) => name)).toEqual(["English", "Deutsch", "العربية"]);
      expect(buttons.map(([, attributes = ""]) => /lang="(\w+)"( aria-current="true")?/.exec(attributes)?.slice(1))).toEqual([
        ["en", undefined],
        ["de", ' aria-current="true"'],
        ["ar", undefined],
      ]);
    }
  });

  it("language: a right-to-left language has the direction, and others have none", async () => {
    const opening = async (locale: string) =>
      /<html[^>]*>/.exec((await app.person({}, { "accept-language": locale }).opens("/login")).html)?.[0];
    expect([await opening("ar"), await opening("de")]).toEqual(['<html lang="ar" dir="rtl">', '<html lang="de">']);
  });

  it("language: a choice returns to the same page, and is kept by this browser", async () => {
    const visitor = app.person();
    const answer = await chooses(visitor, "/login?next=%2Fsettings&switch=1", "de");
    expect([answer.status, answer.location]).toEqual([303, "/login?next=%2Fsettings&switch=1"]);
    expect(answer.setCookies.get("latchkey_locale")).toBe("latchkey_locale=de; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax");
    expect(languageOf(await visitor.opens("/login"))).toEqual(["de", "de"]);
  });

  it.each(["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)", "/..//evil.test", `/${"a".repeat(2_100)}`, ""])(
    "language: a choice with the page %j leads to the first page (open redirect)",
    { tags: ["asvs-3.7.2"] },
    async (next) => {
      expect((await chooses(app.person(), "/login", "de", { next })).location).toBe("/");
    },
  );

  it("language: a request from another site, or without a valid token, changes nothing", { tags: ["asvs-3.5.1"] }, async () => {
    const ada = await app.person({ username: "forged" }).isLoggedIn();
    const forged = await ada.posts("/language", { csrf_token: "none", locale: "de" });
    expect([forged.status, forged.setCookies.get("latchkey_locale")]).toEqual([403, undefined]);
    const { token } = await ada.opens("/language");
    const foreign = await ada.posts("/language", { csrf_token: token, locale: "de" }, { "sec-fetch-site": "cross-site" });
    expect([foreign.status, foreign.setCookies.get("latchkey_locale")]).toEqual([403, undefined]);
    expect((await findUserByName(app.s, "forged"))?.locale).toBe("en");
  });

  it("language: one that is not offered is refused beside the buttons", async () => {
    for (const locale of ["fr", "", "DE", "__proto__"]) {
      const answer = await app.person().fillsIn("/language", { locale });
      expect([answer.status, answer.setCookies.get("latchkey_locale")]).toEqual([422, undefined]);
      expect(answer.text).toContain("Choose a language from the list.");
    }
  });

  it("language: the settings keep it in the account, which precedes the browser's choice", async () => {
    const ada = await app.person({ username: "ada" }).isLoggedIn();
    expect((await ada.opens("/settings/language")).html).toMatch(/value="en" checked[\s\S]*<label[^>]* lang="de">Deutsch</);
    expect((await ada.fillsIn("/settings/language", { locale: "ar" })).location).toBe("/settings");
    expect((await ada.opens("/settings")).html).toContain("Language updated.");
    const elsewhere = app.person({ username: "ada" }, { "accept-language": "de" });
    elsewhere.cookies.set("latchkey_locale", "de");
    await elsewhere.logsIn();
    expect(languageOf(await elsewhere.opens("/settings"))).toEqual(["ar", "ar"]);
    const user = await findUserByName(app.s, "ada");
    const events = (await listEvents(app.s, user?.id ?? "", 100)).filter(({ event }) => event === "language-changed");
    expect([user?.locale, events.length]).toEqual(["ar", 1]);
    expect((await elsewhere.fillsIn("/settings/export", {})).json()).toMatchObject({ account: { locale: "ar" } });
  });

  it("language: a choice in the footer is that of the account too, and stays after a logout", async () => {
    const ada = await app.person({ username: "footer" }).isLoggedIn();
    await chooses(ada, "/settings", "de");
    expect((await findUserByName(app.s, "footer"))?.locale).toBe("de");
    await ada.logsOut();
    expect(languageOf(await ada.opens("/login"))).toEqual(["de", "de"]);
  });

  it("language: JSON lists and changes it", async () => {
    const visitor = app.person({}, { accept: "application/json" });
    expect((await visitor.opens("/language")).json()).toMatchObject({ locale: "en", languages: ["en", "de", "ar"] });
    const chosen = await visitor.sendsJson("/language", { locale: "de" });
    expect([chosen.json(), chosen.headers.get("content-language")]).toEqual([{ locale: "de" }, "de"]);
    const ada = await app.person({ username: "json" }).isLoggedIn();
    const { csrfToken } = (await ada.opens("/settings/language", { accept: "application/json" })).json() as { csrfToken: string };
    const headers = { "x-csrf-token": csrfToken };
    expect((await ada.sendsJson("/settings/language", { locale: "ar" }, headers)).json()).toMatchObject({ user: { locale: "ar" } });
    const refused = await ada.sendsJson("/settings/language", { locale: "fr" }, headers);
    expect([refused.status, refused.json()]).toMatchObject([422, { error: { fields: { locale: "Choose a language from the list." } } }]);
  });

  it("language: a wrong password is answered in the same language with and without an account", { tags: ["asvs-6.3.8"] }, async () => {
    const known = await app.person({ username: "known" }).isLoggedIn();
    await known.fillsIn("/settings/language", { locale: "ar" });
    const answers = ["known@example.com", "nobody@example.com"].map(async (email) => {
      const answer = await app.person().fillsIn("/login", { email, password: "not the password" });
      return [answer.status, ...languageOf(answer), answer.headers.get("vary")];
    });
    const [first, second] = await Promise.all(answers);
    expect(first).toEqual([401, "en", "en", "Accept-Language, Cookie"]);
    expect(second).toEqual(first);
  });

  it("language: emails are in that of the sign-up until the user chooses another one, whatever another browser prefers", async () => {
    const ada = await app.person({ username: "mailed" }, { "accept-language": "ar" }).isLoggedIn();
    const inArabic = /<html lang="ar" dir="rtl">/;
    expect((await app.emails("mailed@example.com"))[0]?.html).toMatch(inArabic);
    await app.person({}, { "accept-language": "de" }).fillsIn("/reset-password", { email: "mailed@example.com" });
    expect((await app.emails("mailed@example.com"))[0]).toMatchObject({
      kind: "password-reset-link",
      html: expect.stringMatching(inArabic),
    });
    app.passes(3_600_000);
    await ada.fillsIn("/settings/language", { locale: "de" });
    await app.person({}, { "accept-language": "ar" }).fillsIn("/reset-password", { email: "mailed@example.com" });
    expect((await app.emails("mailed@example.com"))[0]?.html).toContain('<html lang="de" dir="ltr">');
  });
});

describe("language of a site with one", () => {
  it("language of a site with one: nothing offers a choice", async () => {
    const app = await testApp();
    const ada = await app.person().isLoggedIn();
    for (const path of ["/language", "/settings/language"]) expect((await ada.opens(path)).status).toBe(404);
    for (const path of ["/", "/settings", "/login?switch=1"]) expect((await ada.opens(path)).html).not.toContain("/language");
    await app.close();
  });
});
