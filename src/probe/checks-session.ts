/** Checks sessions: login and logout CSRF, revocation, fixation, cookies, admin access. */
import { isLoggedIn, logIn } from "./account.ts";
import { asForm, isSession } from "./browser.ts";
import { type AccountCheck, type Check, fail, pass, passUnless, skipped, withAccount } from "./check.ts";

const checks: readonly AccountCheck[] = [
  {
    id: "forged-login",
    description: "Log in from another site: without a CSRF token, with a foreign token, and cross-origin.",
    risk: "Login CSRF: a user could be logged in to the attacker's account.",
    asvs: ["3.5.1"],
    run: async ({ account, newBrowser }) => {
      const foreign = await newBrowser().token("/login");
      const ways: readonly [string, Record<string, string>, Record<string, string>][] = [
        ["no token", { csrf_token: "" }, {}],
        ["another browser's token", { csrf_token: foreign }, {}],
        ["a foreign Origin", {}, { origin: "https://evil.test" }],
        ["Sec-Fetch-Site: cross-site", {}, { "sec-fetch-site": "cross-site" }],
      ];
      for (const [name, fields, headers] of ways) {
        const browser = newBrowser();
        await browser.send("/login");
        const { status } = await browser.submit("/login", { ...account, ...fields }, headers);
        if (status < 400) return fail(`The login was accepted with ${name}.`);
      }
      return pass("rejected each time");
    },
  },
  {
    id: "forged-logout",
    description: "Log out by a link and by a form of another site.",
    risk: "Logout CSRF: any site could log users out.",
    asvs: ["3.5.1", "3.5.3"],
    run: async ({ account, newBrowser }) => {
      const browser = newBrowser();
      if (!(await logIn(browser, account))) return skipped("The login failed.");
      await browser.send("/logout");
      if (!(await isLoggedIn(browser))) return fail("GET /logout logged out.");
      await browser.send("/logout", { method: "POST", headers: { ...asForm, origin: browser.origin }, body: "" });
      if (!(await isLoggedIn(browser))) return fail("A form without a CSRF token logged out.");
      await browser.submit("/logout", { csrf_token: await browser.token("/dashboard") }, { origin: "https://evil.test" });
      return passUnless("still logged in", !(await isLoggedIn(browser)) && "A form of another site logged out.");
    },
  },
  {
    id: "logout-ends",
    description: "Log out and use a copy of the cookies.",
    risk: "Stolen cookies would keep working after logout.",
    asvs: ["7.4.1"],
    run: async ({ account, newBrowser }) => {
      const browser = newBrowser();
      if (!(await logIn(browser, account))) return skipped("The login failed.");
      const thief = browser.copy();
      if (!(await isLoggedIn(thief))) return skipped("The cookies cannot be copied.");
      const csrf_token = await browser.token("/dashboard");
      const { status } = await browser.submit("/logout", { csrf_token });
      if (status !== 303) return fail(`Logout returned ${status}.`);
      return passUnless("the copy is logged out", (await isLoggedIn(thief)) && "The copy is still logged in.");
    },
  },
  {
    id: "session-fixation",
    description: "Log in with existing cookies and check that the session changes.",
    risk: "Session fixation: planted cookies would give access to the session.",
    asvs: ["7.2.4"],
    run: async ({ account, newBrowser }) => {
      const browser = newBrowser();
      await browser.send("/login");
      if (!(await logIn(browser, account))) return skipped("The login failed.");
      const before = browser.copy();
      if (!(await logIn(browser, account))) return skipped("The second login failed.");
      const isNew = [...browser.cookies].some(([name, value]) => isSession(name) && before.cookies.get(name) !== value);
      return passUnless(
        "new session, previous one revoked",
        !isNew && "The session ID did not change at login.",
        (await isLoggedIn(before)) && "The previous session still works.",
      );
    },
  },
  {
    id: "session-cookie",
    description: "Check the attributes of the session cookie.",
    risk: "Scripts or other sites could read or set it.",
    asvs: ["3.3.1", "3.3.2", "3.3.4"],
    run: async ({ account, base, newBrowser }) => {
      const answer = await logIn(newBrowser(), account);
      if (!answer) return skipped("The login failed.");
      const session = answer.cookies.filter((line) => isSession(line.split("=", 1)[0] ?? ""));
      if (session.length === 0) return fail("The login set no session cookie.");
      const lacks = (attribute: RegExp) => session.some((line) => !attribute.test(line));
      return passUnless(
        session.map((line) => line.split("=", 1)[0]).join(", "),
        lacks(/; *HttpOnly/i) && "It is not HttpOnly.",
        lacks(/; *SameSite=(?:Lax|Strict)/i) && "It has no SameSite.",
        base.protocol === "https:" && lacks(/; *Secure/i) && "It is not Secure.",
      );
    },
  },
  {
    id: "no-store-logged-in",
    description: "Check that pages of logged-in users are not cached.",
    risk: "A proxy, or the back button of a shared computer, could show the page to someone else.",
    asvs: ["14.3.2"],
    run: async ({ account, newBrowser }) => {
      const browser = newBrowser();
      if (!(await logIn(browser, account))) return skipped("The login failed.");
      const { headers } = await browser.send("/dashboard");
      return passUnless(
        "Cache-Control: no-store",
        !/no-store/.test(String(headers["cache-control"] ?? "")) && "Cache-Control is not no-store.",
      );
    },
  },
];

/** Only with a created account: a given one may be an administrator. */
export const adminCheck = withAccount({
  id: "admin-only",
  description: "Open the admin pages without the admin role.",
  risk: "Any user could read and change all accounts.",
  asvs: ["8.2.1", "8.4.2"],
  run: async ({ account, newBrowser }) => {
    const browser = newBrowser();
    if (!(await logIn(browser, account))) return skipped("The login failed.");
    for (const path of ["/admin", "/admin/user", "/admin/events"]) {
      const { status } = await browser.send(path);
      if (status < 400 || status >= 500) return fail(`${path} returned ${status}.`);
    }
    return pass("rejected");
  },
});

export const sessionChecks: readonly Check[] = checks.map(withAccount);
