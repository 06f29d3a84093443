import { describe, expect, it } from "vitest";
import { asRanges } from "../setting-kinds.ts";
import { networkOf } from "./client-address.ts";

const trusted = asRanges("127.0.0.1, 10.0.0.0/8, ::1, fd00::/8", { addIssue: () => undefined } as never);

describe("the network that a request comes from [ASVS 4.1.3] [ASVS 15.3.4]", () => {
  it.each([
    ["is the socket's own, whatever a stranger claims", "203.0.113.9", "198.51.100.1", "203.0.113.9"],
    ["is the last one that a trusted proxy saw", "127.0.0.1", "198.51.100.1, 203.0.113.9", "203.0.113.9"],
    ["is seen through a chain of trusted proxies", "::ffff:127.0.0.1", "1.1.1.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"],
    ["is the proxy's own where it says nothing", "127.0.0.1", undefined, "127.0.0.1"],
    ["is the last one that could be read", "127.0.0.1", "203.0.113.9, <script>", "127.0.0.1"],
    ["is read with a port too", "127.0.0.1", "203.0.113.9:4711", "203.0.113.9"],
    ["is not known where there is none", undefined, "203.0.113.9", "unknown"],
  ])("%s", (_, socket, forwarded, network) => {
    expect(networkOf(socket, forwarded, trusted)).toBe(network);
  });

  it("is a subscriber's whole /64, however the address is written", () => {
    const spellings = ["2001:db8:0:1::1", "2001:DB8:0:1:ffff:ffff:ffff:ffff", "2001:0db8:0000:0001:0000:0000:0000:0002"];
    expect(new Set(spellings.map((address) => networkOf(address, undefined, trusted))).size).toBe(1);
    expect(networkOf("2001:db8:0:2::1", undefined, trusted)).not.toBe(networkOf(spellings[0], undefined, trusted));
    expect(networkOf("::1", "[2001:db8:0:1::7]:443", trusted)).toBe(networkOf(spellings[0], undefined, trusted));
    expect(networkOf("::ffff:203.0.113.9", undefined, trusted)).toBe("203.0.113.9");
  });
});
