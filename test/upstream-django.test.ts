/** Tests logins at django-oauth-toolkit, as Debian has it. */
// Runs with other programs: python3 with the package django-oauth-toolkit.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkProvider } from "../src/core/providers/check.ts";
import { begin, complete } from "../src/core/providers/protocol.ts";
import { freePort } from "./free-port.ts";
import { UpstreamBrowser, upstreamClient, upstreamSettings } from "./upstream.ts";

const python = "/usr/bin/python3";
const redirectUri = "https://accounts.example.com/oauth/callback/work";

function isInstalled(): boolean {
  try {
    execFileSync(python, ["-c", "import django, oauth2_provider"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!isInstalled()).each(["RS256", "HS256"])("django-oauth-toolkit with %s", (algorithm) => {
  let folder: string;
  let server: ChildProcess;
  let issuer: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "latchkey-django-"));
    const port = await freePort();
    issuer = `http://localhost:${port}/o`;
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
    const key = privateKey.export({ type: "pkcs8", format: "pem" });
    server = spawn(python, [join(import.meta.dirname, "upstream-django.py")], { stdio: ["pipe", "pipe", "inherit"] });
    const given = { port, folder, key, algorithm, redirectUri, clientId: upstreamClient.id, clientSecret: upstreamClient.secret };
    server.stdin?.end(JSON.stringify(given));
    if (server.stdout) await once(server.stdout, "data");
  });
  afterAll(async () => {
    server.kill();
    await once(server, "exit");
    rmSync(folder, { recursive: true });
  });

  it.runIf(algorithm === "RS256")("django-oauth-toolkit: a user logs in, and the doctor's check accepts the secret", async () => {
    const { s, provider } = upstreamSettings(issuer);
    expect(await checkProvider(s, provider)).toMatchObject({ ok: true, isClientAccepted: true });
    const begun = await begin(s, provider);
    if (!begun.ok) throw new Error(begun.detail);
    const { url } = await new UpstreamBrowser().open(begun.url, redirectUri);
    const result = await complete(s, provider, begun.attempt, new URL(url).searchParams);
    expect(result).toMatchObject({ ok: true, identity: { issuer, email: "ada@example.com", isEmailVouched: true, username: "ada" } });
    expect(await complete(s, provider, begun.attempt, new URL(url).searchParams)).toMatchObject({ ok: false, reason: "expired" });
  });

  it.runIf(algorithm === "HS256")("django-oauth-toolkit: ID tokens that the client secret signs are refused", async () => {
    const { s, provider } = upstreamSettings(issuer);
    const begun = await begin(s, provider);
    if (!begun.ok) throw new Error(begun.detail);
    const { url } = await new UpstreamBrowser().open(begun.url, redirectUri);
    expect(await complete(s, provider, begun.attempt, new URL(url).searchParams)).toMatchObject({ ok: false, reason: "bad-answer" });
  });
});
