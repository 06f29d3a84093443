/** Attack: request bodies with false lengths, broken encodings or costly content. */
// Runs on one engine: these bodies are rejected before any query.

import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { findUserByName } from "../../src/core/users/users.ts";
import { brokenEscapes, brokenJson } from "../../src/probe/attack-data.ts";
import type { Answer, Person } from "../person.ts";
import { providerApp } from "../provider-app.ts";
import { verifiesEmail } from "../two-factor.ts";
import { databaseContents } from "./database-contents.ts";
import { formPaths, openForm } from "./forms.ts";
import { sendRaw } from "./raw-http.ts";

/** With every form that settings turn on. */
const app = await providerApp({
  LIMIT_SIGNUP_PER_IP: "1000/1h",
  LIMIT_CODES_PER_IP: "1000/10m",
  TOKEN_AUDIENCES: "api",
  EMAIL_LOGIN: "on",
  RECOVERY_BY_EMAIL: "3d",
  TWO_FACTOR: "role:auditor",
  PROVIDER_CALLBACKS: "https://app.example.com/in",
});
afterAll(() => app.close());

const formType = "application/x-www-form-urlencoded";
const jsonType = "application/json";

/** Reaches the pages of logins that wait. */
const reach: Readonly<Record<string, (person: Person) => Promise<unknown>>> = {
  "/signup/provider": (person) => continuesAs(person, { preferred_username: "x" }),
  "/login/provider/claim": async (person) => {
    await app.person(person.identity).signsUp();
    await continuesAs(person, { email: person.identity.email, email_verified: true });
  },
  "/login/provider/switch": async (person) => {
    await person.isLoggedIn();
    await continuesAs(person, { email: `new-${person.identity.email}`, email_verified: true });
  },
  "/login/link": async (person) => {
    await verifiesEmail(app, await person.isLoggedIn());
    await continuesAs(person, { email: `new-${person.identity.email}`, email_verified: true }, "?purpose=link");
  },
  "/login/code/new": async (person) => {
    await person.fillsIn("/login/code", { email: person.identity.email });
    const code = /^ {4}(\d{6})$/m.exec((await app.emails(person.identity.email))[0]?.text ?? "")?.[1] ?? "";
    await person.fillsIn("/login/code", { code });
  },
};

function continuesAs(person: Person, claims: object, query?: string): Promise<unknown> {
  app.peer.user = { sub: person.identity.username, ...claims };
  return app.continuesWith(person, query);
}

/** One browser per form, with valid fields. */
const open: { path: string; person: Person; fields: Record<string, string>; names: readonly string[] }[] = [];
for (const path of formPaths(app)) {
  const person = app.person({ username: `sender${open.length}` });
  // Guarded forms redirect anonymous users before reading the body.
  if (isGuarded(path)) await person.isLoggedIn();
  await reach[path]?.(person);
  const form = await openForm(person, path);
  if (path in reach && !form) throw new Error(`There is no form at ${path}.`);
  open.push({ path, person, fields: { ...form?.fields, csrf_token: form?.token ?? "" }, names: Object.keys(form?.fields ?? {}) });
}
type Open = (typeof open)[number];

function isGuarded(path: string): boolean {
  return ["/confirm-password", "/token"].includes(path) || path.startsWith("/settings");
}

/** Sends a raw body with the cookies of this browser. */
function send({ path, person }: Open, type: string, body: string | Uint8Array, headers: readonly (readonly [string, string])[] = []) {
  const own = [["Cookie", person.cookieHeader()] as const, ["Content-Type", type] as const];
  return sendRaw(app.url, { method: "POST", path, headers: [...own, ...headers], body });
}

const encoded = ({ fields }: Open) => new URLSearchParams(fields).toString();
const bytes = (hex: string) => Buffer.from(hex, "hex");

it("request body: an aborted one is not logged as an error", async () => {
  app.resetRecords();
  const { hostname, port } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  socket.write(`POST /login HTTP/1.1\r\nHost: ${hostname}\r\nContent-Type: ${formType}\r\nContent-Length: 100\r\n\r\nabc`);
  while ((await app.person().opens("/login")).status !== 200) await new Promise(setImmediate);
  socket.destroy();
  const isOver = () => app.lines.some((line) => (line as { method?: string }).method === "POST");
  while (!isOver()) await new Promise(setImmediate);
  expect(app.lines.filter((line) => (line as { level: string }).level === "error")).toEqual([]);
});

