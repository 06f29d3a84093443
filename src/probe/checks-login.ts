/** What the forms do with what is hostile, and with who has no account. */
import { brokenEscapes, brokenJson, foreignTargets } from "./attack-data.ts";
import { asForm, type Seen, type Visitor } from "./browser.ts";
import { type Check, fail, judge, notTried, pass, withAccount } from "./check.ts";
import { hasStack } from "./checks-pages.ts";

const nobody = "latchkey-verify-nobody@example.invalid";
const wrong = "not the password of anybody";

export const loginChecks: readonly Check[] = [
  {
    id: "hostile-bodies",
    tries: "Send bodies that are not what they say to the forms.",
    matters: "What breaks the program can be broken by everybody.",
    asvs: ["2.2.1", "16.5.1"],
    run: async ({ stranger }) => {
      for (const path of ["/login", "/signup", "/reset-password"]) {
        const browser = stranger();
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
          if (status < 400 || status >= 500) return fail(`${path} answered ${status} to ${JSON.stringify(body.slice(-20))}.`);
          if (hasStack(text)) return fail(`${path} answered with a stack trace.`);
        }
      }
      return pass("each was refused by a plain answer");
    },
  },
  {
    id: "markup",
    tries: "Type markup into the login form.",
    matters: "What comes back as it is runs in the browser of whoever follows a link.",
    asvs: ["1.2.1", "3.2.2"],
    run: async ({ stranger }) => {
      const markup = `"><script>alert(1)</script>@example.invalid`;
      const { text } = await stranger().submit("/login", { email: markup, password: wrong });
      const { text: asked } = await stranger().send(`/login?next=${encodeURIComponent(`/${markup}`)}`);
      return judge("it came back escaped", `${text}${asked}`.includes("<script>alert(1)") && "It came back as it was.");
    },
  },
  {
    id: "password-comes-back",
    tries: "Type a password into a form that is refused.",
    matters: "A password on a page can be read from a cache or over a shoulder.",
    asvs: ["14.2.1"],
    run: async ({ stranger }) => {
      const secret = "a password that is typed in vain";
      const { text } = await stranger().submit("/login", { email: nobody, password: secret });
      return judge("the field came back empty", text.includes(secret) && "It came back on the page.");
    },
  },
  {
    id: "token-varies",
    tries: "Open a form twice in one browser, and compare the tokens.",
    matters: "A token that stays the same can be guessed through compression (BREACH).",
    asvs: ["3.5.1"],
    run: async ({ stranger }) => {
      const browser = stranger();
      const [first, second] = [await browser.token("/login"), await browser.token("/login")];
      if (first === "") return fail("The form has no token.");
      return judge("another one each time", first === second && "It was the same twice.");
    },
  },
  {
    id: "redirect-on-the-form",
    tries: "Open the login form with addresses of other sites to go on to.",
    matters: "A link to the real login could end at somebody else's copy of it.",
    asvs: ["3.7.2"],
    run: async ({ base, stranger }) => {
      for (const target of foreignTargets) {
        const { text, status } = await stranger().send(`/login?next=${encodeURIComponent(target)}`);
        const next = /name="next" value="([^"]*)"/.exec(text)?.[1];
        if (status >= 500) return fail(`${JSON.stringify(target)} was answered by ${status}.`);
        if (next !== undefined && leadsAway(base, next)) return fail(`The form would lead to ${next}.`);
      }
      return pass(`${foreignTargets.length} addresses, none was taken`);
    },
  },
  withAccount({
    id: "redirect-after-login",
    tries: "Log in with addresses of other sites to go on to.",
    matters: "A link to the real login could end at somebody else's copy of it.",
    asvs: ["3.7.2"],
    run: async ({ base, account, stranger }) => {
      for (const target of ["https://evil.test", "//evil.test", "/\\evil.test", "/\t/evil.test"]) {
        const { status, ledTo } = await stranger().submit("/login", { ...account, next: target });
        if (status !== 303) return notTried(`Logging in answered ${status}.`);
        if (leadsAway(base, ledTo)) return fail(`${JSON.stringify(target)} led to ${ledTo}.`);
      }
      return pass("each led to a page of this site");
    },
  }),
  withAccount({
    id: "who-has-an-account",
    tries: "Log in with a wrong password, as somebody who has an account and as somebody who has none.",
    matters: "Whoever can tell them apart knows who has an account here.",
    asvs: ["6.3.8"],
    run: async ({ account, stranger }) => {
      const known = await stranger().submit("/login", { email: account.email, password: wrong });
      const unknown = await stranger().submit("/login", { email: nobody, password: wrong });
      return sameTo(known, account.email, unknown);
    },
  }),
  withAccount({
    id: "who-has-an-account-reset",
    tries: "Ask for a new password, as somebody who has an account and as somebody who has none.",
    matters: "Whoever can tell them apart knows who has an account here.",
    asvs: ["6.3.8"],
    run: async ({ account, stranger }) => {
      const known = await askForReset(stranger(), account.email);
      const unknown = await askForReset(stranger(), nobody);
      if (known.status === 404) return notTried("Nothing is sent by letter here.");
      return sameTo(known, account.email, unknown);
    },
  }),
];

/** The last check of all: whoever ran it may have to wait before the next login. */
export const limitCheck: Check = {
  id: "limits",
  tries: "Guess a password forty times, for an address that nobody has.",
  matters: "Without a limit, any password is guessed sooner or later.",
  asvs: ["6.3.1"],
  run: async ({ stranger }) => {
    const guesser = stranger();
    const csrf_token = await guesser.token("/login");
    for (let guess = 1; guess <= 40; guess++) {
      const { status } = await guesser.submit("/login", { email: `guessed-${nobody}`, password: `${wrong} ${guess}`, csrf_token });
      if (status === 429) return pass(`stopped at guess ${guess}`);
    }
    return fail("Nothing stopped it.");
  },
};

/** What the page that follows says counts as well. */
async function askForReset(browser: Visitor, email: string): Promise<Seen> {
  const answer = await browser.submit("/reset-password", { email });
  if (answer.status !== 303) return answer;
  const after = await browser.send(browser.below(answer.ledTo));
  return { ...answer, text: after.text };
}

function sameTo(known: Seen, email: string, unknown: Seen) {
  return judge(
    `both ${known.status}, in the same words`,
    known.status !== unknown.status && `Who has an account is answered by ${known.status}, who has none by ${unknown.status}.`,
    known.ledTo !== unknown.ledTo && "They are led to different pages.",
    plain(known.text, email) !== plain(unknown.text, nobody) && "The words are not the same.",
  );
}

/** A page without what differs in each answer. */
function plain(text: string, email: string): string {
  return text.replaceAll(/name="csrf_token" value="[^"]*"/g, "").replaceAll(email, "");
}

function leadsAway(base: URL, target: string): boolean {
  return URL.parse(target, base.href)?.origin !== base.origin || /^[/\\]{2}|\\|[\t\n\r]/.test(target);
}
