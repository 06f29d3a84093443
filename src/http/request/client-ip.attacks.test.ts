/** Attack: guessing from an address that is made up, or that is one of many that a guesser has. */
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { sendRaw } from "../../../test/attacks/raw-http.ts";
import { type TestApp, testApp } from "../../../test/person.ts";

const two = { LIMIT_LOGIN_PER_IP: "2/10m" };
const direct = await testApp(two);
const behindProxy = await testApp({ ...two, TRUST_PROXY: "127.0.0.1" });
const behindTwo = await testApp({ ...two, TRUST_PROXY: "127.0.0.1, 10.0.0.0/8, 2001:db8:ffff::/48" });
const apps = [direct, behindProxy, behindTwo];
afterAll(() => Promise.all(apps.map((app) => app.close())));
// Each test starts with full budgets.
afterEach(() => {
  for (const app of apps) app.passes(3_600_000);
});

/** A guess at an account that nobody asked about before, so that only the address's budget can end it. */
let asked = 0;
const credentials = () => ({ email: `asked${asked++}@example.com`, password: "a guess" });
const guess = async (app: TestApp, headers: Record<string, string>) =>
  (await app.person().sendsJson("/login", credentials(), headers)).status;

/** The same from a socket with this address, as the server would hand it over. */
async function guessFrom(app: TestApp, remoteAddress: string, forwardedFor?: string): Promise<number> {
  const headers = { "content-type": "application/json", ...(forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor }) };
  const bindings = { incoming: { socket: { remoteAddress } } } as object;
  const { status } = await app.hono.request("/login", { method: "POST", headers, body: JSON.stringify(credentials()) }, bindings);
  return status;
}

/** Spends a budget of two from the first address, and tells what the others find. */
async function others(guessAs: (address: string) => Promise<number>, [first = "", ...rest]: readonly string[]): Promise<number[]> {
  expect([await guessAs(first), await guessAs(first)]).toEqual([401, 401]);
  const statuses: number[] = [];
  for (const address of rest) statuses.push(await guessAs(address));
  return statuses;
}

const claims = ["x-forwarded-for", "x-real-ip", "forwarded", "x-client-ip", "true-client-ip", "cf-connecting-ip", "x-forwarded", "via"];

describe("an address that a guesser claims to have", () => {
  it("counts for nothing without a proxy that is trusted", { tags: ["asvs-4.1.3", "asvs-15.3.4"] }, async () => {
    const statuses: number[] = [];
    for (const [i, name] of claims.entries())
      statuses.push(await guess(direct, { [name]: name === "forwarded" ? `for=203.0.113.${i}` : `203.0.113.${i}` }));
    expect(statuses).toEqual([401, 401, ...Array(claims.length - 2).fill(429)]);
    const every = Object.fromEntries(claims.map((name) => [name, "198.51.100.1"]));
    expect(await guess(direct, every)).toBe(429);
  });

  it("counts behind a proxy only as that proxy wrote it, last", { tags: ["asvs-4.1.3", "asvs-15.3.4"] }, async () => {
    const seen = (forwardedFor: string) => guess(behindProxy, { "x-forwarded-for": forwardedFor });
    const spoofed = [
      "203.0.113.7",
      "198.51.100.1, 203.0.113.7",
      "127.0.0.1, 203.0.113.7",
      "::1,203.0.113.7",
      "x, 203.0.113.7",
      ",,203.0.113.7",
    ];
    expect(await others(seen, spoofed)).toEqual([429, 429, 429, 429, 429]);
    expect(await seen("203.0.113.7, 198.51.100.1")).toBe(401);
  });

  it("counts in no other header behind a proxy either", { tags: ["asvs-4.1.3"] }, async () => {
    const statuses: number[] = [];
    for (const name of claims.slice(1))
      statuses.push(await guess(behindProxy, { "x-forwarded-for": "203.0.113.8", [name]: `192.0.2.${statuses.length}` }));
    expect(statuses).toEqual([401, 401, ...Array(claims.length - 3).fill(429)]);
  });

  it("is the same in two headers as in one", async () => {
    const raw = async (...values: string[]) => {
      const headers = [["Content-Type", "application/json"] as const, ...values.map((value) => ["X-Forwarded-For", value] as const)];
      return (await sendRaw(behindProxy.url, { method: "POST", path: "/login", headers, body: JSON.stringify(credentials()) })).status;
    };
    expect([await raw("203.0.113.9"), await raw("198.51.100.3", "203.0.113.9"), await raw("198.51.100.4", "203.0.113.9")]).toEqual([
      401, 401, 429,
    ]);
  });

  it("is read from right to left through all proxies that are trusted, and no further", async () => {
    const seen = (forwardedFor: string) => guess(behindTwo, { "x-forwarded-for": forwardedFor });
    const chains = [
      "203.0.113.7, 10.1.2.3",
      "198.51.100.1, 203.0.113.7, 10.9.9.9, 10.1.2.3",
      "10.5.5.5, 203.0.113.7",
      "203.0.113.7, 2001:db8:ffff::1",
    ];
    expect(await others(seen, chains)).toEqual([429, 429, 429]);
    expect(await seen("203.0.113.7, 198.51.100.1, 10.1.2.3")).toBe(401);
  });

  it("is the proxy's own where it is none, so that nonsense wins no fresh budget", async () => {
    const nonsense = ["nonsense", "", "999.1.1.1", "203.0.113.7 198.51.100.1", "unknown", "a\tb", "0x7f.1.evil", "%00", "1".repeat(5_000)];
    const seen = (forwardedFor: string) => guess(behindProxy, { "x-forwarded-for": forwardedFor });
    expect(await others(seen, nonsense)).toEqual(Array(nonsense.length - 1).fill(429));
  });

  it("is not believed from somebody who comes past the proxy", async () => {
    const past = (forwardedFor: string) => guessFrom(behindProxy, "203.0.113.66", forwardedFor);
    expect(await others(past, ["198.51.100.1", "198.51.100.2", "127.0.0.1", "::1"])).toEqual([429, 429, 429]);
  });
});

describe("one address, written in several ways", () => {
  const ways = {
    "the IPv4 address of a socket that speaks both": ["203.0.113.7", "::ffff:203.0.113.7", "::FFFF:203.0.113.7", "::ffff:cb00:7107"],
    "an IPv6 address": ["2001:db8::1", "2001:DB8::1", "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8:0:0::1"],
    "an IPv6 network of one subscriber": ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:0:8000::"],
  };

  it.each(Object.entries(ways))("has one budget: %s", { tags: ["asvs-6.3.1"] }, async (_name, addresses) => {
    expect(await others((address) => guessFrom(direct, address), addresses)).toEqual([429, 429, 429]);
    expect(await others((address) => guess(behindProxy, { "x-forwarded-for": address }), addresses)).toEqual([429, 429, 429]);
  });

  it("has one budget with a port or without", async () => {
    const seen = (address: string) => guess(behindProxy, { "x-forwarded-for": address });
    expect(await others(seen, ["203.0.113.7", "203.0.113.7:1", "203.0.113.7:65535"])).toEqual([429, 429]);
    expect(await others(seen, ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443"])).toEqual([429, 429]);
  });

  it("shares it with no neighbour", async () => {
    expect(await others((address) => guessFrom(direct, address), ["203.0.113.7", "203.0.113.8", "2001:db8::1"])).toEqual([401, 401]);
    expect(await others((address) => guessFrom(direct, address), ["2001:db8:1::1", "2001:db8:1:1::1", "2001:db8:2::1"])).toEqual([
      401, 401,
    ]);
  });
});
