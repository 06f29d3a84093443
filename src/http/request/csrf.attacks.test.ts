/** Tests CSRF attacks on every form. */
// Runs on one engine: forged requests are rejected before any query; the forms are tested on each engine elsewhere.
import { randomBytes } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { databaseContents } from "../../../test/attacks/database-contents.ts";
import { formPaths, type OpenForm, openForm, readForm, shownValue } from "../../../test/attacks/forms.ts";
import { sendRaw } from "../../../test/attacks/raw-http.ts";
import { type Answer, type Person, testApp } from "../../../test/person.ts";

const app = await testApp({ BASE_URL: "http://app.test", LIMIT_SIGNUP_PER_IP: "1000/1h", TOKEN_AUDIENCES: "api" });
afterAll(() => app.close());
const mallory = await app.person({ username: "mallory" }).isLoggedIn();

/** An open form of a logged-out or logged-in browser. */
interface Target {
  readonly path: string;
  readonly by: string;
  readonly person: Person;
  readonly form: OpenForm;
}

async function targets(): Promise<Target[]> {
  const found: Target[] = [];
  for (const [i, path] of formPaths(app).entries()) {
    const anonymous = app.person({ username: `anonymous${i}` });
    const member = await app.person({ username: `member${i}` }).isLoggedIn();
    for (const [by, person] of Object.entries({ anonymous, "logged in": member })) {
      const form = await openForm(person, path);
      if (form) found.push({ path, by, person, form });
    }
  }
  return found;
}

interface Attack {
  readonly name: string;
  readonly send: (target: Target) => Promise<Answer>;
  /** False if the body cannot be parsed, so that the form is shown without the submitted values. */
  readonly isReadable?: false;
  /** 415 for an unsupported media type, else 403. */
  readonly status?: 415;
  /** Whether the token belongs to another account, so that the form must be shown empty. */
  readonly isOfOtherAccount?: true;
}

const formType = "application/x-www-form-urlencoded";
const urlEncoded = ({ fields, token }: OpenForm) => new URLSearchParams({ ...fields, csrf_token: token }).toString();
const withToken = (csrf_token: string) => (target: Target) => target.person.posts(target.path, { ...target.form.fields, csrf_token });
const withHeaders = (headers: Record<string, string>) => (target: Target) =>
  target.person.posts(target.path, { ...target.form.fields, csrf_token: target.form.token }, headers);
const withType = (type: string, body: (form: OpenForm) => string) => (target: Target) =>
  target.person.sends("POST", target.path, { headers: { "content-type": type }, body: body(target.form) });

/** The form with a missing or wrong token. */
const wrongTokens: Attack[] = [
  { name: "no token", send: ({ person, path, form }) => person.posts(path, form.fields) },
  { name: "an empty token", send: withToken("") },
  { name: "a random token", send: withToken(randomBytes(64).toString("base64url")) },
  { name: "a token of zero bytes", send: withToken(Buffer.alloc(64).toString("base64url")) },
  { name: "half a token", send: (target) => withToken(target.form.token.slice(0, 43))(target) },
  {
    name: "the token of another session",
    isOfOtherAccount: true,
    send: async (target) => withToken((await mallory.opens("/logout")).token)(target),
  },
  { name: "the token of another browser", send: async (target) => withToken((await app.person().opens("/login")).token)(target) },
  {
    name: "two tokens, one of them valid",
    send: ({ person, path, form }) =>
      person.posts(path, [...Object.entries(form.fields), ["csrf_token", form.token], ["csrf_token", "another"]]),
  },
  {
    name: "its token in the URL",
    send: ({ person, path, form }) => person.posts(`${path}?csrf_token=${form.token}`, form.fields),
  },
  {
    name: "a wrong token in the header and the valid one in the form",
    send: withHeaders({ "x-csrf-token": randomBytes(64).toString("base64url") }),
  },
  {
    name: "a method override in the form and a header",
    send: ({ person, path, form }) => person.posts(path, { ...form.fields, _method: "GET" }, { "x-http-method-override": "GET" }),
  },
];

