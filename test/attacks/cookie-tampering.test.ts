/** Attack: cookies with flipped bits, truncated, doubled and swapped. */
// Runs on one engine: invalid cookies are rejected before any query.
import { afterAll, describe, expect, it } from "vitest";
import { testApp } from "../person.ts";
import { databaseContents } from "./database-contents.ts";
import { sendRaw } from "./raw-http.ts";

const app = await testApp({ LIMIT_LOGIN_PER_ACCOUNT: "1/1h", LIMIT_LOGIN_PER_DEVICE: "100000/1h" });
afterAll(() => app.close());

/** Two users with all four cookies. */
const ada = await app.person({ username: "ada" }).isLoggedIn();
const bob = await app.person({ username: "bob" }).isLoggedIn();
const anonymous = app.person();
const { token } = await anonymous.opens("/signup");
await anonymous.opens("/dashboard");
for (const { identity } of [ada, bob]) await app.person().logsIn({ email: identity.email, password: "burns the account's budget" });

const json: readonly (readonly [string, string])[] = [
  ["Content-Type", "application/json"],
  ["Accept", "application/json"],
];
const form: readonly (readonly [string, string])[] = [["Content-Type", "application/x-www-form-urlencoded"]];
const wrongPassword = (email: string) => JSON.stringify({ email, password: "not this one" });

interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Sends this `Cookie` header; returns whether the cookie was accepted. */
  readonly isAccepted: (header: string) => Promise<{ status: number; isAccepted: boolean }>;
}

const cookies: Cookie[] = [
  {
    name: "latchkey_session",
    value: ada.cookies.get("latchkey_session") ?? "",
    isAccepted: async (header) => {
      const { status } = await sendRaw(app.url, { path: "/dashboard", headers: [["Cookie", header]] });
      return { status, isAccepted: status === 200 };
    },
  },
  {
    name: "latchkey_csrf",
    value: anonymous.cookies.get("latchkey_csrf") ?? "",
    isAccepted: async (header) => {
      const request = { method: "POST", path: "/signup", body: `csrf_token=${token}` };
      const { status } = await sendRaw(app.url, { ...request, headers: [...form, ["Cookie", header]] });
      return { status, isAccepted: status === 422 };
    },
  },
  {
    name: "latchkey_flash",
    value: anonymous.cookies.get("latchkey_flash") ?? "",
    isAccepted: async (header) => {
      const { status, body } = await sendRaw(app.url, { path: "/login", headers: [["Cookie", header]] });
      return { status, isAccepted: body.includes("Please log in to access this page.") };
    },
  },
  {
    name: "latchkey_device",
    value: ada.cookies.get("latchkey_device") ?? "",
    isAccepted: async (header) => {
      const request = { method: "POST", path: "/login", body: wrongPassword(ada.identity.email) };
      const { status } = await sendRaw(app.url, { ...request, headers: [...json, ["Cookie", header]] });
      return { status, isAccepted: status === 401 };
    },
  },
];

/** Flips each bit of the first, last and dot-adjacent characters, where encodings have unused bits. */
function withFlippedBits(value: string): string[] {
  const dot = value.indexOf(".");
  const places = new Set([0, value.length - 1, ...(dot < 0 ? [] : [dot - 1, dot, dot + 1])]);
  return [...places].flatMap((at) =>
    Array.from({ length: 8 }, (_, bit) => {
      const flipped = String.fromCharCode(value.charCodeAt(at) ^ (1 << bit));
      return value.slice(0, at) + flipped + value.slice(at + 1);
    }),
  );
}

function tampered(value: string): string[] {
  const [body = "", signature = ""] = value.split(".");
  const half = Math.floor(value.length / 2);
  return [
    ...withFlippedBits(value),
    ...["", value.slice(0, -1), value.slice(1), value.slice(0, half), value.slice(half), body, `.${signature}`, `${body}.`],
    ...[`${value}A`, `A${value}`, `${value}=`, `${value}.`, `${value}.${signature}`, `${value}%00`, `${value}\0`, `\0${value}`],
    ...[`"${value}"`, `%${value.charCodeAt(0).toString(16)}${value.slice(1)}`, value.toLowerCase(), value.toUpperCase()],
    ...[
      "null",
      "undefined",
      "0",
      "-1",
      "true",
      "{}",
      "[]",
      "../../x",
      "' or 1=1 --",
      "é",
      "\xff\xfe",
      "A".repeat(43),
      "e30.e30",
      "..",
      ".",
    ],
    ...["A".repeat(8_000), `${"A".repeat(4_000)}.${"A".repeat(43)}`],
  ].filter((text) => text !== value);
}

