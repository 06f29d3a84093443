/** Declares the test provider: its user, its lies. */
import type { ProviderOptions } from "./latchkey.ts";

/** A user at the provider. Other members are further claims. */
export interface TestProviderUser {
  /** Identifies the user there. */
  readonly sub: string;
  readonly email?: string;
  /** Whether the provider vouches for the email. */
  readonly email_verified?: boolean;
  readonly name?: string;
  readonly preferred_username?: string;
  readonly [claim: string]: unknown;
}

export interface TestProviderOptions {
  /** Poses as this provider, such as `github`. Default: an OpenID Connect issuer. */
  readonly preset?: string;
  /** Whether it listens on a port of this machine. Default: true without a preset. Otherwise pass its `fetch` to `createTestLatchkey`. */
  readonly listens?: boolean;
  /** Default: `ES256`. */
  readonly algorithm?: "ES256" | "RS256" | "PS256" | "EdDSA";
  /** Where the email and the name are. Default: `id-token`. */
  readonly claimsIn?: "id-token" | "user-info";
  /** Its clock, in milliseconds since 1970. */
  readonly now?: () => number;
}

/** What the provider says instead of the truth. Each function gets the truth. */
export interface TestProviderLies {
  readonly metadata?: (metadata: Json) => unknown;
  readonly keys?: (keys: Json) => unknown;
  readonly header?: (header: Json) => Json;
  readonly idToken?: (claims: Json) => Json;
  readonly signature?: ForgedSignature;
  /** Parameters of the callback. */
  readonly callback?: (parameters: Record<string, string>) => Record<string, string>;
  readonly token?: (body: Json) => unknown;
  readonly userInfo?: (body: Json) => unknown;
  readonly emails?: (body: unknown) => unknown;
  /** Replaces a response, such as by a redirect or by bytes without end. */
  readonly respond?: (endpoint: TestProviderEndpoint, response: Response) => Response | Promise<Response>;
}

export type TestProviderEndpoint = "metadata" | "keys" | "authorize" | "token" | "user-info" | "emails";

/** A JSON object. */
type Json = Readonly<Record<string, unknown>>;

/** A provider that knows one app and one user. */
export interface TestProvider {
  readonly issuer: string;
  /** For the option `providers` of `createLatchkey`. */
  readonly options: ProviderOptions;
  /** Answers requests of Latchkey without a network. */
  readonly fetch: typeof fetch;
  /** Who is logged in there; undefined says no. */
  user: TestProviderUser | undefined;
  /** Session of the user there, for its logout. */
  sid: string;
  lies: TestProviderLies;
  /** Endpoints that were asked, in order. */
  readonly requests: readonly TestProviderEndpoint[];
  /** Does what a browser does there: returns the request to the app's callback, a POST if it has a body. */
  readonly authorize: (url: string) => Promise<{ readonly url: string; readonly body?: URLSearchParams }>;
  /** Replaces its signing key. */
  readonly rotateKey: () => void;
  /** Signs a logout token for `POST /oauth/backchannel/:provider`. */
  readonly logoutToken: (claims?: Json, header?: Json) => string;
  readonly close: () => Promise<void>;
}

/** How a token is signed that must not be accepted. */
export type ForgedSignature = "none" | "hmac" | "other-key" | "tampered";
