/** Measures the CPU time of logins by passkey, and of the second step with a code of an authenticator app. */
import { createLatchkey } from "../src/library/create-latchkey.ts";
import {
  createSoftwarePasskey,
  createTestLatchkey,
  type PasskeyCreation,
  type PasskeyRequest,
  type SoftwarePasskey,
  type TestLatchkey,
  totpCode,
} from "../src/testing.ts";
import { cpuOf } from "./cpu-work.ts";

export interface FactorTimes {
  /** CPU milliseconds of each operation, once V8 has optimized the code. */
  readonly passkey: readonly number[];
  readonly secondStep: readonly number[];
  readonly password: readonly number[];
}

const origin = "http://localhost:5050";
const password = "a harbour at dusk";

/** In this process: requests without sockets, on SQLite in memory. The work of the passkey itself is not measured. */
export async function measureSecondFactors(quick: boolean): Promise<FactorTimes> {
  const [logins, warmUp] = quick ? [500, 1_500] : [2_000, 3_000];
  return {
    passkey: (await passkeyLogins(logins + warmUp)).slice(warmUp),
    secondStep: (await secondSteps(logins + warmUp)).slice(warmUp),
    password: (await passwordLogins(quick ? 15 : 60)).slice(5),
  };
}

type Handler = Pick<TestLatchkey, "handle">;

interface Answer {
  readonly token?: string;
  readonly pending?: string;
  readonly ceremony?: string;
  readonly publicKey: PasskeyCreation & PasskeyRequest;
}

interface Sender {
  readonly bearer?: string | undefined;
  /** IP address. One that logs in often is a known device. */
  readonly from?: string;
}

/** Sends JSON. Throws for an error response. */
async function post({ handle }: Handler, path: string, body: object, { bearer, from = "10.0.0.1" }: Sender = {}): Promise<Answer> {
  const headers = {
    "content-type": "application/json",
    accept: "application/json",
    ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
  };
  const request = new Request(origin + path, { method: "POST", body: JSON.stringify(body), headers });
  const response = await handle(request, { remoteAddress: from });
  const answer = (await response.json()) as Answer;
  if (response.status >= 400) throw new Error(`${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

async function passkeyLogins(count: number): Promise<number[]> {
  const kit = await createTestLatchkey({ sessionsPerAccount: 20 });
  const passkeys: SoftwarePasskey[] = [];
  for (let i = 0; i < 16; i++) passkeys.push(await withPasskey(kit, `person${i}`));
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const passkey = passkeys[i % passkeys.length] as SoftwarePasskey;
    const asked = await cpuOf(() => post(kit, "/passkeys/options", { purpose: "login", session: "token" }));
    const body = { passkey: passkey.get(asked.value.publicKey), ceremony: asked.value.ceremony, session: "token" };
    const verified = await cpuOf(() => post(kit, "/passkeys/verify", body));
    times.push(asked.ms + verified.ms);
  }
  await kit.close();
  return times;
}

async function withPasskey(kit: TestLatchkey, username: string): Promise<SoftwarePasskey> {
  const email = `${username}@example.com`;
  await kit.users.create({ username, email, password, emailVerified: true });
  const { token } = await post(kit, "/login", { email, password, session: "token" });
  const passkey = createSoftwarePasskey({ origin });
  const { publicKey, ceremony } = await post(kit, "/settings/passkeys/options", {}, { bearer: token });
  await post(kit, "/settings/passkeys", { new_passkey: passkey.create(publicKey), ceremony }, { bearer: token });
  return passkey;
}

/** Each code works once, so each login has an account of its own. The password before it is not measured. */
async function secondSteps(count: number): Promise<number[]> {
  const kit = await createTestLatchkey();
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const email = `person${i}@example.com`;
    await kit.users.create({ username: `person${i}`, email, password, emailVerified: true });
    const { totpSecret = "" } = await kit.loginAs(`person${i}`, { level: 2 });
    // A sign-in that waits keeps its attempt counted, so each account has a network of its own.
    const from = `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;
    const { pending } = await post(kit, "/login", { email, password, session: "token" }, { from });
    const code = totpCode(totpSecret, kit.now());
    times.push((await cpuOf(() => post(kit, "/login/two-factor", { pending, code }, { from }))).ms);
  }
  await kit.close();
  return times;
}

/** With the hashes of production. */
async function passwordLogins(count: number): Promise<number[]> {
  const limit = "1000000/1h";
  const latchkey = await createLatchkey({
    databaseUrl: "sqlite::memory:",
    secretKey: "k9".repeat(20),
    nodeEnv: "test",
    ...{ limitLoginPerAccount: limit, limitLoginPerSite: limit },
  });
  const email = "ada@example.com";
  await latchkey.users.create({ username: "ada", email, password, emailVerified: true });
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push((await cpuOf(() => post(latchkey, "/login", { email, password, session: "token" }))).ms);
  await latchkey.close();
  return times;
}

if (import.meta.main) {
  const { passkey, secondStep, password: byPassword } = await measureSecondFactors(true);
  const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[times.length >> 1]?.toFixed(2);
  console.error(`passkey ${median(passkey)} ms, second step ${median(secondStep)} ms, password ${median(byPassword)} ms`);
}
