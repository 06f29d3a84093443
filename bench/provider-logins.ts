/** Measures the CPU time of logins with a provider: our share of the way there and back. */
import { createTestLatchkey, createTestProvider, type TestLatchkey, type TestProvider } from "../src/testing.ts";
import { cpuOf } from "./cpu-work.ts";

export interface ProviderLogins {
  /** Logs in so often, and returns the CPU milliseconds of each login. */
  readonly run: (count: number) => Promise<number[]>;
  readonly close: () => Promise<void>;
}

const origin = "http://localhost:5050";
const users = 16;

/**
 * In this process: requests without sockets, on SQLite in memory, with an OpenID Connect provider in memory. Its own work is subtracted. What a
 * browser does, the provider's pages and the network are not measured.
 */
export async function openProviderLogins(): Promise<ProviderLogins> {
  const peer = await createTestProvider({ listens: false });
  // What the provider has used up during the login that is measured.
  let ofPeer = 0;
  const fetchProvider: typeof fetch = async (input, init) => {
    const { ms, value } = await cpuOf(() => peer.fetch(input, init));
    ofPeer += ms;
    return value;
  };
  const kit = await createTestLatchkey(
    { baseUrl: origin, signup: "open", sessionsPerAccount: 20, limitSignupPerIp: "1000/1h", providers: { work: peer.options } },
    { fetchProvider },
  );
  const logIn = async (i: number): Promise<number> => {
    const sub = `person${i % users}`;
    peer.user = { sub, email: `${sub}@example.com`, email_verified: true, preferred_username: sub };
    ofPeer = 0;
    const started = await cpuOf(() => kit.handle(new Request(`${origin}/oauth/start/work`), sender));
    const back = new Request(await wayBack(peer, started.value), { headers: { cookie: cookiesOf(started.value) } });
    const finished = await cpuOf(() => kit.handle(back, sender));
    if (finished.value.headers.get("location") !== "/")
      throw new Error(`The way back answered ${finished.value.status} ${finished.value.headers.get("location")}.`);
    return started.ms + finished.ms - ofPeer;
  };
  let logins = 0;
  return {
    run: async (count) => {
      const times: number[] = [];
      for (let i = 0; i < count; i++) times.push(await logIn(logins++));
      return times;
    },
    close: async () => {
      await kit.close();
      await peer.close();
    },
  };
}

const sender: Parameters<TestLatchkey["handle"]>[1] = { remoteAddress: "10.0.0.1" };

async function wayBack(peer: TestProvider, started: Response): Promise<string> {
  const { url } = await peer.authorize(started.headers.get("location") ?? "");
  return url;
}

function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}

/** Until V8 has optimized the code. */
export const warmUpLogins = 3_000;

export async function measureProviderLogins(quick: boolean): Promise<number[]> {
  const logins = await openProviderLogins();
  await logins.run(quick ? 1_000 : warmUpLogins);
  const times = await logins.run(quick ? 500 : 2_000);
  await logins.close();
  return times;
}

if (import.meta.main) {
  const times = (await measureProviderLogins(true)).toSorted((a, b) => a - b);
  console.error(`login with a provider: ${times[times.length >> 1]?.toFixed(2)} ms`);
}
