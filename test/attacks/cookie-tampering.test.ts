/** Attack: each cookie changed bit by bit, cut, doubled and swapped. */
// Runs on one engine: a cookie that is not whole is refused before the database is asked.
import { afterAll, describe, expect, it } from "vitest";
import { testApp } from "../person.ts";
import { databaseContents } from "./database-contents.ts";
import { sendRaw } from "./raw-http.ts";

const app = await testApp({ LIMIT_LOGIN_PER_ACCOUNT: "1/1h", LIMIT_LOGIN_PER_DEVICE: "100000/1h" });
afterAll(() => app.close());

/** Who holds all four cookies, and somebody else who holds others. */
const ada = await app.person({ username: "ada" }).isLoggedIn();
const bob = await app.person({ username: "bob" }).isLoggedIn();
const nobody = app.person();
const { token } = await nobody.opens("/signup");
await nobody.opens("/dashboard");
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
  /** Sends this `Cookie` header where it matters, and tells whether the cookie counted. */
  readonly counts: (header: string) => Promise<{ status: number; counts: boolean }>;
}

const cookies: Cookie[] = [
  {
    name: "latchkey_session",
    value: ada.cookies.get("latchkey_session") ?? "",
    counts: async (header) => {
      const { status } = await sendRaw(app.url, { path: "/dashboard", headers: [["Cookie", header]] });
      return { status, counts: status === 200 };
    },
  },
  {
    name: "latchkey_csrf",
    value: nobody.cookies.get("latchkey_csrf") ?? "",
    counts: async (header) => {
      const request = { method: "POST", path: "/signup", body: `csrf_token=${token}` };
      const { status } = await sendRaw(app.url, { ...request, headers: [...form, ["Cookie", header]] });
      return { status, counts: status === 422 };
    },
  },
  {
    name: "latchkey_flash",
    value: nobody.cookies.get("latchkey_flash") ?? "",
    counts: async (header) => {
      const { status, body } = await sendRaw(app.url, { path: "/login", headers: [["Cookie", header]] });
      return { status, counts: body.includes("Please log in to access this page.") };
    },
  },
  {
    name: "latchkey_device",
    value: ada.cookies.get("latchkey_device") ?? "",
    counts: async (header) => {
      const request = { method: "POST", path: "/login", body: wrongPassword(ada.identity.email) };
      const { status } = await sendRaw(app.url, { ...request, headers: [...json, ["Cookie", header]] });
      return { status, counts: status === 401 };
    },
  },
];

/** The value with each bit turned, one at a time, in the characters where an encoding hides slack: first, last, beside the dot. */
function flipped(value: string): string[] {
  const dot = value.indexOf(".");
  const places = new Set([0, value.length - 1, ...(dot < 0 ? [] : [dot - 1, dot, dot + 1])]);
  return [...places].flatMap((at) =>
    Array.from({ length: 8 }, (_, bit) => {
      const turned = String.fromCharCode(value.charCodeAt(at) ^ (1 << bit));
      return value.slice(0, at) + turned + value.slice(at + 1);
    }),
  );
}

function bent(value: string): string[] {
  const [body = "", signature = ""] = value.split(".");
  const half = Math.floor(value.length / 2);
  return [
    ...flipped(value),
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

describe.each(cookies)("the cookie $name", ({ name, value, counts }) => {
  it("counts as it was given out", async () => {
    expect(value.length).toBeGreaterThan(40);
    expect((await counts(`${name}=${value}`)).counts).toBe(true);
  });

  it("counts for nothing with one bit turned, cut off, lengthened or made up", { tags: ["asvs-7.2.1"] }, async () => {
    const before = await databaseContents(app.s);
    const wrong: string[] = [];
    for (const text of bent(value)) {
      const answer = await counts(`${name}=${text}`);
      if (answer.counts || answer.status >= 500 || answer.status === 0) wrong.push(`${answer.status} ${text}`);
    }
    expect(wrong).toEqual([]);
    expect(await databaseContents(app.s)).toEqual(before);
  });

  it("counts for nothing when it is there twice, as another path or host could plant it", async () => {
    for (const header of [`${name}=${value}; ${name}=${value}`, `${name}=x; ${name}=${value}`, `${name}=${value};${name}=`]) {
      expect((await counts(header)).counts, header).toBe(false);
    }
    const { head } = await sendRaw(app.url, { path: "/login", headers: [["Cookie", "latchkey_session=x; latchkey_session=y"]] });
    expect(head).toMatch(/^set-cookie: latchkey_session=; Max-Age=0; Path=\/\r?$/im);
  });

  it("counts for nothing under another name, and no other counts under its name", async () => {
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
      expect((await counts(`${other}=${value}`)).counts, other).toBe(false);
    }
    for (const other of cookies.filter((each) => each.name !== name)) {
      const answer = await counts(`${name}=${other.value}`);
      expect([answer.counts, answer.status < 500], other.name).toEqual([false, true]);
    }
  });

  it("is refused by the server itself when it is as long as a book", async () => {
    expect((await counts(`${name}=${"A".repeat(2 ** 20)}`)).status).toBe(431);
  });
});

describe("the cookies of two people", () => {
  it("do not mix: a form of one is not a form of the other", async () => {
    const other = app.person();
    await other.opens("/signup");
    other.cookies.set("latchkey_csrf", nobody.cookies.get("latchkey_csrf") ?? "");
    expect((await other.posts("/signup", { csrf_token: token })).status).toBe(422);
    other.cookies.delete("latchkey_csrf");
    const { token: own } = await other.opens("/signup");
    other.cookies.set("latchkey_csrf", nobody.cookies.get("latchkey_csrf") ?? "");
    expect((await other.posts("/signup", { csrf_token: own })).status).toBe(403);
    bob.cookies.set("latchkey_csrf", nobody.cookies.get("latchkey_csrf") ?? "");
    expect((await bob.posts("/logout", { csrf_token: token })).status).toBe(403);
  });

  it("do not mix: the device of one is a stranger to the other's account", async () => {
    const trying = async (device: string, email: string) => {
      const headers = [...json, ["Cookie", `latchkey_device=${device}`] as const];
      return (await sendRaw(app.url, { method: "POST", path: "/login", headers, body: wrongPassword(email) })).status;
    };
    const [ofAda = "", ofBob = ""] = [ada, bob].map((person) => person.cookies.get("latchkey_device"));
    expect(await trying(ofAda, ada.identity.email)).toBe(401);
    expect(await trying(ofAda, bob.identity.email)).toBe(429);
    expect(await trying(ofBob, ada.identity.email)).toBe(429);
    expect(await trying(ofBob, bob.identity.email)).toBe(401);
  });

  it("do not mix: what a site with another key signed is nothing here", async () => {
    const elsewhere = await testApp({ SECRET_KEY: "another key that is long enough to sign with" });
    const stranger = elsewhere.person();
    await stranger.opens("/signup");
    await stranger.opens("/dashboard");
    await elsewhere.close();
    for (const { name, counts } of cookies.slice(1, 3)) expect((await counts(`${name}=${stranger.cookies.get(name)}`)).counts).toBe(false);
  });
});
