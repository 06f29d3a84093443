/** Attack: a form that another site sends in a person's name. */
// Runs on one engine: a forged request is refused before the database is asked, and the forms are taken on both elsewhere.
import { randomBytes } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { databaseContents } from "../../../test/attacks/database-contents.ts";
import { formPaths, type OpenForm, openForm, readForm, shownValue } from "../../../test/attacks/forms.ts";
import { sendRaw } from "../../../test/attacks/raw-http.ts";
import { type Answer, type Person, testApp } from "../../../test/person.ts";

const app = await testApp({ BASE_URL: "http://app.test", LIMIT_SIGNUP_PER_IP: "1000/1h", TOKEN_AUDIENCES: "api" });
afterAll(() => app.close());
const mallory = await app.person({ username: "mallory" }).isLoggedIn();

/** A form as somebody has it open: as nobody, or logged in. */
interface Target {
  readonly path: string;
  readonly as: string;
  readonly person: Person;
  readonly form: OpenForm;
}

async function targets(): Promise<Target[]> {
  const found: Target[] = [];
  for (const [i, path] of formPaths(app).entries()) {
    const nobody = app.person({ username: `nobody${i}` });
    const member = await app.person({ username: `member${i}` }).isLoggedIn();
    for (const [as, person] of Object.entries({ nobody, "somebody logged in": member })) {
      const form = await openForm(person, path);
      if (form) found.push({ path, as, person, form });
    }
  }
  return found;
}

interface Attack {
  readonly name: string;
  readonly send: (target: Target) => Promise<Answer>;
  /** Whether what was sent can be read, so that it stands in the form again. */
  readonly isReadable?: false;
  /** 403 unless it is of a type that nobody reads. */
  readonly status?: 415;
  /** Whether it was made for another account, whose text must not stand in this one's form. */
  readonly isOfOther?: true;
}

const formType = "application/x-www-form-urlencoded";
const urlEncoded = ({ fields, token }: OpenForm) => new URLSearchParams({ ...fields, csrf_token: token }).toString();
const withToken = (csrf_token: string) => (target: Target) => target.person.posts(target.path, { ...target.form.fields, csrf_token });
const withHeaders = (headers: Record<string, string>) => (target: Target) =>
  target.person.posts(target.path, { ...target.form.fields, csrf_token: target.form.token }, headers);
const as = (type: string, body: (form: OpenForm) => string) => (target: Target) =>
  target.person.sends("POST", target.path, { headers: { "content-type": type }, body: body(target.form) });

/** The same form with a token that is not its own. */
const withoutItsToken: Attack[] = [
  { name: "no token", send: ({ person, path, form }) => person.posts(path, form.fields) },
  { name: "an empty token", send: withToken("") },
  { name: "a token that somebody made up", send: withToken(randomBytes(64).toString("base64url")) },
  { name: "a token of zeroes", send: withToken(Buffer.alloc(64).toString("base64url")) },
  { name: "half a token", send: (target) => withToken(target.form.token.slice(0, 43))(target) },
  {
    name: "the token of another session",
    isOfOther: true,
    send: async (target) => withToken((await mallory.opens("/logout")).token)(target),
  },
  { name: "the token of another browser", send: async (target) => withToken((await app.person().opens("/login")).token)(target) },
  {
    name: "two tokens, one of them right",
    send: ({ person, path, form }) =>
      person.posts(path, [...Object.entries(form.fields), ["csrf_token", form.token], ["csrf_token", "another"]]),
  },
  {
    name: "its token in the address",
    send: ({ person, path, form }) => person.posts(`${path}?csrf_token=${form.token}`, form.fields),
  },
  {
    name: "a wrong token in the header beside the right one in the form",
    send: withHeaders({ "x-csrf-token": randomBytes(64).toString("base64url") }),
  },
  {
    name: "a method that is hidden in the form or a header",
    send: ({ person, path, form }) => person.posts(path, { ...form.fields, _method: "GET" }, { "x-http-method-override": "GET" }),
  },
];

