/** Defines a provider of "Continue with …", as the settings describe it. */

/** A provider that the site has configured. */
export interface Provider {
  /** As in `PROVIDERS`, such as `google`. */
  readonly id: string;
  /** As on buttons, such as `Google`. */
  readonly name: string;
  /** Name of the preset; `oidc` for an issuer by URL. */
  readonly preset: string;
  /** A synthetic one for providers without OpenID Connect, such as `https://github.com`; with `{tenantid}` for several Microsoft tenants. */
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined for a public client, and for Apple. */
  readonly secret: string | undefined;
  /** Signs Apple's client secret. */
  readonly key: SigningKey | undefined;
  readonly scopes: readonly string[];
  /** `verified`: logs in to the account with the same verified email, and adds the provider to it. */
  readonly link: "off" | "verified";
  readonly signup: "on" | "off";
  /** Only emails of these domains; empty: any. */
  readonly domains: readonly string[];
  readonly roles: readonly ClaimedRole[];
  /** Whether the provider's second factor counts as ours. */
  readonly trustAmr: boolean;
  /** Whether the provider's tokens are stored. */
  readonly keepTokens: boolean;
  /** What the provider does its own way. */
  readonly protocol: Protocol;
}

/** Users with this value of a claim get the role. */
export interface ClaimedRole {
  readonly claim: string;
  readonly value: string;
  readonly role: string;
}

/** An ES256 key in PEM. */
export interface SigningKey {
  readonly pem: string;
  readonly id: string;
  readonly teamId: string;
}

export interface Protocol {
  /** Base of the metadata's URL, where it is not the issuer. */
  readonly discovery?: string;
  /** Tenant of Microsoft: `common`, `organizations`, `consumers` or an ID. */
  readonly tenant?: string;
  /** Endpoints of a provider without OpenID Connect. */
  readonly oauth?: OAuthEndpoints;
  /** How the client secret is sent; by default what the metadata says. */
  readonly clientAuth?: "basic" | "post";
  /** Sends `prompt=select_account`; by default where the metadata lists it. */
  readonly selectsAccount?: true;
  /** Further parameters of the authorization request. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Which callback URLs the provider refuses. `local`: http, and this machine. `localhost`: the name, but not `127.0.0.1`. */
  readonly refusesCallback?: "local" | "http" | "localhost";
  /** The provider does not return the nonce. */
  readonly withoutNonce?: true;
  /** The provider refuses PKCE from clients with a secret. */
  readonly withoutPkce?: true;
  /**
   * Claims that give roles; by default all. For a provider with many tenants, whose administrators decide the others. The email counts where
   * it is vouched for.
   */
  readonly ownClaims?: readonly string[];
  /** Claims that users choose themselves; they give no roles. */
  readonly chosenClaims?: readonly string[];
  /** Claims that identify a user together; by default `sub`. */
  readonly subject?: readonly string[];
  /**
   * Which emails the provider vouches for. `claim`: those with `email_verified`. `google`: of these, addresses of Gmail and Workspace. `edov`:
   * those with `xms_edov`. `primary`: the one that GitHub lists as primary and verified. `present`: each that it gives.
   */
  readonly vouches: "claim" | "google" | "edov" | "primary" | "present" | "never";
}

interface OAuthEndpoints {
  readonly authorization: string;
  readonly token: string;
  /** Returns the user as JSON. */
  readonly user: string;
  /** Returns the user's emails; asked only with the scope, if there is one. */
  readonly emails?: { readonly url: string; readonly scope?: string };
  /** Issuer in the provider's responses (RFC 9207), where it is not the synthetic one. */
  readonly responseIssuer?: string;
  /** Paths of members of the user, such as `data.id`. */
  readonly members: UserMembers;
}

interface UserMembers {
  readonly subject: string;
  readonly email?: string;
  /** A boolean. */
  readonly emailVerified?: string;
  readonly username?: string;
  readonly name?: string;
}
