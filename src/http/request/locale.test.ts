// Runs on one engine: what it tests does not touch the database.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Person, type TestApp, testApp } from "../../../test/person.ts";
import { features } from "../../features/index.ts";
import { openTranslations } from "../../features/messages.ts";
import { translate } from "../../i18n/messages.ts";
import { english } from "../../i18n/translator.ts";
import { messages } from "./authenticate.messages.ts";

const german = translate(messages, "de", {
  loginRequired: "Bitte melden Sie sich an.",
  loggedInAs: "Sie sind als {username} angemeldet.",
});

describe("the language of an answer", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({}, { translations: openTranslations(features, [english, { locale: "de", translations: [german] }]) });
  });
  afterAll(() => app.close());

  const inGerman = { "accept-language": "de-CH, en;q=0.5" };

  it("is the browser's: in its messages, its markup and its headers", async () => {
    const ada = app.person({}, inGerman);
    await ada.opens("/dashboard");
    const { html, headers } = await ada.opens("/login");
    expect(html).toContain('<html lang="de">');
    expect(html).toContain("Bitte melden Sie sich an.");
    expect([headers.get("content-language"), headers.get("vary")]).toEqual(["de", "Accept-Language"]);
    const json = await ada.opens("/login", { accept: "application/json" });
    expect([json.headers.get("content-language"), json.headers.get("vary")]).toEqual(["de", "Accept-Language"]);
  });

  it("is the default where the browser asks for none that is offered", async () => {
    for (const headers of [{}, { "accept-language": "fr, *;q=0.1" }, { "accept-language": '<script>"' }]) {
      const { html, headers: answered } = await app.person({}, headers as Record<string, string>).opens("/login");
      expect(html).toContain('<html lang="en">');
      expect(answered.get("content-language")).toBe("en");
    }
  });

  it("is the cookie's before the browser's", async () => {
    const shown = async (person: Person, cookie: string) => {
      person.cookies.set("latchkey_locale", cookie);
      return /<html lang="(.*?)">/.exec((await person.opens("/login")).html)?.[1];
    };
    expect([await shown(app.person(), "de"), await shown(app.person({}, inGerman), "en")]).toEqual(["de", "en"]);
    expect(await shown(app.person({}, inGerman), '"><script>')).toBe("de");
  });

  it("is that of the page that shows a flash, not of the one that caused it", async () => {
    const ada = app.person();
    await ada.opens("/dashboard");
    ada.cookies.set("latchkey_locale", "de");
    expect((await ada.opens("/login")).text).toContain("Bitte melden Sie sich an.");
  });
});

describe("an app in one language", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it("adds no header about languages", async () => {
    for (const accept of ["text/html", "application/json"]) {
      const { headers, html } = await app.person({}, { "accept-language": "de" }).opens("/login", { accept });
      expect([headers.get("content-language"), headers.get("vary")]).toEqual([null, null]);
      expect(html).not.toContain('lang="de"');
    }
  });
});
