/** Tests the import of second factors and passkeys: no account is given away, and nothing that was removed comes back. */

import { createHash, generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createUserByAdmin, resetTwoFactor } from "../../src/core/account/admin-actions.ts";
import { readFactors } from "../../src/core/account/factors.ts";
import { listIdentities } from "../../src/core/identities/identities.ts";
import { emailKey } from "../../src/core/mail/email-key.ts";
import { actingAs } from "../../src/core/request-info.ts";
import { inTransaction } from "../../src/core/services.ts";
import { acceptTotp } from "../../src/core/two-factor/authenticators.ts";
import { acceptRecoveryCode, readRecoveryCode } from "../../src/core/two-factor/recovery-codes.ts";
import { findUserById } from "../../src/core/users/users.ts";
import { readFactorsFile } from "../../src/migration/factors-file.ts";
import { type FactorsReport, importFactors } from "../../src/migration/import-factors.ts";
import { createSoftwarePasskey, totpCode } from "../../src/testing.ts";
import { makeDatabase, type TestDatabase } from "../database.ts";
import { type TestApp, testApp } from "../person.ts";
import { runCommand } from "../program.ts";

const by = actingAs("command line");
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const other = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

let database: TestDatabase;
let app: TestApp;
beforeAll(async () => {
  database = await makeDatabase();
  app = await testApp({ DATABASE_URL: database.url, LIMIT_LOGIN_PER_IP: "100000/1h" });
});
afterAll(async () => {
  await app.close();
  await database.remove();
});

const password = "a harbour at dusk";
let count = 0;

/** An account as `latchkey import flask` leaves it. */
async function imported(username = `user${++count}`): Promise<{ id: string; sourceId: string; email: string; username: string }> {
  const email = `${username}@example.com`;
  const created = await createUserByAdmin(app.s, { username, email, password, emailVerified: true, extra: undefined }, by);
  if (!created.ok) throw new Error("The username is taken.");
  const { id } = created.user;
  const digest = createHash("sha256").update(emailKey(email)).digest("hex");
  const sourceId = String(1_000 + count);
  await app.s.db
    .insertInto("imports")
    .values({
      id: `flask:${sourceId}`,
      user_id: id,
      digest: "",
      imported_at: app.s.now(),
      remember_spent_at: null,
      sessions_ended_at: null,
      source_email_digest: digest,
      given_email_digest: digest,
      source_created_at: null,
      format: "werkzeug",
      disabled_at: null,
    })
    .execute();
  return { id, sourceId, email, username };
}

function run(accounts: readonly object[], { isDry = false, name = "flask", rpId = "localhost" } = {}): Promise<FactorsReport> {
  const entries = readFactorsFile(JSON.stringify({ rpId, accounts }));
  return importFactors(app.s, entries, { name, isDry }, { info: by, onProgress: () => {} });
}

const entry = ({ sourceId, email }: { sourceId: string; email: string }, more: object) => ({ id: sourceId, email, ...more });

async function factorsOf(id: string) {
  const row = await findUserById(app.s, id);
  return readFactors(app.s, { id, two_factor_since: row?.two_factor_since ?? null });
}

function passkeyFor(userHandle: string) {
  const passkey = createSoftwarePasskey({ counter: 7 });
  passkey.create({
    challenge: "eA",
    rp: { id: "localhost", name: "Old app" },
    user: { id: userHandle },
    pubKeyCredParams: [{ alg: -7 }],
  });
  return passkey;
}

const handleOf = (id: string) => createHash("sha256").update(id).digest("base64url");

