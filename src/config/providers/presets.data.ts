/** Lists the providers that need no issuer, with their endpoints and departures. */
import type { Protocol } from "./provider.ts";

export interface Preset {
  readonly name: string;
  readonly issuer: string;
  readonly scopes: readonly string[];
  readonly protocol: Protocol;
}

const openId = ["openid", "email", "profile"];

/** What users write into their profile (OpenID Connect Core 1.0, 5.1). Others can write the same, and take a name that was freed. */
export const profileClaims = ["preferred_username", "nickname", "name", "given_name", "family_name", "profile", "website"];

export const presets: Readonly<Record<string, Preset>> = {
  google: {
    name: "Google",
    issuer: "https://accounts.google.com",
    scopes: openId,
    protocol: { clientAuth: "post", selectsAccount: true, vouches: "google", chosenClaims: profileClaims },
  },
  microsoft: {
    name: "Microsoft",
    // The tenant is filled in from `PROVIDER_…_TENANT`, or from the claim `tid` of each user.
    issuer: "https://login.microsoftonline.com/{tenantid}/v2.0",
    scopes: openId,
    protocol: { clientAuth: "post", selectsAccount: true, subject: ["oid"], vouches: "edov", ownClaims: ["tid", "email"] },
  },
  apple: {
    name: "Apple",
    issuer: "https://appleid.apple.com",
    scopes: ["openid", "email", "name"],
    protocol: {
      clientAuth: "post",
      refusesCallback: "local",
      parameters: { response_mode: "form_post" },
      vouches: "claim",
      chosenClaims: profileClaims,
    },
  },
  github: {
    name: "GitHub",
    issuer: "https://github.com",
    scopes: ["read:user", "user:email"],
    protocol: {
      oauth: {
        authorization: "https://github.com/login/oauth/authorize",
        token: "https://github.com/login/oauth/access_token",
        user: "https://api.github.com/user",
        emails: { url: "https://api.github.com/user/emails" },
        responseIssuer: "https://github.com/login/oauth",
        // No email: that of `/user` is the public one, which may be unverified.
        members: { subject: "id", username: "login", name: "name" },
      },
      clientAuth: "post",
      selectsAccount: true,
      vouches: "primary",
      chosenClaims: ["login", "name", "company", "blog", "location", "bio", "twitter_username", "url", "html_url"],
    },
  },
  gitlab: {
    name: "GitLab",
    issuer: "https://gitlab.com",
    scopes: openId,
    protocol: { clientAuth: "post", vouches: "claim", chosenClaims: profileClaims },
  },
  discord: {
    name: "Discord",
    issuer: "https://discord.com",
    scopes: ["identify", "email"],
    protocol: {
      oauth: {
        authorization: "https://discord.com/oauth2/authorize",
        token: "https://discord.com/api/oauth2/token",
        user: "https://discord.com/api/users/@me",
        members: { subject: "id", email: "email", emailVerified: "verified", username: "username", name: "global_name" },
      },
      clientAuth: "post",
      vouches: "claim",
      chosenClaims: ["username", "global_name"],
    },
  },
  facebook: {
    name: "Facebook",
    issuer: "https://www.facebook.com",
    scopes: ["public_profile", "email"],
    protocol: {
      oauth: {
        authorization: "https://www.facebook.com/dialog/oauth",
        token: "https://graph.facebook.com/oauth/access_token",
        user: "https://graph.facebook.com/me?fields=id,name,email",
        members: { subject: "id", email: "email", name: "name" },
      },
      clientAuth: "post",
      // Facebook gives addresses that were never confirmed.
      vouches: "never",
      chosenClaims: ["name"],
    },
  },
  linkedin: {
    name: "LinkedIn",
    issuer: "https://www.linkedin.com/oauth",
    scopes: openId,
    // Its ID tokens have no nonce, and the token endpoint refuses `code_verifier` with a client secret.
    protocol: { clientAuth: "post", withoutNonce: true, withoutPkce: true, vouches: "claim", chosenClaims: profileClaims },
  },
  slack: {
    name: "Slack",
    issuer: "https://slack.com",
    scopes: openId,
    // User IDs are unique within a team only. Administrators of any team set the addresses of its members.
    protocol: {
      clientAuth: "post",
      refusesCallback: "http",
      subject: ["https://slack.com/team_id", "sub"],
      vouches: "never",
      ownClaims: ["https://slack.com/team_id"],
    },
  },
  twitch: {
    name: "Twitch",
    issuer: "https://id.twitch.tv/oauth2",
    scopes: ["openid", "user:read:email"],
    protocol: {
      clientAuth: "post",
      parameters: { claims: '{"id_token":{"email":null,"email_verified":null,"preferred_username":null}}' },
      vouches: "claim",
      chosenClaims: profileClaims,
    },
  },
  spotify: {
    name: "Spotify",
    issuer: "https://accounts.spotify.com",
    scopes: ["user-read-email"],
    protocol: {
      oauth: {
        authorization: "https://accounts.spotify.com/authorize",
        token: "https://accounts.spotify.com/api/token",
        user: "https://api.spotify.com/v1/me",
        members: { subject: "id", email: "email", name: "display_name" },
      },
      clientAuth: "basic",
      refusesCallback: "localhost",
      // Spotify's reference says that the address is unverified.
      vouches: "never",
      chosenClaims: ["display_name"],
    },
  },
  x: {
    name: "X",
    issuer: "https://x.com",
    scopes: ["tweet.read", "users.read"],
    protocol: {
      oauth: {
        authorization: "https://x.com/i/oauth2/authorize",
        token: "https://api.x.com/2/oauth2/token",
        user: "https://api.x.com/2/users/me",
        // Only apps that may ask for emails get them.
        emails: { url: "https://api.x.com/2/users/me?user.fields=confirmed_email", scope: "users.email" },
        members: { subject: "data.id", email: "data.confirmed_email", username: "data.username", name: "data.name" },
      },
      clientAuth: "basic",
      refusesCallback: "localhost",
      vouches: "present",
      chosenClaims: ["data.username", "data.name"],
    },
  },
};

/** An issuer by URL. */
export const oidc: Preset = { name: "", issuer: "", scopes: openId, protocol: { vouches: "claim" } };
