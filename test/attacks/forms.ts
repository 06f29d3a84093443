/** Finds all forms in routes and pages, so that new forms are attacked too. */
import type { Answer, Person, TestApp } from "../person.ts";

export interface OpenForm {
  readonly path: string;
  readonly token: string;
  /** A valid value for each field except the token. */
  readonly fields: Readonly<Record<string, string>>;
  /** Fields whose value may be shown again. */
  readonly shown: readonly string[];
}

/** Returns all POST paths except /admin, which `src/features/admin/admin/admin.test.ts` covers. */
export function formPaths(app: TestApp): string[] {
  const paths = app.hono.routes.filter(({ method, path }) => method === "POST" && !path.startsWith("/admin")).map(({ path }) => path);
  return [...new Set(paths)];
}

/** Opens a page and reads its form that posts to the path; undefined if there is none. */
export async function openForm(person: Person, path: string, page = path): Promise<OpenForm | undefined> {
  return readForm(await person.opens(page), path, person);
}

/** Reads the form in `<main>` that posts to a path. */
export function readForm({ html }: Answer, path: string, person: Person): OpenForm | undefined {
  const main = /<main[^>]*>([\s\S]*)<\/main>/.exec(html)?.[1] ?? "";
  const form = [...main.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].find(
    ([, tag = ""]) => attribute(tag, "action")?.replace(/\?.*/, "") === path,
  )?.[2];
  if (form === undefined) return undefined;
  const inputs = [...form.matchAll(/<input\b([^>]*)>/g)].map(([, tag = ""]) => ({
    name: attribute(tag, "name") ?? "",
    type: attribute(tag, "type") ?? "text",
    value: attribute(tag, "value") ?? "",
  }));
  const token = inputs.find(({ name }) => name === "csrf_token")?.value ?? "";
  const others = inputs.filter(({ name }) => name !== "csrf_token" && name !== "");
  return {
    path,
    token,
    fields: Object.fromEntries(others.map((input) => [input.name, validValue(person, input)])),
    shown: others.filter(({ type }) => type === "text" || type === "email").map(({ name }) => name),
  };
}

function validValue({ identity }: Person, { name, type, value }: { name: string; type: string; value: string }): string {
  if (type === "hidden" || type === "checkbox") return value;
  if (type === "email") return identity.email;
  return type === "password" ? identity.password : name === "username" ? identity.username : "some text";
}

function attribute(tag: string, name: string): string | undefined {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
}

/** Opens a page in several tabs, and then submits all of its forms at once. */
export async function sendsForms(person: Person, path: string, count: number, fields: Record<string, string> = {}): Promise<Answer[]> {
  // The first tab sets the cookie that all forms are bound to.
  await person.opens(path);
  const pages = await Promise.all(Array.from({ length: count }, () => person.opens(path)));
  return Promise.all(pages.map(({ token }) => person.posts(path, { csrf_token: token, ...fields })));
}

/** Returns the value that a field shows. */
export function shownValue({ html }: Answer, name: string): string | undefined {
  const tag = [...html.matchAll(/<input\b([^>]*)>/g)].map(([, each = ""]) => each).find((each) => attribute(each, "name") === name);
  return tag === undefined ? undefined : attribute(tag, "value");
}
