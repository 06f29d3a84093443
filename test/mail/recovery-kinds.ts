/** Causes the emails of accounts without a password, and of recovering two-factor authentication. */
import { actingAs } from "../../src/core/request-info.ts";
import { findUserByName } from "../../src/core/users/users.ts";
import { addsPasskey, passkeyDevice, removedLongAgo } from "../passkeys.ts";
import { linkIn, type Person, type TestApp } from "../person.ts";
import { addsPhone, waitsForRecovery } from "../two-factor.ts";

/** Removes a password, and reports it. */
export async function causePasswordless(app: TestApp, dora: Person): Promise<void> {
  for (const device of [passkeyDevice(), passkeyDevice()]) await addsPasskey(dora, device);
  // "This wasn't me" takes back what was added within a minute before its notice.
  app.passes(120_000);
  await dora.fillsIn("/settings/change-password/remove", {});
  await removedLongAgo(app);
  app.passes(120_000);
  await follows(app, dora, "password-removed", "/report-compromise");
}

/** Recovers by email, with the clock moved over the wait. Needs `RECOVERY_BY_EMAIL=3d`. */
export async function causeRecovery(app: TestApp, emil: Person): Promise<void> {
  await addsPhone(app, emil);
  await emil.logsOut();
  await emil.logsIn();
  // A login at the time of the recovery or later cancels it, and the clock of pictures stands still.
  app.passes(1_000);
  await emil.fillsIn("/login/recover", {});
  await follows(app, emil, "two-factor-recovery", "/login/recover/start");
  const user = await findUserByName(app.s, emil.identity.username);
  await app.s.catalog.factorRecovery?.cancel(app.s, user?.id ?? "", actingAs("app"));
  await emil.fillsIn("/login/recover", {});
  await follows(app, emil, "two-factor-recovery", "/login/recover/start");
  await waitsForRecovery(app);
  await follows(app, emil, "two-factor-recovery-end", "/login/recover/finish");
}

async function follows(app: TestApp, person: Person, kind: string, path: string): Promise<void> {
  const email = (await app.emails(person.identity.email)).find((each) => each.kind === kind);
  await person.opens(linkIn(email, path));
  const answer = await person.fillsIn(path, {});
  if (answer.status !== 303) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
}
