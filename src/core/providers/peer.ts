/** Talks to a provider: one deadline, no redirects, bounded responses, a breaker. */
import { isLocalName } from "../../platform/local-name.ts";
import type { Services } from "../services.ts";
import type { Provider } from "./provider.ts";
import { ProviderError } from "./provider-error.ts";

/** For all requests of one login together, so that no page waits longer. */
const deadlineMs = 5_000;
const maxBytes = 1024 * 1024;
/** The breaker opens after this many failures in a row, and lets one attempt through after each pause. */
const maxFailures = 3;
const pauseMs = 30_000;

/** A provider, as long as one operation with it takes. */
export interface Peer {
  readonly s: Pick<Services, "settings" | "custom" | "now" | "random">;
  readonly provider: Provider;
  /** Rejects with {@link ProviderError}. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
}

interface Breaker {
  failures: number;
  retryAt: number;
}

/** Lockout: anybody can send logout tokens that make us ask, so their failures say nothing to logins. */
const breakers = { login: new WeakMap<Provider, Breaker>(), logout: new WeakMap<Provider, Breaker>() };

/**
 * Runs an operation within its deadline. A `logout` also while the provider is not asked for an outage, since what is known may be enough.
 * Rejects with {@link ProviderError}.
 */
export async function withPeer<T>(
  s: Peer["s"],
  provider: Provider,
  work: (peer: Peer) => Promise<T>,
  { purpose = "login" }: { readonly purpose?: "login" | "logout" } = {},
): Promise<T> {
  const breaker = breakers[purpose].get(provider) ?? { failures: 0, retryAt: 0 };
  breakers[purpose].set(provider, breaker);
  if (purpose === "login") admit(breaker, provider, s.now());
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), deadlineMs);
  let outcome: "unasked" | "answered" | "outage" = "unasked";
  try {
    const ask: Peer["fetch"] = async (url, init) => {
      if (purpose === "logout" && outcome === "unasked") admit(breaker, provider, s.now());
      // Concurrent attempts wait for the first one.
      if (outcome === "unasked" && breaker.failures >= maxFailures) breaker.retryAt = s.now() + pauseMs;
      outcome = "answered";
      return request(s, { url, init, signal: deadline.signal });
    };
    return await work({ s, provider, fetch: ask });
  } catch (error) {
    // What was not asked has not failed: a refusal by the breaker would keep it open.
    if (outcome !== "unasked" && error instanceof ProviderError && error.isOutage) outcome = "outage";
    throw error;
  } finally {
    clearTimeout(timer);
    // Cached metadata says nothing about the provider, so it closes no breaker.
    if (outcome !== "unasked") breaker.failures = outcome === "outage" ? breaker.failures + 1 : 0;
    if (outcome === "outage") breaker.retryAt = s.now() + pauseMs;
  }
}

/** An outage of the provider costs users no waiting: after three failures, it is asked once in half a minute. */
function admit(breaker: Breaker, { name }: Provider, now: number): void {
  if (breaker.failures < maxFailures || now >= breaker.retryAt) return;
  throw new ProviderError("unreachable", `${name} failed ${breaker.failures} times in a row, so it is not asked for now.`);
}

interface Requested {
  readonly url: string;
  readonly init: RequestInit | undefined;
  readonly signal: AbortSignal;
}

async function request(s: Peer["s"], { url, init, signal }: Requested): Promise<Response> {
  const where = placeOf(url);
  const headers = { ...(init?.headers as Record<string, string> | undefined), "user-agent": "Latchkey" };
  const send = s.custom.fetchProvider ?? fetch;
  const response = await orAborted(
    // SSRF and leaked codes: a redirect of a server-to-server request leads elsewhere (RFC 9700, 4.12).
    send(url, { ...init, headers, redirect: "manual", signal }),
    { signal, where },
  );
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel().catch(() => undefined);
    throw new ProviderError("bad-answer", `${where} redirects (${response.status}), and redirects are not followed.`);
  }
  // A status without a body, which no endpoint has a use for: `Response` would throw for it.
  if (response.status === 204 || response.status === 205) throw new ProviderError("bad-answer", `${where} answered ${response.status}.`);
  const body = await readBody(response, { signal, where });
  // No outage: a stranger's code can make an endpoint fail, and would open the breaker for all users.
  if (response.status >= 500 || response.status === 429) throw new ProviderError("unreachable", `${where} answered ${response.status}.`);
  return new Response(body.length === 0 ? null : new Uint8Array(body), { status: response.status, headers: response.headers });
}

/** Exhausted memory: the body is read up to a limit, and no longer than the deadline (CWE-770). */
async function readBody(response: Response, at: Aborting): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  if (!reader) return Buffer.alloc(0);
  for (;;) {
    const { done, value } = await orAborted(reader.read(), at).catch((error: unknown) => {
      reader.cancel().catch(() => undefined);
      throw error;
    });
    if (done) return Buffer.concat(chunks);
    length += value.length;
    chunks.push(value);
    if (length <= maxBytes) continue;
    reader.cancel().catch(() => undefined);
    throw new ProviderError("bad-answer", `${at.where} sent more than 1 MB.`);
  }
}

interface Aborting {
  readonly signal: AbortSignal;
  readonly where: string;
}

async function orAborted<T>(pending: Promise<T>, { signal, where }: Aborting): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new ProviderError("unreachable", `${where} took more than ${deadlineMs / 1_000} seconds.`, { isOutage: true }));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([pending, aborted]);
  } catch (error) {
    pending.catch(() => undefined);
    if (error instanceof ProviderError) throw error;
    throw new ProviderError("unreachable", `${where} cannot be reached (${causeOf(error)}).`, { cause: error, isOutage: true });
  } finally {
    signal.removeEventListener("abort", stop);
    aborted.catch(() => undefined);
  }
}

/** The code of the system, such as `ECONNREFUSED`. */
function causeOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: unknown; message?: unknown } };
  return String(cause?.code ?? cause?.message ?? (error as Error).message);
}

/** The URL without its query. */
function placeOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

/** Reads the metadata or the keys, which depend on no user, so that their failure is an outage. Rejects with {@link ProviderError}. */
export async function readDocument({ fetch }: Peer, url: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, { headers: { accept: "application/json" } }).catch((error: unknown) => {
    if (!(error instanceof ProviderError)) throw error;
    throw new ProviderError(error.reason, error.message, { cause: error, isOutage: error.reason === "unreachable" });
  });
  return readJson(response, url);
}

/** Reads a response as a JSON object. Rejects with {@link ProviderError}. */
export async function readJson(response: Response, url: string): Promise<Record<string, unknown>> {
  const where = placeOf(url);
  if (response.status !== 200) throw new ProviderError("bad-answer", `${where} answered ${response.status}.`);
  const text = await response.text();
  const value = parse(text);
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new ProviderError("bad-answer", `${where} sent no JSON.`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Eavesdropping: secrets go over https, except to an issuer on this machine (RFC 9700, 2.6). */
export function isSecure(url: string, { issuer }: Pick<Provider, "issuer">): boolean {
  const parsed = URL.parse(url);
  if (parsed?.protocol === "https:") return true;
  return parsed?.protocol === "http:" && isLocalName(parsed.hostname) && issuer.startsWith("http:");
}
