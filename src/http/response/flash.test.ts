// Runs on one engine: what it tests does not touch the database.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../../test/person.ts";
import type { Feature } from "../../features/feature.ts";
import { defineMessages, message } from "../../i18n/messages.ts";
import { createTranslations } from "../../i18n/translations.ts";
import { html } from "../../ui/html.ts";
import type { Flash, FlashKind } from "../context.ts";
import { createApp } from "../pipeline.ts";
import { seal } from "../request/cookies.ts";
import { flash, flashSentence } from "./flash.ts";
import { redirect } from "./respond.ts";

const messages = defineMessages("speaking", { welcome: "Welcome, {name}!", until: "Open until {date}, {count} left." });

/** What the feature below says next, in this order. */
let toSay: Flash[] = [];
/** Whether the page after it fails. */
let isBroken = false;
const sayAll = (c: Parameters<typeof flash>[0]) => {
  for (const { kind, message } of toSay) {
    if (typeof message === "string") flashSentence(c, kind, message);
    else flash(c, kind, message);
  }
};

/** Says something and goes on, says it on the spot, or shows what was said: at addresses that need no login. */
const speaking: Feature = {
  name: "speaking",
  routes: (app) => {
    app.page(
      "/signup",
      (c) => {
        sayAll(c);
        return redirect(c, "/");
      },
      { access: "public" },
    );
    app.page(
      "/login",
      (c) => {
        sayAll(c);
        return { title: "On the spot", body: html`<h1>On the spot</h1>` };
      },
      { access: "public" },
    );
    app.page(
      "/",
      () => {
        if (isBroken) throw new Error("It is broken.");
        return { title: "Next", body: html`<h1>Next</h1>`, json: {} };
      },
      { access: "public" },
    );
  },
};

