/** Tests that second factors, passkeys and logins by email cost a site nothing that does not use them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { features } from "../src/features/index.ts";
import { type TestApp, testApp } from "./person.ts";

const optional = ["two-factor", "passkeys", "email-login", "recover-two-factor"];
const off = { PASSKEYS: "off", TWO_FACTOR: "optional", EMAIL_LOGIN: "off", RECOVERY_BY_EMAIL: "off" };

describe("a site without second factors", () => {
  let all: TestApp;
  let fewer: TestApp;
  beforeAll(async () => {
    all = await testApp(off);
    fewer = await testApp(off, { features: features.filter(({ name }) => !optional.includes(name)) });
  });
  afterAll(async () => {
    await all.close();
    await fewer.close();
  });

  /** Without the values that differ from request to request. */
  const fixed = (html: string) => html.replaceAll(/(name="csrf_token" value=")[^"]*/g, "$1");

  it("login page: it is the same to the byte as without these features", async () => {
    for (const path of ["/login", "/signup", "/reset-password", "/"]) {
      const [one, other] = [await all.person().opens(path), await fewer.person().opens(path)];
      expect(fixed(one.html), path).toBe(fixed(other.html));
    }
  });

  it("login: a password login and the pages after it run the same statements as without these features", async () => {
    const run = async (app: TestApp) => {
      const ada = app.person();
      await ada.signsUp();
      await ada.logsOut();
      app.resetRecords();
      await ada.logsIn();
      await ada.opens("/dashboard");
      await ada.opens("/settings/sessions");
      return app.queries.map(({ sql }) => sql);
    };
    const statements = await run(all);
    expect(statements.length).toBeGreaterThan(5);
    expect(statements).toEqual(await run(fewer));
  });
});
