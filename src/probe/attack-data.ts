/** Lists hostile inputs, shared by the tests and the probe. */

/** Redirect targets that some validation has mistaken for a local path. */
export const foreignTargets: readonly string[] = [
  ...["https://evil.test", "http:evil.test", "https:///evil.test", "HTTPS://EVIL.TEST", "https:/evil.test", "evil.test"],
  ...["//evil.test", "///evil.test", "////evil.test", "//", "//evil.test:443", "//evil.test/%2e%2e"],
  ...["/\\evil.test", "\\\\evil.test", "\\/evil.test", "/\t/evil.test", "/\n/evil.test", "/\r/evil.test", "/a\\b", "\\evil.test"],
  ...["\t//evil.test", " //evil.test", "\0//evil.test", "\x01//evil.test", "\u00a0//evil.test", " /dashboard", "\t/dashboard", "/\u0085/x"],
];

/** Bodies sent as JSON that are no JSON object. */
export const brokenJson: readonly string[] = [
  "",
  "null",
  "[]",
  "1",
  '"text"',
  "true",
  "{",
  '{"email":}',
  "{'email':'a'}",
  '{"email":"a"}{}',
  "NaN",
  "undefined",
];

/** Percent-encodings that are not valid UTF-8. */
export const brokenEscapes: readonly string[] = ["%FF", "%C0%80", "%ED%A0%80", "%F4%90%80%80", "%E2%82", "%zz", "%", "%u0041"];
