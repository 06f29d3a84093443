import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addsPasskey, logsInByPasskey, passkeyDevice } from "../../../../test/passkeys.ts";
import { type TestApp, testApp } from "../../../../test/person.ts";

describe("passkeys", () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp({ SIGNUP: "open" }, { verified: true });
  });
  afterAll(() => app.close());

  it("passkeys: a passkey of the settings logs in", async () => {
    const ada = await app.person().isLoggedIn();
    const device = passkeyDevice();
    const added = await addsPasskey(ada, device);
    expect([added.status, added.location, added.text]).toEqual([303, "/settings/passkeys", ""]);
    expect((await ada.opens("/settings/passkeys")).text).toContain("Passkey Synchronized");
    const other = app.person();
    const answer = await logsInByPasskey(other, device);
    expect([answer.status, answer.location, answer.text]).toEqual([303, "/dashboard", ""]);
    expect((await other.opens("/dashboard")).status).toBe(200);
  });
});
