/** Attack: a spoofed client IP, or one of many, to evade login limits. */
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { sendRaw } from "../../../test/attacks/raw-http.ts";
import { type TestApp, testApp } from "../../../test/person.ts";

const limitOfTwo = { LIMIT_LOGIN_PER_IP: "2/10m" };
const direct = await testApp(limitOfTwo);
const behindProxy = await testApp({ ...limitOfTwo, TRUST_PROXY: "127.0.0.1" });
const behindTwo = await testApp({ ...limitOfTwo, TRUST_PROXY: "127.0.0.1, 10.0.0.0/8, 2001:db8:ffff::/48" });
const apps = [direct, behindProxy, behindTwo];
afterAll(() => Promise.all(apps.map((app) => app.close())));
// Each test starts with unused limits.
afterEach(() => {
  for (const app of apps) app.passes(3_600_000);
});

/** A new email for each login, so that only the limit of the IP applies. */
let count = 0;
const credentials = () => ({ email: `email${count++}@example.com`, password: "a guess" });
const loginStatus = async (app: TestApp, headers: Record<string, string>) =>
  (await app.person().sendsJson("/login", credentials(), headers)).status;

/** Logs in as from a socket with this IP. */
async function loginStatusFrom(app: TestApp, remoteAddress: string, forwardedFor?: string): Promise<number> {
  const headers = { "content-type": "application/json", ...(forwardedFor === undefined ? {} : { "x-forwarded-for": forwardedFor }) };
  const bindings = { incoming: { socket: { remoteAddress } } } as object;
  const { status } = await app.hono.request("/login", { method: "POST", headers, body: JSON.stringify(credentials()) }, bindings);
  return status;
}

/** Uses up the limit of the first IP; returns the statuses of the others. */
async function statusesAfterLimit(logInFrom: (ip: string) => Promise<number>, [first = "", ...rest]: readonly string[]): Promise<number[]> {
  expect([await logInFrom(first), await logInFrom(first)]).toEqual([401, 401]);
  const statuses: number[] = [];
  for (const ip of rest) statuses.push(await logInFrom(ip));
  return statuses;
}

const ipHeaders = ["x-forwarded-for", "x-real-ip", "forwarded", "x-client-ip", "true-client-ip", "cf-connecting-ip", "x-forwarded", "via"];

