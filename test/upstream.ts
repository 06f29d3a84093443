/** Starts identity providers of others, and follows their redirects as a browser does. */
import type { Server } from "node:http";
import Provider from "oidc-provider";
import { readSettings } from "../src/config/load.ts";
import { noCustomization } from "../src/core/customization.ts";
import { createRandomSource } from "../src/platform/crypto/random-pool.ts";
import { freePort } from "./free-port.ts";
import { secretKey } from "./person.ts";

export interface Upstream {
  readonly issuer: string;
  readonly close: () => Promise<void>;
}

export const upstreamClient = { id: "latchkey", secret: "a secret that is shared with the provider" };

/** The provider `work` with this issuer, as in the settings. */
export function upstreamSettings(issuer: string, own: Readonly<Record<string, string>> = {}) {
  const settings = readSettings({
    NODE_ENV: "test",
    SECRET_KEY: secretKey,
    BASE_URL: "https://accounts.example.com",
    PROVIDERS: "work",
    PROVIDER_WORK_ISSUER: issuer,
    PROVIDER_WORK_CLIENT_ID: upstreamClient.id,
    PROVIDER_WORK_SECRET: upstreamClient.secret,
    ...own,
  });
  const [provider] = settings.providers;
  if (!provider) throw new Error("There is no provider.");
  return { provider, s: { settings, custom: noCustomization, now: () => Date.now(), random: createRandomSource() } };
}

interface UpstreamOptions {
  readonly redirectUri: string;
  readonly backChannelUri?: string;
  readonly clientAuth?: "client_secret_basic" | "client_secret_post";
}

/** A certified OpenID provider. Each login name becomes a user with a verified address. */
export async function startOidcProvider({ redirectUri, backChannelUri, clientAuth }: UpstreamOptions): Promise<Upstream> {
  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: upstreamClient.id,
        client_secret: upstreamClient.secret,
        redirect_uris: [redirectUri],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: clientAuth ?? "client_secret_basic",
        ...(backChannelUri === undefined ? {} : { backchannel_logout_uri: backChannelUri, backchannel_logout_session_required: true }),
      },
    ],
    features: { backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    claims: { openid: ["sub", "sid"], email: ["email", "email_verified"], profile: ["name", "preferred_username"] },
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, name: `${id} of Upstream`, preferred_username: id }),
    }),
    // It sends nothing to this machine otherwise.
    fetch: (at: string, { dispatcher: _, ...options }: RequestInit & { dispatcher?: unknown }) => fetch(at, options),
    cookies: { keys: ["a key of the cookies of the provider"] },
  });
  const server = provider.listen(port, "localhost");
  await new Promise<void>((resolve) => server.once("listening", resolve));
  return { issuer, close: () => closeServer(server) };
}

export function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

/** A browser at one provider: keeps cookies, follows redirects, and fills in its forms. */
export class UpstreamBrowser {
  private readonly cookies = new Map<string, string>();

  /** Logs in, consents, and returns the URL that leads back to the app. */
  async authorize(url: string, login: string, redirectUri: string): Promise<URL> {
    let at = await this.open(url, redirectUri);
    for (let forms = 0; !at.url.startsWith(redirectUri) && forms < 5; forms++) {
      const action = /<form[^>]* action="([^"]+)"/.exec(at.html)?.[1];
      const prompt = /name="prompt" value="(\w+)"/.exec(at.html)?.[1];
      if (action === undefined || prompt === undefined) throw new Error(`There is no form at ${at.url}: ${at.html.slice(0, 500)}`);
      const fields = { prompt, ...(prompt === "login" ? { login, password: "any" } : {}) };
      at = await this.open(new URL(action, at.url).href, redirectUri, new URLSearchParams(fields));
    }
    return new URL(at.url);
  }

  /** Follows redirects until a page, or until one leads to `stopAt`. */
  async open(first: string, stopAt: string, form?: URLSearchParams): Promise<{ url: string; html: string }> {
    let url = first;
    let body: URLSearchParams | undefined = form;
    for (let hops = 0; hops < 10; hops++) {
      if (url.startsWith(stopAt)) return { url, html: "" };
      const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await fetch(url, { redirect: "manual", headers: { cookie }, ...(body ? { method: "POST", body } : {}) });
      for (const line of response.headers.getSetCookie()) this.keep(line);
      const location = response.headers.get("location");
      if (location === null) return { url, html: await response.text() };
      url = new URL(location, url).href;
      body = undefined;
    }
    throw new Error("The redirects do not end.");
  }

  private keep(line: string): void {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (value === "" || /expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
