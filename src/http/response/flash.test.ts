// Runs on one engine: it is independent of the database.
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

const messages = defineMessages("flashing", { welcome: "Welcome, {name}!", until: "Open until {date}, {count} left." });

/** Flashes that the next request to `/signup` or `/login` adds. */
let nextFlashes: Flash[] = [];
/** Whether `/` throws. */
let isBroken = false;
const addFlashes = (c: Parameters<typeof flash>[0]) => {
  for (const { kind, message } of nextFlashes) {
    if (typeof message === "string") flashSentence(c, kind, message);
    else flash(c, kind, message);
  }
};

/** Adds flashes and redirects (`/signup`), adds and shows them (`/login`), or only shows them (`/`), all without login. */
const flashing: Feature = {
  name: "flashing",
  routes: (app) => {
    app.page(
      "/signup",
      (c) => {
        addFlashes(c);
        return redirect(c, "/");
      },
      { access: "public" },
    );
    app.page(
      "/login",
      (c) => {
        addFlashes(c);
        return { title: "Same page", body: html`<h1>Same page</h1>` };
      },
      { access: "public" },
    );
    app.page(
      "/",
      () => {
        if (isBroken) throw new Error("broken");
        return { title: "Next", body: html`<h1>Next</h1>`, json: {} };
      },
      { access: "public" },
    );
  },
};

