/** What every page shows of itself: headers, cookies, errors, what is open to strangers. */
import { type Check, fail, judge, notTried, pass } from "./check.ts";

export const pageChecks: readonly Check[] = [
  {
    id: "https-only",
    tries: "See whether browsers are told to come by https only.",
    matters: "A password that is typed there can be read on its way.",
    asvs: ["12.2.1"],
    run: async ({ base, stranger }) => {
      if (base.protocol !== "https:") return notTried("The address is one of http.");
      const { headers } = await stranger().send("/login");
      const age = Number(/max-age=(\d+)/.exec(String(headers["strict-transport-security"] ?? ""))?.[1] ?? 0);
      return judge(
        `Strict-Transport-Security for ${age} seconds`,
        age < 31_536_000 && "Strict-Transport-Security is missing, or shorter than a year.",
      );
    },
  },
  {
    id: "headers",
    tries: "Read the headers of the login page.",
    matters: "Without them a page can be framed, can run what is put into it, and tells other sites where people were.",
    asvs: ["3.4.3", "3.4.4", "3.4.5", "3.4.6"],
    run: async ({ stranger }) => {
      const { headers } = await stranger().send("/login");
      const policy = String(headers["content-security-policy"] ?? "");
      return judge(
        "a policy without inline scripts, no frames, no sniffing, no referrer to others",
        !/frame-ancestors 'none'/.test(policy) && "Content-Security-Policy does not forbid frames.",
        !/default-src 'none'|script-src 'self'/.test(policy) && "Content-Security-Policy does not say where scripts may come from.",
        /script-src[^;]*'unsafe-(?:inline|eval)'/.test(policy) && "Content-Security-Policy allows inline scripts.",
        headers["x-content-type-options"] !== "nosniff" && "X-Content-Type-Options is not nosniff.",
        !/^(?:same-origin|no-referrer|strict-origin)/.test(String(headers["referrer-policy"] ?? "")) &&
          "Referrer-Policy is missing or loose.",
      );
    },
  },
  {
    id: "no-store",
    tries: "See whether the login page may be kept by a cache.",
    matters: "The back button of a shared computer, or a proxy, would show somebody's page to the next.",
    asvs: ["14.3.2"],
    run: async ({ stranger }) => {
      const { headers } = await stranger().send("/login");
      return judge("Cache-Control: no-store", !/no-store/.test(String(headers["cache-control"] ?? "")) && "Cache-Control is not no-store.");
    },
  },
  {
    id: "tells-no-software",
    tries: "Look for what the server says of its software.",
    matters: "Whoever looks for a version with a hole finds it.",
    asvs: ["13.4.6"],
    run: async ({ stranger }) => {
      const { headers } = await stranger().send("/login");
      const told = `${headers["server"] ?? ""} ${headers["x-powered-by"] ?? ""}`.trim();
      return judge("no version of anything", /\d/.test(told) && `The headers tell ${told}.`);
    },
  },
  {
    id: "cookies",
    tries: "Read the attributes of the cookies that a stranger gets.",
    matters: "A script, or another site, could read or plant them.",
    asvs: ["3.3.1", "3.3.2", "3.3.3", "3.3.4"],
    run: async ({ base, stranger }) => {
      const { cookies } = await stranger().send("/login");
      if (cookies.length === 0) return fail("The page with the form gave no cookie that its token could be bound to.");
      const bad = (lacks: RegExp, word: string) => cookies.some((line) => !lacks.test(line)) && `A cookie is not ${word}.`;
      return judge(
        cookies.map((line) => line.split("=", 1)[0]).join(", "),
        bad(/; *HttpOnly/i, "HttpOnly"),
        bad(/; *SameSite=(?:Lax|Strict)/i, "SameSite"),
        base.protocol === "https:" && bad(/; *Secure/i, "Secure"),
        base.protocol === "https:" && bad(/^__(?:Host|Secure)-/, "bound to this host by __Host-"),
      );
    },
  },
  {
    id: "strangers-stay-out",
    tries: "Open what is for people who are logged in, and for operators, without logging in.",
    matters: "It is what a login is for.",
    asvs: ["8.2.1", "8.3.1"],
    run: async ({ stranger }) => {
      for (const path of ["/dashboard", "/settings", "/settings/sessions", "/settings/export", "/admin", "/admin/people"]) {
        const { status } = await stranger().send(path);
        if (status < 300 || status >= 500) return fail(`${path} answered ${status}.`);
      }
      return pass("led to the login, or not there");
    },
  },
  {
    id: "workshop-is-shut",
    tries: "Open what is for developers and for watchers.",
    matters: "Letters with links, and numbers, are not for strangers.",
    asvs: ["13.4.2", "13.4.5"],
    run: async ({ stranger }) => {
      for (const path of ["/dev/mailbox", "/metrics", "/.env", "/.git/config", "/var/latchkey.sqlite"]) {
        const { status } = await stranger().send(path);
        if (status === 200) return fail(`${path} is open to everybody.`);
      }
      return pass("nothing is open");
    },
  },
  {
    id: "errors-tell-nothing",
    tries: "Ask for what is not there, in ways that are odd.",
    matters: "A stack trace shows an attacker the inside.",
    asvs: ["16.5.1"],
    run: async ({ stranger }) => {
      for (const path of [
        "/nothing-here",
        "/%00",
        "/%ff%fe",
        "/..%2f..%2fetc/passwd",
        `/${"a".repeat(3_000)}`,
        "/login/../../x",
        "/__proto__",
      ]) {
        const { status, text } = await stranger().send(path);
        if (status >= 500) return fail(`${path.slice(0, 40)} answered ${status}.`);
        if (hasStack(text)) return fail(`${path.slice(0, 40)} answered with a stack trace.`);
      }
      return pass("plain answers");
    },
  },
  {
    id: "methods",
    tries: "Send methods that no page takes.",
    matters: "A method that is forgotten may skip what guards the others.",
    asvs: ["4.1.4"],
    run: async ({ stranger }) => {
      for (const method of ["PUT", "DELETE", "PATCH", "TRACE"]) {
        const { status } = await stranger().send("/login", { method });
        if (status < 400 || status >= 500) return fail(`${method} /login answered ${status}.`);
      }
      return pass("refused");
    },
  },
  {
    id: "host-header",
    tries: "Claim to have asked another host.",
    matters: "A link in a letter would lead to the attacker, with the token in it.",
    asvs: ["4.1.3"],
    run: async ({ stranger }) => {
      const claims: Record<string, string>[] = [
        { host: "evil.test" },
        { "x-forwarded-host": "evil.test" },
        { forwarded: "host=evil.test" },
        { "x-original-host": "evil.test" },
      ];
      for (const headers of claims)
        for (const path of ["/login", "/dashboard"]) {
          const { text, ledTo } = await stranger().send(path, { headers });
          if (`${text}${ledTo}`.includes("evil.test")) return fail(`${Object.keys(headers)[0]} comes back in the answer of ${path}.`);
        }
      return pass("what was claimed came back nowhere");
    },
  },
  {
    id: "other-origins",
    tries: "Ask as a script of another site.",
    matters: "It could read what somebody sees here.",
    asvs: ["3.5.2", "3.5.3"],
    run: async ({ stranger }) => {
      for (const method of ["GET", "OPTIONS"]) {
        const { headers } = await stranger().send("/login", {
          method,
          headers: { origin: "https://evil.test", "access-control-request-method": "POST" },
        });
        const allowed = headers["access-control-allow-origin"];
        if (allowed === "*" || allowed === "https://evil.test") return fail(`Access-Control-Allow-Origin is ${allowed}.`);
      }
      return pass("no leave was given");
    },
  },
  {
    id: "forward-auth",
    tries: "Say who one is, in the headers that a proxy is told it by.",
    matters: "Whoever can say so is whoever they like.",
    asvs: ["8.3.1"],
    run: async ({ stranger }) => {
      const { status, headers } = await stranger().send("/forward-auth", { headers: { "remote-user": "admin", "remote-groups": "admin" } });
      if (status === 404) return notTried("No proxy asks here: /forward-auth is not there.");
      return judge(
        `answered ${status}`,
        status < 300 && "It took somebody's word for it.",
        headers["remote-user"] !== undefined && "It gave the name back.",
      );
    },
  },
];

export function hasStack(text: string): boolean {
  return /\n\s+at .+:\d+:\d+|Traceback \(most recent|node_modules\//.test(text);
}
