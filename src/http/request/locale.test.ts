// Runs on one engine: it is independent of the database.
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

describe("language of a response", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({}, { translations: openTranslations(features, [english, { locale: "de", translations: [german] }]) });
  });
  afterAll(() => app.close());

  const inGerman = { "accept-language": "de-CH, en;q=0.5" };

  it("language of a response: Accept-Language sets the messages, the lang attribute and the headers", async () => {
    const ada = app.person({}, inGerman);
    await ada.opens("/dashboard");
    const { html, headers } = await ada.opens("/login");
    expect(html).toContain('<html lang="de">');
    expect(html).toContain("Bitte melden Sie sich an.");
    expect([headers.get("content-language"), headers.get("vary")]).toEqual(["de", "Accept-Language, Cookie"]);
    const json = await ada.opens("/login", { accept: "application/json" });
    expect([json.headers.get("content-language"), json.headers.get("vary")]).toEqual(["de", "Accept-Language, Cookie"]);
  });

  it("language of a response: is the default if Accept-Language matches no offered language", async () => {
    for (const headers of [{}, { "accept-language": "fr, *;q=0.1" }, { "accept-language": '<script>"' }]) {
      const { html, headers: received } = await app.person({}, headers as Record<string, string>).opens("/login");
      expect(html).toContain('<html lang="en">');
      expect(received.get("content-language")).toBe("en");
    }
  });

  it("language of a response: the cookie takes precedence over Accept-Language", async () => {
    const shown = async (person: Person, cookie: string) => {
      person.cookies.set("latchkey_locale", cookie);
      return /<html lang="(.*?)">/.exec((await person.opens("/login")).html)?.[1];
    };
    expect([await shown(app.person(), "de"), await shown(app.person({}, inGerman), "en")]).toEqual(["de", "en"]);
    expect(await shown(app.person({}, inGerman), '"><script>')).toBe("de");
  });

  it("language of a response: a flash is translated when it is shown", async () => {
    const ada = app.person();
    await ada.opens("/dashboard");
    ada.cookies.set("latchkey_locale", "de");
    expect((await ada.opens("/login")).text).toContain("Bitte melden Sie sich an.");
  });
});

describe("app with one language", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  it("app with one language: sends no Content-Language and no Vary", async () => {
    for (const accept of ["text/html", "application/json"]) {
      const { headers, html } = await app.person({}, { "accept-language": "de" }).opens("/login", { accept });
      expect([headers.get("content-language"), headers.get("vary")]).toEqual([null, null]);
      expect(html).not.toContain('lang="de"');
    }
  });
});
