/** Starts test apps over real HTTP, with users and a movable clock. */

import type { AddressInfo } from "node:net";
import { readSettings, type Settings } from "../src/config/load.ts";
import { noCustomization } from "../src/core/customization.ts";
import { emailKey } from "../src/core/mail/email-key.ts";
import { listUnsentEmails } from "../src/core/mail/outbox.ts";
import type { TokenPurpose } from "../src/core/one-time-tokens/token-purpose.ts";
import { closeServices, openServices } from "../src/core/open-services.ts";
import type { Services } from "../src/core/services.ts";
import type { Logger } from "../src/core/telemetry.ts";
import { collect } from "../src/features/collect.ts";
import type { Feature } from "../src/features/feature.ts";
import { features as allFeatures } from "../src/features/index.ts";
import { loadLanguages, messagesOf, openTranslations } from "../src/features/messages.ts";
import { createApp } from "../src/http/pipeline.ts";
import { lookFromSettings } from "../src/http/response/look.ts";
import type { Translations } from "../src/i18n/translations.ts";
import { english } from "../src/i18n/translator.ts";
import { createHttpServer } from "../src/server/serve.ts";
import { makeDatabase } from "./database.ts";
import { type RequestOptions, sendRequest } from "./http-request.ts";
import { pseudoLanguage } from "./pseudo-language.ts";
import { checkPlans } from "./query-plans.ts";

export const secretKey = "a test key that is long enough to sign with";

/** Avoids timeouts on a busy machine. */
export const generousTimeouts = { DATABASE_TIMEOUT: "1m" };

export interface TestApp {
  /** Such as `http://127.0.0.1:40123`, without a slash at the end. */
  readonly url: string;
  readonly s: Services;
  readonly hono: ReturnType<typeof createApp>;
  /** Queries since the last `resetRecords()`. */
  readonly queries: { sql: string; isWrite: boolean }[];
  /** Schemes of passwords hashed since the last `resetRecords()`. */
  readonly hashes: string[];
  /** Lines logged since the last `resetRecords()`. */
  readonly lines: object[];
  readonly resetRecords: () => void;
  /** Sent emails, newest first; with `to`, those to one inbox. */
  readonly emails: (to?: string) => Promise<SentEmail[]>;
  /** Moves the app's clock forward. */
  readonly passes: (ms: number) => void;
  /** Waits until `last_seen_at` is written, which happens after the response. */
  readonly waitForLastSeen: () => Promise<void>;
  /** A user with a new browser; `headers` are sent with each request. */
  readonly person: (who?: Partial<Identity>, headers?: Record<string, string>) => Person;
  readonly close: () => Promise<void>;
}

type SentEmail = Awaited<ReturnType<typeof listUnsentEmails>>[number];

/** Returns the first link to this path in an email, as path and query. */
export function linkIn(sent: { readonly text: string } | undefined, path: string): string {
  const url = new RegExp(`https?://[^/\\s]+(${path}\\?\\S+)`).exec(sent?.text ?? "");
  if (!url?.[1]) throw new Error(`There is no link to ${path} in:\n${sent?.text ?? "no email"}`);
  return url[1];
}