/** Types that a form of any site can send without asking first. Only one of them is read. */
const ofAnotherType: Attack[] = [
  { name: "text/plain", send: as("text/plain", urlEncoded), status: 415 },
  { name: "no type", send: as("", urlEncoded), status: 415 },
  { name: "JSON that says it is text", send: as("text/plain", ({ fields }) => JSON.stringify(fields)), status: 415 },
  {
    name: "JSON behind a type that a form can send",
    send: as("text/plain; application/json", ({ fields, token }) => JSON.stringify({ ...fields, csrf_token: token })),
    status: 415,
  },
  {
    name: "multipart/form-data",
    send: as("multipart/form-data; boundary=x", ({ fields, token }) => {
      const parts = Object.entries({ ...fields, csrf_token: token });
      return `${parts.map(([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join("")}--x--\r\n`;
    }),
    status: 415,
  },
  { name: "JSON without a header", send: as(`${formType}; application/json`, ({ fields }) => JSON.stringify(fields)), isReadable: false },
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
/** The form with its token, from a page that says it is not ours. */
const fromElsewhere: Attack[] = [
  ...origins.map((origin) => ({ name: `from the origin “${origin}”`, send: withHeaders({ origin }) })),
  ...["cross-site", "same-site", "", "elsewhere"].map((site) => ({
    name: `from a page that is “${site}”`,
    send: withHeaders({ "sec-fetch-site": site }),
  })),
  { name: "from our origin, across sites", send: withHeaders({ origin: "http://app.test", "sec-fetch-site": "cross-site" }) },
  { name: "from another origin, on our site", send: withHeaders({ origin: "http://evil.test", "sec-fetch-site": "same-origin" }) },
];

/** Their pages show a form only to whoever comes with a link from a letter, or has a second device; the flows' own tests forge them. */
const behindLinks = [
  "/settings/sessions",
  "/verify-email/confirm",
  "/reset-password/choose",
  "/report-compromise",
  "/revert-email",
  "/settings/change-email/confirm",
  "/settings/change-email/withdraw",
];

describe("a form that somebody else sends in a person's name", async () => {
  const all = await targets();

  it("is tried on every form there is", () => {
    expect(new Set(all.map(({ path }) => path))).toEqual(new Set(formPaths(app).filter((path) => !behindLinks.includes(path))));
    expect(all.length).toBeGreaterThanOrEqual(5);
  });

  describe.each(all)("$path, open to $as", (target) => {
    const { person, path, form } = target;

    it.each([...withoutItsToken, ...ofAnotherType, ...fromElsewhere])(
      "is refused: $name",
      { tags: ["asvs-3.5.1"] },
      async ({ send, isReadable, isOfOther, status = 403 }) => {
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
        const isEmptied = isOfOther && target.as !== "nobody";
        for (const name of form.shown) if (isEmptied) expect(shownValue(answer, name)).not.toBe(form.fields[name]);
        if (isReadable !== false && !isEmptied) for (const name of form.shown) expect(shownValue(answer, name)).toBe(form.fields[name]);
      },
    );

    it("changes nothing when it is a GET, even with its token", { tags: ["asvs-3.5.3"] }, async () => {
      const before = await databaseContents(app.s);
      const query = new URLSearchParams({ ...form.fields, csrf_token: form.token, _method: "POST" });
      for (const method of ["GET", "HEAD"]) expect((await person.sends(method, `${path}?${query}`)).status).toBe(200);
      expect(await databaseContents(app.s)).toEqual(before);
    });

    it("is taken when the person sends it, from the very page that refused", async () => {
      const before = await databaseContents(app.s);
      const refused = await person.posts(path, form.fields);
      const headers = { origin: "http://app.test", "sec-fetch-site": "same-origin" };
      const answer = await person.posts(path, { ...form.fields, csrf_token: readForm(refused, path, person)?.token ?? "" }, headers);
      expect(answer.status).not.toBe(403);
      // What the form was filled with need not be right; if it is, something has happened.
      if (answer.status < 400) expect(await databaseContents(app.s)).not.toEqual(before);
    });
  });
});

describe("a token", () => {
  it("differs in each answer, so that compression cannot give it away", async () => {
    const stranger = app.person();
    const member = await app.person({ username: "masked" }).isLoggedIn();
    for (const path of formPaths(app)) {
      for (const person of [stranger, member]) {
        const forms = [await openForm(person, path), await openForm(person, path)];
        if (forms[0]) expect(forms[0].token).not.toBe(forms[1]?.token);
      }
    }
  });

  it("from before the login is worth nothing after it", { tags: ["asvs-3.5.1"] }, async () => {
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

  it("is worth nothing after the logout, nor in the next session", { tags: ["asvs-3.5.1", "asvs-7.4.1"] }, async () => {
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

describe("JSON", () => {
  const json = (person: Person, path: string, headers: Record<string, string>) => person.sendsJson(path, person.identity, headers);

  it("needs the token in its header when a session or a browser sends it", { tags: ["asvs-3.5.2"] }, async () => {
    const nobody = app.person({ username: "scripted" });
    await nobody.opens("/login");
    const member = await app.person({ username: "member" }).isLoggedIn();
    const before = await databaseContents(app.s);
    for (const path of formPaths(app)) {
      expect((await json(member, path, {})).json(), path).toMatchObject({ error: { code: "bad-token" } });
      for (const headers of [{ origin: "http://app.test" }, { "sec-fetch-site": "same-origin" }, { "sec-fetch-site": "none" }]) {
        // A guarded page does not even look at a stranger's token.
        expect([401, 403], path).toContain((await json(nobody, path, headers)).status);
      }
      const foreign = { "x-csrf-token": (await mallory.opens("/logout")).token };
      expect((await json(member, path, foreign)).status, path).toBe(403);
    }
    expect(await databaseContents(app.s)).toEqual(before);
    const { token } = await member.opens("/logout");
    expect((await json(member, "/logout", { "x-csrf-token": token })).status).toBe(200);
  });

  it("from another origin is refused, token or not", { tags: ["asvs-3.5.2"] }, async () => {
    const member = await app.person({ username: "lured" }).isLoggedIn();
    const { token } = await member.opens("/logout");
    for (const path of formPaths(app)) {
      const answer = await json(member, path, { origin: "http://evil.test", "x-csrf-token": token });
      expect(answer.json(), path).toMatchObject({ error: { code: "foreign-origin" } });
    }
    expect((await member.opens("/dashboard")).status).toBe(200);
  });

  it("is never offered to other sites", { tags: ["asvs-3.4.2"] }, async () => {
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

describe("a machine without an address of its own, as in development", async () => {
  const local = await testApp();
  afterAll(() => local.close());

  it("takes forms from its loopback names, and from no name that was made to point there", async () => {
    const { host, port } = new URL(local.url);
    const isForeign = async (named: string, origin: string) => {
      const headers = [["Host", named] as const, ["Origin", origin] as const, ["Content-Type", formType] as const];
      const answer = await sendRaw(local.url, { method: "POST", path: "/login", headers, body: "email=a" });
      expect(answer.status).toBe(403);
      return answer.body.includes("sent from another site");
    };
    for (const name of [host, `localhost:${port}`, `[::1]:${port}`]) expect(await isForeign(name, `http://${name}`), name).toBe(false);
    for (const origin of [`https://${host}`, "http://127.0.0.1:1", `http://${host}.evil.test`, "null", `http://evil.test:${port}`]) {
      expect(await isForeign(host, origin), origin).toBe(true);
    }
    // DNS rebinding: a page of evil.test, whose name was made to point at this machine.
    expect(await isForeign(`evil.test:${port}`, `http://evil.test:${port}`)).toBe(true);
  });
});

describe("a form of one account, sent after another logged in in a second tab", () => {
  async function twoTabs(first: string, second: string) {
    const person = await app.person({ username: first }).isLoggedIn();
    const other = app.person({ username: second });
    await other.signsUp();
    const shown = await person.opens("/settings/display-name");
    await person.logsIn({ email: other.identity.email });
    return { person, fields: { csrf_token: shown.token, display_name: "The name of the first" } };
  }
  const nameOf = async (username: string) =>
    (await app.s.db.selectFrom("users").select("display_name").where("username", "=", username).executeTakeFirstOrThrow()).display_name;

  it("is refused and comes back empty, so that sending it again does not change the other", { tags: ["asvs-8.2.2"] }, async () => {
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
    expect([await nameOf("first-tab"), await nameOf("second-tab")]).toEqual([null, null]);
  });

  it("is named to a program", async () => {
    const { person, fields } = await twoTabs("third-tab", "fourth-tab");
    const answer = await person.sendsJson("/settings/display-name", fields, { "x-csrf-token": fields.csrf_token });
    expect([answer.status, answer.json()]).toEqual([403, { error: { code: "other-account", message: expect.any(String) } }]);
  });

  it("keeps what was typed where the same account has logged in again", async () => {
    const person = await app.person({ username: "same-tab" }).isLoggedIn();
    const { token } = await person.opens("/settings/display-name");
    await person.logsIn();
    const answer = await person.posts("/settings/display-name", { csrf_token: token, display_name: "Still here" });
    expect([answer.status, shownValue(answer, "display_name")]).toEqual([403, "Still here"]);
  });

  it("is not told of what the first account did with it", async () => {
    const { person, fields } = await twoTabs("fifth-tab", "sixth-tab");
    const first = app.person({ username: "fifth-tab" });
    await first.logsIn();
    const { token } = await first.opens("/settings/display-name");
    await first.posts("/settings/display-name", { ...fields, csrf_token: token });
    expect((await person.posts("/settings/display-name", { ...fields, csrf_token: token })).status).toBe(403);
  });
});
