/** What a session stands for: who may begin it, end it and use it. */
import { isLoggedIn, logIn } from "./account.ts";
import { asForm, isSession } from "./browser.ts";
import { type AccountCheck, type Check, fail, judge, notTried, pass, withAccount } from "./check.ts";

const checks: readonly AccountCheck[] = [
  {
    id: "forged-login",
    tries: "Log in from a form of another site: without a token, with another browser's, with an honest one sent from elsewhere.",
    matters: "Somebody could be logged in to the attacker's account without noticing.",
    asvs: ["3.5.1"],
    run: async ({ account, stranger }) => {
      const foreign = await stranger().token("/login");
      const ways: readonly [string, Record<string, string>, Record<string, string>][] = [
        ["no token", { csrf_token: "" }, {}],
        ["another browser's token", { csrf_token: foreign }, {}],
        ["the origin of another site", {}, { origin: "https://evil.test" }],
        ["what browsers say of another site", {}, { "sec-fetch-site": "cross-site" }],
      ];
      for (const [name, fields, headers] of ways) {
        const browser = stranger();
        await browser.send("/login");
        const { status } = await browser.submit("/login", { ...account, ...fields }, headers);
        if (status < 400) return fail(`It was taken with ${name}.`);
      }
      return pass("refused each time");
    },
  },
  {
    id: "forged-logout",
    tries: "Log somebody out by a link, and by a form of another site.",
    matters: "Any page with an image on it could log people out.",
    asvs: ["3.5.1", "3.5.3"],
    run: async ({ account, stranger }) => {
      const browser = stranger();
      if (!(await logIn(browser, account))) return notTried("The account could not log in.");
      await browser.send("/logout");
      if (!(await isLoggedIn(browser))) return fail("Opening /logout logged out.");
      await browser.send("/logout", { method: "POST", headers: { ...asForm, origin: browser.origin }, body: "" });
      if (!(await isLoggedIn(browser))) return fail("A form without a token logged out.");
      await browser.submit("/logout", { csrf_token: await browser.token("/dashboard") }, { origin: "https://evil.test" });
      return judge("still logged in after each", !(await isLoggedIn(browser)) && "A form of another site logged out.");
    },
  },
  {
    id: "logout-ends",
    tries: "Log out, and go on with a copy of the cookies.",
    matters: "Who took them would stay in.",
    asvs: ["7.4.1"],
    run: async ({ account, stranger }) => {
      const browser = stranger();
      if (!(await logIn(browser, account))) return notTried("The account could not log in.");
      const thief = browser.copy();
      if (!(await isLoggedIn(thief))) return notTried("The cookies are bound to something else.");
      const csrf_token = await browser.token("/dashboard");
      const { status } = await browser.submit("/logout", { csrf_token });
      if (status !== 303) return fail(`Logging out answered ${status}.`);
      return judge("the copy opens nothing", (await isLoggedIn(thief)) && "The copy is still logged in.");
    },
  },
  {
    id: "session-fixation",
    tries: "Bring cookies along to the login, and see whether they stay.",
    matters: "Whoever planted them would share the session.",
    asvs: ["7.2.4"],
    run: async ({ account, stranger }) => {
      const browser = stranger();
      await browser.send("/login");
      if (!(await logIn(browser, account))) return notTried("The account could not log in.");
      const before = browser.copy();
      if (!(await logIn(browser, account))) return notTried("The account could not log in twice.");
      const isNew = [...browser.cookies].some(([name, value]) => isSession(name) && before.cookies.get(name) !== value);
      return judge(
        "a new session each time, and the one before is over",
        !isNew && "The session kept its name over a login.",
        (await isLoggedIn(before)) && "The session of before the login is still good.",
      );
    },
  },
  {
    id: "session-cookie",
    tries: "Read the attributes of the cookie that a session is in.",
    matters: "A script, or another site, could read or plant it.",
    asvs: ["3.3.1", "3.3.2", "3.3.4"],
    run: async ({ account, base, stranger }) => {
      const answer = await logIn(stranger(), account);
      if (!answer) return notTried("The account could not log in.");
      const session = answer.cookies.filter((line) => isSession(line.split("=", 1)[0] ?? ""));
      if (session.length === 0) return fail("The login gave no session.");
      const lacks = (attribute: RegExp) => session.some((line) => !attribute.test(line));
      return judge(
        session.map((line) => line.split("=", 1)[0]).join(", "),
        lacks(/; *HttpOnly/i) && "It is not HttpOnly.",
        lacks(/; *SameSite=(?:Lax|Strict)/i) && "It has no SameSite.",
        base.protocol === "https:" && lacks(/; *Secure/i) && "It is not Secure.",
      );
    },
  },
  {
    id: "kept-pages",
    tries: "See whether a page of somebody logged in may be kept by a cache.",
    matters: "The back button of a shared computer, or a proxy, would show it to the next.",
    asvs: ["14.3.2"],
    run: async ({ account, stranger }) => {
      const browser = stranger();
      if (!(await logIn(browser, account))) return notTried("The account could not log in.");
      const { headers } = await browser.send("/dashboard");
      return judge("Cache-Control: no-store", !/no-store/.test(String(headers["cache-control"] ?? "")) && "Cache-Control is not no-store.");
    },
  },
];

/** Only with an account that was made for it: one that is given may be an operator's. */
export const operatorsCheck = withAccount({
  id: "operators-only",
  tries: "Open the operators' pages as somebody who is none.",
  matters: "They show everybody's accounts.",
  asvs: ["8.2.1", "8.4.2"],
  run: async ({ account, stranger }) => {
    const browser = stranger();
    if (!(await logIn(browser, account))) return notTried("The account could not log in.");
    for (const path of ["/admin", "/admin/people", "/admin/events"]) {
      const { status } = await browser.send(path);
      if (status < 400 || status >= 500) return fail(`${path} answered ${status}.`);
    }
    return pass("refused");
  },
});

export const sessionChecks: readonly Check[] = checks.map(withAccount);