describe.each(open)("request body of $path", (target) => {
  const { path, person, fields } = target;
  const program = isGuarded(path) ? person : app.person();

  /** Expects this status for all requests, and an unchanged database. */
  async function expectRejected(status: number, sent: Promise<{ status: number }>[]): Promise<void> {
    const before = await databaseContents(app.s);
    expect((await Promise.all(sent)).map((answer) => answer.status)).toEqual(sent.map(() => status));
    expect(await databaseContents(app.s)).toEqual(before);
  }

  it("request body: invalid UTF-8 gets 400, raw or percent-encoded", async () => {
    const broken = ["ff", "c080", "eda080", "f4908080", "e282", "80"];
    await expectRejected(400, [
      ...broken.map((hex) => send(target, formType, Buffer.concat([Buffer.from(`${encoded(target)}&x=`), bytes(hex)]))),
      ...broken.map((hex) => send(target, jsonType, Buffer.concat([Buffer.from('{"email":"'), bytes(hex), Buffer.from('"}')]))),
      ...brokenEscapes.map((text) => send(target, formType, `${encoded(target)}&x=${text}`)),
      ...brokenEscapes.map((text) => send(target, formType, `${encoded(target)}&${text}=x`)),
    ]);
  });

  it("request body: JSON other than an object gets 400", async () => {
    const deep = ["[".repeat(30_000), `${"[".repeat(30_000)}${"]".repeat(30_000)}`, '{"a":'.repeat(10_000), "\ufeff{}\0"];
    const utf16 = Buffer.from('{"email":"a"}', "utf16le");
    await expectRejected(
      400,
      [...brokenJson, ...deep, utf16].map((body) => send(target, jsonType, body)),
    );
  });

  it("request body: thousands of fields get 400", async () => {
    await expectRejected(400, [
      send(target, formType, `${encoded(target)}${"&a=b".repeat(10_000)}`),
      send(target, formType, `${encoded(target)}${"&".repeat(20_000)}`),
      send(target, formType, Array.from({ length: 5_000 }, (_, i) => `f${i}=`).join("&")),
    ]);
  });

  it("request body: a compressed one gets 415 and is not decompressed", async () => {
    const bomb = gzipSync(Buffer.alloc(2 ** 24));
    await expectRejected(
      415,
      ["gzip", "br", "deflate", "identity", "x, gzip"].flatMap((encoding) => [
        send(target, formType, bomb, [["Content-Encoding", encoding]]),
        send(target, jsonType, bomb, [["Content-Encoding", encoding]]),
      ]),
    );
  });

  it("request body: over the limit it gets 413, with or without Content-Length, and nothing is hashed", async () => {
    app.resetRecords();
    const long = `${encoded(target)}&x=${"a".repeat(2 ** 20)}`;
    const chunks = `${Array.from({ length: 1_024 }, () => `400\r\n${"a".repeat(1_024)}\r\n`).join("")}0\r\n\r\n`;
    await expectRejected(413, [
      send(target, formType, long),
      send(target, jsonType, JSON.stringify({ ...fields, password: "a".repeat(2 ** 20) })),
      send(target, formType, chunks, [["Transfer-Encoding", "chunked"]]),
      send(target, jsonType, chunks, [["Transfer-Encoding", "chunked"]]),
      send(target, formType, "a", [["Content-Length", "99999999999"]]),
    ]);
    expect(app.hashes).toEqual([]);
  });

  it("request body: over the limit it gets 413, despite a small Content-Length", { tags: ["asvs-4.2.1"] }, async () => {
    const headers = { "content-type": formType, "content-length": "9", "transfer-encoding": "chunked", cookie: person.cookieHeader() };
    const body = `${encoded(target)}&x=${"a".repeat(2 ** 20)}`;
    await expectRejected(413, [app.hono.request(path, { method: "POST", headers, body }, {}) as Promise<Response>]);
  });

  it("request smuggling: contradictory and invalid lengths get 400", { tags: ["asvs-4.2.1"] }, async () => {
    const chunked = "0\r\n\r\n";
    const pairs: [string, string][][] = [
      [
        ["Content-Length", "5"],
        ["Transfer-Encoding", "chunked"],
      ],
      [["Transfer-Encoding", "chunked, identity"]],
      [
        ["Content-Length", "5"],
        ["Content-Length", "6"],
      ],
      [["Content-Length", "-1"]],
      [["Content-Length", "+5"]],
      [["Content-Length", "5, 5"]],
    ];
    await expectRejected(
      400,
      pairs.map((headers) => send(target, formType, chunked, headers)),
    );
  });

  it("request body: a field that is not one string gets 422", { tags: ["asvs-15.3.5", "asvs-15.3.7"] }, async () => {
    const before = await databaseContents(app.s);
    const answers: Answer[] = [];
    for (const name of target.names) {
      for (const value of [[], ["a"], {}, { length: 5 }, { toString: "x" }, null, 0, [["a", "b"]], "\ud800".repeat(300).split("")]) {
        answers.push(await program.sendsJson(path, { ...fields, [name]: value }));
      }
      answers.push(await person.posts(path, [...Object.entries(fields), [name, "again"]]));
      const { [name]: _left, ...others } = fields;
      // These fields are optional, and `name[]` is another field.
      if (!["remember", "next", "display_name"].includes(name))
        answers.push(await person.posts(path, { ...others, [`${name}[]`]: "a", [`${name}[0]`]: "a" }));
    }
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 422));
    expect(await databaseContents(app.s)).toEqual(before);
  });

  it("prototype pollution: special field names have no effect", { tags: ["asvs-15.3.3", "asvs-15.3.6"] }, async () => {
    const polluted = '{"__proto__":{"polluted":"yes","email":"a@example.com"},"constructor":{"prototype":{"polluted":"yes"}}}';
    expect((await send(target, jsonType, polluted)).status).toBeLessThan(500);
    const names = [
      "__proto__",
      "__proto__[polluted]",
      "__proto__.polluted",
      "constructor.prototype.polluted",
      "toString",
      "hasOwnProperty",
    ];
    const extra = Object.fromEntries(names.map((name) => [name, "yes"]));
    const answer = await person.posts(path, { csrf_token: fields["csrf_token"] ?? "", ...extra });
    expect(answer.status).toBeLessThan(500);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("mass assignment", () => {
  it("mass assignment: extra sign-up fields set no column", { tags: ["asvs-15.3.3"] }, async () => {
    const extra = {
      id: "chosen",
      role: "admin",
      created_at: "0",
      password_hash: "plain$$x",
      hash: "plain$$x",
      scheme: "x",
      security_version: "7",
      last_login_at: "1",
      remembered: "1",
    };
    const ada = app.person({ username: "assigned" });
    expect((await ada.signsUp(extra)).status).toBe(303);
    const row = await findUserByName(app.s, "assigned");
    if (!row) throw new Error("There is no account.");
    expect(row.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(row.password_hash).toMatch(/^\$argon2id\$/);
    expect([row.password_scheme, row.last_login_at]).toEqual([null, null]);
    expect(row.created_at).toBeGreaterThan(1_000_000_000_000);
  });
});

describe("lone surrogates", () => {
  it("lone surrogates: rejected at sign-up and login", async () => {
    const ada = app.person({ username: "surrogate" });
    const { username, email, password } = ada.identity;
    const good: Record<string, string> = { username, email, password, confirm_password: password };
    const before = await databaseContents(app.s);
    for (const name of Object.keys(good)) {
      const both = name === "password" ? { confirm_password: `${password}\ud800` } : {};
      const answer = await ada.sendsJson("/signup", { ...good, [name]: `${good[name]}\ud800`, ...both });
      expect(answer.status, name).toBe(422);
    }
    expect(await databaseContents(app.s)).toEqual(before);
    await ada.signsUp();
    for (const odd of [`${password}\ud800`, "\udfff", `\ud800${password}`, password.replace("a", "\udc00")]) {
      expect((await ada.sendsJson("/login", { email, password: odd })).status).toBe(401);
    }
    expect((await ada.sendsJson("/login", { email: `${email}\ud800`, password })).status).toBe(401);
  });
});
