/** Names a device from its user agent, such as "Firefox on Linux". */
import { type MessageReference, message } from "../i18n/messages.ts";
import { lazy } from "../platform/lazy.ts";
import { messages } from "./device-name.messages.ts";

/** `program` is a bot, an API client or unknown. */
export type DeviceKind = "phone" | "tablet" | "computer" | "program";

export interface Device {
  readonly name: MessageReference;
  readonly kind: DeviceKind;
}

export async function deviceName(userAgent: string): Promise<MessageReference> {
  return (await readDevice(userAgent)).name;
}

const parser = lazy(async () => (await import("bowser")).default);
/** Parsing one takes as long as a query, and a page of sessions has many. */
const recent = new Map<string, Device>();
const maxRecent = 500;

/** Loads the parser with the first call. */
export async function readDevice(userAgent: string): Promise<Device> {
  const known = recent.get(userAgent);
  if (known) return known;
  const device = parseDevice(await parser.get(), userAgent);
  // Memory exhaustion: clients choose their user agents.
  if (recent.size >= maxRecent) recent.clear();
  if (userAgent.length <= maxKeptLength) recent.set(userAgent, device);
  return device;
}

/** Longer than the user agents of browsers. */
const maxKeptLength = 300;

function parseDevice(bowser: Awaited<ReturnType<typeof parser.get>>, userAgent: string): Device {
  if (userAgent === "") return { name: message(messages, "unknown"), kind: "program" };
  const { browser, os, platform } = bowser.parse(userAgent);
  const system = isAmong(bowser.OS_MAP, os.name) ? os.name : undefined;
  const kind = kinds.get(platform.type ?? "") ?? "program";
  // Content injection: the parser passes unknown user agents on as sent, so only names from its own list are shown (ASVS 1.1.2).
  if (isAmong(bowser.BROWSER_MAP, browser.name)) return { name: named("browser", browser.name, system), kind };
  const client = clientName(userAgent);
  if (client !== undefined) return { name: named("client", client, system), kind: "program" };
  return { name: system === undefined ? message(messages, "unknown") : message(messages, "unknownOn", { system }), kind };
}

/** By the parser's types of platforms. */
const kinds: ReadonlyMap<string, DeviceKind> = new Map([
  ["mobile", "phone"],
  ["tablet", "tablet"],
  ["desktop", "computer"],
  ["tv", "computer"],
]);

function named(kind: "browser" | "client", name: string, system: string | undefined): MessageReference {
  return system === undefined ? message(messages, kind, { name }) : message(messages, `${kind}On`, { name, system });
}

function isAmong(names: Readonly<Record<string, string>>, name: string | undefined): name is string {
  return name !== undefined && Object.values(names).includes(name);
}

/** The product name in a short user agent such as `curl/8.5.0`. */
function clientName(userAgent: string): string | undefined {
  return /^([A-Za-z][A-Za-z-]{1,19})(?:\/[\d.]{1,20})?$/.exec(userAgent)?.[1];
}