export interface Identity {
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

/** Cheapest parameters of Argon2id, so that tests hash quickly. */
const cheap = { memoryCost: 64, timeCost: 1, parallelism: 1 };

export interface TestAppOptions {
  readonly realHashes?: boolean;
  readonly verified?: boolean;
  /** Accents every message, so that `wordsOutside` finds texts that are not messages. */
  readonly locale?: "pseudo";
  readonly translations?: Translations;
  /** All features by default. */
  readonly features?: readonly Feature[];
  /** Stops the clock at this time, apart from `passes`. */
  readonly startsAt?: number;
  /** Rules that are added to the theme, such as fonts. */
  readonly styleSheet?: string;
  /** Sends the requests to providers, such as `fetch` of `createTestProvider`. */
  readonly fetchProvider?: typeof fetch;
}

/** Returns the purpose of a one-time token by its name. */
export function purposeOf(name: string): TokenPurpose {
  const purpose = collect(allFeatures).tokens.find((each) => each.name === name);
  if (!purpose) throw new Error(`No feature declares the token purpose ${name}.`);
  return purpose;
}

/** Starts an app with these settings, on a new database unless `DATABASE_URL` is set. */
export async function testApp(
  env: Record<string, string> = {},
  {
    realHashes = false,
    verified = false,
    locale,
    features = allFeatures,
    translations,
    startsAt,
    styleSheet = "",
    fetchProvider,
  }: TestAppOptions = {},
): Promise<TestApp> {
  const own = env["DATABASE_URL"] === undefined ? await makeDatabase({ isMigrated: true }) : undefined;
  const plans = own?.url.startsWith("sqlite:") ? checkPlans(own.url.slice("sqlite:".length)) : undefined;
  const queries: TestApp["queries"] = [];
  const hashes: string[] = [];
  const lines: object[] = [];
  let clockOffset = 0;
  const settings = readSettings({
    ...generousTimeouts,
    DATABASE_URL: own?.url,
    SECRET_KEY: secretKey,
    NODE_ENV: "test",
    ...env,
  });
  const look = await lookFromSettings(settings);
  const s = await openServices(settings, {
    catalog: collect(features),
    custom: { ...noCustomization, fetchProvider, look: { ...look, styleSheet: look.styleSheet + styleSheet } },
    ...(realHashes ? {} : { hashCost: cheap }),
    now: () => (startsAt ?? Date.now()) + clockOffset,
    translations: translations ?? openTranslations(features, await languagesOf(settings, features, locale)),
    log: recorder(lines),
    onQuery: ({ query }) => {
      plans?.onQuery(query.sql);
      // Engines differ: one driver reports begin and commit, and numbers parameters.
      const isTransactionBoundary = ["begin", "commit", "rollback"].includes(query.sql);
      queries.push({ sql: query.sql.replaceAll(/\$\d+/g, "?"), isWrite: !isTransactionBoundary && query.query.kind !== "SelectQueryNode" });
    },
    onHash: (scheme) => hashes.push(scheme),
  });
  const hono = createApp(s, features);
  const { fetch } = hono;
  hono.fetch = (...request) => (plans === undefined ? fetch(...request) : plans.during(() => fetch(...request)));
  const server = createHttpServer(s, hono);
  // Slow tests keep their connections.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    s,
    hono,
    queries,
    hashes,
    lines,
    resetRecords: () => {
      for (const list of [queries, hashes, lines]) list.length = 0;
    },
    emails: async (to) => (await listUnsentEmails(s)).filter((sent) => to === undefined || sent.to === to),
    passes: (ms) => {
      clockOffset += ms;
    },
    waitForLastSeen: async () => {
      while ((await lastVisit(s)) <= s.now() - 60_000) await new Promise(setImmediate);
    },
    person: (who = {}, headers = {}) => new Person(url, who, headers, verified ? (email) => verifyEmail(s, email) : undefined),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await closeServices(s);
      await own?.remove();
      plans?.finish();
    },
  };
}

async function languagesOf({ languages }: Pick<Settings, "languages">, features: readonly Feature[], locale: "pseudo" | undefined) {
  if (locale === undefined) return loadLanguages(features, languages);
  const pseudo = pseudoLanguage(messagesOf(features));
  // With several languages, the pages are those of a site that offers them.
  return languages.length > 1 ? ([pseudo, english] as const) : ([pseudo] as const);
}

/** Verifies the email without its code, for tests of later steps. */
async function verifyEmail(s: Services, email: string): Promise<void> {
  await s.db.updateTable("users").set({ email_verified_at: s.now() }).where("email_key", "=", emailKey(email)).execute();
}

async function lastVisit(s: Services): Promise<number> {
  const { at } = await s.db
    .selectFrom("sessions")
    .select((build) => build.fn.max("last_seen_at").as("at"))
    .executeTakeFirstOrThrow();
  return Number(at);
}

function recorder(lines: object[]): Logger {
  const keep = (level: string) => (first: unknown, message?: string) => {
    lines.push(typeof first === "string" ? { level, message: first } : { level, message, ...(first as object) });
  };
  return { debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") } as Logger;
}

/** A response with its body. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly location: string | null;
  readonly html: string;
  /** Visible text of `<main>` in one line, with entities resolved. */
  readonly text: string;
  /** Parses the body as JSON; throws if it is not JSON. */
  readonly json: () => unknown;
  /** Value of the first `csrf_token` field in `<main>`, otherwise on the page. */
  readonly token: string;
  /** `Set-Cookie` lines by cookie name. */
  readonly setCookies: ReadonlyMap<string, string>;
}

type Fields = Record<string, string> | [string, string][];

/** A user with a browser that keeps cookies and follows no redirects. */
export class Person {
  readonly identity: Identity;
  /** Cookies by name; attacks change them. */
  readonly cookies = new Map<string, string>();
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #confirm: ((email: string) => Promise<void>) | undefined;

  constructor(
    url: string,
    { username = "ada", email = `${username}@example.com`, password = "a harbour at dusk" }: Partial<Identity>,
    headers: Record<string, string>,
    confirm?: (email: string) => Promise<void>,
  ) {
    this.#confirm = confirm;
    this.#url = url;
    this.#headers = headers;
    this.identity = { username, email, password };
  }

