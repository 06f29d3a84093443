/** Names a device from its user agent, such as "Firefox on Linux". */

const unknown = "An unknown browser";

/** Loads its parser with the first call. */
export async function deviceName(userAgent: string): Promise<string> {
  const { default: bowser } = await import("bowser");
  if (userAgent === "") return unknown;
  const { browser, os } = bowser.parse(userAgent);
  // Content injection: the parser passes unknown user agents on as sent, so only names from its own list are shown (ASVS 1.1.2).
  const name = isAmong(bowser.BROWSER_MAP, browser.name) ? browser.name : programName(userAgent);
  return isAmong(bowser.OS_MAP, os.name) ? `${name} on ${os.name}` : name;
}

function isAmong(names: Readonly<Record<string, string>>, name: string | undefined): name is string {
  return name !== undefined && Object.values(names).includes(name);
}

/** The product name of a short user agent such as `curl/8.5.0`. */
function programName(userAgent: string): string {
  const name = /^([A-Za-z][A-Za-z-]{1,19})(?:\/[\d.]{1,20})?$/.exec(userAgent)?.[1];
  return name === undefined ? unknown : `The program ${name}`;
}
