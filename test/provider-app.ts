/** Starts test apps with a provider, and sends users there and back. */
import { createTestProvider, type TestProvider, type TestProviderOptions } from "../src/testing.ts";
import { type Answer, type Person, type TestApp, type TestAppOptions, testApp } from "./person.ts";

export interface ProviderApp extends TestApp {
  /** The other side, whose user and answers tests change. */
  readonly peer: TestProvider;
  /** Starts a login, and returns the way back with its answer not yet given. */
  readonly goesThere: (person: Person, query?: string, id?: string) => Promise<string>;
  /** Goes to the provider and back. */
  readonly continuesWith: (person: Person, query?: string, id?: string) => Promise<Answer>;
}

export interface ProviderAppOptions extends TestAppOptions {
  readonly peer?: TestProviderOptions;
}

/** `work` is an OpenID Connect issuer; with a preset, the provider has its name. */
export async function providerApp(
  env: Record<string, string> = {},
  { peer: peerOptions = {}, ...options }: ProviderAppOptions = {},
): Promise<ProviderApp> {
  let clock = () => Date.now();
  const peer = await createTestProvider({ listens: false, now: () => clock(), ...peerOptions });
  const id = peerOptions.preset ?? "work";
  const prefix = `PROVIDER_${id.toUpperCase()}_`;
  const { clientId, secret, issuer } = peer.options;
  const own = {
    PROVIDERS: id,
    [`${prefix}CLIENT_ID`]: clientId,
    ...(secret === undefined ? {} : { [`${prefix}SECRET`]: String(secret) }),
    ...(issuer === undefined ? {} : { [`${prefix}ISSUER`]: issuer }),
  };
  const app = await testApp({ ...own, ...env }, { ...options, fetchProvider: peer.fetch });
  clock = app.s.now;
  const goesThere = async (person: Person, query = "", which = id) => {
    const started = await person.opens(`/oauth/start/${which}${query}`);
    if (started.status !== 303 || started.location === null) throw new Error(`The start answered ${started.status}: ${started.text}`);
    const { url, body } = await peer.authorize(started.location);
    const back = new URL(url);
    return back.pathname + (body === undefined ? back.search : `?${body}`);
  };
  return { ...app, peer, goesThere, continuesWith: async (person, query, which) => person.opens(await goesThere(person, query, which)) };
}

/** The six digits of the latest email. */
export async function codeTo(app: Pick<TestApp, "emails">, email: string): Promise<string> {
  return /^ {4}(\d{6})$/m.exec((await app.emails(email))[0]?.text ?? "")?.[1] ?? "";
}
