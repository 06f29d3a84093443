/** Settings of "Continue with …": the providers, and the origins of apps. */
import { list } from "../parsers.ts";
import type { Section } from "../setting.ts";

export const providers = {
  providers: {
    env: "PROVIDERS",
    default: "",
    schema: list((word) => /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(word) && word.length <= 30),
    format: "names separated by commas, such as google, github",
    description:
      "Other sites that users can log in with: google, microsoft, apple, github, gitlab, discord, facebook, linkedin, slack, twitch, spotify, x, or a name of your own for an OpenID Connect issuer. Each has settings such as `PROVIDER_GITHUB_CLIENT_ID` and `PROVIDER_GITHUB_SECRET` (docs/providers.md). Empty: none.",
  },
  providerOrigins: {
    env: "PROVIDER_ORIGINS",
    default: "",
    schema: list((word) => /^https?:\/\//.test(word) && URL.parse(word)?.origin === word),
    format: "origins separated by commas, such as https://app.example.com",
    description:
      "Origins of apps that may send users to a provider and get a token back (docs/logins.md#programs-and-single-page-apps). Empty: none.",
  },
} satisfies Section;
