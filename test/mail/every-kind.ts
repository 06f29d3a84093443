/** Causes one email of every kind, as users do. */
import { resetTwoFactor } from "../../src/core/account/admin-actions.ts";
import { cleanupExpired } from "../../src/core/maintenance/cleanup.ts";
import { actingAs } from "../../src/core/request-info.ts";
import { findUserByName } from "../../src/core/users/users.ts";
import { collect } from "../../src/features/collect.ts";
import { features } from "../../src/features/index.ts";
import { sendsScript } from "../passkeys.ts";
import { linkIn, type Person, type TestApp, type TestAppOptions, testApp } from "../person.ts";
import { type ProviderApp, providerApp } from "../provider-app.ts";
import { flag, RawPasskey } from "../raw-passkey.ts";
import { addsPhone, wrongCode } from "../two-factor.ts";
import { causePasswordless, causeRecovery } from "./recovery-kinds.ts";

export type KindOfEmail = Awaited<ReturnType<TestApp["emails"]>>[number];

export const siteName = "The Reading Room";
export const postalAddress = "The Reading Room Ltd, 1 Example Street, London";

export function declaredKinds(): string[] {
  return [...collect(features).emails.keys()];
}

/** Returns an email of every kind that the features declare; throws if one of them was not sent. */
export async function everyKind(
  options: TestAppOptions = {},
  settings: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<string, KindOfEmail>> {
  const sent = new Map<string, KindOfEmail>();
  for (const DELETE_AFTER of ["7d", "0"]) {
    const env = {
      SIGNUP: "confirm",
      EMAIL_LOGIN: "on",
      RECOVERY_BY_EMAIL: "3d",
      SITE_NAME: siteName,
      EMAIL_FOOTER: postalAddress,
      DELETE_AFTER,
      ...noLimits,
      ...settings,
    };
    const app = await testApp(env, options);
    await (DELETE_AFTER === "0" ? deleteAtOnce(app) : causeOthers(app));
    if (DELETE_AFTER === "0") {
      await causePasswordless(app, await verifiedUser(app, "dora"));
      await causeRecovery(app, await verifiedUser(app, "emil"));
    }
    // The oldest of each kind, which is its usual form.
    for (const email of await app.emails()) sent.set(email.kind ?? "", email);
    await app.close();
  }
  const strict = await testApp(
    { SITE_NAME: siteName, EMAIL_FOOTER: postalAddress, SIGNUP: "confirm", ...settings, TWO_FACTOR: "all" },
    options,
  );
  await (await verifiedUser(strict, "ada")).fillsIn("/settings/two-factor/verify", { again: "1" });
  for (const email of await strict.emails()) if (email.kind === "enrolment-code") sent.set(email.kind, email);
  await strict.close();
  await causeProviders(
    await providerApp(
      { SITE_NAME: siteName, EMAIL_FOOTER: postalAddress, SIGNUP: "confirm", PROVIDER_WORK_NAME: "Work", ...settings },
      options,
    ),
    sent,
  );
  const missing = declaredKinds().filter((kind) => !sent.has(kind));
  if (missing.length > 0) throw new Error(`Cause an email of the kind ${missing.join(", ")} in test/mail/every-kind.ts.`);
  return sent;
}

const noLimits = {
  LIMIT_EMAILS_PER_INBOX: "1000/1h",
  LIMIT_EMAILS_PER_INBOX_LONG: "1000/1d",
  LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h",
  LIMIT_NOTICES_PER_INBOX: "1000/1h",
};

const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";
const [second, third] = ["nine grey herons", "eleven slow trains"];

async function causeOthers(app: TestApp): Promise<void> {
  const [ada, bob] = await Promise.all([verifiedUser(app, "ada"), verifiedUser(app, "bob")]);
  await app.person({ username: "eve", email: ada.identity.email }).signsUp();
  await ada.fillsIn("/settings/change-email", { email: bob.identity.email });
  await ada.fillsIn("/settings/change-email", { email: "new@example.com" });
  await ada.fillsIn("/settings/change-email/confirm", { code: await codeTo(app, "new@example.com") });
  await ada.opens(linkIn(await emailWith(app, "/revert-email"), "/revert-email"));
  await ada.fillsIn("/revert-email", {});
  await ada.fillsIn("/reset-password", { email: ada.identity.email });
  await ada.opens(linkIn(await emailWith(app, "/reset-password/choose"), "/reset-password/choose"));
  await ada.fillsIn("/reset-password/choose", { password: second, confirm_password: second });
  await ada.logsIn({ password: second });
  await ada.fillsIn("/settings/change-username", { username: "countess" });
  await ada.fillsIn("/settings/change-password", { current_password: second, password: third, confirm_password: third });
  await ada.fillsIn("/settings/delete", { username: "countess" });
  await app.person({ username: "bob" }, { "user-agent": firefox }).logsIn();
  await logInByEmail(app, bob);
  await resetFactors(app, "bob");
  await causePasskeys(app);
  await app.s.db.updateTable("passwords").set({ failures: 99 }).execute();
  await bob.logsIn({ password: "wrong" });
  await resetFactors(app, "bob");
  await causeFactors(app);
}

async function causeFactors(app: TestApp): Promise<void> {
  const grace = await verifiedUser(app, "grace");
  const phone = await addsPhone(app, grace);
  const tablet = await addsPhone(app, grace, "Tablet");
  await grace.fillsIn("/settings/two-factor/recovery", {});
  await grace.fillsIn("/logout", {});
  await grace.logsIn();
  for (let i = 0; i < 3; i++) await grace.fillsIn("/login/two-factor", { code: wrongCode(phone, tablet) });
  await grace.fillsIn("/login/two-factor", { code: phone.code() });
  const { authenticators } = (await grace.opens("/settings/two-factor", { accept: "application/json" })).json() as {
    authenticators: { id: string }[];
  };
  const id = authenticators[0]?.id ?? "";
  await grace.fillsIn(`/settings/two-factor/authenticator/remove?id=${id}`, { id });
  await grace.fillsIn("/settings/two-factor/recovery", {});
  const { html } = await grace.opens("/settings/two-factor/recovery");
  await grace.fillsIn("/logout", {});
  await grace.logsIn();
  await grace.fillsIn("/login/two-factor", { code: /<li><code>([^<]*)</.exec(html)?.[1] ?? "" });
  await grace.fillsIn("/settings/two-factor/off", {});
  await causeCopiedTrust(app);
}

/** Logs in with a cookie of a trusted browser that was replaced. */
async function causeCopiedTrust(app: TestApp): Promise<void> {
  const hedy = await verifiedUser(app, "hedy");
  const phone = await addsPhone(app, hedy);
  const owner = app.person(hedy.identity, { "user-agent": chrome });
  await owner.logsIn();
  await owner.fillsIn("/login/two-factor", { code: phone.code(), trust: "on" });
  const copy = owner.cookies.get("latchkey_trusted") ?? "";
  await owner.logsIn();
  app.passes(60_000);
  owner.cookies.set("latchkey_trusted", copy);
  await owner.logsIn();
}

/** Links, confirms, unlinks, and verifies an email that the provider does not vouch for. */
async function causeProviders(app: ProviderApp, sent: Map<string, KindOfEmail>): Promise<void> {
  const faye = await verifiedUser(app, "faye");
  app.peer.user = { sub: "faye", email: faye.identity.email, email_verified: true };
  await app.continuesWith(app.person({ username: "faye" }, { "user-agent": chrome }));
  const { linked } = (await faye.opens("/settings/logins", { accept: "application/json" })).json() as { linked: { id: string }[] };
  const id = linked[0]?.id ?? "";
  await app.s.db.updateTable("sessions").set({ methods: "password totp" }).execute();
  await faye.fillsIn(`/settings/logins/confirm?id=${id}`, { id });
  await faye.fillsIn(`/settings/logins/unlink?id=${id}`, { id });
  const newcomer = app.person({ username: "gil" }, { "user-agent": chrome });
  app.peer.user = { sub: "gil", email: "gil@example.com", email_verified: false };
  await app.continuesWith(newcomer);
  await newcomer.fillsIn("/signup/provider", { email: "gil@example.com" });
  for (const email of await app.emails()) if (email.kind?.startsWith("provider-")) sent.set(email.kind, email);
  await app.close();
}

async function resetFactors(app: TestApp, username: string): Promise<void> {
  const user = await findUserByName(app.s, username);
  await app.s.db.updateTable("users").set({ two_factor_since: app.s.now() }).where("username", "=", username).execute();
  await resetTwoFactor(app.s, user?.id ?? "", { reason: "Showed an identity card at the help desk.", info: actingAs("command line") });
}

/** Logs in, signs up and confirms by email, and turns it off and on. */
async function logInByEmail(app: TestApp, bob: Person): Promise<void> {
  const asks = (username: string) =>
    app.person({ username }, { "user-agent": chrome }).fillsIn("/login/code", { email: `${username}@example.com` });
  await asks("bob");
  const ways = app.s.catalog.waysIn as { name: string; count: () => Promise<number> }[];
  ways.push({ name: "another", count: async () => 1 });
  await bob.fillsIn("/settings/email-login", { login: "off" });
  await asks("bob");
  await bob.fillsIn("/settings/email-login", { login: "on" });
  ways.pop();
  await app.person({ username: "carol" }).signsUp();
  const carol = app.person({ username: "carol" }, { "user-agent": chrome });
  await carol.fillsIn("/login/code", { email: carol.identity.email });
  await carol.fillsIn("/login/code", { code: await codeTo(app, carol.identity.email) });
  await carol.fillsIn("/confirm-password", { email_code: "" });
  await asks("newcomer");
}

/** Adds a passkey, uses it with odd responses, and removes it. */
async function causePasskeys(app: TestApp): Promise<void> {
  const dora = await verifiedUser(app, "dora");
  const key = new RawPasskey();
  const synced = flag.userPresent | flag.userVerified | flag.backupEligible | flag.backedUp;
  const options = async (path: string, page: string) => {
    const answer = await sendsScript(dora, path, {}, page);
    return (answer.json() as { publicKey: Parameters<RawPasskey["create"]>[0] }).publicKey;
  };
  const created = key.create(await options("/settings/passkeys/options", "/settings/passkeys"), { flags: synced });
  await dora.fillsIn("/settings/passkeys", { new_passkey: created });
  const alone = flag.userPresent | flag.userVerified;
  for (const counter of [2, 1]) {
    const passkey = key.get(await options("/passkeys/options", "/login?switch=1"), { flags: alone, counter });
    const { token } = await dora.opens("/login?switch=1");
    await dora.posts("/passkeys/verify", { csrf_token: token, passkey });
  }
  const other = new RawPasskey().create(await options("/settings/passkeys/options", "/settings/passkeys"));
  await dora.fillsIn("/settings/passkeys", { new_passkey: other });
  // The report below takes back what was added in the last 72 hours.
  app.passes(73 * 3_600_000);
  await dora.logsIn();
  const id = /remove\?id=([\w-]+)/.exec((await dora.opens("/settings/passkeys")).html)?.[1] ?? "";
  await dora.fillsIn(`/settings/passkeys/remove?id=${id}`, { id });
  const user = await findUserByName(app.s, "dora");
  await app.s.db
    .deleteFrom("passwords")
    .where("user_id", "=", user?.id ?? "")
    .execute();
  const [notice] = await app.emails(dora.identity.email);
  await dora.opens(linkIn(notice, "/report-compromise"));
  await dora.fillsIn("/report-compromise", {});
}

async function deleteAtOnce(app: TestApp): Promise<void> {
  const ada = await verifiedUser(app, "ada");
  await ada.fillsIn("/settings/delete", { username: "ada" });
  await cleanupExpired(app.s);
}

async function verifiedUser(app: TestApp, username: string): Promise<Person> {
  const person = app.person({ username }, { "user-agent": chrome });
  await person.signsUp();
  await person.fillsIn("/verify-email", { code: await codeTo(app, person.identity.email) });
  const answer = await person.logsIn();
  if (answer.status !== 303) throw new Error(`Logging in answered ${answer.status}: ${answer.text}`);
  return person;
}

async function codeTo(app: TestApp, to: string): Promise<string> {
  return /^ {4}(\d{6})$/m.exec((await app.emails(to))[0]?.text ?? "")?.[1] ?? "";
}

async function emailWith(app: TestApp, path: string): Promise<KindOfEmail | undefined> {
  return (await app.emails()).find(({ text }) => text.includes(`${path}?token=`));
}
