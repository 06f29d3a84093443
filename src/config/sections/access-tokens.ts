/** Settings for other services that ask here who somebody is; they stand in the table with all others. */
import { z } from "zod";
import { isDomain, isHost, isTarget, list } from "../parsers.ts";
import { row } from "../setting.ts";

export const serviceSettings = {
  mountPath: row(
    "MOUNT_PATH",
    "",
    z.string().refine((text) => text === "" || /^(?:\/[a-z0-9_-]+){1,5}$/i.test(text)),
    "empty, or a path such as /auth",
    "Where all pages live, below the host of `BASE_URL`. Empty: at the root.",
  ),
  homeUrl: row(
    "HOME_URL",
    "",
    z.string().refine((text) => text === "" || isTarget(text)),
    "a path of this host such as /, or a URL such as https://app.example.com/",
    "Where a login leads that was not on the way to a page. Empty: to `/dashboard`; as a library without one, to `/`.",
  ),
  afterLogoutUrl: row(
    "AFTER_LOGOUT_URL",
    "",
    z.string().refine((text) => text === "" || isTarget(text)),
    "a path of this host such as /, or a URL such as https://app.example.com/",
    "Where logging out leads. Empty: to `/login`.",
  ),
  allowedOrigins: row(
    "ALLOWED_ORIGINS",
    "",
    list((word) => /^https?:\/\//.test(word) && URL.parse(word)?.origin === word),
    "origins separated by commas, such as https://app.example.com",
    "Sites whose scripts may talk to this one in JSON, with a token in `Authorization` and never with a cookie (docs/programs.md). Empty: none.",
  ),
  tokenAudiences: row(
    "TOKEN_AUDIENCES",
    "",
    list((word) => /^[!-~]{1,200}$/.test(word)),
    "names or URLs of services separated by commas, such as https://api.example.com",
    "The services for which people can get access tokens (docs/access-token.md). Empty: `/token` answers 404.",
  ),
  forwardAuthHosts: row(
    "FORWARD_AUTH_HOSTS",
    "",
    list(isHost),
    "hosts separated by commas, such as app.example.com, wiki.example.com:8443",
    "The hosts whose proxies ask here who is logged in, and to which a login may lead back (docs/forward-auth.md). Empty: `/forward-auth` answers 404.",
  ),
  cookieDomain: row(
    "COOKIE_DOMAIN",
    "",
    z.string().refine((text) => text === "" || isDomain(text)),
    "empty, or a domain such as example.com",
    "Sends the session’s cookie to every host below this domain, which `FORWARD_AUTH_HOSTS` needs where they are not the host of `BASE_URL`. It costs safety (docs/forward-auth.md). Empty: to the host of `BASE_URL` only.",
  ),
};
