/** Finds what a site says to people although it does not offer it: in messages, on pages and in the errors of forms. */
import { features } from "../src/features/index.ts";
import { messagesOf } from "../src/features/messages.ts";
import type { Message } from "../src/i18n/messages.ts";
import { passkeyDevice } from "./passkeys.ts";
import type { Person, TestApp } from "./person.ts";

/** What a site does not offer. */
export interface Absent {
  /** As in `{ select: "passwords" }`, and in branches that name it. */
  readonly name: "password" | "passkey";
  readonly isIn: (text: string) => boolean;
}

/** Where a message names it although the site has none: by reason, keys or beginnings such as `lockout.*`. */
export type Listed = Readonly<Record<string, readonly string[]>>;

/** Keys of messages that name it and are not listed, and patterns of the list that match none. */
export function unlisted(absent: Absent, listed: Listed): { readonly missing: string[]; readonly outdated: string[] } {
  const patterns = Object.values(listed).flat();
  const naming = messagesOf(features).flatMap(({ name, texts }) =>
    Object.entries(texts).flatMap(([key, message]) => (shownWithout(absent, message).some(absent.isIn) ? [`${name}.${key}`] : [])),
  );
  return {
    missing: naming.filter((key) => !patterns.some((pattern) => matches(pattern, key))),
    outdated: patterns.filter((pattern) => !naming.some((key) => matches(pattern, key))),
  };
}

const matches = (pattern: string, key: string) => (pattern.endsWith(".*") ? key.startsWith(pattern.slice(0, -1)) : key === pattern);

/** The texts of a message on such a site: no branch that names what is absent. */
function shownWithout({ name }: Absent, message: Message): string[] {
  if (typeof message === "string") return [message];
  const { select, plural, ...texts } = message as Record<string, string>;
  if (select === `${name}s` || (name === "password" && select === "resets")) return [texts["off"] ?? ""];
  return Object.entries(texts).flatMap(([branch, text]) => (select !== undefined && branch.includes(name) ? [] : [text]));
}

/** What readers and screen readers get, and in JSON the sentences; fields and codes have names of their own, and random tokens may contain any short word. */
export function sentencesIn({ html, headers }: Awaited<ReturnType<Person["opens"]>>): string {
  if (!headers.get("content-type")?.includes("json")) return html.replaceAll(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/g, " ");
  return html.replaceAll(/"[\w-]*"\s*:|"[\w-]+"|"[^\s"]{20,}"/g, " ");
}

/** Forms that end the session or the account that reads. */
const ending = ["/logout", "/settings/delete", "/settings/two-factor/off", "/settings/sessions", "/report-compromise"];
/** Development only. */
const isSample = (path: string) => path.startsWith("/dev/");

/** Reads every page, and the errors of every form outside administration, as HTML and as JSON. Returns those that name what is absent. */
export async function readsEverything(app: TestApp, person: Person, isIn: Absent["isIn"]): Promise<{ path: string; said: string }[]> {
  const found: { path: string; said: string }[] = [];
  const notes = (path: string, answer: Awaited<ReturnType<Person["opens"]>>) => {
    const said = sentencesIn(answer).replaceAll(/\s+/g, " ");
    if (isIn(said)) found.push({ path, said: said.split(/(?<=[.:?]) /).find(isIn) ?? said });
  };
  const routes = app.hono.routes.filter(({ path }) => !path.startsWith("/assets/") && !isSample(path) && path !== "/openapi.json");
  for (const { method, path } of routes) {
    if (method === "GET") {
      notes(path, await person.opens(path));
      notes(`${path} as JSON`, await person.opens(path, { accept: "application/json" }));
    }
    if (method !== "POST" || ending.includes(path) || path.startsWith("/admin")) continue;
    const { token } = await person.opens("/language");
    notes(`POST ${path}`, await person.posts(path, { csrf_token: token }));
    notes(`POST ${path} as JSON`, await person.sendsJson(path, {}, { "x-csrf-token": token }));
  }
  return found;
}

/** Limits that reading everything would exceed. */
export const generousLimits = {
  LIMIT_EMAILS_PER_INBOX: "1000/1h",
  LIMIT_EMAILS_PER_INBOX_AND_IP: "1000/1h",
  LIMIT_EMAILS_PER_IP: "1000/1h",
  LIMIT_CODES_PER_IP: "1000/10m",
  LIMIT_SIGNUP_PER_IP: "1000/1h",
  LIMIT_NOTICES_PER_INBOX: "1000/1h",
};

/** The code in the latest email to the person. */
export async function codeTo(app: TestApp, { identity }: Person): Promise<string> {
  const [latest] = await app.emails(identity.email);
  return /^ {4}(\d{6})$/m.exec(latest?.text ?? "")?.[1] ?? "";
}

/** Signs up with a verified email, and with a password or a passkey where the site asks for one. */
export async function member(app: TestApp, username: string): Promise<Person> {
  const person = app.person({ username });
  if (app.s.settings.passwords === "on") return person.isLoggedIn();
  await person.fillsIn("/signup", { username, email: person.identity.email });
  const { location } = await person.fillsIn("/verify-email", { code: await codeTo(app, person) });
  if (location === "/signup/passkey/create") {
    const { token } = await person.opens(location);
    const answer = await person.sendsJson("/signup/passkey/options", {}, { "x-csrf-token": token });
    const { publicKey } = answer.json() as { publicKey: Parameters<ReturnType<typeof passkeyDevice>["createJSON"]>[1] };
    await person.fillsIn(location, { new_passkey: JSON.stringify(passkeyDevice().createJSON("http://localhost:5050", publicKey)) });
  }
  const { status } = await person.opens("/dashboard");
  if (status !== 200) throw new Error(`${username} is not logged in after signing up, which led to ${String(location)}.`);
  return person;
}