/** Media types that a form of another site can send without a CORS preflight. */
const wrongTypes: Attack[] = [
  { name: "text/plain", send: withType("text/plain", urlEncoded), status: 415 },
  { name: "no type", send: withType("", urlEncoded), status: 415 },
  { name: "JSON as text/plain", send: withType("text/plain", ({ fields }) => JSON.stringify(fields)), status: 415 },
  {
    name: "JSON as text/plain with a parameter",
    send: withType("text/plain; application/json", ({ fields, token }) => JSON.stringify({ ...fields, csrf_token: token })),
    status: 415,
  },
  {
    name: "multipart/form-data",
    send: withType("multipart/form-data; boundary=x", ({ fields, token }) => {
      const parts = Object.entries({ ...fields, csrf_token: token });
      return `${parts.map(([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join("")}--x--\r\n`;
    }),
    status: 415,
  },
  { name: "JSON as a form", send: withType(`${formType}; application/json`, ({ fields }) => JSON.stringify(fields)), isReadable: false },
];

const origins = [
  "http://evil.test",
  "null",
  "",
  "http://sub.app.test",
  "http://app.test:8080",
  "https://app.test",
  "http://app.test.evil.test",
];
/** The form with its token, from another origin. */
const foreignOrigins: Attack[] = [
  ...origins.map((origin) => ({ name: `Origin: ${origin}`, send: withHeaders({ origin }) })),
  ...["cross-site", "same-site", "", "elsewhere"].map((site) => ({
    name: `Sec-Fetch-Site: ${site}`,
    send: withHeaders({ "sec-fetch-site": site }),
  })),
  {
    name: "the site's Origin with Sec-Fetch-Site: cross-site",
    send: withHeaders({ origin: "http://app.test", "sec-fetch-site": "cross-site" }),
  },
  {
    name: "a foreign Origin with Sec-Fetch-Site: same-origin",
    send: withHeaders({ origin: "http://evil.test", "sec-fetch-site": "same-origin" }),
  },
];

/** Forms that need an email link, a factor or a second session; the tests of their features forge them. */
const conditionalForms = [
  "/settings/sessions",
  "/verify-email/confirm",
  "/reset-password/choose",
  "/report-compromise",
  "/revert-email",
  "/settings/change-email/confirm",
  "/settings/change-email/withdraw",
  "/login/recover",
  "/login/two-factor",
  "/report-compromise/unlock",
  "/settings/change-password/remove",
  "/settings/change-password/set",
  "/settings/two-factor/authenticator/remove",
  "/settings/two-factor/authenticator/rename",
  "/settings/two-factor/devices",
  "/settings/two-factor/off",
  "/settings/two-factor/on",
  "/settings/two-factor/recovery",
  "/settings/two-factor/recovery/download",
];

describe("CSRF", async () => {
  const all = await targets();

  it("CSRF: the attacks cover every form", () => {
    expect(new Set(all.map(({ path }) => path))).toEqual(new Set(formPaths(app).filter((path) => !conditionalForms.includes(path))));
    expect(all.length).toBeGreaterThanOrEqual(5);
  });

  describe.each(all)("$path, $by", (target) => {
    const { person, path, form } = target;

    it.each([...wrongTokens, ...wrongTypes, ...foreignOrigins])(
      "CSRF: a form with $name is rejected and changes nothing",
      { tags: ["asvs-3.5.1"] },
      async ({ send, isReadable, isOfOtherAccount, status = 403 }) => {
        const before = await databaseContents(app.s);
        const answer = await send(target);
        expect(answer.status).toBe(status);
        expect(answer.text).toMatch(/Your form expired\.|sent from another site\.|switched accounts|Only forms and JSON/);
        expect(await databaseContents(app.s)).toEqual(before);
        if (status !== 403) return;
        const again = readForm(answer, path, person);
        expect(again?.token).toMatch(/^[\w-]{86}$/);
        expect(again?.token).not.toBe(form.token);
        expect(answer.html).not.toContain(person.identity.password);
        const isEmptied = isOfOtherAccount && target.by !== "anonymous";
        for (const name of form.shown) if (isEmptied) expect(shownValue(answer, name)).not.toBe(form.fields[name]);
        if (isReadable !== false && !isEmptied) for (const name of form.shown) expect(shownValue(answer, name)).toBe(form.fields[name]);
      },
    );

    it("CSRF: a GET with a valid token changes nothing", { tags: ["asvs-3.5.3"] }, async () => {
      const before = await databaseContents(app.s);
      const query = new URLSearchParams({ ...form.fields, csrf_token: form.token, _method: "POST" });
      for (const method of ["GET", "HEAD"]) expect((await person.sends(method, `${path}?${query}`)).status).toBe(200);
      expect(await databaseContents(app.s)).toEqual(before);
    });

    it("CSRF: the form shown after a rejection can be submitted", async () => {
      const before = await databaseContents(app.s);
      const refused = await person.posts(path, form.fields);
      const headers = { origin: "http://app.test", "sec-fetch-site": "same-origin" };
      const answer = await person.posts(path, { ...form.fields, csrf_token: readForm(refused, path, person)?.token ?? "" }, headers);
      expect(answer.status).not.toBe(403);
      // The values may be invalid, or the email not verified yet; if they are valid, the database has changed.
      if (answer.status < 400 && !answer.location?.startsWith("/verify-email")) expect(await databaseContents(app.s)).not.toEqual(before);
    });
  });
});

