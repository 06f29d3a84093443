import { afterEach, describe, expect, it } from "vitest";
import { type TestApp, testApp } from "../../test/person.ts";
import { createAccount, deleteAccount, isLoggedIn } from "./account.ts";
import { Browser, RequestBudget } from "./browser.ts";

describe("probe account", () => {
  let app: TestApp;
  afterEach(() => app.close());

  it.each([
    ["email", /^latchkey-probe-\w+@example\.invalid$/],
    ["username", /^latchkey-probe-\w+$/],
    ["both", /^latchkey-probe-\w+@example\.invalid$/],
  ])("createAccount: it logs in to a deployment with LOGIN_WITH=%s, and can delete its account", async (loginWith, name) => {
    app = await testApp({ LOGIN_WITH: loginWith, CONFIRM_PASSWORD: "off", DELETE_AFTER: "0" });
    const browser = new Browser(new URL(app.url), new RequestBudget(50, 60, Date.now));
    const created = await createAccount(browser);
    if (typeof created === "string") throw new Error(created);
    expect(created.account.email).toMatch(name);
    expect(created.account.inbox ?? created.account.email).toBe(`${created.username}@example.invalid`);
    expect(await isLoggedIn(browser)).toBe(true);
    expect((await deleteAccount(created)).isDone).toBe(true);
  });
});
