/** Attack: bodies that are not what they say, or are made to be costly to read. */
// Runs on one engine: each of these is refused before the database is asked.

import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { findUserByName } from "../../src/core/users/users.ts";
import { brokenEscapes, brokenJson } from "../../src/probe/attack-data.ts";
import { type Answer, testApp } from "../person.ts";
import { databaseContents } from "./database-contents.ts";
import { formPaths, openForm } from "./forms.ts";
import { sendRaw } from "./raw-http.ts";

const app = await testApp();
afterAll(() => app.close());

const formType = "application/x-www-form-urlencoded";
const jsonType = "application/json";

/** A browser with each form open, and what its person would send. */
const open = await Promise.all(
  formPaths(app).map(async (path, i) => {
    const person = app.person({ username: `sender${i}` });
    // What is guarded answers a stranger before it reads a word.
    if (isGuarded(path)) await person.isLoggedIn();
    const form = await openForm(person, path);
    const fields: Record<string, string> = { ...form?.fields, csrf_token: form?.token ?? "" };
    return { path, person, fields, names: Object.keys(form?.fields ?? {}) };
  }),
);
type Open = (typeof open)[number];

function isGuarded(path: string): boolean {
  return path === "/confirm-password" || path.startsWith("/settings");
}

/** Sends a body as this browser, just as it is. */
function send({ path, person }: Open, type: string, body: string | Uint8Array, headers: readonly (readonly [string, string])[] = []) {
  const own = [["Cookie", person.cookieHeader()] as const, ["Content-Type", type] as const];
  return sendRaw(app.url, { method: "POST", path, headers: [...own, ...headers], body });
}

const encoded = ({ fields }: Open) => new URLSearchParams(fields).toString();
const bytes = (hex: string) => Buffer.from(hex, "hex");

it("is no failure of ours when it never comes to an end", async () => {
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

describe.each(open)("a body that is not what it says, sent to $path", (target) => {
  const { path, person, fields } = target;
  const program = isGuarded(path) ? person : app.person();

  /** What the server must refuse as unreadable, without changing anything. */
  async function refuses(status: number, sent: Promise<{ status: number }>[]): Promise<void> {
    const before = await databaseContents(app.s);
    expect((await Promise.all(sent)).map((answer) => answer.status)).toEqual(sent.map(() => status));
    expect(await databaseContents(app.s)).toEqual(before);
  }

  it("is refused when its bytes are no UTF-8, spelled out or escaped", async () => {
    const broken = ["ff", "c080", "eda080", "f4908080", "e282", "80"];
    await refuses(400, [
      ...broken.map((hex) => send(target, formType, Buffer.concat([Buffer.from(`${encoded(target)}&x=`), bytes(hex)]))),
      ...broken.map((hex) => send(target, jsonType, Buffer.concat([Buffer.from('{"email":"'), bytes(hex), Buffer.from('"}')]))),
      ...brokenEscapes.map((text) => send(target, formType, `${encoded(target)}&x=${text}`)),
      ...brokenEscapes.map((text) => send(target, formType, `${encoded(target)}&${text}=x`)),
    ]);
  });

  it("is refused when it is no JSON object", async () => {
    const deep = ["[".repeat(30_000), `${"[".repeat(30_000)}${"]".repeat(30_000)}`, '{"a":'.repeat(10_000), "\ufeff{}\0"];
    const utf16 = Buffer.from('{"email":"a"}', "utf16le");
    await refuses(
      400,
      [...brokenJson, ...deep, utf16].map((body) => send(target, jsonType, body)),
    );
  });

  it("is refused when it has more fields than any form", async () => {
    await refuses(400, [
      send(target, formType, `${encoded(target)}${"&a=b".repeat(10_000)}`),
      send(target, formType, `${encoded(target)}${"&".repeat(20_000)}`),
      send(target, formType, Array.from({ length: 5_000 }, (_, i) => `f${i}=`).join("&")),
    ]);
  });

  it("is refused when it is packed, before anyone unpacks it", async () => {
    const bomb = gzipSync(Buffer.alloc(2 ** 24));
    await refuses(
      415,
      ["gzip", "br", "deflate", "identity", "x, gzip"].flatMap((encoding) => [
        send(target, formType, bomb, [["Content-Encoding", encoding]]),
        send(target, jsonType, bomb, [["Content-Encoding", encoding]]),
      ]),
    );
  });

  it("is refused when it is longer than any form, announced or not, and hashes nothing", async () => {
    app.resetRecords();
    const long = `${encoded(target)}&x=${"a".repeat(2 ** 20)}`;
    const chunks = `${Array.from({ length: 1_024 }, () => `400\r\n${"a".repeat(1_024)}\r\n`).join("")}0\r\n\r\n`;
    await refuses(413, [
      send(target, formType, long),
      send(target, jsonType, JSON.stringify({ ...fields, password: "a".repeat(2 ** 20) })),
      send(target, formType, chunks, [["Transfer-Encoding", "chunked"]]),
      send(target, jsonType, chunks, [["Transfer-Encoding", "chunked"]]),
      send(target, formType, "a", [["Content-Length", "99999999999"]]),
    ]);
    expect(app.hashes).toEqual([]);
  });

  it("is refused when it is longer than it says, where the server in front let both lengths pass", { tags: ["asvs-4.2.1"] }, async () => {
    const headers = { "content-type": formType, "content-length": "9", "transfer-encoding": "chunked", cookie: person.cookieHeader() };
    const body = `${encoded(target)}&x=${"a".repeat(2 ** 20)}`;
    await refuses(413, [app.hono.request(path, { method: "POST", headers, body }, {}) as Promise<Response>]);
  });

  it("is refused when a length and chunks contradict each other, or a length is no number", { tags: ["asvs-4.2.1"] }, async () => {
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
    await refuses(
      400,
      pairs.map((headers) => send(target, formType, chunked, headers)),
    );
  });

  it("is refused when a field is a list, an object or nothing", { tags: ["asvs-15.3.5", "asvs-15.3.7"] }, async () => {
    const before = await databaseContents(app.s);
    const answers: Answer[] = [];
    for (const name of target.names) {
      for (const value of [[], ["a"], {}, { length: 5 }, { toString: "x" }, null, 0, [["a", "b"]], "\ud800".repeat(300).split("")]) {
        answers.push(await program.sendsJson(path, { ...fields, [name]: value }));
      }
      answers.push(await person.posts(path, [...Object.entries(fields), [name, "again"]]));
      const { [name]: _left, ...others } = fields;
      // A tick-box, where to go on to, and a name that one need not have may be missing, so their lists are not theirs.
      if (!["remember", "next", "display_name"].includes(name))
        answers.push(await person.posts(path, { ...others, [`${name}[]`]: "a", [`${name}[0]`]: "a" }));
    }
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 422));
    expect(await databaseContents(app.s)).toEqual(before);
  });

  it("reaches no prototype and no column that the form does not have", { tags: ["asvs-15.3.3", "asvs-15.3.6"] }, async () => {
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

describe("what a form does not ask for", () => {
  it("is not taken into the account: no id, no date, no hash, no session", { tags: ["asvs-15.3.3"] }, async () => {
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

describe("a lone surrogate, which is no text", () => {
  it("makes no account and logs nobody in, wherever it stands", async () => {
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
