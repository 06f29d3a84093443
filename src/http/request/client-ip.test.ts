// Runs on one engine: it is independent of the database.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asRanges } from "../../config/parsers.ts";
import { clientIp } from "./client-ip.ts";

const hextet = fc.nat(0xffff).map((number) => number.toString(16));
/** Any `X-Forwarded-For` header that a client may send. */
const forgedHeader = fc
  .array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("127.0.0.1", "10.0.0.1", "unknown", "", "[::1]:80", "<script>")), {
    minLength: 1,
    maxLength: 5,
  })
  .map((hops) => hops.join(", "));
const trusted = asRanges("127.0.0.1, 10.0.0.0/8, ::1, fd00::/8", { addIssue: () => undefined } as never);

describe("client IP", { tags: ["asvs-4.1.3", "asvs-15.3.4"] }, () => {
  it.each([
    ["an untrusted peer's header is ignored", "203.0.113.9", "198.51.100.1", "203.0.113.9"],
    ["the last hop before a trusted proxy counts", "127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"],
    ["a chain of trusted proxies is followed", "::ffff:127.0.0.1", "1.1.1.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"],
    ["without a header, the proxy's own IP counts", "127.0.0.1", undefined, "127.0.0.1"],
    ["an unreadable hop ends the chain", "127.0.0.1", "203.0.113.9, <script>", "127.0.0.1"],
    ["a port is dropped", "127.0.0.1", "203.0.113.9:4711", "203.0.113.9"],
    ["without a socket, it is unknown", undefined, "203.0.113.9", "unknown"],
    ["an invalid socket address is unknown", "a pipe", "203.0.113.9", "unknown"],
    ["if all hops are trusted, the first one counts", "127.0.0.1", "10.0.0.3, 10.0.0.2, 10.0.0.1", "10.0.0.3"],
    ["hops before the first untrusted one are ignored", "127.0.0.1", "127.0.0.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"],
    ["an empty hop ends the chain", "127.0.0.1", "203.0.113.9,, 10.0.0.1", "10.0.0.1"],
    ["the hop `unknown` ends the chain", "127.0.0.1", "203.0.113.9, unknown", "127.0.0.1"],
    ["spaces and tabs around a hop are dropped", "127.0.0.1", "\t198.51.100.1 ,\t203.0.113.9 ", "203.0.113.9"],
    ["IPv4-mapped IPv6 counts as IPv4", "127.0.0.1", "::ffff:cb00:7109", "203.0.113.9"],
  ])("client IP: %s", (_, socket, forwarded, network) => {
    expect(clientIp(socket, forwarded, trusted).network).toBe(network);
  });

  it("client IP: without a trusted proxy, any header is ignored", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.oneof(forgedHeader, fc.string({ unit: "binary" })), (socket, forwarded) => {
        expect(clientIp(socket, forwarded, []).network).toBe(socket);
        expect(clientIp("203.0.113.9", forwarded, trusted).network).toBe("203.0.113.9");
      }),
    );
  });

  it("client IP: hops that a client forges before trusted proxies are ignored", () => {
    fc.assert(
      fc.property(forgedHeader, fc.array(fc.constantFrom("10.1.2.3", "127.0.0.1", "::1", "fd00::7")), (forged, proxies) => {
        const forwarded = [forged, "203.0.113.9", ...proxies].join(", ");
        expect(clientIp("127.0.0.1", forwarded, trusted).network).toBe("203.0.113.9");
      }),
    );
  });

  it("client IP: any text yields an IPv4, an IPv6 /64 or unknown, and never throws", () => {
    const text = fc.oneof(forgedHeader, fc.string({ unit: "binary" }), fc.ipV6());
    fc.assert(
      fc.property(fc.option(text, { nil: undefined }), fc.option(text, { nil: undefined }), (socket, forwarded) => {
        expect(clientIp(socket, forwarded, trusted).network).toMatch(/^(?:unknown|\d{1,3}(?:\.\d{1,3}){3}|\d{1,3}(?:\.\d{1,3}){7}\/64)$/);
      }),
    );
  });

  it("client IP: all IPs of a /64 share one network, which differs from the next /64", () => {
    fc.assert(
      fc.property(fc.tuple(hextet, hextet), fc.array(hextet, { minLength: 8, maxLength: 8 }), ([third, fourth], rest) => {
        const prefix = `2001:db8:${third}:${fourth}`;
        const [one, other] = [rest.slice(0, 4).join(":"), rest.slice(4).join(":")];
        expect(clientIp(`${prefix}:${one}`, undefined, trusted).network).toBe(clientIp(`${prefix}:${other}`, undefined, trusted).network);
        const next = (Number.parseInt(fourth, 16) ^ 1).toString(16);
        expect(clientIp(`2001:db8:${third}:${next}:${one}`, undefined, trusted).network).not.toBe(
          clientIp(`${prefix}:${one}`, undefined, trusted).network,
        );
      }),
    );
  });

  it("client IP: every spelling of an IPv6 yields the same /64", () => {
    const spellings = ["2001:db8:0:1::1", "2001:DB8:0:1:ffff:ffff:ffff:ffff", "2001:0db8:0000:0001:0000:0000:0000:0002"];
    expect(new Set(spellings.map((ip) => clientIp(ip, undefined, trusted).network)).size).toBe(1);
    expect(clientIp("2001:db8:0:2::1", undefined, trusted).network).not.toBe(clientIp(spellings[0], undefined, trusted).network);
    expect(clientIp("::1", "[2001:db8:0:1::7]:443", trusted).network).toBe(clientIp(spellings[0], undefined, trusted).network);
    expect(clientIp("::ffff:203.0.113.9", undefined, trusted).network).toBe("203.0.113.9");
  });
});
