/** Tests `wordsOutside` and the pseudo-language. */
// Runs on one engine: it tests texts.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "./person.ts";
import { type Rendered, wordsOutside } from "./pseudo.ts";
import { pseudoText } from "./pseudo-language.ts";

const m = pseudoText;
const found = (rendered: Rendered, data?: readonly string[]) => wordsOutside(rendered, data).map(({ where, text }) => `${where} ${text}`);

describe("text outside of messages", () => {
  it.each([
    ["a text", `<p>${m("Hello")} <b>there</b></p>`, "<b> there"],
    ["a text after an element", `<p>${m("a")}<br>bare</p>`, "<p> bare"],
    ["a title of a page", `<!DOCTYPE html><title>Log in · ${m("x")}</title>`, `<title> Log in · ${m("x")}`],
    ["a title", `<button title="Log out">${m("x")}</button>`, "title Log out"],
    ["an alternative text", '<img src="/logo.png" alt="Our logo">', "alt Our logo"],
    ["a placeholder", "<input type='text' placeholder='Your name'>", "placeholder Your name"],
    ["a label for screen readers", '<nav aria-label="Main"></nav>', "aria-label Main"],
    ["a button's value", '<input type="submit" value="Go on">', "value Go on"],
    ["a description", '<meta name="description" content="A page">', "content A page"],
    ["a text for a script", '<input data-text-weak="Weak">', "data-text-weak Weak"],
    ["an entity", `<p>${m("a")} &amp; isn&#39;t</p>`, `<p> ${m("a")} & isn't`],
    ["a sentence glued to a message", `<p>${m("Hello")}, ada</p>`, `<p> ${m("Hello")}, ada`],
  ])("wordsOutside: finds %s", (_, markup, expected) => {
    expect(found(markup)).toEqual([expected]);
  });

  it.each([
    [
      "scripts, styles and comments",
      "<script>let a = 1;</script><style>a { color: red }</style><!-- a comment --><svg><title>key</title></svg>",
    ],
    [
      "attributes and values that are not shown",
      '<form action="/login" class="wide"><input type="hidden" name="next" value="/dashboard"></form>',
    ],
    ["digits and punctuation", "<p>10:30 – 42 %</p>"],
  ])("wordsOutside: ignores %s", (_, markup) => {
    expect(found(markup)).toEqual([]);
  });

  it("wordsOutside: ignores the given user data and nothing else", () => {
    const page = `<p>${pseudoText("Hello {name}").replace("{name}", "ada")} &lt;ada@example.com&gt;</p>`;
    expect(found(page, ["ada", "ada@example.com"])).toEqual([]);
    expect(found(page, ["ada"])).toHaveLength(1);
  });

  it("wordsOutside: checks the subject, text and HTML of an email, but not its links", () => {
    const email = { subject: "Verify", text: `${m("Open")}: https://example.com/verify?token=abc\n\nBye`, html: "<p>Hello</p>" };
    expect(found(email)).toEqual(["subject Verify", "text Bye", "<p> Hello"]);
  });

  it("wordsOutside: checks messages and field errors of JSON at any depth", () => {
    const body = {
      error: { code: "invalid", message: "Wrong", fields: { email: "Enter it", password: m("Enter it") } },
      user: { email: "a@b" },
    };
    expect(found(body)).toEqual(["error.message Wrong", "error.fields.email Enter it"]);
    expect(found({ status: "check-email", list: [{ message: "No" }] })).toEqual(["list.0.message No"]);
  });
});

describe("pseudo-language", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({}, { locale: "pseudo" });
  });
  afterAll(() => app.close());

  it("pseudo-language: messages are accented, and names in them are not", async () => {
    const ada = app.person();
    await ada.opens("/dashboard");
    expect((await ada.opens("/login")).html).toContain(`<p>${m("Please log in to access this page.")}</p>`);
    await ada.isLoggedIn({ next: "/settings" });
    const flash = /<div class="flash[\s\S]*?<\/div>/.exec((await ada.opens("/settings")).html)?.[0] ?? "";
    expect(flash).toContain(m("Welcome, {name}!").replace("{name}", "ada"));
    expect(wordsOutside(flash, ["ada"])).toEqual([]);
    expect(wordsOutside(flash)).toHaveLength(1);
  });
});
