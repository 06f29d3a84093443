/** Which network a request comes from, for limits: seen through the proxies that we trust and no further. */
import ipaddr from "ipaddr.js";
/** The caller's network: an IPv4 address, or the /64 that one IPv6 subscriber has whole (CVE-2026-45364). */
export function clientNetwork(c) {
    return networkOf(socketAddressOf(c), c.req.header("x-forwarded-for"), c.get("s").settings.trustedProxies);
}
/** Where a request comes from, for the record: the whole address, and what the browser calls itself. */
export function requestOrigin(c) {
    const address = addressOf(socketAddressOf(c), c.req.header("x-forwarded-for"), c.get("s").settings.trustedProxies);
    return { address: address?.toString() ?? "unknown", userAgent: c.req.header("user-agent") ?? "" };
}
/** Whoever calls the app as a function brings no socket, and no bindings at all. */
function socketAddressOf(c) {
    const bindings = c.env;
    return bindings?.incoming?.socket.remoteAddress;
}
/** The network of an address: IPv4 as it is, IPv6 by its /64. */
export function networkOf(socketAddress, forwardedFor, trusted) {
    const address = addressOf(socketAddress, forwardedFor, trusted);
    if (!address)
        return "unknown";
    return address.kind() === "ipv4" ? address.toString() : `${address.toByteArray().slice(0, 8).join(".")}/64`;
}
/** Walks from the socket through `X-Forwarded-For` from right to left, as long as the one who says so is trusted. */
function addressOf(socketAddress, forwardedFor, trusted) {
    let address = parse(socketAddress);
    const hops = forwardedFor?.split(",").reverse() ?? [];
    for (const hop of hops) {
        if (!address || !isTrusted(address, trusted))
            break;
        const before = parse(hop.trim());
        if (!before)
            break;
        address = before;
    }
    return address;
}
/** An IPv4 address in IPv6's clothes is the IPv4 address. */
function parse(text) {
    const bare = text?.replace(/^\[(.*)\](?::\d+)?$/, "$1").replace(/^(\d+(?:\.\d+){3}):\d+$/, "$1");
    return bare && ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
}
function isTrusted(address, trusted) {
    return trusted.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
}
