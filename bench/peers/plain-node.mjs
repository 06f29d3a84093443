// Reference: the minimal work of a login system with node:http, one prepared statement of node:sqlite and template strings. Sends Latchkey's
// pages and headers; looks up the session and issues a CSRF token for each request.
import { hash, randomBytes, randomFillSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";

const [port, pagesFile, databaseFile] = process.argv.slice(2);
/** `{ dashboard, login }`: each with `headers`, `html`, the `csrf` token in it, and optionally the `username`. */
const pages = JSON.parse(readFileSync(pagesFile, "utf8"));
const key = randomBytes(32);
const day = 86_400_000;

const db = new DatabaseSync(databaseFile);
db.exec(`
  pragma journal_mode = wal;
  create table users (id text primary key, username text not null, email text not null, email_verified_at integer, disabled_at integer);
  create table sessions (token_hash blob primary key, user_id text not null references users, created_at integer not null,
    last_seen_at integer not null, expires_at integer not null, authenticated_at integer not null) without rowid;
`);
const sessionToken = randomBytes(32).toString("base64url");
db.prepare("insert into users values ('1', ?, 'person0@example.com', null, null)").run(pages.dashboard.username);
db.prepare("insert into sessions values (?, '1', ?, ?, ?, ?)").run(
  sha256(sessionToken),
  Date.now(),
  Date.now(),
  Date.now() + day,
  Date.now(),
);

const findSession = db.prepare(`
  select s.created_at, s.last_seen_at, s.expires_at, s.authenticated_at, u.id, u.username, u.email, u.email_verified_at, u.disabled_at
  from sessions s join users u on u.id = s.user_id where s.token_hash = ?`);

function sha256(text) {
  return Buffer.from(hash("sha256", text, "binary"), "binary");
}

function cookieIn(header, name) {
  if (header === undefined) return undefined;
  const start = `${name}=`;
  const values = header.split("; ").filter((part) => part.startsWith(start));
  return values.length === 1 ? values[0].slice(start.length) : undefined;
}

/** HMAC-SHA-256 (RFC 2104) by two one-shot digests. */
const [inner, outer] = [0x36, 0x5c].map((pad) =>
  Buffer.concat([Buffer.from(key.map((byte) => byte ^ pad)), Buffer.alloc(32, pad), Buffer.alloc(128)]),
);
function hmac(text) {
  const end = 64 + inner.latin1Write(text, 64);
  outer.latin1Write(hash("sha256", inner.subarray(0, end), "binary"), 64);
  return hash("sha256", outer.subarray(0, 96), "binary");
}

/** Pool of random bytes: one system call serves many requests. */
const pool = Buffer.alloc(8_192);
let used = pool.length;
function random(count) {
  if (used + count > pool.length) used = randomFillSync(pool) && 0;
  used += count;
  return pool.subarray(used - count, used);
}

/** BREACH: masked anew in each response. */
const masked = Buffer.alloc(64);
function csrfToken(bearer) {
  const token = hmac(bearer);
  masked.set(random(32));
  for (let i = 0; i < 32; i++) masked[32 + i] = masked[i] ^ token.charCodeAt(i);
  return masked.base64urlSlice(0, 64);
}

/** Splits a page at its token and username, so that each response only joins strings. */
function template({ html, csrf, username }) {
  const pieces = html.split(new RegExp(`(${[csrf, username].filter(Boolean).join("|")})`));
  return (token, name) => {
    let page = "";
    for (const piece of pieces) page += piece === csrf ? token : piece === username ? name : piece;
    return page;
  };
}

const dashboard = template(pages.dashboard);
const login = template(pages.login);
const [dashboardHeaders, loginHeaders] = [pages.dashboard, pages.login].map(({ headers }) => Object.entries(headers).flat());

function findVisitor(cookies) {
  const token = cookieIn(cookies, "session");
  if (token === undefined || !/^[\w-]{43}$/.test(token)) return undefined;
  const row = findSession.get(sha256(token));
  const now = Date.now();
  return row && now < row.expires_at && now < row.last_seen_at + day && row.disabled_at === null ? { ...row, token } : undefined;
}

function answer(request) {
  const cookies = request.headers.cookie;
  const visitor = findVisitor(cookies);
  if (request.url === "/dashboard") {
    if (!visitor) return [303, ["location", "/login?next=%2Fdashboard"], ""];
    return [200, dashboardHeaders, dashboard(csrfToken(`session ${visitor.token}`), visitor.username)];
  }
  const known = cookieIn(cookies, "csrf");
  const nonce = known ?? random(32).toString("base64url");
  const headers = known === undefined ? [...loginHeaders, "set-cookie", `csrf=${nonce}; Path=/; HttpOnly; SameSite=Lax`] : loginHeaders;
  return [200, headers, login(csrfToken(`nonce ${nonce}`))];
}

/** Batches the responses of one turn of the event loop, like Latchkey. */
let ready = [];
function send() {
  const all = ready;
  ready = [];
  for (const { response, status, headers, html } of all) {
    response.writeHead(status, [...headers, "content-length", String(Buffer.byteLength(html))]);
    response.end(html);
  }
}

const server = createServer((request, response) => {
  const [status, headers, html] = answer(request);
  if (ready.length === 0) setImmediate(send);
  ready.push({ response, status, headers, html });
});
server.listen(Number(port), "127.0.0.1", () => process.stdout.write(`session=${sessionToken}\n`));
