/** Settings of the site: its name, who can sign up, and redirects. */
import { z } from "zod";
import { isLanguageTag, isTarget, list } from "../parsers.ts";
import type { Section } from "../setting.ts";

/** Languages that Latchkey is translated into. */
export const languages: readonly string[] = ["en", "de", "ar"];
const linkUrl = z.string().refine((text) => isTarget(text) || /^mailto:[^\s@]+@[^\s@]+$/.test(text));
const linkFormat = "a path such as /terms, or a URL such as https://example.com/terms";

export const site = {
  siteName: {
    env: "SITE_NAME",
    default: "Latchkey",
    schema: z.string().trim().min(1).max(60),
    format: "a name of 1 to 60 characters",
    description: "Name in page titles, headings and emails.",
  },
  languages: {
    env: "LANGUAGES",
    default: "en",
    schema: list(isLanguageTag).refine((tags) => tags.length > 0),
    format: "en, de, ar, or several of them separated by commas, such as en,de",
    description:
      "Languages of pages, emails and errors: English, German and Arabic. With several, each visitor gets one by their choice or their browser; the first is the default (docs/language.md).",
  },
  signup: {
    env: "SIGNUP",
    default: undefined,
    schema: z.enum(["open", "confirm", "closed"]),
    format: "open, confirm or closed",
    description:
      "Who can sign up. `confirm`: only with a verified email, without revealing which emails have an account (default with `SMTP_URL`). `open`: immediately; the form says when an email is taken (default without `SMTP_URL`). `closed`: `/signup` returns 404.",
  },
  loginWith: {
    env: "LOGIN_WITH",
    default: "email",
    schema: z.enum(["email", "username", "both"]),
    format: "email, username or both",
    description:
      "What users log in with. In forms and JSON, the field is `email` in any case. Usernames are public, so with `email` attackers know less.",
  },
  homeUrl: {
    env: "HOME_URL",
    default: "",
    schema: z.string().refine((text) => text === "" || isTarget(text)),
    format: "a path such as /, or a URL such as https://app.example.com/",
    description:
      "Where users go after logging in, unless they were on their way to another page. Default: `/dashboard`; in the library without a dashboard, `/`.",
  },
  afterLogoutUrl: {
    env: "AFTER_LOGOUT_URL",
    default: "",
    schema: z.string().refine((text) => text === "" || isTarget(text)),
    format: "a path such as /, or a URL such as https://app.example.com/",
    description: "Where users go after logging out. Default: `/login`.",
  },
  termsUrl: {
    env: "TERMS_URL",
    default: undefined,
    schema: linkUrl,
    format: linkFormat,
    description: "Your terms of service, linked in the footer of each page.",
  },
  privacyUrl: {
    env: "PRIVACY_URL",
    default: undefined,
    schema: linkUrl,
    format: linkFormat,
    description: "Your privacy policy, linked in the footer of each page.",
  },
  contactUrl: {
    env: "CONTACT_URL",
    default: undefined,
    schema: linkUrl,
    format: `${linkFormat}, or an email address such as mailto:help@example.com`,
    description: "Where users get help, linked in the footer of each page, and where a user who is locked out is told to ask you.",
  },
  clearSiteData: {
    env: "CLEAR_SITE_DATA",
    default: "none",
    schema: z.enum(["none", "storage"]),
    format: "none or storage",
    description:
      "`storage` makes the browser clear `localStorage`, IndexedDB and service workers of the host of `BASE_URL` at logout, including those of other apps on that host.",
  },
} satisfies Section;