describe("a message for the next page", () => {
  let app: TestApp;
  let hono: ReturnType<typeof createApp>;
  beforeAll(async () => {
    app = await testApp({}, { translations: createTranslations([messages]) });
    hono = createApp(app.s, [speaking]);
  });
  afterAll(() => app.close());

  /** A browser that keeps what it is given. */
  function browser(cookies = new Map<string, string>()) {
    return async (path: string, accept = "text/html") => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const answer = await hono.request(path, { headers: { accept, ...(cookie ? { cookie } : {}) } });
      for (const line of answer.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (/max-age=0/i.test(line)) cookies.delete(name);
        else cookies.set(name, value);
      }
      const page = await answer.text();
      return { status: answer.status, page, shown: shownIn(page), setCookies: answer.headers.getSetCookie() };
    };
  }

  it.each([
    ["success", "status"],
    ["info", "status"],
    ["warning", "alert"],
    ["danger", "alert"],
  ] as const)("of the kind %s is announced as %s", async (kind, role) => {
    const open = browser();
    toSay = [said(kind, "It is so.")];
    await open("/signup");
    expect((await open("/")).shown).toEqual([{ kind, role, text: "It is so." }]);
  });

  it("waits for a page that is there: one that fails cannot know whom it greets", async () => {
    const open = browser();
    toSay = [said("success", "Welcome, {name}!")];
    await open("/signup");
    isBroken = true;
    const { status, shown } = await open("/");
    isBroken = false;
    expect([status, shown]).toEqual([500, []]);
    expect((await open("/")).shown).toHaveLength(1);
  });

  it("is shown once, and in the order in which it was said", async () => {
    const open = browser();
    toSay = [said("info", "First."), said("danger", "Second."), said("info", "Third.")];
    expect((await open("/signup")).status).toBe(303);
    expect((await open("/")).shown.map(({ text }) => text)).toEqual(["First.", "Second.", "Third."]);
    expect((await open("/")).shown).toEqual([]);
  });

  it("is shown at once, and only then, where there is a page to show it on", async () => {
    const open = browser();
    toSay = [said("info", "Here.")];
    const answer = await open("/login");
    expect(answer.shown.map(({ text }) => text)).toEqual(["Here."]);
    expect(answer.setCookies.filter((line) => line.includes("flash"))).toEqual([]);
    expect((await open("/")).shown).toEqual([]);
  });

  it("waits through several redirects, joined by what they say", async () => {
    const open = browser();
    for (const text of ["One.", "Two."]) {
      toSay = [said("info", text)];
      await open("/signup");
    }
    toSay = [said("info", "Three.")];
    expect((await open("/login")).shown.map(({ text }) => text)).toEqual(["One.", "Two.", "Three."]);
    expect((await open("/")).shown).toEqual([]);
  });

  it("is shown on a page that tells of an error, too", async () => {
    const open = browser();
    toSay = [said("warning", "Seen.")];
    await open("/signup");
    const missing = await open("/no/such/page");
    expect([missing.status, missing.shown.map(({ text }) => text)]).toEqual([404, ["Seen."]]);
    expect((await open("/")).shown).toEqual([]);
  });

  it("is not used up by a program's request, which shows nothing", async () => {
    const open = browser();
    toSay = [said("info", "Still here.")];
    await open("/signup");
    await open("/", "application/json");
    await open("/healthz");
    expect((await open("/")).shown.map(({ text }) => text)).toEqual(["Still here."]);
  });

  it("is told to this browser alone", async () => {
    toSay = [said("info", "Mine.")];
    await browser()("/signup");
    expect((await browser()("/")).shown).toEqual([]);
  });

  it("calls the person by name, which no cookie carries", { tags: ["asvs-14.3.3"] }, async () => {
    const ada = await app.person({ username: "Ada.Lovelace" }).isLoggedIn();
    const open = browser(ada.cookies);
    await open("/");
    toSay = [said("success", "Welcome, {name}! It is {name} and $& and $1.")];
    await open("/signup");
    for (const [, value] of ada.cookies) expect(Buffer.from(value, "base64url").toString()).not.toContain("Ada");
    expect((await open("/")).shown.map(({ text }) => text)).toEqual(["Welcome, Ada.Lovelace! It is Ada.Lovelace and $& and $1."]);
  });

  it("is a message of a feature by its key, with names, numbers and times filled in where it is shown", {
    tags: ["asvs-14.3.3"],
  }, async () => {
    const ada = await app.person({ username: "Grace.Hopper" }).isLoggedIn();
    const open = browser(ada.cookies);
    await open("/");
    toSay = [
      said("success", message(messages, "welcome", { name: { reader: "displayName" } })),
      said("info", message(messages, "until", { date: { instant: 0 }, count: 1_500 })),
    ];
    await open("/signup");
    for (const [, value] of ada.cookies) expect(Buffer.from(value, "base64url").toString()).not.toMatch(/Grace|Welcome/);
    expect((await open("/")).shown.map(({ text }) => text)).toEqual([
      "Welcome, Grace.Hopper!",
      "Open until 1 January 1970 at 00:00 UTC, 1,500 left.",
    ]);
  });

  it("is dropped where it greets by name and the user has logged out since", async () => {
    const open = browser();
    toSay = [said("success", message(messages, "welcome", { name: { reader: "username" } })), said("info", "Shown.")];
    await open("/signup");
    expect((await open("/")).shown.map(({ text }) => text)).toEqual(["Shown."]);
  });

  it("of an earlier version, whose key or shape is unknown now, is not shown and breaks no page", async () => {
    for (const flashes of [[{ kind: "info", text: "Old." }], [{ kind: "info", message: { key: "speaking.gone" } }], {}]) {
      const { status, shown } = await browser(new Map([["latchkey_flash", seal(app.s.keyring, "flash", JSON.stringify(flashes))]]))("/");
      expect([status, shown]).toEqual([200, []]);
    }
  });

  it("is text, and never markup", { tags: ["asvs-1.2.1", "asvs-3.2.2"] }, async () => {
    const open = browser();
    const text = `<img src=x onerror="alert(1)"> & '</p></div><script>alert(2)</script>`;
    toSay = [said("info", text)];
    await open("/signup");
    const { page, shown } = await open("/");
    expect(shown.map((each) => each.text)).toEqual([text]);
    expect(page).not.toMatch(/<img|alert\(2\)<\/script>/);
  });

  it("is one of the last five, so that a hundred redirects fit into a cookie", { tags: ["asvs-3.3.5"] }, async () => {
    const open = browser();
    for (let i = 0; i < 100; i++) {
      toSay = [said("danger", `${"A sentence of more than three hundred characters. ".repeat(7)}${i}`)];
      for (const line of (await open("/signup")).setCookies) expect((line.split(";")[0] ?? "").length).toBeLessThanOrEqual(4_096);
    }
    expect((await open("/")).shown.map(({ text }) => text.replace(/^.*\. /, ""))).toEqual(["95", "96", "97", "98", "99"]);
  });

  it("is ours: what somebody else wrote, or changed, is shown to nobody", { tags: ["asvs-9.1.1"] }, async () => {
    const sealed = seal(app.s.keyring, "flash", JSON.stringify([said("info", "Genuine.")]));
    const forged = Buffer.from(JSON.stringify([said("info", "Call this number.")])).toString("base64url");
    const shownWith = async (value: string) => (await browser(new Map([["latchkey_flash", value]]))("/")).shown.map(({ text }) => text);
    expect(await shownWith(sealed)).toEqual(["Genuine."]);
    for (const value of [forged, `${forged}.`, `${forged}.${sealed.split(".")[1]}`, sealed.slice(0, -1), `${sealed}A`, "", "null"])
      expect(await shownWith(value)).toEqual([]);
    expect(await shownWith(seal(app.s.keyring, "device", JSON.stringify([said("info", "For another purpose.")])))).toEqual([]);
  });

  it("leaves no cookie behind once it was shown, or was none of ours", async () => {
    for (const value of [seal(app.s.keyring, "flash", JSON.stringify([said("info", "Shown.")])), "nonsense"]) {
      const cookies = new Map([["latchkey_flash", value]]);
      await browser(cookies)("/");
      expect([...cookies.keys()]).toEqual([]);
    }
  });
});

function said(kind: FlashKind, message: Flash["message"]): Flash {
  return { kind, message };
}

/** The messages on a page, as a reader and a screen reader get them. */
function shownIn(page: string): { kind: string; role: string; text: string }[] {
  const entities: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
  return [...page.matchAll(/<div class="flash (\w+)" role="(\w+)"><p>([\s\S]*?)<\/p><\/div>/g)].map(
    ([, kind = "", role = "", text = ""]) => ({
      kind,
      role,
      text: text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity),
    }),
  );
}
