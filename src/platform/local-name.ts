/** Whether a host name is this machine itself. */

/** Whether a URL's host name is this machine's own for everybody who uses it (RFC 6761, 6.3). */
export function isLocalName(hostname: string): boolean {
  return /^(?:(?:[a-z0-9-]+\.)*localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(hostname);
}
