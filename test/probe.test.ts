/** Tests `latchkey probe`: findings, limits and cleanup. */
// Runs end to end: it starts the program.
// Runs on one engine: the probe sees HTTP only.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "./free-port.ts";
import { bin, type Program, runCommand, runInNewProcess, startProgram } from "./program.ts";

interface Report {
  readonly failed: number;
  readonly requests: number;
  readonly account: string;
  readonly isComplete: boolean;
  readonly results: readonly { readonly id: string; readonly outcome: string; readonly observed: string }[];
}

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const folder = mkdtempSync(join(tmpdir(), "latchkey-probe-"));
let program: Program;
beforeAll(async () => {
  program = await startProgram(folder, {
    SIGNUP: "open",
    SMTP_URL: "smtp://127.0.0.1:9",
    DELETE_AFTER: "0",
    FORWARD_AUTH_HOSTS: "localhost",
  });
});
afterAll(async () => {
  await program.stop();
  rmSync(folder, { recursive: true });
});

async function probe(url: string, ...options: string[]): Promise<{ code: number | null; report: Report }> {
  const { code, output } = await runCommand(folder, ["probe", url, "--yes", "--json", ...options]);
  return { code, report: JSON.parse(output) as Report };
}

async function accounts(): Promise<number> {
  const { output } = await runCommand(folder, ["users", "list", "--json"]);
  return (JSON.parse(output) as { users: unknown[] }).users.length;
}

