/** Checks forms: hostile input, redirects, account enumeration, rate limits. */
import { brokenEscapes, brokenJson, foreignTargets } from "./attack-data.ts";
import { asForm, type Browser, type Response } from "./browser.ts";
import { type Check, fail, pass, passUnless, skipped, withAccount } from "./check.ts";
import { hasStackTrace } from "./checks-pages.ts";

const unknownEmail = "latchkey-probe-nobody@example.invalid";
const wrongPassword = "not the password of any account";

export const loginChecks: readonly Check[] = [
  {
    id: "hostile-bodies",
    description: "Send malformed bodies to the forms.",
    risk: "Anyone could crash the server.",
    asvs: ["2.2.1", "16.5.1"],
    run: async ({ newBrowser }) => {
      for (const path of ["/login", "/signup", "/reset-password"]) {
        const browser = newBrowser();
        const token = await browser.token(path);
        const bodies = [
          ...brokenJson.map((body) => ({ type: "application/json", body })),
          ...brokenEscapes.map((text) => ({ type: asForm["content-type"], body: `csrf_token=${token}&email=${text}` })),
        ];
        for (const { type, body } of bodies) {
          const { status, text } = await browser.send(path, {
            method: "POST",
            headers: { "content-type": type, origin: browser.origin },
            body,
          });
          if (status < 400 || status >= 500) return fail(`${path} returned ${status} for ${JSON.stringify(body.slice(-20))}.`);
          if (hasStackTrace(text)) return fail(`${path} returned a stack trace.`);
        }
      }
      return pass("each was rejected with a plain error");
    },
  },
  {
    id: "markup",
    description: "Submit HTML markup in the login form.",
    risk: "Cross-site scripting: a link could run scripts in a user's browser.",
    asvs: ["1.2.1", "3.2.2"],
    run: async ({ newBrowser }) => {
      const markup = `"><script>alert(1)</script>@example.invalid`;
      const { text } = await newBrowser().submit("/login", { email: markup, password: wrongPassword });
      const { text: loginPage } = await newBrowser().send(`/login?next=${encodeURIComponent(`/${markup}`)}`);
      return passUnless("the markup is escaped", `${text}${loginPage}`.includes("<script>alert(1)") && "The markup is not escaped.");
    },
  },
  {
    id: "password-comes-back",
    description: "Submit a wrong password and look for it on the page.",
    risk: "A password on a page could be read from a cache.",
    asvs: ["14.2.1"],
    run: async ({ newBrowser }) => {
      const secret = "a password that must not come back";
      const { text } = await newBrowser().submit("/login", { email: unknownEmail, password: secret });
      return passUnless("the password field is empty", text.includes(secret) && "The password is on the page.");
    },
  },
  {
    id: "token-varies",
    description: "Open a form twice and compare the CSRF tokens.",
    risk: "A constant token can be recovered through compression (BREACH).",
    asvs: ["3.5.1"],
    run: async ({ newBrowser }) => {
      const browser = newBrowser();
      const [first, second] = [await browser.token("/login"), await browser.token("/login")];
      if (first === "") return fail("The form has no CSRF token.");
      return passUnless("a different token each time", first === second && "The token was the same twice.");
    },
  },
  {
    id: "redirect-on-the-form",
    description: "Open the login form with redirect targets on other sites.",
    risk: "Phishing: a link to the real login could lead to a fake one.",
    asvs: ["3.7.2"],
    run: async ({ base, newBrowser }) => {
      for (const target of foreignTargets) {
        const { text, status } = await newBrowser().send(`/login?next=${encodeURIComponent(target)}`);
        const next = /name="next" value="([^"]*)"/.exec(text)?.[1];
        if (status >= 500) return fail(`${JSON.stringify(target)} returned ${status}.`);
        if (next !== undefined && isForeign(base, next)) return fail(`The form would redirect to ${next}.`);
      }
      return pass(`${foreignTargets.length} targets, all rejected`);
    },
  },
  withAccount({
    id: "redirect-after-login",
    description: "Log in with redirect targets on other sites.",
    risk: "Phishing: a link to the real login could lead to a fake one.",
    asvs: ["3.7.2"],
    run: async ({ base, account, newBrowser }) => {
      for (const target of ["https://evil.test", "//evil.test", "/\\evil.test", "/\t/evil.test"]) {
        const { status, redirectedTo } = await newBrowser().submit("/login", { ...account, next: target });
        if (status !== 303) return skipped(`Login returned ${status}.`);
        if (isForeign(base, redirectedTo)) return fail(`${JSON.stringify(target)} redirected to ${redirectedTo}.`);
      }
      return pass("each redirected to this site");
    },
  }),
  withAccount({
    id: "who-has-an-account",
    description: "Log in with a wrong password, for an existing and an unknown email.",
    risk: "Account enumeration: an attacker could find out which emails have an account.",
    asvs: ["6.3.8"],
    run: async ({ account, newBrowser }) => {
      const known = await newBrowser().submit("/login", { email: account.email, password: wrongPassword });
      const unknown = await newBrowser().submit("/login", { email: unknownEmail, password: wrongPassword });
      return compareResponses(known, account.email, unknown);
    },
  }),
  withAccount({
    id: "who-has-an-account-reset",
    description: "Request a password reset, for an existing and an unknown email.",
    risk: "Account enumeration: an attacker could find out which emails have an account.",
    asvs: ["6.3.8"],
    run: async ({ account, newBrowser }) => {
      const { inbox = account.email } = account;
      if (!inbox.includes("@")) return skipped("The email of the account is unknown.");
      const known = await requestPasswordReset(newBrowser(), inbox);
      const unknown = await requestPasswordReset(newBrowser(), unknownEmail);
      if (known.status === 404) return skipped("Password reset is off: no SMTP server.");
      return compareResponses(known, inbox, unknown);
    },
  }),
];