describe("import of second factors", () => {
  it("import json: an authenticator app, recovery codes and a passkey of the old app log in here", async () => {
    const ada = await imported();
    const passkey = passkeyFor(handleOf(ada.id));
    const file = [
      entry(ada, {
        totp: [{ secret, name: "Phone" }],
        recoveryCodes: ["a1b2-c3d4", "e5f6 a7b8"],
        passkeys: [{ ...passkey.exported(), name: "Key" }],
      }),
    ];
    expect(await run(file)).toMatchObject({ read: 1, imported: 1, authenticators: 1, recoveryCodes: 2, passkeys: 1, troubles: {} });
    expect(await factorsOf(ada.id)).toMatchObject({
      twoFactorSince: expect.any(Number),
      authenticators: [{ name: "Phone" }],
      recoveryCodes: 2,
      passkeys: [{ name: "Key", rpId: "localhost", isSynced: true }],
    });
    const person = app.person({ username: ada.username, email: ada.email, password });
    const first = await person.sendsJson("/login", { email: ada.email, password, session: "token" });
    expect(first.status).toBe(202);
    const { pending } = first.json() as { pending: string };
    expect((await person.sendsJson("/login/two-factor", { pending, code: totpCode(secret, app.s.now()) })).status).toBe(200);
    const again = (await person.sendsJson("/login", { email: ada.email, password, session: "token" })).json() as { pending: string };
    expect((await person.sendsJson("/login/two-factor", { pending: again.pending, code: "A1B2C3D4" })).status).toBe(200);
    expect((await factorsOf(ada.id)).recoveryCodes).toBe(1);
    const asked = (await person.sendsJson("/passkeys/options", { purpose: "login" })).json() as {
      publicKey: { challenge: string };
      browser?: string;
    };
    const login = await person.sendsJson("/passkeys/verify", {
      ...asked,
      publicKey: undefined,
      passkey: passkey.get(asked.publicKey),
      session: "token",
    });
    expect([login.status, login.text.includes(ada.username)]).toEqual([200, true]);
  });

  it("import json: a second run changes nothing, and adds what is new in the old app", async () => {
    const ada = await imported();
    const file = [entry(ada, { totp: [{ secret }], recoveryCodes: ["aaaa-bbbb"] })];
    await run(file);
    const before = await factorsOf(ada.id);
    expect(await run(file)).toMatchObject({ imported: 0, unchanged: 1, troubles: {} });
    expect(await factorsOf(ada.id)).toEqual(before);
    expect(await run([entry(ada, { totp: [{ secret }, { secret: other, name: "New" }], recoveryCodes: ["aaaa-bbbb"] })])).toMatchObject({
      imported: 1,
      authenticators: 1,
    });
    expect((await factorsOf(ada.id)).authenticators).toHaveLength(2);
  });

  it("import json: a corrected file turns two-factor authentication on for factors of an earlier run", {
    tags: ["asvs-6.3.3"],
  }, async () => {
    const [byApp, byPasskey] = [await imported(), await imported()];
    const passkeys = [passkeyFor(handleOf(byPasskey.id)).exported()];
    const file = (twoFactor: boolean) => [
      entry(byApp, { totp: [{ secret }], twoFactor }),
      entry(byPasskey, { passkeys, recoveryCodes: ["aaaa-bbbb"], twoFactor }),
    ];
    await run(file(false));
    for (const { id } of [byApp, byPasskey]) expect(await factorsOf(id)).toMatchObject({ twoFactorSince: null });
    expect(await run(file(true))).toMatchObject({ imported: 2, authenticators: 0, passkeys: 0, troubles: {} });
    for (const { id, username, email } of [byApp, byPasskey]) {
      expect(await factorsOf(id)).toMatchObject({ twoFactorSince: expect.any(Number) });
      expect((await app.person({ username, email, password }).logsIn()).location).toBe("/login/two-factor");
    }
    expect(await run(file(true))).toMatchObject({ imported: 0, unchanged: 2, troubles: {} });
  });

  it("import json: a factor that was removed here does not come back", { tags: ["asvs-6.4.4"] }, async () => {
    const [reset, removed] = [await imported(), await imported()];
    const file = [reset, removed].map((each) => entry(each, { totp: [{ secret: each === reset ? secret : other }] }));
    await run(file);
    await resetTwoFactor(app.s, reset.id, { reason: "Lost phone", info: by });
    const owner = app.person({ username: removed.username, email: removed.email, password });
    await owner.logsIn();
    await owner.fillsIn("/login/two-factor", { code: totpCode(other, app.s.now()) });
    expect((await owner.fillsIn("/settings/two-factor/off", {})).status).toBe(303);
    const report = await run(file);
    expect([report.imported, report.troubles["factors-changed"]?.ids]).toEqual([0, [reset.sourceId, removed.sourceId]]);
    for (const { id } of [reset, removed]) expect(await factorsOf(id)).toMatchObject({ twoFactorSince: null, authenticators: [] });
  });

  it("import json: an account that its user has used here gets no factor", async () => {
    const ada = await imported();
    await app.person({ username: ada.username, email: ada.email, password }).logsIn();
    const report = await run([entry(ada, { totp: [{ secret }], passkeys: [passkeyFor(handleOf(ada.id)).exported()] })]);
    expect(report).toMatchObject({ imported: 0, skipped: 1, troubles: { "account-used": { ids: [ada.sourceId] } } });
    expect(await factorsOf(ada.id)).toMatchObject({ twoFactorSince: null, passkeys: [] });
  });

  it("import json: an ID of another app, a reused ID and an account that was not imported get no factor", async () => {
    const ada = await imported();
    const created = await createUserByAdmin(
      app.s,
      { username: "local", email: "local@example.com", password, emailVerified: true, extra: undefined },
      by,
    );
    const passkey = passkeyFor(handleOf(ada.id)).exported();
    const more = { totp: [{ secret }], passkeys: [passkey] };
    expect((await run([entry(ada, more)], { name: "shop" })).troubles).toHaveProperty("account-not-found");
    expect((await run([{ id: ada.sourceId, email: "mallory@example.com", ...more }])).troubles).toHaveProperty("email-differs");
    expect((await run([{ id: "9999", email: "local@example.com", ...more }])).troubles).toHaveProperty("account-not-found");
    expect((await run([entry(ada, {}), entry(ada, more)])).troubles).toHaveProperty("id-twice");
    for (const id of [ada.id, created.ok ? created.user.id : ""])
      expect(await factorsOf(id)).toMatchObject({ twoFactorSince: null, passkeys: [] });
  });

  it("import json: linked logins are imported once, of known providers only, and never those of another account", async () => {
    const [ada, eve] = [await imported(), await imported()];
    const issuer = "https://login.example.com";
    const logins = [
      { provider: "work", issuer, subject: 1001, email: "ada@work.example" },
      { provider: "unknown", subject: "x" },
      { provider: "work", issuer, subject: "" },
    ];
    const report = await run([entry(ada, { logins })]);
    expect(report).toMatchObject({ imported: 1, logins: 1 });
    expect(new Set(Object.keys(report.troubles))).toEqual(new Set(["login-not-valid", "login-provider-unknown"]));
    expect(await listIdentities(app.s, ada.id)).toMatchObject([
      { provider: "work", issuer, subject: "1001", email: "ada@work.example", confirmedAt: null },
    ]);
    expect(await run([entry(ada, { logins: [logins[0]] })])).toMatchObject({ imported: 0, unchanged: 1 });
    expect((await run([entry(eve, { logins: [logins[0]] })])).troubles).toHaveProperty("login-taken");
    expect(await listIdentities(app.s, eve.id)).toEqual([]);
  });

  it("import json: a passkey of another account or another site is refused", async () => {
    const [ada, eve] = [await imported(), await imported()];
    const passkey = passkeyFor(handleOf(ada.id)).exported();
    await run([entry(ada, { passkeys: [passkey] })]);
    expect((await run([entry(eve, { passkeys: [{ ...passkey, userHandle: handleOf(eve.id) }] })])).troubles).toHaveProperty(
      "passkey-taken",
    );
    expect((await run([entry(eve, { passkeys: [{ ...passkey, rpId: "example.com" }] })])).troubles).toHaveProperty("passkey-other-site");
    expect((await factorsOf(eve.id)).passkeys).toEqual([]);
  });

  it("import json: keys as JWK, SPKI and PEM are stored like those in COSE", async () => {
    const ada = await imported();
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const spki = publicKey.export({ format: "der", type: "spki" });
    const forms = [publicKey.export({ format: "jwk" }), spki.toString("base64"), publicKey.export({ format: "pem", type: "spki" })];
    const shape = { counter: 0, backupEligible: false, backedUp: false, userHandle: handleOf(ada.id) };
    const passkeys = forms.map((key, i) => ({
      ...shape,
      credentialId: Buffer.from(`key ${i} of ${ada.id}`).toString("base64url"),
      publicKey: key,
    }));
    expect(await run([entry(ada, { passkeys })])).toMatchObject({ passkeys: 3, troubles: {} });
    const rows = await app.s.db.selectFrom("passkeys").select("public_key").where("user_id", "=", ada.id).execute();
    expect(new Set(rows.map(({ public_key }) => Buffer.from(public_key).toString("hex"))).size).toBe(1);
  });

  it("import json: hashed codes, other parameters, short secrets and broken keys are refused one by one", async () => {
    const cases: [object, string][] = [
      [{ totp: [{ secret }], recoveryCodes: ["$2b$12$abcdefghijklmnopqrstuv"] }, "codes-hashed"],
      [{ totp: [{ secret }], recoveryCodes: [createHash("sha256").update("code").digest("hex")] }, "codes-hashed"],
      [{ totp: [{ secret }], recoveryCodes: ["123456"] }, "codes-not-valid"],
      [{ recoveryCodes: ["aaaa-bbbb"] }, "codes-without-factor"],
      [{ twoFactor: true }, "two-factor-without-factor"],
      [{ totp: [{ secret, algorithm: "SHA256" }] }, "totp-parameters"],
      [{ totp: [{ secret: `otpauth://totp/App:ada?secret=${secret}&digits=8` }] }, "totp-parameters"],
      [{ totp: [{ secret: "GEZDGNBV" }] }, "totp-secret-not-valid"],
      [{ totp: Array.from({ length: 6 }, (_, i) => ({ secret: `${"ABCDEF"[i]}${secret.slice(1)}` })) }, "totp-too-many"],
      [
        { passkeys: [{ credentialId: "eA", publicKey: "bm8ga2V5", counter: 0, backupEligible: false, backedUp: false }] },
        "passkey-not-valid",
      ],
      [{ passkeys: [{ credentialId: "eA" }] }, "entry-not-valid"],
      [{ totp: "secret" }, "entry-not-valid"],
    ];
    for (const [more, trouble] of cases) {
      const ada = await imported();
      const { troubles } = await run([entry(ada, more)]);
      expect(troubles, JSON.stringify(more)).toHaveProperty(trouble);
      expect((await factorsOf(ada.id)).recoveryCodes, JSON.stringify(more)).toBe(0);
    }
    for (const text of ["", "[]", "{}", '{"accounts": 1}']) expect(() => readFactorsFile(text)).toThrow("--from");
  });

  it("import json: the URI of a QR code is read", async () => {
    const ada = await imported();
    expect(
      await run([entry(ada, { totp: [{ secret: `otpauth://totp/App:ada?secret=${secret.toLowerCase()}&issuer=App` }] })]),
    ).toMatchObject({ authenticators: 1 });
    expect(await inTransaction(app.s, (tx) => acceptTotp(tx, ada.id, totpCode(secret, app.s.now())))).toMatchObject({ ok: true });
    expect(await inTransaction(app.s, (tx) => acceptRecoveryCode(tx, ada.id, readRecoveryCode("aaaa bbbb") ?? ""))).toBe(false);
  });

  it("import json: a dry run reports the same and writes nothing; the command exits 1 on errors and shows no secret", async () => {
    const ada = await imported();
    const accounts = [entry(ada, { totp: [{ secret }] }), { id: "404", email: "x@example.com" }];
    const isLike = { read: 2, imported: 1, skipped: 1, authenticators: 1 };
    expect(await run(accounts, { isDry: true })).toMatchObject(isLike);
    expect((await factorsOf(ada.id)).twoFactorSince).toBeNull();
    const path = join(database.folder, "factors.json");
    writeFileSync(path, JSON.stringify({ accounts }));
    const command = (...words: string[]) =>
      runCommand(database.folder, ["import", "json", "--from", path, ...words], { DATABASE_URL: database.url });
    const dry = await command("--application", "flask", "--dry-run", "--json");
    expect([dry.code, JSON.parse(dry.output)]).toEqual([1, expect.objectContaining({ dryRun: true, ...isLike })]);
    const done = await command("--application", "flask");
    expect([done.code, done.output]).toEqual([
      1,
      expect.stringMatching(/got factors +1[\s\S]*Error: 1 skipped: no account with this ID .* \(404\)/),
    ]);
    expect(done.output).not.toContain(secret);
    expect((await command()).output).toContain("--application must name the app");
    expect((await command("--application", "flask", "--keep-ids")).output).toContain("json takes --from");
  });
});