describe("CSRF token", () => {
  it("CSRF token: differs in each response (BREACH)", async () => {
    const anonymous = app.person();
    const member = await app.person({ username: "masked" }).isLoggedIn();
    for (const path of formPaths(app)) {
      for (const person of [anonymous, member]) {
        const forms = [await openForm(person, path), await openForm(person, path)];
        if (forms[0]) expect(forms[0].token).not.toBe(forms[1]?.token);
      }
    }
  });

  it("CSRF token: is invalid after login", { tags: ["asvs-3.5.1"] }, async () => {
    const ada = app.person({ username: "early" });
    await ada.signsUp();
    const { token } = await ada.opens("/login");
    const csrfCookie = ada.cookies.get("latchkey_csrf") ?? "";
    await ada.logsIn();
    for (const cookie of [undefined, csrfCookie]) {
      if (cookie !== undefined) ada.cookies.set("latchkey_csrf", cookie);
      for (const path of formPaths(app)) expect((await ada.posts(path, { csrf_token: token })).status).toBe(403);
    }
    expect((await ada.opens("/dashboard")).status).toBe(200);
  });

  it("CSRF token: is invalid after logout and in the next session", { tags: ["asvs-3.5.1", "asvs-7.4.1"] }, async () => {
    const ada = await app.person({ username: "late" }).isLoggedIn();
    const { token } = await ada.opens("/logout");
    await ada.logsOut();
    for (const path of formPaths(app)) {
      const { status, location } = await ada.posts(path, { csrf_token: token });
      expect(status === 403 || location?.startsWith("/login?next="), path).toBe(true);
    }
    expect((await ada.logsIn()).status).toBe(303);
    expect((await ada.posts("/logout", { csrf_token: token })).status).toBe(403);
    expect((await ada.opens("/dashboard")).status).toBe(200);
  });
});

describe("JSON request", () => {
  const json = (person: Person, path: string, headers: Record<string, string>) => person.sendsJson(path, person.identity, headers);

  it("JSON request: needs the token in its header with a session or from a browser", { tags: ["asvs-3.5.2"] }, async () => {
    const anonymous = app.person({ username: "scripted" });
    await anonymous.opens("/login");
    const member = await app.person({ username: "member" }).isLoggedIn();
    const before = await databaseContents(app.s);
    for (const path of formPaths(app)) {
      expect((await json(member, path, {})).json(), path).toMatchObject({ error: { code: "bad-token" } });
      for (const headers of [{ origin: "http://app.test" }, { "sec-fetch-site": "same-origin" }, { "sec-fetch-site": "none" }]) {
        // 401 where a session is required.
        expect([401, 403], path).toContain((await json(anonymous, path, headers)).status);
      }
      const foreign = { "x-csrf-token": (await mallory.opens("/logout")).token };
      expect((await json(member, path, foreign)).status, path).toBe(403);
    }
    expect(await databaseContents(app.s)).toEqual(before);
    const { token } = await member.opens("/logout");
    expect((await json(member, "/logout", { "x-csrf-token": token })).status).toBe(200);
  });

  it("JSON request: another origin is rejected even with a valid token", { tags: ["asvs-3.5.2"] }, async () => {
    const member = await app.person({ username: "lured" }).isLoggedIn();
    const { token } = await member.opens("/logout");
    for (const path of formPaths(app)) {
      const answer = await json(member, path, { origin: "http://evil.test", "x-csrf-token": token });
      expect(answer.json(), path).toMatchObject({ error: { code: "foreign-origin" } });
    }
    expect((await member.opens("/dashboard")).status).toBe(200);
  });

  it("JSON request: no CORS header allows another origin", { tags: ["asvs-3.4.2"] }, async () => {
    for (const path of formPaths(app)) {
      for (const method of ["GET", "POST", "OPTIONS"]) {
        const { headers } = await app.person().sends(method, path, {
          headers: {
            origin: "http://evil.test",
            "access-control-request-method": "POST",
            "access-control-request-headers": "x-csrf-token",
          },
        });
        expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
      }
    }
  });
});

