/** Tests that administrators are asked before an action, with JavaScript and without. */
// Runs end to end: a browser.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actingAs } from "../../src/core/request-info.ts";
import { grantRole } from "../../src/core/users/roles.ts";
import { findUserByName } from "../../src/core/users/users.ts";
import { type TestApp, testApp } from "../person.ts";
import { logIn } from "./acts.ts";
import { openBrowser } from "./browser.ts";

describe("admin in a browser", () => {
  let app: TestApp;
  let browser: Browser;
  const graceIs = async () => (await findUserByName(app.s, "grace")) ?? { id: "", disabled_at: null, roles: "" };
  beforeAll(async () => {
    [app, browser] = await Promise.all([testApp(), openBrowser()]);
    for (const username of ["ada", "grace"]) await app.person({ username }).signsUp();
    await grantRole(app.s, (await findUserByName(app.s, "ada"))?.id ?? "", "admin", actingAs("command line"));
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  async function openUser(options: { javaScriptEnabled?: boolean } = {}): Promise<Page> {
    const page = await (await browser.newContext(options)).newPage();
    await logIn(page, app);
    await page.goto(`${app.url}/admin/user?id=${(await graceIs()).id}`);
    return page;
  }

  it("admin dialog: names what will happen, closes without an action, and acts after a confirmation", async () => {
    const page = await openUser();
    const opener = page.locator("a[data-dialog=ask-disable]");
    await opener.click();
    const dialog = page.locator("dialog[open]");
    expect(await dialog.innerText()).toMatch(/Disable grace\?[\s\S]*logs grace out of all devices/);
    expect(await dialog.locator(":focus").innerText()).toBe("Cancel");
    // In the middle of the window, whatever is around it in the page.
    expect(
      await dialog.evaluate((box) => Math.abs(box.getBoundingClientRect().top + box.getBoundingClientRect().bottom - innerHeight)),
    ).toBeLessThan(3);
    await page.keyboard.press("Escape");
    expect([await dialog.count(), await opener.evaluate((link) => link === document.activeElement)]).toEqual([0, true]);
    await opener.click();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect([await dialog.count(), (await graceIs()).disabled_at]).toEqual([0, null]);
    await opener.click();
    await Promise.all([page.waitForEvent("load"), dialog.getByRole("button", { name: "Disable account" }).click()]);
    expect((await graceIs()).disabled_at).not.toBeNull();
    await page.context().close();
  });

  it("admin dialog: the role that is chosen or typed is named and added", async () => {
    const page = await openUser();
    await page.selectOption("#role", "admin");
    await page.fill("#new_role", "author");
    await page.getByRole("button", { name: "Add role" }).click();
    const dialog = page.locator("dialog[open]");
    expect(await dialog.innerText()).toContain("Give grace the role author?");
    await Promise.all([page.waitForEvent("load"), dialog.getByRole("button", { name: "Add role" }).click()]);
    expect((await graceIs()).roles).toBe("author");
    await page.fill("#new_role", "Not A Role");
    await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Add role" }).click()]);
    expect(await page.locator("main").innerText()).toContain("Enter a role of 1–40 lowercase letters");
    await page.context().close();
  });

  it("admin without JavaScript: the question is a page, and its button acts", async () => {
    const page = await openUser({ javaScriptEnabled: false });
    await page.locator("a[data-dialog=ask-revoke-author]").click();
    expect(await page.locator("h1").innerText()).toBe("Remove the role author from grace?");
    expect((await graceIs()).roles).toBe("author");
    await page.locator("main button[name=act]").click();
    expect(await page.locator("main").innerText()).toContain("Role removed.");
    expect((await graceIs()).roles).toBe("");
    await page.context().close();
  });
});