describe("client IP", () => {
  it("client IP: headers are ignored without a trusted proxy", { tags: ["asvs-4.1.3", "asvs-15.3.4"] }, async () => {
    const statuses: number[] = [];
    for (const [i, name] of ipHeaders.entries())
      statuses.push(await loginStatus(direct, { [name]: name === "forwarded" ? `for=203.0.113.${i}` : `203.0.113.${i}` }));
    expect(statuses).toEqual([401, 401, ...Array(ipHeaders.length - 2).fill(429)]);
    const every = Object.fromEntries(ipHeaders.map((name) => [name, "198.51.100.1"]));
    expect(await loginStatus(direct, every)).toBe(429);
  });

  it("client IP: only the last entry of X-Forwarded-For counts behind a proxy", { tags: ["asvs-4.1.3", "asvs-15.3.4"] }, async () => {
    const withForwardedFor = (forwardedFor: string) => loginStatus(behindProxy, { "x-forwarded-for": forwardedFor });
    const spoofed = [
      "203.0.113.7",
      "198.51.100.1, 203.0.113.7",
      "127.0.0.1, 203.0.113.7",
      "::1,203.0.113.7",
      "x, 203.0.113.7",
      ",,203.0.113.7",
    ];
    expect(await statusesAfterLimit(withForwardedFor, spoofed)).toEqual([429, 429, 429, 429, 429]);
    expect(await withForwardedFor("203.0.113.7, 198.51.100.1")).toBe(401);
  });

  it("client IP: other headers are ignored behind a proxy", { tags: ["asvs-4.1.3"] }, async () => {
    const statuses: number[] = [];
    for (const name of ipHeaders.slice(1))
      statuses.push(await loginStatus(behindProxy, { "x-forwarded-for": "203.0.113.8", [name]: `192.0.2.${statuses.length}` }));
    expect(statuses).toEqual([401, 401, ...Array(ipHeaders.length - 3).fill(429)]);
  });

  it("client IP: several X-Forwarded-For headers are read as one", async () => {
    const raw = async (...values: string[]) => {
      const headers = [["Content-Type", "application/json"] as const, ...values.map((value) => ["X-Forwarded-For", value] as const)];
      return (await sendRaw(behindProxy.url, { method: "POST", path: "/login", headers, body: JSON.stringify(credentials()) })).status;
    };
    expect([await raw("203.0.113.9"), await raw("198.51.100.3", "203.0.113.9"), await raw("198.51.100.4", "203.0.113.9")]).toEqual([
      401, 401, 429,
    ]);
  });

  it("client IP: read from the right, past trusted proxies only", async () => {
    const withForwardedFor = (forwardedFor: string) => loginStatus(behindTwo, { "x-forwarded-for": forwardedFor });
    const chains = [
      "203.0.113.7, 10.1.2.3",
      "198.51.100.1, 203.0.113.7, 10.9.9.9, 10.1.2.3",
      "10.5.5.5, 203.0.113.7",
      "203.0.113.7, 2001:db8:ffff::1",
    ];
    expect(await statusesAfterLimit(withForwardedFor, chains)).toEqual([429, 429, 429]);
    expect(await withForwardedFor("203.0.113.7, 198.51.100.1, 10.1.2.3")).toBe(401);
  });

  it("client IP: an invalid entry counts as the IP of the proxy", async () => {
    const nonsense = ["nonsense", "", "999.1.1.1", "203.0.113.7 198.51.100.1", "unknown", "a\tb", "0x7f.1.evil", "%00", "1".repeat(5_000)];
    const withForwardedFor = (forwardedFor: string) => loginStatus(behindProxy, { "x-forwarded-for": forwardedFor });
    expect(await statusesAfterLimit(withForwardedFor, nonsense)).toEqual(Array(nonsense.length - 1).fill(429));
  });

  it("client IP: headers of an untrusted peer are ignored", async () => {
    const pastProxy = (forwardedFor: string) => loginStatusFrom(behindProxy, "203.0.113.66", forwardedFor);
    expect(await statusesAfterLimit(pastProxy, ["198.51.100.1", "198.51.100.2", "127.0.0.1", "::1"])).toEqual([429, 429, 429]);
  });
});

describe("spellings of an IP", () => {
  const spellings = {
    "an IPv4-mapped IPv6 address": ["203.0.113.7", "::ffff:203.0.113.7", "::FFFF:203.0.113.7", "::ffff:cb00:7107"],
    "an IPv6 address": ["2001:db8::1", "2001:DB8::1", "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8:0:0::1"],
    "an IPv6 /64": ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:ffff:ffff:ffff", "2001:db8:0:0:8000::"],
  };

  it.each(Object.entries(spellings))("client IP: spellings share one limit: %s", { tags: ["asvs-6.3.1"] }, async (_name, ips) => {
    expect(await statusesAfterLimit((ip) => loginStatusFrom(direct, ip), ips)).toEqual([429, 429, 429]);
    expect(await statusesAfterLimit((ip) => loginStatus(behindProxy, { "x-forwarded-for": ip }), ips)).toEqual([429, 429, 429]);
  });

  it("client IP: a port does not change the limit", async () => {
    const withForwardedFor = (ip: string) => loginStatus(behindProxy, { "x-forwarded-for": ip });
    expect(await statusesAfterLimit(withForwardedFor, ["203.0.113.7", "203.0.113.7:1", "203.0.113.7:65535"])).toEqual([429, 429]);
    expect(await statusesAfterLimit(withForwardedFor, ["2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:443"])).toEqual([429, 429]);
  });

  it("client IP: neighboring IPs have their own limits", async () => {
    expect(await statusesAfterLimit((ip) => loginStatusFrom(direct, ip), ["203.0.113.7", "203.0.113.8", "2001:db8::1"])).toEqual([
      401, 401,
    ]);
    expect(await statusesAfterLimit((ip) => loginStatusFrom(direct, ip), ["2001:db8:1::1", "2001:db8:1:1::1", "2001:db8:2::1"])).toEqual([
      401, 401,
    ]);
  });
});

describe("request without a socket", () => {
  it("client IP: a request that was not received by Node's server is answered", async () => {
    const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(credentials()) };
    expect((await direct.hono.request("/login", init)).status).toBe(401);
  });
});
