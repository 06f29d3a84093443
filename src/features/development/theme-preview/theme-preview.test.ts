// Runs on one engine: the page does not touch the database.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sendRaw } from "../../../../test/attacks/raw-http.ts";
import { type TestApp, testApp } from "../../../../test/person.ts";

const paths = ["/dev/theme", "/dev/theme.css", "/dev/theme/email"];

describe("theme preview", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.close());

  const opens = async (path: string) => (await app.person().opens(path)).html;

  it("theme preview: every choice is a link, which keeps the other choices", async () => {
    const html = await opens("/dev/theme?theme=ink&dir=rtl");
    const links = [...html.matchAll(/href="\/dev\/theme\?([^"]+)"(?: aria-current="true")?>/g)].map(([, query = ""]) =>
      query.replaceAll("&amp;", "&"),
    );
    expect(links).toContain("theme=clay&density=site&scheme=auto&dir=rtl");
    expect(links).toContain("theme=ink&density=compact&scheme=auto&dir=rtl");
    expect(html.match(/aria-current="true"/g)).toHaveLength(4);
    expect(html).toContain('<link rel="stylesheet" href="/dev/theme.css?theme=ink&amp;density=site&amp;scheme=auto&amp;dir=rtl">');
  });

  it("theme preview: its style sheet has every property of the theme, the density, the color scheme and the direction", async () => {
    const css = await opens("/dev/theme.css?theme=ink&density=compact&scheme=dark&dir=rtl");
    expect(css).toContain("--latchkey-background:light-dark(#ffffff,#0b0b0b);");
    expect(css).toContain("--latchkey-danger:light-dark(");
    expect(css).toContain("--latchkey-radius:0px;");
    expect(css).toContain("--latchkey-density:0.6;color-scheme:dark;direction:rtl");
    expect(await opens("/dev/theme.css?theme=default")).toMatch(/--latchkey-radius:10px;--latchkey-font:system-ui,/);
    expect(await opens("/dev/theme.css")).not.toContain("--latchkey");
  });

  it("theme preview: an email is shown in a frame, in the theme, the color scheme and the direction", async () => {
    const page = await app.person().opens("/dev/theme?theme=ink&scheme=dark&dir=rtl");
    expect(page.headers.get("content-security-policy")).toContain("frame-src 'self'");
    const src = /<iframe src="([^"]+)"/.exec(page.html)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const email = await app.person().opens(src);
    expect([email.status, email.headers.get("content-security-policy")]).toEqual([200, expect.stringContaining("; sandbox ")]);
    const ink = "#0b0b0b";
    expect(email.html).toMatch(new RegExp(`<body class="page" style="[^"]*background-color:${ink}`));
    expect(email.html).toContain('dir="rtl"');
    expect(email.html).toContain(">123456<");
    expect(await opens("/dev/theme/email?theme=ink&scheme=light")).not.toContain(ink);
    expect(await opens("/dev/theme/email")).toContain('bgcolor="#f7f7f5"');
  });

  it("theme preview: unknown values are ignored, and nothing of them is shown", { tags: ["asvs-1.2.1"] }, async () => {
    for (const path of paths) {
      const hostile = await opens(`${path}?theme=};body{display:none&density=<script>&dir=constructor&scheme=__proto__`);
      expect(hostile).toBe(await opens(path));
    }
  });

  it("theme preview: a deployment and other machines get 404", { tags: ["asvs-13.4.2"] }, async () => {
    const deployed = await testApp({ NODE_ENV: "production", BASE_URL: "https://accounts.example.test" });
    for (const path of paths) {
      expect((await deployed.person().opens(path)).status).toBe(404);
      expect((await sendRaw(app.url, { path, headers: [["Host", "accounts.example.test"]] })).status).toBe(404);
      expect((await sendRaw(app.url, { path, headers: [["Host", "localhost:5000"]] })).status).toBe(200);
    }
    await deployed.close();
  });
});
