/** Recognizes host names of this machine. */

/** Whether a host name of a URL is a loopback name on every machine (RFC 6761, 6.3). */
export function isLocalName(hostname: string): boolean {
  return /^(?:(?:[a-z0-9-]+\.)*localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(hostname);
}
