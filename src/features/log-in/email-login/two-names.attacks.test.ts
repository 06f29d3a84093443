/** Tests that logging in by email with LOGIN_WITH=both does not reveal whose email belongs to a username. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { wrongDigits } from "../../../../test/codes.ts";
import { type Person, type TestApp, testApp } from "../../../../test/person.ts";

const path = "/login/code";
const wide = { EMAIL_LOGIN: "on", LOGIN_WITH: "both", SIGNUP: "open", LIMIT_CODES_PER_IP: "1000/10m" };

let app: TestApp;
let owner: Person;
beforeEach(async () => {
  app = await testApp(wide, { verified: true });
  owner = app.person({ username: "ada", email: "ada@example.com" });
  await owner.signsUp();
});
afterEach(() => app.close());

const codes = async (inbox?: string) => (await app.emails(inbox)).flatMap(({ text }) => /^ {4}(\d{6})$/m.exec(text)?.[1] ?? []);
/** With a token from the login page, since a browser that asked for nothing has no form for a code. */
const types = async (who: Person, code: string) => who.posts(path, { csrf_token: (await who.opens("/login")).token, code });

/** What a stranger sees of ten wrong codes for each of these names. */
async function guesses(stranger: Person, names: readonly string[]): Promise<number[]> {
  const statuses: number[] = [];
  for (const email of names) {
    await stranger.fillsIn(path, { email });
    const wrong = wrongDigits(...(await codes()));
    for (let i = 0; i < 10; i++) statuses.push((await types(stranger, wrong)).status);
  }
  return statuses;
}

describe("whose email belongs to a username", () => {
  it("email login: wrong codes under a username limit those under the account's email no more than those under others", {
    tags: ["asvs-6.3.8"],
  }, async () => {
    const answers = await guesses(app.person(), ["ada", "ada@example.com"]);
    await app.s.db.deleteFrom("rate_limits").execute();
    expect(answers).toEqual(await guesses(app.person(), ["ada", "other@example.com"]));
  });

  it("email login: codes under both names of an account count together", { tags: ["asvs-6.6.3"] }, async () => {
    const stranger = app.person();
    await guesses(stranger, ["ada"]);
    await stranger.fillsIn(path, { email: "ada@example.com" });
    const [code = ""] = await codes("ada@example.com");
    expect((await types(stranger, code)).status).toBe(422);
    app.passes(3_601_000);
    await stranger.fillsIn(path, { email: "ada@example.com" });
    const [next = ""] = await codes("ada@example.com");
    expect((await types(stranger, next)).location).toBe("/dashboard");
  });

  it("email login: a device of the owner is not limited by codes under either name", { tags: ["asvs-6.3.1"] }, async () => {
    await owner.logsIn();
    await owner.logsOut();
    await guesses(app.person(), ["ada", "ada@example.com"]);
    await owner.fillsIn(path, { email: "ada" });
    const [code = ""] = await codes("ada@example.com");
    expect((await types(owner, code)).location).toBe("/dashboard");
  });

  it.each(["ada@example.com", "other@example.com"])(
    "email login: emails requested by a username leave the change to %s as it is",
    {
      tags: ["asvs-6.3.8"],
    },
    async (guess) => {
      for (let i = 0; i < 6; i++) await app.person().fillsIn(path, { email: "ada" });
      const mallory = await app.person({ username: "mallory" }).isLoggedIn();
      expect((await mallory.fillsIn("/settings/change-email", { email: guess })).location).toBe("/settings/change-email/confirm");
    },
  );
});