/** Runs last: it uses up the login rate limit of this IP address. */
export const limitCheck: Check = {
  id: "limits",
  description: "Try 40 passwords for an unknown email.",
  risk: "Without a rate limit, passwords can be guessed.",
  asvs: ["6.3.1"],
  run: async ({ newBrowser }) => {
    const guesser = newBrowser();
    const csrf_token = await guesser.token("/login");
    for (let guess = 1; guess <= 40; guess++) {
      const { status } = await guesser.submit("/login", {
        email: `guessed-${unknownEmail}`,
        password: `${wrongPassword} ${guess}`,
        csrf_token,
      });
      if (status === 429) return pass(`limited after ${guess} attempts`);
    }
    return fail("No rate limit after 40 attempts.");
  },
};

/** Includes the text of the page that follows the redirect. */
async function requestPasswordReset(browser: Browser, email: string): Promise<Response> {
  const answer = await browser.submit("/reset-password", { email });
  if (answer.status !== 303) return answer;
  const after = await browser.send(browser.pathOf(answer.redirectedTo));
  return { ...answer, text: after.text };
}

function compareResponses(known: Response, email: string, unknown: Response) {
  return passUnless(
    `both returned ${known.status} and the same page`,
    known.status !== unknown.status && `An existing email returns ${known.status}, an unknown one ${unknown.status}.`,
    known.redirectedTo !== unknown.redirectedTo && "They redirect to different pages.",
    withoutVariableParts(known.text, email) !== withoutVariableParts(unknown.text, unknownEmail) && "The pages differ.",
  );
}

/** Removes the CSRF token and the email, which differ between two requests of a page. */
function withoutVariableParts(text: string, email: string): string {
  return text.replaceAll(/name="csrf_token" value="[^"]*"/g, "").replaceAll(email, "");
}

function isForeign(base: URL, target: string): boolean {
  return URL.parse(target, base.href)?.origin !== base.origin || /^[/\\]{2}|\\|[\t\n\r]/.test(target);
}
