/** Takes the pictures of the README: settings, login, users and an email. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { actingAs } from "../../src/core/request-info.ts";
import { grantRole } from "../../src/core/users/roles.ts";
import { findUserByName } from "../../src/core/users/users.ts";
import { logIn } from "../../test/browser/acts.ts";
import { openBrowser } from "../../test/browser/browser.ts";
import type { TestApp } from "../../test/person.ts";
import { capture, openStudio, resize, showEmail } from "./take-pictures.ts";

const names = [
  "Ada Lovelace",
  "Grace Hopper",
  "Alan Turing",
  "Radia Perlman",
  "Edsger Dijkstra",
  "Barbara Liskov",
  "Donald Knuth",
  "Frances Allen",
  "Tony Hoare",
  "Hedy Lamarr",
];
const dayMs = 24 * 3_600_000;

export async function takeReadmePictures(folder: string): Promise<void> {
  const browser = await openBrowser();
  const { app, page, camera, close } = await openStudio(browser, "en");
  const save = async (name: string) =>
    writeFileSync(join(folder, `${name}.webp`), await capture(page, camera, { format: "webp", quality: 90 }));
  await addPeople(app);
  await resize(page, 1_280);
  await page.goto(`${app.url}/login`);
  await save("login");
  await logIn(page, app);
  await page.goto(`${app.url}/settings`);
  await save("settings");
  await page.goto(`${app.url}/admin`);
  await save("admin");
  await page.setViewportSize({ width: 700, height: 600 });
  await showEmail(page, (await app.emails("ada@example.com")).find(({ text }) => /^ {4}\d{6}$/m.test(text))?.html ?? "");
  await save("email");
  await close();
  await browser.close();
}

/** Signs up everyone but Ada, who has an account; all but the last are verified. */
async function addPeople(app: TestApp): Promise<void> {
  const accounts = names.map((name, i) => ({
    name,
    username: name.split(" ")[0]?.toLowerCase() ?? "",
    createdAt: app.s.now() - (i * 37 + 3) * dayMs,
  }));
  for (const [i, { name, username, createdAt }] of accounts.entries()) {
    if (username !== "ada") await app.person({ username }).signsUp();
    const isVerified = name !== names.at(-1);
    await app.s.db
      .updateTable("users")
      .set({
        display_name: name,
        created_at: createdAt,
        last_login_at: app.s.now() - Math.round(i * i * 1.7 * dayMs),
        email_verified_at: isVerified ? createdAt : null,
      })
      .where("username", "=", username)
      .execute();
  }
  const ada = await findUserByName(app.s, "ada");
  await grantRole(app.s, ada?.id ?? "", "admin", actingAs("command line"));
}
