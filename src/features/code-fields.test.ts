/** Tests where the focus is on the pages that ask for an emailed code. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../../test/person.ts";
import { type ProviderApp, providerApp } from "../../test/provider-app.ts";
import { verifiesEmail } from "../../test/two-factor.ts";

let app: ProviderApp;
beforeAll(async () => {
  app = await providerApp({ EMAIL_LOGIN: "on", PROVIDER_WORK_LINK: "off", TWO_FACTOR: "all" });
});
afterAll(() => app.close());

describe("pages that ask for an emailed code", () => {
  it.each<[string, (person: Person) => Promise<unknown>]>([
    ["/verify-email", (person) => person.fillsIn("/verify-email", { again: "1" })],
    ["/settings/change-email/confirm", (person) => person.fillsIn("/settings/change-email", { email: "new@example.com" })],
    [
      "/settings/two-factor/verify",
      async (person) => {
        await verifiesEmail(app, person);
        await person.fillsIn("/settings/two-factor/verify", { again: "1" });
      },
    ],
    [
      "/signup/provider",
      async (person) => {
        await person.logsOut();
        app.peer.user = { sub: "no-email", preferred_username: "noemail" };
        await app.continuesWith(person);
        await person.fillsIn("/signup/provider", { email: "other@example.com" });
      },
    ],
    [
      "/login/code",
      async (person) => {
        await person.logsOut();
        const { token } = await person.opens("/login");
        await person.posts("/login/code", { csrf_token: token, email: person.identity.email, password: "" });
      },
    ],
  ])("%s: the field has the focus, and after a wrong code the summary has it", async (path, asks) => {
    const person = await app.person({ username: path.slice(1).replaceAll("/", "-") }).isLoggedIn();
    await asks(person);
    const focused = (html: string) => /<[^>]* (?:id|class)="([^"]*)"[^>]* autofocus/.exec(html)?.[1];
    expect(focused((await person.opens(path)).html)).toBe("code");
    const wrong = await person.fillsIn(path, { code: "12" });
    expect([wrong.status, focused(wrong.html)]).toEqual([422, "summary"]);
    expect(wrong.html.match(/ autofocus/g)).toHaveLength(1);
  });
});
