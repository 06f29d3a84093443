/** Checks pages: headers, cookies, errors, access without login. */
import { type Check, fail, pass, passUnless, skipped } from "./check.ts";

export const pageChecks: readonly Check[] = [
  {
    id: "https-only",
    description: "Look for HSTS.",
    risk: "Passwords could be intercepted over http.",
    asvs: ["12.2.1"],
    run: async ({ base, newBrowser }) => {
      if (base.protocol !== "https:") return skipped("The URL is http.");
      const { headers } = await newBrowser().send("/login");
      const age = Number(/max-age=(\d+)/.exec(String(headers["strict-transport-security"] ?? ""))?.[1] ?? 0);
      return passUnless(
        `Strict-Transport-Security for ${age} seconds`,
        age < 31_536_000 && "Strict-Transport-Security is missing or shorter than a year.",
      );
    },
  },
  {
    id: "headers",
    description: "Check the security headers of the login page.",
    risk: "Clickjacking, script injection, and leaks through the referrer.",
    asvs: ["3.4.3", "3.4.4", "3.4.5", "3.4.6"],
    run: async ({ newBrowser }) => {
      const { headers } = await newBrowser().send("/login");
      const policy = String(headers["content-security-policy"] ?? "");
      return passUnless(
        "CSP without inline scripts, no framing, no sniffing, no cross-site referrer",
        !/frame-ancestors 'none'/.test(policy) && "Content-Security-Policy allows framing.",
        !/default-src 'none'|script-src 'self'/.test(policy) && "Content-Security-Policy does not restrict scripts.",
        /script-src[^;]*'unsafe-(?:inline|eval)'/.test(policy) && "Content-Security-Policy allows inline scripts.",
        headers["x-content-type-options"] !== "nosniff" && "X-Content-Type-Options is not nosniff.",
        !/^(?:same-origin|no-referrer|strict-origin)/.test(String(headers["referrer-policy"] ?? "")) &&
          "Referrer-Policy is missing or too loose.",
      );
    },
  },
  {
    id: "no-store",
    description: "Check that the login page is not cached.",
    risk: "A proxy, or the back button of a shared computer, could show the page to someone else.",
    asvs: ["14.3.2"],
    run: async ({ newBrowser }) => {
      const { headers } = await newBrowser().send("/login");
      return passUnless(
        "Cache-Control: no-store",
        !/no-store/.test(String(headers["cache-control"] ?? "")) && "Cache-Control is not no-store.",
      );
    },
  },
  {
    id: "tells-no-software",
    description: "Look for software versions in the headers.",
    risk: "Attackers search for versions with known vulnerabilities.",
    asvs: ["13.4.6"],
    run: async ({ newBrowser }) => {
      const { headers } = await newBrowser().send("/login");
      const software = `${headers["server"] ?? ""} ${headers["x-powered-by"] ?? ""}`.trim();
      return passUnless("no versions", /\d/.test(software) && `The headers reveal ${software}.`);
    },
  },
  {
    id: "cookies",
    description: "Check the attributes of cookies before login.",
    risk: "Scripts or other sites could read or set them.",
    asvs: ["3.3.1", "3.3.2", "3.3.3", "3.3.4"],
    run: async ({ base, newBrowser }) => {
      const { cookies } = await newBrowser().send("/login");
      if (cookies.length === 0) return fail("The form set no cookie to bind its CSRF token to.");
      const bad = (lacks: RegExp, word: string) => cookies.some((line) => !lacks.test(line)) && `A cookie is not ${word}.`;
      return passUnless(
        cookies.map((line) => line.split("=", 1)[0]).join(", "),
        bad(/; *HttpOnly/i, "HttpOnly"),
        bad(/; *SameSite=(?:Lax|Strict)/i, "SameSite"),
        base.protocol === "https:" && bad(/; *Secure/i, "Secure"),
        base.protocol === "https:" && bad(/^__(?:Host|Secure)-/, "prefixed with __Host-"),
      );
    },
  },
  {
    id: "login-required",
    description: "Open account and admin pages without logging in.",
    risk: "Anyone could read account data.",
    asvs: ["8.2.1", "8.3.1"],
    run: async ({ newBrowser }) => {
      for (const path of ["/dashboard", "/settings", "/settings/sessions", "/settings/export", "/admin", "/admin/people"]) {
        const { status } = await newBrowser().send(path);
        if (status < 300 || status >= 500) return fail(`${path} returned ${status}.`);
      }
      return pass("redirected to the login or not found");
    },
  },
  {
    id: "private-paths",
    description: "Open development, metrics and file paths.",
    risk: "Anyone could read emails, metrics or files.",
    asvs: ["13.4.2", "13.4.5"],
    run: async ({ newBrowser }) => {
      for (const path of ["/dev/mailbox", "/metrics", "/.env", "/.git/config", "/var/latchkey.sqlite"]) {
        const { status } = await newBrowser().send(path);
        if (status === 200) return fail(`${path} is public.`);
      }
      return pass("all closed");
    },
  },
  {
    id: "errors-tell-nothing",
    description: "Request missing and malformed paths.",
    risk: "Stack traces reveal internals.",
    asvs: ["16.5.1"],
    run: async ({ newBrowser }) => {
      for (const path of [
        "/nothing-here",
        "/%00",
        "/%ff%fe",
        "/..%2f..%2fetc/passwd",
        `/${"a".repeat(3_000)}`,
        "/login/../../x",
        "/__proto__",
      ]) {
        const { status, text } = await newBrowser().send(path);
        if (status >= 500) return fail(`${path.slice(0, 40)} returned ${status}.`);
        if (hasStackTrace(text)) return fail(`${path.slice(0, 40)} returned a stack trace.`);
      }
      return pass("plain errors");
    },
  },
  {
    id: "methods",
    description: "Send unsupported methods.",
    risk: "An unexpected method could bypass access checks.",
    asvs: ["4.1.4"],
    run: async ({ newBrowser }) => {
      for (const method of ["PUT", "DELETE", "PATCH", "TRACE"]) {
        const { status } = await newBrowser().send("/login", { method });
        if (status < 400 || status >= 500) return fail(`${method} /login returned ${status}.`);
      }
      return pass("rejected");
    },
  },
  {
    id: "host-header",
    description: "Send spoofed host headers.",
    risk: "Links in emails could lead to the attacker, with their token.",
    asvs: ["4.1.3"],
    run: async ({ newBrowser }) => {
      const claims: Record<string, string>[] = [
        { host: "evil.test" },
        { "x-forwarded-host": "evil.test" },
        { forwarded: "host=evil.test" },
        { "x-original-host": "evil.test" },
      ];
      for (const headers of claims)
        for (const path of ["/login", "/dashboard"]) {
          const { text, redirectedTo } = await newBrowser().send(path, { headers });
          if (`${text}${redirectedTo}`.includes("evil.test")) return fail(`${Object.keys(headers)[0]} is reflected by ${path}.`);
        }
      return pass("not reflected");
    },
  },
  {
    id: "other-origins",
    description: "Send cross-origin requests.",
    risk: "Scripts of other sites could read a user's pages.",
    asvs: ["3.5.2", "3.5.3"],
    run: async ({ newBrowser }) => {
      for (const method of ["GET", "OPTIONS"]) {
        const { headers } = await newBrowser().send("/login", {
          method,
          headers: { origin: "https://evil.test", "access-control-request-method": "POST" },
        });
        const allowed = headers["access-control-allow-origin"];
        if (allowed === "*" || allowed === "https://evil.test") return fail(`Access-Control-Allow-Origin is ${allowed}.`);
      }
      return pass("no cross-origin access");
    },
  },
  {
    id: "forward-auth",
    description: "Send spoofed identity headers to forward auth.",
    risk: "Anyone could pose as any user.",
    asvs: ["8.3.1"],
    run: async ({ newBrowser }) => {
      const { status, headers } = await newBrowser().send("/forward-auth", {
        headers: { "remote-user": "admin", "remote-groups": "admin" },
      });
      if (status === 404) return skipped("Forward auth is off.");
      return passUnless(
        `returned ${status}`,
        status < 300 && "The spoofed headers were accepted.",
        headers["remote-user"] !== undefined && "The spoofed name was returned.",
      );
    },
  },
];

export function hasStackTrace(text: string): boolean {
  return /\n\s+at .+:\d+:\d+|Traceback \(most recent|node_modules\//.test(text);
}
