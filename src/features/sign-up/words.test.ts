// Runs on one engine: what it tests does not touch the database.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { wrongDigits } from "../../../test/codes.ts";
import { type Answer, linkIn, type TestApp, testApp } from "../../../test/person.ts";
import { type Rendered, wordsOutside } from "../../../test/pseudo.ts";

const good = { username: "grace", email: "grace@example.com", password: "seven small boats", confirm_password: "seven small boats" };
const hour = 3_600_000;

describe("sign up: text outside of messages", () => {
  let open: TestApp;
  let strict: TestApp;
  beforeAll(async () => {
    const limits = { LIMIT_SIGNUP_PER_IP: "1000/1h", LIMIT_EMAILS_PER_IP: "1000/1h" };
    open = await testApp({ ...limits, SIGNUP: "open", PASSWORD_RULES: "upper-and-digit" }, { locale: "pseudo" });
    strict = await testApp({ ...limits, SIGNUP: "confirm" }, { locale: "pseudo" });
  });
  afterAll(() => Promise.all([open.close(), strict.close()]));

  it("sign up: the page shows no text outside of messages, with any PASSWORD_RULES", async () => {
    expectNoWordsOutside(await open.person().opens("/signup"));
    expectNoWordsOutside(await strict.person().opens("/signup"));
  });

  it.each([
    ["nothing", { username: "", email: "", password: "", confirm_password: "" }],
    ["too little", { ...good, username: "ab", email: "grace@", password: "short" }],
    ["too much", { ...good, username: "a".repeat(151), password: "🐙".repeat(1_025) }],
    ["wrong characters", { ...good, username: "<b>", email: "gr\u200bace@example.com", password: "password1" }],
    ["a hidden character", { ...good, username: "gr\u200bace", password: "grace2026!" }],
    ["two alphabets", { ...good, username: "аdmin", password: "\ud800 seven small boats", confirm_password: "" }],
    ["no second password", { ...good, confirm_password: "" }],
    ["another second password", { ...good, confirm_password: "seven small boat" }],
    ["other types", { ...good, username: 7 }],
  ])("sign up: errors for %s show no text outside of messages, in HTML and JSON", async (_, fields) => {
    const answer = await strict.person().sendsJson("/signup", fields);
    expectNoWordsOutside(answer, 422);
    const texts = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
    if (typeof fields.username === "string") expectNoWordsOutside(await strict.person().fillsIn("/signup", texts), 422);
  });

  it("sign up: errors for taken names and the flash show no text outside of messages", async () => {
    expectNoWordsOutside(await open.person().fillsIn("/signup", good), 422);
    const ada = open.person({ password: "Seven small boats 7" });
    await ada.signsUp();
    expectFlashes(await ada.opens("/login"));
    expectNoWordsOutside(await ada.signsUp(), 422);
    const { password } = ada.identity;
    expectNoWordsOutside(await open.person().sendsJson("/signup", { ...good, username: "ada", password, confirm_password: password }), 409);
  });

  it("verify email: pages, errors and flashes show no text outside of messages", async () => {
    const ada = strict.person();
    expectNoWordsOutside(await ada.opens("/verify-email"));
    expectNoWordsOutside(await ada.posts("/verify-email", { csrf_token: (await ada.opens("/login")).token, code: "123456" }), 422);
    await ada.signsUp();
    await ada.logsIn({ email: "ada@example.org" });
    expectNoWordsOutside(await ada.opens("/verify-email"));
    for (const code of ["", wrongDigits(await codeFor("ada@example.com"))])
      expectNoWordsOutside(await ada.fillsIn("/verify-email", { code }), 422);
    await ada.fillsIn("/verify-email", { again: "1" });
    expectFlashes(await ada.opens("/verify-email"));
    const phone = strict.person();
    expectNoWordsOutside(await phone.logsIn(), 401);
    expectNoWordsOutside(await phone.opens("/verify-email"));
    await phone.opens(linkIn((await strict.emails("ada@example.com"))[0], "/verify-email/confirm"));
    expectNoWordsOutside(await phone.opens("/verify-email/confirm"));
    for (const password of ["", "wrong"])
      expectNoWordsOutside(await phone.fillsIn("/verify-email/confirm", { password }), password === "" ? 422 : 401);
    await phone.fillsIn("/verify-email/confirm", { password: phone.identity.password });
    expectFlashes(await phone.opens("/login"));
    await phone.opens("/verify-email/confirm?token=none");
    expectNoWordsOutside(await phone.opens("/verify-email/confirm"), 410);
    expectNoWordsOutside(await phone.sendsJson("/verify-email/confirm", { token: "none" }), 410);
  });

  it("verify email: the flash for a username taken meanwhile shows no text outside of messages", async () => {
    const [first, second] = ["first@example.com", "second@example.com"].map((email) => strict.person({ username: "wanted", email }));
    for (const each of [first, second]) await each?.signsUp();
    for (const each of [first, second]) await each?.fillsIn("/verify-email", { code: await codeFor(each.identity.email) });
    expectFlashes((await second?.opens("/login")) as Answer, 2);
  });

  it("sign up: the emails to a new and a known inbox show no text outside of messages", async () => {
    const owner = strict.person({ username: "late" });
    await owner.signsUp();
    const email = "late@example.com";
    const [withCode] = await strict.emails(email);
    expect(withCode?.text).toMatch(/\d{6}/);
    expect(withCode && wordsOutside(withCode, data)).toEqual([]);
    const code = await codeFor(email);
    await owner.fillsIn("/verify-email", { code });
    strict.passes(2 * hour);
    await strict.person({ username: "other", email }).signsUp();
    const [toOwner] = await strict.emails(email);
    expect(toOwner?.text).toContain("/reset-password");
    expect(toOwner && wordsOutside(toOwner, data)).toEqual([]);
  });

  async function codeFor(email: string): Promise<string> {
    return /^ {4}(\d{6})$/m.exec((await strict.emails(email))[0]?.text ?? "")?.[1] ?? "";
  }
});

const data = ["ada", "late", "wanted", "grace", "Latchkey", "ada@example.com", "ada@example.org", "late@example.com"];

function expectNoWordsOutside({ html, status }: Answer, expected = 200): void {
  expect(status).toBe(expected);
  const body: Rendered = html.startsWith("{") ? (JSON.parse(html) as object) : html;
  expect(wordsOutside(body, data)).toEqual([]);
}

function expectFlashes({ html }: Answer, count = 1): void {
  const flashes = [...html.matchAll(/<div class="flash[\s\S]*?<\/div>/g)].map(([flash]) => flash);
  expect(flashes).toHaveLength(count);
  for (const flash of flashes) expect(wordsOutside(flash, data)).toEqual([]);
}