describe("latchkey probe", () => {
  // A run takes 300 requests at 50 a second: the run over https covers these checks too.
  it.skipIf(hasOpenssl)("probe: a correct deployment passes every check, and the account is deleted", async () => {
    const { code, report } = await probe(program.url);
    expect(report.results.filter(({ outcome }) => outcome === "fail")).toEqual([]);
    expect(report.results.filter(({ outcome }) => outcome === "skipped").map(({ id }) => id)).toEqual(["https-only"]);
    expect([code, report.isComplete, report.failed]).toEqual([0, true, 0]);
    expect(report.account).toMatch(/^Account latchkey-probe-\w+ was deleted\.$/);
    expect(await accounts()).toBe(0);
  });

  it.skipIf(!hasOpenssl)("probe: a correct deployment passes every check over https (skipped without `openssl`)", async () => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const self = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost";
    spawnSync("openssl", [...self.split(" "), "-keyout", key, "-out", cert]);
    const inner = `http://127.0.0.1:${await freePort()}`;
    const proxy = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, async (req, res) => {
      const forwarded = { "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https" };
      const { answer, text } = await forward(inner, req, await bodyOf(req), { ...req.headers, ...forwarded });
      res.writeHead(answer.statusCode ?? 500, answer.headers).end(text);
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    const site = `https://localhost:${(proxy.address() as AddressInfo).port}`;
    const own = mkdtempSync(join(folder, "production-"));
    const env = { NODE_ENV: "production", BASE_URL: site, SIGNUP: "open", SMTP_URL: "smtp://127.0.0.1:9", TRUST_PROXY: "127.0.0.1" };
    const served = await startProgram(own, { ...env, DELETE_AFTER: "0", FORWARD_AUTH_HOSTS: "localhost", PORT: new URL(inner).port });
    const { code, output } = await runInNewProcess(own, ["probe", site, "--yes", "--json"], { NODE_EXTRA_CA_CERTS: cert });
    const { results, isComplete, failed, account } = JSON.parse(output) as Report;
    expect(results.filter(({ outcome }) => outcome !== "pass")).toEqual([]);
    expect([code, isComplete, failed]).toEqual([0, true, 0]);
    expect(account).toMatch(/^Account latchkey-probe-\w+ was deleted\.$/);
    const unknown = await runCommand(own, ["probe", site, "--yes"]);
    expect([unknown.code, unknown.output]).toEqual([1, expect.stringContaining("self-signed certificate")]);
    proxy.close();
    await served.stop();
  });

  it("probe: every check fails against a vulnerable proxy", async () => {
    const vulnerable = await startVulnerableProxy(program.url);
    const { port } = vulnerable.address() as AddressInfo;
    const { code, report } = await probe(`http://127.0.0.1:${port}`);
    vulnerable.close();
    expect(report.results.filter(({ outcome }) => outcome !== "fail").map(({ id }) => id)).toEqual(["https-only"]);
    expect(code).toBe(1);
  });

  it("probe: --max-requests stops the run and the account is deleted", async () => {
    const { code, report } = await probe(program.url, "--max-requests", "20");
    expect([code, report.isComplete, report.requests]).toEqual([1, false, 20]);
    expect(report.results.at(-1)).toMatchObject({ outcome: "skipped", observed: "The limit of 20 requests is reached." });
    expect(await accounts()).toBe(0);
  });

  it("probe: SIGINT deletes the account and reports partial results", async () => {
    const child = spawn(process.execPath, [bin, "probe", program.url, "--yes", "--json"], { cwd: folder });
    let output = "";
    child.stdout.on("data", (part: Buffer) => {
      output += part.toString();
    });
    const ended = new Promise((done) => child.once("close", done));
    await expect.poll(accounts, { timeout: 120_000 }).toBe(1);
    child.kill("SIGINT");
    expect(await ended).toBe(1);
    const report = JSON.parse(output) as Report;
    expect([report.isComplete, report.results.at(-1)?.observed]).toEqual([false, "Interrupted."]);
    expect(await accounts()).toBe(0);
  });

  it("probe: --email uses an existing account and logs it out", async () => {
    const password = "seven small boats";
    await runCommand(folder, ["users", "create", "ada", "ada@example.com", "--verified"], {}, password);
    const { code, output } = await runCommand(
      folder,
      ["probe", program.url, "--yes", "--json", "--email", "ada@example.com"],
      {},
      password,
    );
    const { results, account } = JSON.parse(output) as Report;
    expect([code, account]).toEqual([0, "Account ada@example.com was logged out."]);
    expect(results.filter(({ outcome }) => outcome === "fail")).toEqual([]);
    expect(results.filter(({ outcome }) => outcome === "skipped").map(({ id }) => id)).toContain("https-only");
    expect(results.find(({ id }) => id === "logout-ends")?.outcome).toBe("pass");
    const { output: listed } = await runCommand(folder, ["sessions", "list", "ada", "--json"]);
    expect((JSON.parse(listed) as { sessions: unknown[] }).sessions).toEqual([]);
    expect(await accounts()).toBe(1);
    const wrong = await runCommand(folder, ["probe", program.url, "--yes", "--email", "ada@example.com"], {}, "seven small ships");
    expect([wrong.code, wrong.output]).toEqual([1, expect.stringContaining("the login rejected the account")]);
    const elsewhere = await runCommand(folder, ["probe", `${program.url}/elsewhere`, "--yes"]);
    expect([elsewhere.code, elsewhere.output]).toEqual([1, expect.stringContaining("no Latchkey login page: /login returned 404")]);
    await runCommand(folder, ["users", "delete", "ada", "--yes"]);
  });

  it("probe: sends nothing without --yes, a password or a reachable site", async () => {
    const unconfirmed = await runCommand(folder, ["probe", program.url]);
    expect([unconfirmed.code, unconfirmed.output]).toEqual([
      1,
      "error: probing sends attacks; confirm that the deployment is yours with --yes\n",
    ]);
    const withoutPassword = await runCommand(folder, ["probe", program.url, "--yes", "--email", "ada@example.com"]);
    expect(withoutPassword.output).toBe("error: no password on stdin\n");
    expect((await runCommand(folder, ["probe", "ftp://example.com", "--yes"])).code).toBe(2);
    const unreachable = await runCommand(folder, ["probe", "http://127.0.0.1:9", "--yes"]);
    expect([unreachable.code, unreachable.output.split("\n").length]).toEqual([1, 2]);
  });

  it("probe: the HTML report has no scripts and escapes responses", async () => {
    const { output } = await runCommand(folder, ["probe", program.url, "--yes", "--format", "html", "--max-requests", "15"]);
    expect(output).toContain('<html lang="en">');
    expect(output).toContain("The run was incomplete.");
    expect(output).not.toMatch(/<script|https?:\/\/(?!127)/);
  });
});

