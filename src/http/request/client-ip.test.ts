// Runs on one engine: what it tests does not touch the database.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asRanges } from "../../config/parsers.ts";
import { clientIp } from "./client-ip.ts";

const hextet = fc.nat(0xffff).map((number) => number.toString(16));
/** What somebody may put into the header. */
const claim = fc
  .array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom("127.0.0.1", "10.0.0.1", "unknown", "", "[::1]:80", "<script>")), {
    minLength: 1,
    maxLength: 5,
  })
  .map((hops) => hops.join(", "));
const trusted = asRanges("127.0.0.1, 10.0.0.0/8, ::1, fd00::/8", { addIssue: () => undefined } as never);

describe("the network that a request comes from", { tags: ["asvs-4.1.3", "asvs-15.3.4"] }, () => {
  it.each([
    ["is the socket's own, whatever a stranger claims", "203.0.113.9", "198.51.100.1", "203.0.113.9"],
    ["is the last one that a trusted proxy saw", "127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"],
    ["is seen through a chain of trusted proxies", "::ffff:127.0.0.1", "1.1.1.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"],
    ["is the proxy's own where it says nothing", "127.0.0.1", undefined, "127.0.0.1"],
    ["is the last one that could be read", "127.0.0.1", "203.0.113.9, <script>", "127.0.0.1"],
    ["is read with a port too", "127.0.0.1", "203.0.113.9:4711", "203.0.113.9"],
    ["is not known where there is none", undefined, "203.0.113.9", "unknown"],
    ["is not known where the socket tells nonsense", "a pipe", "203.0.113.9", "unknown"],
    ["is the first one where every proxy is trusted", "127.0.0.1", "10.0.0.3, 10.0.0.2, 10.0.0.1", "10.0.0.3"],
    ["is the first stranger seen from here, whatever stands before", "127.0.0.1", "127.0.0.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"],
    ["is the last that could be read where a hop is left out", "127.0.0.1", "203.0.113.9,, 10.0.0.1", "10.0.0.1"],
    ["is not what a proxy hides", "127.0.0.1", "203.0.113.9, unknown", "127.0.0.1"],
    ["is read with any white space around it", "127.0.0.1", "\t198.51.100.1 ,\t203.0.113.9 ", "203.0.113.9"],
    ["is the IPv4 address that an IPv6 one wraps", "127.0.0.1", "::ffff:cb00:7109", "203.0.113.9"],
  ])("%s", (_, socket, forwarded, network) => {
    expect(clientIp(socket, forwarded, trusted).network).toBe(network);
  });

  it("is the socket's own for every claim there can be, where no proxy is trusted", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.oneof(claim, fc.string({ unit: "binary" })), (socket, forwarded) => {
        expect(clientIp(socket, forwarded, []).network).toBe(socket);
        expect(clientIp("203.0.113.9", forwarded, trusted).network).toBe("203.0.113.9");
      }),
    );
  });

  it("is what the nearest proxy saw, for every claim that came before it", () => {
    fc.assert(
      fc.property(claim, fc.array(fc.constantFrom("10.1.2.3", "127.0.0.1", "::1", "fd00::7")), (forged, proxies) => {
        const forwarded = [forged, "203.0.113.9", ...proxies].join(", ");
        expect(clientIp("127.0.0.1", forwarded, trusted).network).toBe("203.0.113.9");
      }),
    );
  });

  it("is one address, one /64 or not known, and never an error, for any text at all", () => {
    const text = fc.oneof(claim, fc.string({ unit: "binary" }), fc.ipV6());
    fc.assert(
      fc.property(fc.option(text, { nil: undefined }), fc.option(text, { nil: undefined }), (socket, forwarded) => {
        expect(clientIp(socket, forwarded, trusted).network).toMatch(/^(?:unknown|\d{1,3}(?:\.\d{1,3}){3}|\d{1,3}(?:\.\d{1,3}){7}\/64)$/);
      }),
    );
  });

  it("is one for all addresses of a /64, and another for the next", () => {
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

  it("is a subscriber's whole /64, however the address is written", () => {
    const spellings = ["2001:db8:0:1::1", "2001:DB8:0:1:ffff:ffff:ffff:ffff", "2001:0db8:0000:0001:0000:0000:0000:0002"];
    expect(new Set(spellings.map((address) => clientIp(address, undefined, trusted).network)).size).toBe(1);
    expect(clientIp("2001:db8:0:2::1", undefined, trusted).network).not.toBe(clientIp(spellings[0], undefined, trusted).network);
    expect(clientIp("::1", "[2001:db8:0:1::7]:443", trusted).network).toBe(clientIp(spellings[0], undefined, trusted).network);
    expect(clientIp("::ffff:203.0.113.9", undefined, trusted).network).toBe("203.0.113.9");
  });
});
