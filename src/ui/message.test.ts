// Runs on one engine: it is independent of the database.
import { describe, expect, it } from "vitest";
import { html as markup } from "./html.ts";
import { type EmailProps, type EmailWords, renderEmail } from "./message.ts";

const complete: EmailProps = {
  siteName: "The Reading Room",
  subject: "Verify your email",
  name: "Ada",
  paragraphs: ["Enter this code:"],
  code: "012345",
  action: { text: "Verify email", url: "https://reading.example/verify-email/confirm?token=abc&x=1" },
  after: ["The code expires in 10 minutes."],
  footer: { text: "This wasn’t me", url: "https://reading.example/report-compromise?token=def" },
};

const words: EmailWords = {
  locale: "en",
  direction: "ltr",
  greeting: "Hello Ada,",
  copyLink: (url) => markup`Or copy this link into your browser: ${url}`,
};

describe("email", () => {
  it("email: plain text and HTML have the same content", () => {
    const { subject, text, html } = renderEmail(complete, words);
    expect(subject).toBe("Verify your email");
    expect(text).toMatchInlineSnapshot(`
      "Hello Ada,

      Enter this code:

          012345

      Verify email:
      https://reading.example/verify-email/confirm?token=abc&x=1

      The code expires in 10 minutes.

      This wasn’t me:
      https://reading.example/report-compromise?token=def

      — The Reading Room
      "
    `);
    expect(html).toMatchInlineSnapshot(`
      "<!DOCTYPE html>
      <html lang="en">
      <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Verify your email</title></head>
      <body style="margin:0;padding:24px;font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif">
      <div style="max-width:520px;margin:0 auto">
      <p style="margin:0 0 24px;font-weight:700">The Reading Room</p>
      <p style="margin:0 0 16px">Hello Ada,</p>
      <p style="margin:0 0 16px">Enter this code:</p>
      <p style="margin:0 0 16px;font:700 28px/1.2 ui-monospace,Menlo,Consolas,monospace;letter-spacing:4px">012345</p>
      <p style="margin:0 0 16px"><a href="https://reading.example/verify-email/confirm?token=abc&amp;x=1" style="display:inline-block;padding:12px 22px;border-radius:10px;background:#1f5c57;color:#ffffff;text-decoration:none;font-weight:650">Verify email</a></p>
      <p style="margin:0 0 16px;font-size:14px">Or copy this link into your browser: <span style="word-break:break-all">https://reading.example/verify-email/confirm?token=abc&amp;x=1</span></p>
      <p style="margin:0 0 16px">The code expires in 10 minutes.</p>
      <p style="margin:24px 0 0;padding-top:16px;border-top:1px solid #999999;font-size:14px"><a href="https://reading.example/report-compromise?token=def">This wasn’t me</a></p>
      </div>
      </body>
      </html>"
    `);
  });

  it("email: without link, code and footer contains only its paragraphs", () => {
    const props = { siteName: "The Reading Room", subject: "Hello", name: "", paragraphs: ["One sentence."] };
    const { text, html } = renderEmail(props, { ...words, locale: "de", greeting: "Hello," });
    expect(html).toContain('<html lang="de">');
    expect(text).toBe("Hello,\n\nOne sentence.\n\n— The Reading Room\n");
    expect(html).toContain(">Hello,</p>");
    expect(html).not.toMatch(/<a |undefined/);
  });

  it("email: markup is escaped in each part", { tags: ["asvs-1.2.1"] }, () => {
    const evil = `"><img src=x onerror=alert(1)>'`;
    const link = { text: evil, url: `https://reading.example/"${evil}` };
    const { html } = renderEmail(
      {
        siteName: evil,
        subject: evil,
        name: evil,
        paragraphs: [evil],
        code: evil,
        action: link,
        after: [evil],
        footer: link,
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

const expectedTags = ["html", "head", "meta", "title", "body", "div", "p", "a", "span"];