describe("development without BASE_URL", async () => {
  const local = await testApp();
  afterAll(() => local.close());

  it("development without BASE_URL: forms are accepted from loopback names only (DNS rebinding)", async () => {
    const { host, port } = new URL(local.url);
    const isForeign = async (hostHeader: string, origin: string) => {
      const headers = [["Host", hostHeader] as const, ["Origin", origin] as const, ["Content-Type", formType] as const];
      const answer = await sendRaw(local.url, { method: "POST", path: "/login", headers, body: "email=a" });
      expect(answer.status).toBe(403);
      return answer.body.includes("sent from another site");
    };
    for (const name of [host, `localhost:${port}`, `[::1]:${port}`]) expect(await isForeign(name, `http://${name}`), name).toBe(false);
    for (const origin of [`https://${host}`, "http://127.0.0.1:1", `http://${host}.evil.test`, "null", `http://evil.test:${port}`]) {
      expect(await isForeign(host, origin), origin).toBe(true);
    }
    // The DNS name evil.test resolves to this machine.
    expect(await isForeign(`evil.test:${port}`, `http://evil.test:${port}`)).toBe(true);
  });
});

describe("form of the previous account", () => {
  async function twoTabs(first: string, second: string) {
    const person = await app.person({ username: first }).isLoggedIn();
    const other = app.person({ username: second });
    await other.signsUp();
    const page = await person.opens("/settings/display-name");
    await person.logsIn({ email: other.identity.email });
    return { person, fields: { csrf_token: page.token, display_name: "The name of the first" } };
  }
  const displayNameOf = async (username: string) =>
    (await app.s.db.selectFrom("users").select("display_name").where("username", "=", username).executeTakeFirstOrThrow()).display_name;

  it("form of the previous account: is rejected and shown empty after another account logged in", { tags: ["asvs-8.2.2"] }, async () => {
    const { person, fields } = await twoTabs("first-tab", "second-tab");
    const { status, html, token } = await person.posts("/settings/display-name", fields);
    expect(status).toBe(403);
    expect(html).not.toContain("The name of the first");
    const again = readForm({ html } as Answer, "/settings/display-name", person);
    await person.posts("/settings/display-name", {
      ...again?.fields,
      display_name: shownValue({ html } as Answer, "display_name") ?? "?",
      csrf_token: token,
    });
    expect([await displayNameOf("first-tab"), await displayNameOf("second-tab")]).toEqual([null, null]);
  });

  it("form of the previous account: JSON returns 403 with the code other-account", async () => {
    const { person, fields } = await twoTabs("third-tab", "fourth-tab");
    const answer = await person.sendsJson("/settings/display-name", fields, { "x-csrf-token": fields.csrf_token });
    expect([answer.status, answer.json()]).toEqual([403, { error: { code: "other-account", message: expect.any(String) } }]);
  });

  it("form of the previous account: keeps its values if the same account logged in again", async () => {
    const person = await app.person({ username: "same-tab" }).isLoggedIn();
    const { token } = await person.opens("/settings/display-name");
    await person.logsIn();
    const answer = await person.posts("/settings/display-name", { csrf_token: token, display_name: "Still here" });
    expect([answer.status, shownValue(answer, "display_name")]).toEqual([403, "Still here"]);
  });

  it("form of the previous account: does not replay the response that the first account received", async () => {
    const { person, fields } = await twoTabs("fifth-tab", "sixth-tab");
    const first = app.person({ username: "fifth-tab" });
    await first.logsIn();
    const { token } = await first.opens("/settings/display-name");
    await first.posts("/settings/display-name", { ...fields, csrf_token: token });
    expect((await person.posts("/settings/display-name", { ...fields, csrf_token: token })).status).toBe(403);
  });
});
