/** Trims optional whitespace of HTTP: space and tab (RFC 9110, 5.6.3). */

/** `String.trim` also removes 0xA0 and others, which browsers and proxies keep. */
export function trimOptionalSpace(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isSpace(text.charCodeAt(start))) start++;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
