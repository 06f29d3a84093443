// Runs on one engine: what it tests does not touch the database.
import { expect, it } from "vitest";
import { testApp } from "../../../test/person.ts";
import { wordsOutside } from "../../../test/pseudo.ts";

it("mailbox: the page shows no text outside of messages", async () => {
  const app = await testApp({}, { locale: "pseudo" });
  const opensInbox = async () => /<main[\s\S]*<\/main>/.exec((await app.person().opens("/dev/mailbox")).html)?.[0] ?? "";
  expect(wordsOutside(await opensInbox())).toEqual([]);
  await app.person().signsUp();
  // The subject and the kind are data.
  const withoutEmails = (await opensInbox()).replaceAll(/<(h2|strong|code)>[^<]*<\/\1>/g, "");
  expect(withoutEmails).toContain("ada@example.com");
  expect(wordsOutside(withoutEmails, ["ada@example.com"])).toEqual([]);
  await app.close();
});

it("theme preview: the page shows no text outside of messages", async () => {
  const app = await testApp({}, { locale: "pseudo" });
  const main = /<main[\s\S]*<\/main>/.exec((await app.person().opens("/dev/theme")).html)?.[0] ?? "";
  expect(wordsOutside(main)).toEqual([]);
  await app.close();
});
