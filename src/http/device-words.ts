/** What a browser calls itself, in words that its owner recognises. */

/** Such as "Firefox on Linux". The library that knows them is loaded with the first page that shows them. */
export async function deviceInWords(userAgent: string): Promise<string> {
  const { default: bowser } = await import("bowser");
  if (userAgent === "") return "An unknown program";
  const { browser, os } = bowser.parse(userAgent);
  const name = browser.name ?? userAgent.split(/[/\s]/)[0] ?? "An unknown program";
  return os.name ? `${name} on ${os.name}` : name;
}
