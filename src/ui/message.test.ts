// Runs on one engine: it is independent of the database.
import { describe, expect, it } from "vitest";
import type { EmailProps, EmailWords } from "./email-props.ts";
import { html as markup } from "./html.ts";
import { renderEmail } from "./message.ts";

const complete: EmailProps = {
  siteName: "The Reading Room",
  subject: "Verify your email",
  name: "Ada",
  preheader: "012345 is your code.",
  paragraphs: ["Enter this code on the page where you signed up, and then continue to the reading list that you started."],
  details: [{ label: "When", value: "3 March 2026 at 09:05 UTC" }],
  code: "012345",
  action: { text: "Verify email", url: "https://reading.example/verify-email/confirm?token=abc&x=1" },
  after: ["The code expires in 10 minutes."],
  footer: { text: "This wasn’t me", url: "https://reading.example/report-compromise?token=def" },
  reason: "You're receiving this email because you signed up.",
  postalAddress: "Example Ltd, 1 Example Street",
};

const words: EmailWords = {
  locale: "en",
  direction: "ltr",
  greeting: "Hello Ada,",
  copyLink: (url) => markup`Or copy this link into your browser: ${url}`,
};

const textOf = (html: string) =>
  html
    .replaceAll(/<style>[\s\S]*?<\/style>|<title>.*<\/title>|<!--.*?-->|<div style="display:none[\s\S]*?<\/div>/g, "")
    .replaceAll(/<[^>]+>/g, "")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");

describe("email", () => {
  it("email: the text part is wrapped, with the code and each link on a line of its own", () => {
    expect(renderEmail(complete, words).text).toMatchInlineSnapshot(`
      "Hello Ada,

      Enter this code on the page where you signed up, and then continue to the
      reading list that you started.

      When: 3 March 2026 at 09:05 UTC

          012345

      Verify email:
      https://reading.example/verify-email/confirm?token=abc&x=1

      The code expires in 10 minutes.

      This wasn’t me:
      https://reading.example/report-compromise?token=def

      You're receiving this email because you signed up.

      — The Reading Room
      Example Ltd, 1 Example Street
      "
    `);
  });

  it("email: plain text and HTML have the same content in the same order", () => {
    const { subject, html } = renderEmail(complete, words);
    expect(subject).toBe("Verify your email");
    expect(
      textOf(html)
        .split("\n")
        .filter((line) => line !== ""),
    ).toMatchInlineSnapshot(`
      [
        "The Reading Room",
        "Verify your email",
        "Hello Ada,",
        "Enter this code on the page where you signed up, and then continue to the reading list that you started.",
        "When3 March 2026 at 09:05 UTC",
        "012345",
        "Verify email",
        "The code expires in 10 minutes.",
        "Or copy this link into your browser: https://reading.example/verify-email/confirm?token=abc&x=1",
        "This wasn’t me",
        "You're receiving this email because you signed up.",
        "Example Ltd, 1 Example Street",
      ]
    `);
  });

  it("email: the code is one word, which a click or double click selects", () => {
    const { html } = renderEmail(complete, words);
    expect(/<p class="code" dir="ltr"[^>]*><span style="[^"]*user-select:all">(.*?)<\/span><\/p>/.exec(html)?.[1]).toBe("012345");
  });

  it("email: the preheader is hidden at the beginning of the body", () => {
    const { html } = renderEmail(complete, words);
    expect(/<body[^>]*>\n<div style="display:none;[^"]*">([^&]*)(?:&#847;&#8204;&nbsp;){80}<\/div>/.exec(html)?.[1]).toBe(
      "012345 is your code.",
    );
  });

  it("email: without link, code and footer contains only its paragraphs and the reason", () => {
    const props = {
      siteName: "The Reading Room",
      subject: "Hello",
      name: "",
      preheader: "",
      paragraphs: ["One sentence."],
      reason: "Why.",
    };
    const { text, html } = renderEmail(props, { ...words, locale: "de", greeting: "" });
    expect(html).toContain('<html lang="de" dir="ltr">');
    expect(text).toBe("One sentence.\n\nWhy.\n\n— The Reading Room\n");
    expect(html).not.toMatch(/<a |undefined/);
  });

  it("email: without an action the footer's link is the last of the card, as a button with nothing below it", () => {
    const { html, text } = renderEmail({ ...complete, code: undefined, action: undefined, after: ["Was it you?"] }, words);
    const card = html.slice(html.indexOf('<td class="card'), html.indexOf('<td class="muted"'));
    expect(card).toMatch(
      /Was it you\?<\/p>\n<table [^>]*margin:4px 0 0"><tr><td class="secondary"[^>]*><a [^>]*>This wasn’t me<\/a>.*<\/table>\n\n<\/td>/,
    );
    expect(html.split("This wasn’t me")).toHaveLength(2);
    expect(text).toContain("Was it you?\n\nThis wasn’t me:\nhttps://reading.example/report-compromise?token=def\n\nYou're");
    const plain = renderEmail({ ...complete, code: undefined, action: undefined, after: [], footer: undefined }, words);
    expect(plain.html).toMatch(/margin:0 0 0px;font-size:15px/);
  });

  it("email: without its style sheet it is light, and every text has a color and a background", () => {
    const bare = renderEmail(complete, words).html.replaceAll(/<style>[\s\S]*?<\/style>/g, "");
    expect(bare).toMatch(/<td class="card text" [^>]*bgcolor="#ffffff" style="[^"]*background-color:#ffffff;[^"]*color:#16201f"/);
    expect(bare).toMatch(/<td class="button" [^>]*bgcolor="#1f5c57"[^>]*><a class="label" href="[^"]*" style="[^"]*color:#ffffff/);
  });

  it("email: a detail with isolated parts has the direction of the email, and any other its own", () => {
    const isolated = "\u2068Chrome\u2069 على \u2068Linux\u2069";
    const details = [isolated, "203.0.113.7"].map((value) => ({ label: "الجهاز", value }));
    const { html, text } = renderEmail({ ...complete, details }, { ...words, locale: "ar", direction: "rtl" });
    expect(html).toMatch(new RegExp(`anywhere">${isolated}</td>`));
    expect(html).toMatch(/anywhere"><bdi>203\.0\.113\.7<\/bdi><\/td>/);
    expect(text).toContain(`الجهاز: ${isolated}`);
  });

  it("email: in a right-to-left language texts begin at the right, while code and links stay left-to-right", () => {
    const { html } = renderEmail(complete, { ...words, locale: "ar", direction: "rtl" });
    expect(html).toContain('<html lang="ar" dir="rtl">');
    expect(html).not.toMatch(/align="left"|padding-right|margin-(?:left|right)/);
    expect(html).toMatch(/<td class="card text" align="right"/);
    expect(html).toMatch(/<p class="code" dir="ltr"/);
    expect(html).toMatch(/<span dir="ltr" [^>]*>https:/);
  });

  it("email: markup is escaped in each part", { tags: ["asvs-1.2.1"] }, () => {
    const evil = `"><img src=x onerror=alert(1)>'`;
    const link = { text: evil, url: `https://reading.example/"${evil}` };
    const { html } = renderEmail(
      {
        siteName: evil,
        subject: evil,
        name: evil,
        preheader: evil,
        paragraphs: [evil],
        details: [{ label: evil, value: evil }],
        code: evil,
        action: link,
        after: [evil],
        footer: link,
        reason: evil,
        postalAddress: evil,
      },
      { ...words, greeting: evil },
    );
    expect(html).not.toContain("<img");
    expect(html).not.toContain(`"https://reading.example/""`);
    expect([...html.matchAll(/<(\w+)/g)].map(([, tag]) => tag).filter((tag) => !expectedTags.includes(tag ?? ""))).toEqual([]);
  });

  it("email: line ends and control characters are removed from the subject", { tags: ["asvs-1.3.11"] }, () => {
    for (const end of ["\r\n", "\n", "\r", "\u2028", "\u2029", "\u0085", "\0", "\u202e"]) {
      const { subject } = renderEmail({ ...complete, subject: `Hello Ada${end}Bcc: eve@evil.test` }, words);
      expect(subject).toBe("Hello Ada Bcc: eve@evil.test");
    }
  });
});

const tables = ["table", "tr", "th", "td"];
const expectedTags = ["html", "head", "meta", "title", "style", "body", "div", "h1", "p", "a", "span", "bdi", ...tables];
