/** Finds the endpoints of a GitHub Enterprise. */
import type { Protocol } from "./provider.ts";

/** The preset's endpoints at another host. With data residency, the API has a host of its own; a GitHub Enterprise Server has it below `/api/v3`. */
export function atGithub(protocol: Protocol, origin: string): Protocol {
  const { oauth } = protocol;
  if (!oauth) return protocol;
  const { protocol: scheme, host } = new URL(origin);
  const api = host.endsWith(".ghe.com") ? `${scheme}//api.${host}` : `${origin}/api/v3`;
  const moved = (url: string) => url.replace(/^https:\/\/api\.github\.com(?=\/)/, api).replace(/^https:\/\/github\.com(?=\/)/, origin);
  const { authorization, token, user, emails, responseIssuer } = oauth;
  return {
    ...protocol,
    oauth: {
      ...oauth,
      ...{ authorization: moved(authorization), token: moved(token), user: moved(user) },
      ...(emails && { emails: { ...emails, url: moved(emails.url) } }),
      ...(responseIssuer !== undefined && { responseIssuer: moved(responseIssuer) }),
    },
  };
}

/** The origin of `https://github.example.com` or `https://octocorp.ghe.com`; undefined for other URLs, such as that of an API. */
export function githubOrigin(url: string): string | undefined {
  const { pathname, host, origin } = new URL(url);
  const isOther = pathname !== "/" || /^(?:www|api)\./.test(host) || host === "ghe.com" || /\..+\.ghe\.com$/.test(host);
  return isOther ? undefined : origin;
}
