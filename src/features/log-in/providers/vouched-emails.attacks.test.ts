/** Tests what the word of a provider about an email may open, and what it may not. */
import { describe, expect, it } from "vitest";
import { linkedOf, unlinks } from "../../../../test/attacked-providers.ts";
import { addsPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import type { Person } from "../../../../test/person.ts";
import { type ProviderApp, providerApp } from "../../../../test/provider-app.ts";
import { verifiesEmail } from "../../../../test/two-factor.ts";
import { findUserByName } from "../../../core/users/users.ts";

const isIn = async (person: Person) => (await person.opens("/dashboard")).status === 200;

/** Signs up with one passkey and no password. */
async function signsUpByPasskey(app: ProviderApp): Promise<Person> {
  const ada = app.person({ username: "ada" });
  await ada.fillsIn("/signup", { username: "ada", email: ada.identity.email });
  const code = /^ {4}(\d{6})$/m.exec((await app.emails(ada.identity.email))[0]?.text ?? "")?.[1] ?? "";
  const { location } = await ada.fillsIn("/verify-email", { code });
  const { token } = await ada.opens(location ?? "");
  const answer = await ada.sendsJson("/signup/passkey/options", {}, { "x-csrf-token": token });
  const { publicKey } = answer.json() as { publicKey: Parameters<ReturnType<typeof passkeyDevice>["createJSON"]>[1] };
  const created = passkeyDevice().createJSON("http://localhost:5050", publicKey);
  expect((await ada.fillsIn(location ?? "", { new_passkey: JSON.stringify(created) })).location).toBe("/dashboard");
  return ada;
}

describe("vouched emails", () => {
  it("vouched email: on a site without passwords it opens no account with a passkey", { tags: ["asvs-6.8.2"] }, async () => {
    const app = await providerApp({ PASSWORDS: "off", EMAIL_LOGIN: "off" });
    const ada = await signsUpByPasskey(app);
    app.peer.user = { sub: "666", email: ada.identity.email, email_verified: true };
    const thief = app.person();
    expect((await app.continuesWith(thief)).location).toBe("/login/link");
    expect([await isIn(thief), await linkedOf(ada)]).toEqual([false, []]);
    await app.close();
  });

  it("vouched email: a password from before passwords were turned off changes nothing about that", async () => {
    const app = await providerApp({ PASSWORDS: "off", EMAIL_LOGIN: "off" });
    const ada = await signsUpByPasskey(app);
    expect((await addsPasskey(ada, passkeyDevice())).status).toBe(303);
    const row = { hash: "x", scheme: null, changed_at: 1, failures: 0, locked_at: null, set_by_email_at: null };
    const { id = "" } = (await findUserByName(app.s, "ada")) ?? {};
    await app.s.db
      .insertInto("passwords")
      .values({ ...row, user_id: id })
      .execute();
    app.peer.user = { sub: "666", email: ada.identity.email, email_verified: true };
    const thief = app.person();
    expect([(await app.continuesWith(thief)).location, await isIn(thief)]).toEqual(["/login/link", false]);
    await app.close();
  });

  it("Microsoft: an unlinked login does not come back by another tenant", async () => {
    const app = await providerApp({}, { peer: { preset: "microsoft" } });
    const bob = await app.person({ username: "bob" }).isLoggedIn();
    await verifiesEmail(app, bob);
    app.peer.user = { sub: "bob-a", tid: "72f988bf-86f1-41af-91ab-2d7cd011db47", email: bob.identity.email, email_verified: true };
    expect((await app.continuesWith(app.person())).location).toBe("/dashboard");
    await unlinks(bob, (await linkedOf(bob))[0]?.id);
    app.peer.user = { sub: "bob-b", tid: "11111111-2222-3333-4444-555555555555", email: bob.identity.email, email_verified: true };
    expect((await app.continuesWith(app.person())).location).toBe("/login/link");
    await app.close();
  });

  it("link: below a mount path, the login leads back to the page that links", async () => {
    const app = await providerApp({ MOUNT_PATH: "/auth", PROVIDER_WORK_LINK: "off" });
    const ada = app.person();
    const { email, password } = ada.identity;
    await ada.fillsIn("/auth/signup", { username: "ada", email, password, confirm_password: password });
    await app.s.db.updateTable("users").set({ email_verified_at: 1 }).execute();
    app.peer.user = { sub: "m", email, email_verified: true };
    const visitor = app.person();
    const { location } = await visitor.opens("/auth/oauth/start/work");
    const back = new URL((await app.peer.authorize(location ?? "")).url);
    await visitor.opens(back.pathname + back.search);
    expect((await visitor.opens("/auth/login/link?login=1")).location).toBe("/auth/login?next=%2Fauth%2Flogin%2Flink");
    await app.close();
  });
});
