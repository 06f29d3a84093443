/** Attack: markup, control characters and header injection in every form field. */
import { afterAll, describe, expect, it } from "vitest";
import { hasInvisible } from "../../src/platform/typed-text.ts";
import { type Answer, type Person, testApp } from "../person.ts";
import { databaseContents } from "./database-contents.ts";
import { formPaths, type OpenForm, openForm } from "./forms.ts";

const unlimited = { LIMIT_LOGIN_PER_ACCOUNT: "100000/1h", LIMIT_LOGIN_PER_IP: "100000/1h", LIMIT_SIGNUP_PER_IP: "100000/1h" };
const app = await testApp({ ...unlimited, TOKEN_AUDIENCES: "api" });
afterAll(() => app.close());

/** Part of every hostile value, to search for in the log. */
const mark = "zq7probe";

const markup = [
  `<script>${mark}()</script>`,
  `"><img src=x onerror=${mark}()>`,
  `' autofocus onfocus=${mark}() x='`,
  `" autofocus onfocus="${mark}()`,
  `</title></textarea></style></script><svg onload=${mark}()>`,
  `javascript:/*--></title></style></textarea></script><svg/onload='+/"/+/onmouseover=1/+/[*/[]/+${mark}()//'>`,
  `<!--${mark}--><b>`,
  `&lt;b&gt;${mark}&#x3c;i&#x3e;`,
  `\${${mark}} {{${mark}}} <%= ${mark} %> #{${mark}}`,
  `' or 1=1; drop table users; -- ${mark}`,
];

const invisible = [
  `${mark}\0`,
  `\0${mark}`,
  `${mark}\u202e\u2066gpj.exe`,
  `${mark}\u200b\u200d\ufeff\u00ad\u2060x`,
  `${mark}\r\nSet-Cookie: x=1`,
  `${mark}\n\n<p>`,
  `${mark}\u2028\u2029\u0085\u001b[31m`,
  `${mark}\ufffe\u{10ffff}\u{e0041}`,
];

const oddTexts = [
  `__proto__ ${mark}`,
  `constructor ${mark}`,
  `=cmd|' /C ${mark}'!A0`,
  `${mark} ${"a".repeat(30_000)}`,
  `${mark} ${"́".repeat(10_000)}`,
  "💥".repeat(5_000) + mark,
];

/** Emails that inject headers or name several recipients. */
const hostileEmails = [
  `a@example.com\r\nBcc: ${mark}@evil.test`,
  `a@example.com%0d%0aBcc:${mark}@evil.test`,
  `a@example.com,${mark}@evil.test`,
  `a@example.com;${mark}@evil.test`,
  `a@example.com ${mark}@evil.test`,
  `${mark}@evil.test,a@example.com`,
  `a@${mark}.test@example.com`,
  `<${mark}@evil.test>`,
  `"${mark} <x@evil.test>" <a@example.com>`,
  `"${mark}\\"@evil.test"@example.com`,
  `${mark}(comment)@example.com`,
  `${mark}@[127.0.0.1]`,
  `${mark}@127.0.0.1`,
  `${mark}@localhost`,
  `${mark}@example..com`,
  `${mark}@-example.com`,
  `${mark}@exam_ple.com`,
  `.${mark}@example.com`,
  `${mark}..x@example.com`,
  `@${mark}.test`,
  `${mark}@`,
  `${"a".repeat(65)}${mark}@example.com`,
  `${mark}@${"a".repeat(64)}.com`,
  `${mark}@${"a.".repeat(130)}com`,
  `${mark}@example.com\0`,
  `${mark}\u202e@example.com`,
  `${mark}@exa\u200bmple.com`,
];

/** Valid fields with a wrong password, so that a login gets 401. */
function withWrongPassword({ fields }: OpenForm): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, name.includes("password") ? "a wrong password" : value]));
}

interface Sent {
  readonly what: string;
  readonly value: string;
  readonly answer: Answer;
}

/** Submits a form once for each field and hostile value. */
async function submitHostileValues(person: Person, form: OpenForm, values: readonly string[]): Promise<Sent[]> {
  const sent: Sent[] = [];
  const good: Record<string, string> = { ...withWrongPassword(form), csrf_token: form.token };
  for (const name of Object.keys(good)) {
    // An unsafe page to return to is dropped, and would not stop a sign-up.
    const others = name === "next" && "email" in good ? { ...good, email: "" } : good;
    for (const value of values) {
      const what = `${form.path} ${name} ${JSON.stringify(value.slice(0, 60))}`;
      sent.push({ what, value, answer: await person.posts(form.path, { ...others, [name]: value }) });
      // API clients without a session need no CSRF token.
      if (name === "csrf_token") continue;
      sent.push({ what: `${what} as JSON`, value, answer: await program.sendsJson(form.path, { ...others, [name]: value }) });
    }
  }
  return sent;
}

/** An API client without a session, which needs no CSRF token. */
const program = app.person({ username: "program" });

const open: { path: string; person: Person; form: OpenForm }[] = [];
for (const path of formPaths(app)) {
  const person = app.person({ username: `typist${open.length}` });
  const form = await openForm(person, path, `${path}?next=/dashboard`);
  if (form) open.push({ path, person, form });
}

