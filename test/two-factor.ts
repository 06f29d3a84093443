/** Uses authenticator apps and recovery codes in tests. */
import { totpCode, totpStep } from "../src/core/two-factor/totp.ts";
import { decodeBase32 } from "../src/platform/base32.ts";
import { wrongDigits } from "./codes.ts";
import type { Person, TestApp } from "./person.ts";

/** An app on a phone. */
export interface Phone {
  /** Base32. */
  readonly secret: string;
  /** The code that it shows now; `steps` later or earlier for a clock that is wrong. */
  readonly code: (steps?: number) => string;
}

export function phoneWith(app: Pick<TestApp, "s">, secret: string): Phone {
  const key = decodeBase32(secret);
  if (!key) throw new Error("The secret is not base32.");
  return { secret, code: (steps = 0) => totpCode(key, totpStep(app.s.now()) + steps) };
}

/** Six digits that are no code of the phones of an account within an hour. */
export function wrongCode(...phones: readonly Phone[]): string {
  return wrongDigits(...phones.flatMap((phone) => codesAround(phone, 120)));
}

/** The code that a phone shows once it is none of the other's, which it is by chance. Moves the clock until then. */
export function codeUnlike(app: Pick<TestApp, "passes">, phone: Phone, other: Phone): string {
  while (codesAround(other, 12).includes(phone.code())) app.passes(30_000);
  return phone.code();
}

/** Moves the clock until no two codes around now are equal, which some are in 1 of 3,000 sets. */
export function untilCodesDiffer(app: Pick<TestApp, "passes">, phone: Phone): void {
  while (new Set(codesAround(phone, 12)).size < 25) app.passes(30_000);
}

function codesAround(phone: Phone, steps: number): string[] {
  return Array.from({ length: 2 * steps + 1 }, (_, i) => phone.code(i - steps));
}

/** Verifies the email, which a new factor needs, and sets up an app. The code that it shows then logs in, although it was used as its first one. Throws if that fails. */
export async function addsPhone(
  app: TestApp,
  person: Person,
  name = "Phone",
): Promise<Phone & { readonly recoveryCodes: readonly string[] }> {
  const path = "/settings/two-factor/authenticator";
  await verifiesEmail(app, person);
  const begun = await person.fillsIn(path, {});
  if (begun.location !== path) throw new Error(`Beginning answered ${begun.status}: ${begun.text}`);
  const { authenticator } = (await person.opens(path, { accept: "application/json" })).json() as Pending;
  const phone = phoneWith(app, authenticator.secret);
  const done = await person.fillsIn(path, { name, code: phone.code() });
  if (done.status !== 303) throw new Error(`Confirming answered ${done.status}: ${done.text}`);
  const shown = done.location === null ? "" : (await person.opens(done.location)).html;
  await app.s.db.updateTable("authenticators").set({ last_step: 0 }).where("id", "=", authenticator.id).execute();
  return { ...phone, recoveryCodes: [...shown.matchAll(/<li><code>([^<]*)</g)].map(([, code = ""]) => code) };
}

/** Lets the wait of `RECOVERY_BY_EMAIL=3d` pass, with a notice a day. `passes` moves the clock. */
export async function waitsForRecovery({ s, passes }: Pick<TestApp, "s" | "passes">): Promise<void> {
  for (let day = 0; day < 3; day++) {
    passes(24 * 3_600_000 + 1_000);
    for (const { removeExpired } of s.catalog.jobs) await removeExpired(s, 100);
  }
}

/** Marks the email as verified, without an email. */
export async function verifiesEmail(app: Pick<TestApp, "s">, { identity }: Person): Promise<void> {
  await app.s.db
    .updateTable("users")
    .set({ email_verified_at: app.s.now() })
    .where("username", "=", identity.username)
    .where("email_verified_at", "is", null)
    .execute();
}

interface Pending {
  readonly authenticator: { readonly id: string; readonly secret: string };
}
