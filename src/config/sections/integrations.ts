/** Settings of other apps: CORS, access tokens and forward auth. */
import { z } from "zod";
import { isDomain, isHost, list } from "../parsers.ts";
import type { Section } from "../setting.ts";

export const integrations = {
  allowedOrigins: {
    env: "ALLOWED_ORIGINS",
    default: "",
    schema: list((word) => /^https?:\/\//.test(word) && URL.parse(word)?.origin === word),
    format: "origins separated by commas, such as https://app.example.com",
    description:
      "Origins whose scripts may use the JSON API, with a token in `Authorization` and never with a cookie (docs/json-api.md). Empty: none.",
  },
  tokenAudiences: {
    env: "TOKEN_AUDIENCES",
    default: "",
    schema: list((word) => /^[!-~]{1,200}$/.test(word)),
    format: "service names or URLs separated by commas, such as https://api.example.com",
    description: "Services that users can get access tokens for (docs/access-token.md). Empty: `/token` returns 404.",
  },
  forwardAuthHosts: {
    env: "FORWARD_AUTH_HOSTS",
    default: "",
    schema: list(isHost),
    format: "hosts separated by commas, such as app.example.com, wiki.example.com:8443",
    description:
      "Hosts whose proxies may ask who is logged in, and that users may return to after login (docs/forward-auth.md). Empty: `/forward-auth` returns 404.",
  },
  cookieDomain: {
    env: "COOKIE_DOMAIN",
    default: "",
    schema: z.string().refine((text) => text === "" || isDomain(text)),
    format: "empty, or a domain such as example.com",
    description:
      "Sends the session cookie to all hosts of this domain. Needed if `FORWARD_AUTH_HOSTS` lists other hosts than that of `BASE_URL`; less secure (docs/forward-auth.md). Empty: only the host of `BASE_URL`.",
  },
} satisfies Section;
