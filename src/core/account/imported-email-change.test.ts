// Runs on one engine: no test uses the database.
import { expect, it } from "vitest";
import { testApp } from "../../../test/person.ts";
import { wordsOutside } from "../../../test/pseudo.ts";
import type { Token } from "../one-time-tokens/one-time-tokens.ts";
import { inTransaction } from "../services.ts";
import { findUserByName } from "../users/users.ts";
import { sendEmailChanged } from "./imported-email-change.ts";

it("imported email change: the emails to the old and the new inbox show no text outside of messages", async () => {
  const app = await testApp({}, { locale: "pseudo" });
  await app.person().signsUp();
  const was = await findUserByName(app.s, "ada");
  if (!was) throw new Error("Signing up failed.");
  await app.s.db.deleteFrom("outbox").execute();
  const user = { ...was, email: "new@example.com" };
  for (const revert of ["token" as Token, undefined]) await inTransaction(app.s, (tx) => sendEmailChanged(tx, { was, user, revert }));
  const emails = await app.emails();
  expect(emails).toHaveLength(4);
  // The greeting and the line under a button belong to every email.
  const data = ["new@example.com", "Latchkey", "Hello", "Or copy this address:"];
  for (const email of emails) expect(wordsOutside(email, data)).toEqual([]);
  await app.close();
});