describe("flash message", () => {
  let app: TestApp;
  let hono: ReturnType<typeof createApp>;
  beforeAll(async () => {
    app = await testApp({}, { translations: createTranslations([messages]) });
    hono = createApp(app.s, [flashing]);
  });
  afterAll(() => app.close());

  /** Returns a function that requests pages and keeps cookies. */
  function browser(cookies = new Map<string, string>()) {
    return async (path: string, accept = "text/html") => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await hono.request(path, { headers: { accept, ...(cookie ? { cookie } : {}) } });
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (/max-age=0/i.test(line)) cookies.delete(name);
        else cookies.set(name, value);
      }
      const page = await response.text();
      return { status: response.status, page, shown: shownIn(page), setCookies: response.headers.getSetCookie() };
    };
  }

  it.each([
    ["success", "status"],
    ["info", "status"],
    ["warning", "alert"],
    ["danger", "alert"],
  ] as const)("flash message: the kind %s has the role %s", async (kind, role) => {
    const open = browser();
    nextFlashes = [flashOf(kind, "It is so.")];
    await open("/signup");
    expect((await open("/")).shown).toEqual([{ kind, role, text: "It is so." }]);
  });

  it("flash message: is kept for the next page after a server error", async () => {
    const open = browser();
    nextFlashes = [flashOf("success", "Welcome, {name}!")];
    await open("/signup");
    isBroken = true;
    const { status, shown } = await open("/");
    isBroken = false;
    expect([status, shown]).toEqual([500, []]);
    expect((await open("/")).shown).toHaveLength(1);
  });

  it("flash message: is shown once, in the order of adding", async () => {
    const open = browser();
    nextFlashes = [flashOf("info", "First."), flashOf("danger", "Second."), flashOf("info", "Third.")];
    expect((await open("/signup")).status).toBe(303);
    expect((await open("/")).shown.map(({ text }) => text)).toEqual(["First.", "Second.", "Third."]);
    expect((await open("/")).shown).toEqual([]);
  });

  it("flash message: is shown on the page that adds it, without a cookie", async () => {
    const open = browser();
    nextFlashes = [flashOf("info", "Here.")];
    const page = await open("/login");
    expect(page.shown.map(({ text }) => text)).toEqual(["Here."]);
    expect(page.setCookies.filter((line) => line.includes("flash"))).toEqual([]);
    expect((await open("/")).shown).toEqual([]);
  });

  it("flash message: is kept through several redirects, together with the ones they add", async () => {
    const open = browser();
    for (const text of ["One.", "Two."]) {
      nextFlashes = [flashOf("info", text)];
      await open("/signup");
    }
    nextFlashes = [flashOf("info", "Three.")];
    expect((await open("/login")).shown.map(({ text }) => text)).toEqual(["One.", "Two.", "Three."]);
    expect((await open("/")).shown).toEqual([]);
  });

  it("flash message: is shown on a 404 page", async () => {
    const open = browser();
    nextFlashes = [flashOf("warning", "Seen.")];
    await open("/signup");
    const missing = await open("/no/such/page");
    expect([missing.status, missing.shown.map(({ text }) => text)]).toEqual([404, ["Seen."]]);
    expect((await open("/")).shown).toEqual([]);
  });

  it("flash message: is kept after a JSON request", async () => {
    const open = browser();
    nextFlashes = [flashOf("info", "Still here.")];
    await open("/signup");
    await open("/", "application/json");
    await open("/healthz");
    expect((await open("/")).shown.map(({ text }) => text)).toEqual(["Still here."]);
  });

  it("flash message: is shown only in the browser that caused it", async () => {
    nextFlashes = [flashOf("info", "Mine.")];
    await browser()("/signup");
    expect((await browser()("/")).shown).toEqual([]);
  });

  it("flash message: contains the display name, which the cookie does not", { tags: ["asvs-14.3.3"] }, async () => {
    const ada = await app.person({ username: "Ada.Lovelace" }).isLoggedIn();
    const open = browser(ada.cookies);
    await open("/");
    nextFlashes = [flashOf("success", "Welcome, {name}! It is {name} and $& and $1.")];
    await open("/signup");
    for (const [, value] of ada.cookies) expect(Buffer.from(value, "base64url").toString()).not.toContain("Lovelace");
    expect((await open("/")).shown.map(({ text }) => text)).toEqual(["Welcome, Ada.Lovelace! It is Ada.Lovelace and $& and $1."]);
  });

  it("flash message: names, numbers and times are filled in when it is shown", {
    tags: ["asvs-14.3.3"],
  }, async () => {
    const ada = await app.person({ username: "Grace.Hopper" }).isLoggedIn();
    const open = browser(ada.cookies);
    await open("/");
    nextFlashes = [
      flashOf("success", message(messages, "welcome", { name: { reader: "displayName" } })),
      flashOf("info", message(messages, "until", { date: { instant: 0 }, count: 1_500 })),
    ];
    await open("/signup");
    for (const [, value] of ada.cookies) expect(Buffer.from(value, "base64url").toString()).not.toMatch(/Grace\.Hopper|Welcome, /);
    expect((await open("/")).shown.map(({ text }) => text)).toEqual([
      "Welcome, Grace.Hopper!",
      "Open until 1 January 1970 at 00:00 UTC, 1,500 left.",
    ]);
  });

  it("flash message: with a name is dropped after logout", async () => {
    const open = browser();
    nextFlashes = [flashOf("success", message(messages, "welcome", { name: { reader: "username" } })), flashOf("info", "Shown.")];
    await open("/signup");
    expect((await open("/")).shown.map(({ text }) => text)).toEqual(["Shown."]);
  });

  it("flash message: an unknown key or shape is ignored", async () => {
    for (const flashes of [[{ kind: "info", text: "Old." }], [{ kind: "info", message: { key: "flashing.gone" } }], {}]) {
      const { status, shown } = await browser(new Map([["latchkey_flash", seal(app.s.keyring, "flash", JSON.stringify(flashes))]]))("/");
      expect([status, shown]).toEqual([200, []]);
    }
  });

  it("flash message: markup is escaped", { tags: ["asvs-1.2.1", "asvs-3.2.2"] }, async () => {
    const open = browser();
    const text = `<img src=x onerror="alert(1)"> & '</p></div><script>alert(2)</script>`;
    nextFlashes = [flashOf("info", text)];
    await open("/signup");
    const { page, shown } = await open("/");
    expect(shown.map((each) => each.text)).toEqual([text]);
    expect(page).not.toMatch(/<img|alert\(2\)<\/script>/);
  });

  it("flash message: only the last five are kept, which fit into a cookie", { tags: ["asvs-3.3.5"] }, async () => {
    const open = browser();
    for (let i = 0; i < 100; i++) {
      nextFlashes = [flashOf("danger", `${"A sentence of more than three hundred characters. ".repeat(7)}${i}`)];
      for (const line of (await open("/signup")).setCookies) expect((line.split(";")[0] ?? "").length).toBeLessThanOrEqual(4_096);
    }
    expect((await open("/")).shown.map(({ text }) => text.replace(/^.*\. /, ""))).toEqual(["95", "96", "97", "98", "99"]);
  });

  it("flash message: a forged or changed cookie is ignored", { tags: ["asvs-9.1.1"] }, async () => {
    const sealed = seal(app.s.keyring, "flash", JSON.stringify([flashOf("info", "Genuine.")]));
    const forged = Buffer.from(JSON.stringify([flashOf("info", "Call this number.")])).toString("base64url");
    const shownWith = async (value: string) => (await browser(new Map([["latchkey_flash", value]]))("/")).shown.map(({ text }) => text);
    expect(await shownWith(sealed)).toEqual(["Genuine."]);
    for (const value of [forged, `${forged}.`, `${forged}.${sealed.split(".")[1]}`, sealed.slice(0, -1), `${sealed}A`, "", "null"])
      expect(await shownWith(value)).toEqual([]);
    expect(await shownWith(seal(app.s.keyring, "device", JSON.stringify([flashOf("info", "For another purpose.")])))).toEqual([]);
  });

  it("flash message: the cookie is expired after it was shown or if it is invalid", async () => {
    for (const value of [seal(app.s.keyring, "flash", JSON.stringify([flashOf("info", "Shown.")])), "nonsense"]) {
      const cookies = new Map([["latchkey_flash", value]]);
      await browser(cookies)("/");
      expect([...cookies.keys()]).toEqual([]);
    }
  });
});

function flashOf(kind: FlashKind, message: Flash["message"]): Flash {
  return { kind, message };
}

/** Returns the kind, ARIA role and text of each flash on a page. */
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
