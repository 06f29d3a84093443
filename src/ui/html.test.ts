// Runs on one engine: it is independent of the database.
import fc from "fast-check";
import { html as honoHtml, raw } from "hono/html";
import { describe, expect, it } from "vitest";
import { at, complete, html, type Renderable, wordAt } from "./html.ts";

describe("HTML template", () => {
  it("HTML template: text is escaped in elements and attributes", { tags: ["asvs-1.2.1"] }, () => {
    const input = `<img src=x onerror="alert('1')">&amp;`;
    expect(String(html`<p title="${input}">${input}</p>`)).toBe(
      `<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;">&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;</p>`,
    );
  });

  it("HTML template: escaped text contains no markup characters and can be decoded again", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("<", ">", "&", '"', "'", "a", "é", "\u{1f512}") }), (text) => {
        const escaped = String(html`${text}`);
        expect(escaped).not.toMatch(/[<>"']/);
        const decoded = escaped
          .replaceAll("&lt;", "<")
          .replaceAll("&gt;", ">")
          .replaceAll("&quot;", '"')
          .replaceAll("&#39;", "'")
          .replaceAll("&amp;", "&");
        expect(decoded).toBe(text);
      }),
    );
  });

  it("HTML template: nested markup and lists are not escaped; null, undefined and booleans render nothing", () => {
    const rows: Renderable[] = ["<", html`<b>${"&"}</b>`, [html`<i></i>`, 0, null]];
    expect(String(html`${rows}${undefined}${null}${true}${false}${7}`)).toBe("&lt;<b>&amp;</b><i></i>07");
  });

  it("HTML template: other objects are escaped, even with a truthy isEscaped", () => {
    const hostile = { toString: () => "<script>", isEscaped: "yes" };
    expect(String(html`${hostile as never}`)).toBe("&lt;script&gt;");
    expect(String(html`${new Date(0).toISOString()}${{} as never}`)).toBe("1970-01-01T00:00:00.000Z[object Object]");
  });

  it("HTML template: markup of Hono's templates is not escaped, nor the other way round", async () => {
    expect(String(html`<p>${raw("<b></b>") as never}</p>`)).toBe("<p><b></b></p>");
    expect(String(await honoHtml`<p>${html`<b>${"<"}</b>`}</p>`)).toBe("<p><b>&lt;</b></p>");
  });

  it("HTML template: text cannot contain placeholders of links and words", { tags: ["asvs-1.2.1"] }, () => {
    const words = [html`${"<Error>"}`, html`Show`];
    const page = html`<a href="${at("/login?a=1&b=2")}">${wordAt(1)}</a> ${"\0\u0001"}${wordAt(0)}`;
    expect(String(complete(page, "/auth", words))).toBe('<a href="/auth/login?a=1&amp;b=2">Show</a> \u0001&lt;Error&gt;');
  });
});
