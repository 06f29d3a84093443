/** Logs in at a test provider without pages: the protocol alone. */
import { pino } from "pino";
import { readSettings } from "../src/config/load.ts";
import { noCustomization } from "../src/core/customization.ts";
import { begin, type Completed, complete } from "../src/core/providers/protocol.ts";
import type { Attempt, Provider } from "../src/core/providers/provider.ts";
import { createRandomSource } from "../src/platform/crypto/random-pool.ts";
import { createTestProvider, type TestProvider, type TestProviderOptions } from "../src/testing.ts";
import { secretKey } from "./person.ts";

export interface ProtocolUnderTest {
  readonly s: Parameters<typeof begin>[0];
  /** As in the settings. */
  readonly provider: Provider;
  /** The other side. */
  readonly peer: TestProvider;
  /** Advances the clock of this server; that of the provider follows unless it is stopped. */
  readonly passes: (ms: number) => void;
  /** Sets the clock of the provider off from this server's. */
  skewMs: number;
  readonly logIn: (options?: Parameters<typeof begin>[2]) => Promise<Completed>;
  /** Goes to the provider and back, without telling Latchkey. */
  readonly goThere: () => Promise<{ attempt: Attempt; parameters: URLSearchParams }>;
}

/** `env` are the variables of the provider without their prefix. */
export async function testProtocol(
  { preset, ...options }: TestProviderOptions = {},
  env: Readonly<Record<string, string>> = {},
): Promise<ProtocolUnderTest> {
  let clock = 1_800_000_000_000;
  const state = { skewMs: 0 };
  const now = () => clock;
  const peer = await createTestProvider({ ...(preset ? { preset } : {}), listens: false, now: () => clock + state.skewMs, ...options });
  const id = preset ?? "work";
  const prefix = `PROVIDER_${id.toUpperCase()}_`;
  const { clientId, secret, issuer, keyFile, keyId = "", teamId = "" } = peer.options;
  const given = {
    CLIENT_ID: clientId,
    ...(secret === undefined ? {} : { SECRET: secret }),
    ...(issuer === undefined ? {} : { ISSUER: issuer }),
    ...(keyFile === undefined ? {} : { KEY_FILE: keyFile, KEY_ID: keyId, TEAM_ID: teamId }),
    ...env,
  };
  const own = Object.fromEntries(Object.entries(given).map(([name, value]) => [prefix + name, value]));
  const settings = readSettings({
    SECRET_KEY: secretKey,
    BASE_URL: "https://accounts.example.com",
    NODE_ENV: "test",
    PROVIDERS: id,
    ...own,
  });
  const [provider] = settings.providers;
  if (!provider) throw new Error("There is no provider.");
  const log = pino({ level: "silent" });
  const s = { settings, custom: { ...noCustomization, fetchProvider: peer.fetch }, now, random: createRandomSource(), log };
  const under: ProtocolUnderTest = {
    ...{ s, provider, peer },
    passes: (ms) => {
      clock += ms;
    },
    get skewMs() {
      return state.skewMs;
    },
    set skewMs(value) {
      state.skewMs = value;
    },
    goThere: async () => goThere(under),
    logIn: async (beginOptions) => {
      const { attempt, parameters } = await goThere(under, beginOptions);
      return complete(s, provider, attempt, parameters);
    },
  };
  return under;
}

async function goThere({ s, provider, peer }: ProtocolUnderTest, options?: Parameters<typeof begin>[2]) {
  const begun = await begin(s, provider, options);
  if (!begun.ok) throw new Error(`${begun.reason}: ${begun.detail}`);
  const { url, body } = await peer.authorize(begun.url);
  return { attempt: begun.attempt, parameters: body ?? new URL(url).searchParams };
}