  /** Sends a request as given, with the browser's cookies. */
  async sends(
    method: string,
    path: string,
    init: { headers?: Record<string, string>; body?: string | Uint8Array<ArrayBuffer> } = {},
  ): Promise<Answer> {
    const response = await this.#sendRequest(path, {
      method,
      ...(init.body === undefined ? {} : { body: init.body }),
      headers: {
        ...(this.cookies.size > 0 ? { cookie: this.cookieHeader() } : {}),
        accept: "text/html",
        ...this.#headers,
        ...init.headers,
      },
    });
    return this.#read(response);
  }

  /** Retries a GET once if a kept-alive connection was closed, as browsers do. */
  async #sendRequest(path: string, init: RequestOptions): Promise<Response> {
    try {
      return await sendRequest(this.#url + path, init);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ECONNRESET" || init.method !== "GET") throw error;
      return sendRequest(this.#url + path, init);
    }
  }

  cookieHeader(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  opens(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.sends("GET", path, { headers });
  }

  /** Posts exactly these fields, without adding a CSRF token. */
  posts(path: string, fields: Fields, headers: Record<string, string> = {}): Promise<Answer> {
    const body = new URLSearchParams(fields).toString();
    return this.sends("POST", path, { headers: { "content-type": "application/x-www-form-urlencoded", ...headers }, body });
  }

  /** Opens a page and posts its form with these fields and its CSRF token. */
  async fillsIn(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
    const { token, html } = await this.opens(path);
    // Forms behind an emailed link contain a mark of its email.
    const mark = /name="email_mark" value="([^"]*)"/.exec(html)?.[1];
    const proof = /name="proof" value="([^"]*)"/.exec(html)?.[1];
    const hidden = { ...(mark === undefined ? {} : { email_mark: mark }), ...(proof === undefined ? {} : { proof }) };
    return this.posts(path, { csrf_token: token, ...hidden, ...fields }, headers);
  }

  /** Sends JSON as an API client does. */
  sendsJson(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.sends("POST", path, {
      headers: { "content-type": "application/json", accept: "application/json", ...headers },
      body: JSON.stringify(body),
    });
  }

  async signsUp(changes: Record<string, string> = {}): Promise<Answer> {
    const { username, email, password } = this.identity;
    const fields = { username, email, password, confirm_password: changes["password"] ?? password, ...changes };
    const answer = await this.fillsIn("/signup?switch=1", fields);
    if (answer.status === 303) await this.#confirm?.(fields.email);
    return answer;
  }

  logsIn(changes: Record<string, string> = {}): Promise<Answer> {
    const { email, password } = this.identity;
    return this.fillsIn("/login?switch=1", { email, password, ...changes });
  }

  /** Signs up and logs in; throws if either fails. */
  async isLoggedIn(changes: Record<string, string> = {}): Promise<this> {
    const signedUp = await this.signsUp();
    if (signedUp.status !== 303) throw new Error(`Signing up answered ${signedUp.status}: ${signedUp.text}`);
    const loggedIn = await this.logsIn(changes);
    if (loggedIn.status !== 303) throw new Error(`Logging in answered ${loggedIn.status}: ${loggedIn.text}`);
    return this;
  }

  logsOut(): Promise<Answer> {
    return this.fillsIn("/logout", {});
  }

  async #read(response: Response): Promise<Answer> {
    const html = await response.text();
    const setCookies = new Map<string, string>();
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = line.split(";", 1)[0]?.split(/=(.*)/s) ?? [];
      setCookies.set(name, line);
      if (/;\s*max-age=0/i.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return {
      status: response.status,
      headers: response.headers,
      location: response.headers.get("location"),
      html,
      text: textOf(mainOf(html)),
      json: () => JSON.parse(html) as unknown,
      token: tokenIn(mainOf(html)) ?? tokenIn(html) ?? "",
      setCookies,
    };
  }
}

function mainOf(html: string): string {
  return /<main[^>]*>([\s\S]*)<\/main>/.exec(html)?.[1] ?? html;
}

function tokenIn(html: string): string | undefined {
  return /name="csrf_token" value="([^"]*)"/.exec(html)?.[1];
}

function textOf(html: string): string {
  const entities: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'" };
  return html
    .replaceAll(/<\/?(?:strong|a|span|code|time)\b[^>]*>/g, "")
    .replaceAll(/<[^>]+>/g, " ")
    .replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity)
    .replaceAll(/\s+/g, " ")
    .trim();
}
