/** Tests what every kind of email has in common: headers, frame and text part. */
// Runs on one engine: what it tests does not touch the database.
import { HtmlValidate } from "html-validate";
import { beforeAll, describe, expect, it } from "vitest";
import { readSettings } from "../../src/config/load.ts";
import { emailSource } from "../../src/core/mail/mailer.ts";
import { declaredKinds, everyKind, type KindOfEmail, postalAddress, siteName } from "./every-kind.ts";

/** Rules for pages that emails must break, for old mail clients. */
const forOldClients = {
  "no-inline-style": "off",
  "no-deprecated-attr": "off",
  "no-conditional-comment": "off",
  "prefer-tbody": "off",
  "presentation-role-style": "off",
} as const;
const markup = new HtmlValidate({ extends: ["html-validate:recommended"], rules: forOldClients });

describe("every kind of email", () => {
  let emails: ReadonlyMap<string, KindOfEmail>;
  beforeAll(async () => {
    emails = await everyKind();
  });
  const sent = (kind: string): KindOfEmail => {
    const email = emails.get(kind);
    if (!email) throw new Error(`No ${kind} was sent.`);
    return email;
  };

  it.each(declaredKinds())("email %s: is marked as automatic, and has no header of a mailing list", async (kind) => {
    const source = await emailSource(readSettings({ SITE_NAME: siteName }), sent(kind), "an-id");
    const headers = source.slice(0, source.indexOf("\n\n"));
    expect(headers).toMatch(/^Auto-Submitted: auto-generated$/m);
    expect(headers).toMatch(/^Message-ID: <an-id@localhost>$/m);
    expect(headers).not.toMatch(/^(?:List-|Precedence|Feedback-ID)/im);
  });

  it.each(declaredKinds())("email %s: begins with its essence, has one heading, at most one button, a reason and the address", (kind) => {
    const { html, text, subject } = sent(kind);
    const preheader = /<div style="display:none[^"]*">([^&]*)/.exec(html.replaceAll("&#39;", "'").replaceAll("&quot;", '"'))?.[1] ?? "";
    const code = /^ {4}(\d{6})$/m.exec(text)?.[1];
    expect(preheader.length).toBeGreaterThan(30);
    if (code !== undefined) expect(preheader.startsWith(code)).toBe(true);
    expect([...html.matchAll(/<h1[^>]*>([^<]*)/g)].map(([, heading]) => heading?.replaceAll("&#39;", "'"))).toEqual([subject]);
    expect([...html.matchAll(/<td class="(?:button|secondary)"/g)].length).toBeLessThanOrEqual(1);
    for (const part of [html.replaceAll("&#39;", "'"), text.replaceAll("\n", " ")]) {
      expect(part).toContain("You're receiving this because ");
      expect(part).toContain(postalAddress);
    }
  });

  it.each(declaredKinds())(
    "email %s: the text part has lines of 76 characters at most, apart from links, and says all that the HTML says",
    (kind) => {
      const { html, text } = sent(kind);
      for (const line of text.split("\n")) expect(/^https?:\S+$/.test(line) || line.length <= 76, line).toBe(true);
      const inOneLine = text.replaceAll(/\s+/g, " ");
      const said = [...html.matchAll(/<(?:p|th|a|bdi)\b[^>]*>([^<]+)</g)].map(([, each = ""]) => each.replaceAll("&#39;", "'").trim());
      for (const each of said.filter((words) => !words.startsWith("Or copy this link"))) expect(inOneLine).toContain(each);
    },
  );

  it.each(declaredKinds())("email %s: the HTML is valid, needs no image, no script and no other host", (kind) => {
    const { html } = sent(kind);
    const report = markup.validateStringSync(html);
    expect(report.results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId}: ${message}`))).toEqual([]);
    expect(html).not.toMatch(/<(?:img|script|link|form)\b|url\(|@import/);
    expect([...html.matchAll(/href="([^"]+)"/g)].filter(([, url]) => !url?.startsWith("http://localhost:5050/"))).toEqual([]);
  });
});
