/** Settings of "Continue with …": the providers, and the callback URLs of apps. */
import { isLocalName } from "../../platform/local-name.ts";
import { list } from "../parsers.ts";
import type { Section } from "../setting.ts";

export const providers = {
  providers: {
    env: "PROVIDERS",
    default: "",
    schema: list((word) => /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(word) && word.length <= 30),
    format: "names in lowercase, separated by commas, such as google, github",
    description:
      "Other sites that users can log in with: google, microsoft, apple, github, gitlab, discord, facebook, linkedin, slack, twitch, spotify, x, or a name of your own for an OpenID Connect issuer. Each has settings such as `PROVIDER_GITHUB_CLIENT_ID` and `PROVIDER_GITHUB_SECRET` (docs/providers.md). Empty: none.",
  },
  providerCallbacks: {
    env: "PROVIDER_CALLBACKS",
    default: "",
    schema: list(isCallback),
    format: "https URLs separated by commas, such as https://app.example.com/callback",
    description:
      "URLs of apps that get the code of a login with a provider. Compared exactly; `http` only for localhost (docs/logins.md#programs-and-single-page-apps). Empty: none.",
  },
} satisfies Section;

/** Stolen codes: encrypted, without a password and without a fragment (RFC 6749, 3.1.2; RFC 9700, 2.1 and 2.6). */
function isCallback(text: string): boolean {
  const url = URL.parse(text);
  if (url?.href !== text || url.username !== "" || url.password !== "" || text.includes("#")) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLocalName(url.hostname));
}
