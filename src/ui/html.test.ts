// Runs on one engine: it opens no database.
import fc from "fast-check";
import { html as honos, raw } from "hono/html";
import { describe, expect, it } from "vitest";
import { at, complete, html, type Shown, wordAt } from "./html.ts";

describe("a page's template", () => {
  it("puts in as text whatever is not markup already", { tags: ["asvs-1.2.1"] }, () => {
    const typed = `<img src=x onerror="alert('1')">&amp;`;
    expect(String(html`<p title="${typed}">${typed}</p>`)).toBe(
      `<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;">&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;</p>`,
    );
  });

  it("lets no text begin a tag or end an attribute, and loses none of it", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("<", ">", "&", '"', "'", "a", "é", "\u{1f512}") }), (text) => {
        const shown = String(html`${text}`);
        expect(shown).not.toMatch(/[<>"']/);
        const back = shown
          .replaceAll("&lt;", "<")
          .replaceAll("&gt;", ">")
          .replaceAll("&quot;", '"')
          .replaceAll("&#39;", "'")
          .replaceAll("&amp;", "&");
        expect(back).toBe(text);
      }),
    );
  });

  it("takes markup as it is, alone and in lists of lists, and shows nothing of what is missing, true or false", () => {
    const rows: Shown[] = ["<", html`<b>${"&"}</b>`, [html`<i></i>`, 0, null]];
    expect(String(html`${rows}${undefined}${null}${true}${false}${7}`)).toBe("&lt;<b>&amp;</b><i></i>07");
  });

  it("takes anything else for text, whatever it says of itself", () => {
    const sly = { toString: () => "<script>", isEscaped: "yes" };
    expect(String(html`${sly as never}`)).toBe("&lt;script&gt;");
    expect(String(html`${new Date(0).toISOString()}${{} as never}`)).toBe("1970-01-01T00:00:00.000Z[object Object]");
  });

  it("and Hono's know each other's markup", async () => {
    expect(String(html`<p>${raw("<b></b>") as never}</p>`)).toBe("<p><b></b></p>");
    expect(String(await honos`<p>${html`<b>${"<"}</b>`}</p>`)).toBe("<p><b>&lt;</b></p>");
  });

  it("leaves links and words to the layout, which no text can imitate", { tags: ["asvs-1.2.1"] }, () => {
    const words = [html`${"<Error>"}`, html`Show`];
    const page = html`<a href="${at("/login?a=1&b=2")}">${wordAt(1)}</a> ${"\0\u0001"}${wordAt(0)}`;
    expect(String(complete(page, "/auth", words))).toBe('<a href="/auth/login?a=1&amp;b=2">Show</a> \u0001&lt;Error&gt;');
  });
});