/** Tags and attributes of a page, to which no value may add. */
function shape(html: string): Set<string> {
  const tags = [...html.matchAll(/<([a-z!/][^\s>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>/gi)];
  return new Set(
    tags.flatMap(([, tag = "", rest = ""]) => [
      tag,
      ...[...rest.matchAll(/([^\s=]+)(?:=(?:"[^"]*"|\S+))?/g)].map(([, name]) => `${tag} ${name}`),
    ]),
  );
}

describe.each(open)("hostile input in the form $path", ({ path, person, form }) => {
  it("hostile input: rejected, and changes no markup, header or data", { tags: ["asvs-1.2.1", "asvs-2.2.1"] }, async () => {
    const expectedShape = new Set<string>();
    const blank = Object.fromEntries(Object.keys(form.fields).map((name) => [name, ""]));
    for (const fields of [blank, withWrongPassword(form), { ...withWrongPassword(form), username: "?", email: "?" }]) {
      for (const csrf_token of [form.token, ""]) {
        for (const part of shape((await person.posts(path, { ...fields, csrf_token })).html)) expectedShape.add(part);
      }
    }
    const before = await withoutLimits();
    const wrong: string[] = [];
    for (const { what, value, answer } of await submitHostileValues(person, form, [...markup, ...invisible, ...oddTexts])) {
      if (![401, 403, 422].includes(answer.status)) wrong.push(`${what}: ${answer.status}`);
      if ([...answer.headers.values()].some((header) => header.includes(mark)) || answer.setCookies.has("x"))
        wrong.push(`${what}: in a header`);
      if (answer.headers.get("content-type")?.startsWith("application/json")) continue;
      const added = [...shape(answer.html)].filter((part) => !expectedShape.has(part));
      if (added.length > 0) wrong.push(`${what}: adds ${added.join()}`);
      if (/[<>"]/.test(value) && answer.html.includes(value)) wrong.push(`${what}: is not escaped`);
    }
    expect(wrong).toEqual([]);
    expect(await withoutLimits()).toEqual(before);
  });

  it("hostile input: the log contains none of it", { tags: ["asvs-16.2.5"] }, async () => {
    app.resetRecords();
    await submitHostileValues(person, form, [markup[0] ?? "", invisible[0] ?? "", invisible[4] ?? "", hostileEmails[0] ?? ""]);
    await person.opens(`${path}?next=/${mark}&email=${mark}@example.com`);
    await person.opens(`/${mark}`);
    expect(app.lines.length).toBeGreaterThan(0);
    expect(JSON.stringify(app.lines)).not.toContain(mark);
  });
});

/** All rows except rate limits and events, which attempts may change. */
async function withoutLimits(): Promise<string[]> {
  return (await databaseContents(app.s)).filter((row) => !/^(?:rate_limits|audit) /.test(row));
}

describe("hostile emails", () => {
  it("hostile emails: a sign-up gets 422", { tags: ["asvs-1.3.11"] }, async () => {
    const before = await withoutLimits();
    const accepted: string[] = [];
    for (const email of hostileEmails) {
      const person = app.person({ username: "mailer" });
      const [asForm, asJson] = [await person.signsUp({ email }), await person.sendsJson("/signup", signup(email))];
      if (asForm.status !== 422 || asJson.status !== 422) accepted.push(`${email}: ${asForm.status} ${asJson.status}`);
    }
    expect(accepted).toEqual([]);
    expect(await withoutLimits()).toEqual(before);
  });

  it("hostile emails: a login gets 401, or 422 for invisible characters", async () => {
    const person = app.person({ username: "mailer" });
    for (const email of hostileEmails) expect((await person.logsIn({ email })).status, email).toBe(hasInvisible(email) ? 422 : 401);
  });
});

function signup(email: string) {
  return { username: "mailer", email, password: "a harbour at dusk", confirm_password: "a harbour at dusk" };
}

describe("valid input like markup", () => {
  it("valid input like markup: escaped on the dashboard", { tags: ["asvs-1.2.1"] }, async () => {
    const email = `o'brien&lt;b&gt;=+{{7*7}}@example.com`;
    const odd = await app.person({ username: "obrien", email: `o'brien&sons={{7*7}}@example.com` }).isLoggedIn();
    const { html, text } = await odd.opens("/dashboard");
    expect(text).toContain(odd.identity.email);
    expect(html).toContain("o&#39;brien&amp;sons={{7*7}}@example.com");
    expect(html).not.toContain("brien&sons");
    expect((await app.person({ username: "entity", email }).signsUp()).status).toBe(422);
  });

  it("valid input like markup: escaped in the form", { tags: ["asvs-1.2.1"] }, async () => {
    const typed = `"o'brien" <b>&amp;@example.com`;
    const { html } = await app.person({ username: "again" }).signsUp({ email: typed });
    expect(html).toContain('value="&quot;o&#39;brien&quot; &lt;b&gt;&amp;amp;@example.com"');
  });
});