/** A proxy that adds every vulnerability that the probe checks for. */
async function startVulnerableProxy(real: string): Promise<Server> {
  const tokens = new Map<string, string>();
  const server = createServer(async (req, res): Promise<unknown> => {
    const body = await bodyOf(req);
    const { method = "GET", url = "/" } = req;
    const { pathname, searchParams } = new URL(url, real);
    const fields = new URLSearchParams(body);
    const hasSession = /latchkey_session=/.test(req.headers.cookie ?? "");
    if (pathname === "/nothing-here") return res.writeHead(500).end("Error\n    at handler (app.js:1:1)");
    if (pathname === "/metrics" || pathname === "/forward-auth" || method === "PUT") return res.writeHead(200).end();
    if (pathname.startsWith("/admin")) return res.writeHead(200).end();
    if (body === "{") return res.writeHead(500).end();
    if (method === "POST" && pathname === "/logout") {
      return res.writeHead(303, { location: "/", "set-cookie": "latchkey_session=; Max-Age=0" }).end();
    }
    if (method === "POST" && pathname === "/login" && hasSession) return res.writeHead(303, { location: "/dashboard" }).end();
    // Removes the headers that identify cross-site requests.
    const { origin: _, "sec-fetch-site": __, host: ___, ...kept } = req.headers;
    const { answer, text } = await forward(real, req, body, kept);
    const cookies = (answer.headers["set-cookie"] ?? []).map((line) => line.replace(/; HttpOnly/i, ""));
    const headers: Record<string, string | string[]> = {
      "set-cookie": cookies,
      "cache-control": "public",
      server: "nginx/1.18.0",
      "access-control-allow-origin": "*",
    };
    const isUnknown = fields.get("email")?.includes("nobody") === true;
    const { location } = answer.headers;
    if (location !== undefined) headers["location"] = fields.get("next") ?? (isUnknown ? "/signup" : location);
    const status = answer.statusCode === 429 || (answer.statusCode === 401 && isUnknown) ? 404 : (answer.statusCode ?? 500);
    const nonce = /latchkey_csrf=([^; ]*)/.exec(`${req.headers.cookie} ${cookies.join(" ")}`)?.[1] ?? "";
    const reflected = `${req.headers["x-forwarded-host"] ?? req.headers.host} ${searchParams.get("next") ?? ""} ${[...fields.values()].join(" ")}`;
    const page = text
      .replace(/name="csrf_token" value="([^"]*)"/, (whole, token: string) => {
        if (hasSession) return whole;
        if (!tokens.has(nonce)) tokens.set(nonce, token);
        return `name="csrf_token" value="${tokens.get(nonce)}"`;
      })
      .replace(/name="next" value="[^"]*"/, `name="next" value="${searchParams.get("next")}"`);
    return res.writeHead(status, headers).end(`${page}${reflected}`);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

interface Forwarded {
  readonly answer: IncomingMessage;
  readonly text: string;
}

function forward(real: string, { method, url }: IncomingMessage, body: string, headers: OutgoingHttpHeaders): Promise<Forwarded> {
  return new Promise((done, fail) => {
    const { hostname, port } = new URL(real);
    const sent = request({ hostname, port, method, path: url, headers }, async (answer) => done({ answer, text: await bodyOf(answer) }));
    sent.once("error", fail);
    sent.end(body);
  });
}
