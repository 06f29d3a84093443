/** Logs in and sends forms in a browser. */
import type { Page } from "playwright-core";
import type { TestApp } from "../person.ts";

export const password = "a harbour at dusk";

export interface State {
  readonly name: string;
  readonly reach: (page: Page, app: TestApp) => Promise<unknown>;
}

export async function send(page: Page): Promise<void> {
  await Promise.all([page.waitForEvent("load"), page.locator("main form button[type=submit]").first().click()]);
}

export async function logIn(page: Page, app: TestApp, email = "ada@example.com"): Promise<void> {
  await page.goto(`${app.url}/login`);
  await page.fill("#email", email);
  await page.fill("#password", password);
  await send(page);
}