describe.each(cookies)("cookie $name", ({ name, value, isAccepted }) => {
  it("cookie: accepted unchanged", async () => {
    expect(value.length).toBeGreaterThan(40);
    expect((await isAccepted(`${name}=${value}`)).isAccepted).toBe(true);
  });

  it("cookie: rejected with a flipped bit, truncated, extended or invented", { tags: ["asvs-7.2.1"] }, async () => {
    const before = await databaseContents(app.s);
    const wrong: string[] = [];
    for (const text of tampered(value)) {
      const answer = await isAccepted(`${name}=${text}`);
      if (answer.isAccepted || answer.status >= 500 || answer.status === 0) wrong.push(`${answer.status} ${text}`);
    }
    expect(wrong).toEqual([]);
    expect(await databaseContents(app.s)).toEqual(before);
  });

  it("cookie: rejected if sent twice, as with a planted cookie", async () => {
    for (const header of [`${name}=${value}; ${name}=${value}`, `${name}=x; ${name}=${value}`, `${name}=${value};${name}=`]) {
      expect((await isAccepted(header)).isAccepted, header).toBe(false);
    }
    const { head } = await sendRaw(app.url, { path: "/login", headers: [["Cookie", "latchkey_session=x; latchkey_session=y"]] });
    expect(head).toMatch(/^set-cookie: latchkey_session=; Max-Age=0; Path=\/\r?$/im);
  });

  it("cookie: rejected under another name, and other cookies under its name", async () => {
    for (const other of [
      `x${name}`,
      `${name}x`,
      name.toUpperCase(),
      `__Host-${name}`,
      ` ${name} `,
      `\xA0${name}`,
      `\x85${name}`,
      `${name}\xA0`,
    ]) {
      expect((await isAccepted(`${other}=${value}`)).isAccepted, other).toBe(false);
    }
    for (const other of cookies.filter((each) => each.name !== name)) {
      const answer = await isAccepted(`${name}=${other.value}`);
      expect([answer.isAccepted, answer.status < 500], other.name).toEqual([false, true]);
    }
  });

  it("cookie: a header of 1 MiB gets 431", async () => {
    expect((await isAccepted(`${name}=${"A".repeat(2 ** 20)}`)).status).toBe(431);
  });
});

describe("cookies of two users", () => {
  it("CSRF cookie: a form of another browser is rejected", async () => {
    const other = app.person();
    await other.opens("/signup");
    other.cookies.set("latchkey_csrf", anonymous.cookies.get("latchkey_csrf") ?? "");
    expect((await other.posts("/signup", { csrf_token: token })).status).toBe(422);
    other.cookies.delete("latchkey_csrf");
    const { token: own } = await other.opens("/signup");
    other.cookies.set("latchkey_csrf", anonymous.cookies.get("latchkey_csrf") ?? "");
    expect((await other.posts("/signup", { csrf_token: own })).status).toBe(403);
    bob.cookies.set("latchkey_csrf", anonymous.cookies.get("latchkey_csrf") ?? "");
    expect((await bob.posts("/logout", { csrf_token: token })).status).toBe(403);
  });

  it("device cookie: known for its own account only", async () => {
    const loginStatus = async (device: string, email: string) => {
      const headers = [...json, ["Cookie", `latchkey_device=${device}`] as const];
      return (await sendRaw(app.url, { method: "POST", path: "/login", headers, body: wrongPassword(email) })).status;
    };
    const [ofAda = "", ofBob = ""] = [ada, bob].map((person) => person.cookies.get("latchkey_device"));
    expect(await loginStatus(ofAda, ada.identity.email)).toBe(401);
    expect(await loginStatus(ofAda, bob.identity.email)).toBe(429);
    expect(await loginStatus(ofBob, ada.identity.email)).toBe(429);
    expect(await loginStatus(ofBob, bob.identity.email)).toBe(401);
  });

  it("signed cookies: rejected if signed with another key", async () => {
    const elsewhere = await testApp({ SECRET_KEY: "another key that is long enough to sign with" });
    const visitor = elsewhere.person();
    await visitor.opens("/signup");
    await visitor.opens("/dashboard");
    await elsewhere.close();
    for (const { name, isAccepted } of cookies.slice(1, 3))
      expect((await isAccepted(`${name}=${visitor.cookies.get(name)}`)).isAccepted).toBe(false);
  });
});
