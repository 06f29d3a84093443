/** Renders emails as plain text and HTML for all mail clients. */
import { emailHtml } from "./email-html.ts";
import type { EmailLook, EmailProps, EmailWords } from "./email-props.ts";

export function renderEmail(props: EmailProps, words: EmailWords, look: EmailLook = {}): { subject: string; text: string; html: string } {
  return { subject: oneLine(props.subject), text: asText(props, words), html: emailHtml(props, words, look) };
}

/** Header injection: replaces line ends and control characters by spaces, except the isolates of right-to-left messages (ASVS 1.3.11). */
export function oneLine(text: string): string {
  return text.replaceAll(/(?:(?![\u2068\u2069])[\p{Cc}\p{Cf}\u2028\u2029])+/gu, " ");
}

/** The code and each link have a line of their own, so that both are easily copied. */
function asText(props: EmailProps, { greeting }: EmailWords): string {
  const { siteName, paragraphs, details = [], code, action, after = [], footer, reason, postalAddress } = props;
  const parts = [
    ...(greeting === "" ? [] : [greeting]),
    ...paragraphs.map(wrapped),
    ...(details.length === 0 ? [] : [details.map(({ label, value }) => `${label}: ${value}`).join("\n")]),
    ...(code ? [`    ${code}`] : []),
    ...(action ? [`${action.text}:\n${action.url}`] : []),
    ...after.map(wrapped),
    ...(footer ? [`${footer.text}:\n${footer.url}`] : []),
    wrapped(reason),
    `— ${siteName}${postalAddress ? `\n${wrapped(postalAddress)}` : ""}`,
  ];
  return `${parts.join("\n\n")}\n`;
}

/** RFC 5322, 2.1.1 recommends 78 characters at most. */
const lineLength = 76;

/** Wraps lines between words; a longer word, such as a URL, is never broken. */
function wrapped(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.split(" ").reduce(addWord, ""))
    .join("\n");
}

function addWord(text: string, word: string): string {
  if (text === "") return word;
  const lastLine = text.slice(text.lastIndexOf("\n") + 1);
  return `${text}${[...lastLine].length + 1 + [...word].length > lineLength ? "\n" : " "}${word}`;
}
