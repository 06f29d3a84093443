/** What a browser calls itself, in words that its owner recognises. */
const unknown = "An unknown browser";
/** Such as "Firefox on Linux". The library that knows them is loaded with the first page that shows them. */
export async function deviceInWords(userAgent) {
    const { default: bowser } = await import("bowser");
    if (userAgent === "")
        return unknown;
    const { browser, os } = bowser.parse(userAgent);
    // Of a browser that it does not know, the library gives the words as they were sent. An intruder chose them and the owner reads
    // them, so only names from its list are shown (ASVS 1.1.2).
    const name = isAmong(bowser.BROWSER_MAP, browser.name) ? browser.name : programName(userAgent);
    return isAmong(bowser.OS_MAP, os.name) ? `${name} on ${os.name}` : name;
}
function isAmong(names, name) {
    return name !== undefined && Object.values(names).includes(name);
}
/** A program says its short name and no more, such as `curl/8.5.0`. */
function programName(userAgent) {
    const name = /^([A-Za-z][A-Za-z-]{1,19})(?:\/[\d.]{1,20})?$/.exec(userAgent)?.[1];
    return name === undefined ? unknown : `The program ${name}`;
}
