/** Opens every page as a visitor, a user and an administrator. */
import { actingAs } from "../src/core/request-info.ts";
import { listUsers } from "../src/core/users/directory.ts";
import { grantRole } from "../src/core/users/roles.ts";
import type { Person, TestApp } from "./person.ts";

export interface OpenedPage {
  readonly who: "visitor" | "user" | "administrator";
  readonly person: Person;
  /** Path and query. */
  readonly path: string;
  readonly html: string;
}

/** `data` are names and IDs of the users, which no message contains. */
export async function openEveryPage(
  app: TestApp,
  headers: Record<string, string> = {},
): Promise<{ readonly pages: readonly OpenedPage[]; readonly data: readonly string[] }> {
  const [user, administrator] = ["0001", "0002"].map((username) => app.person({ username }, headers)) as [Person, Person];
  for (const person of [user, administrator]) await person.isLoggedIn();
  const { users } = await listUsers(app.s, {});
  const idOf = (username: string) => users.find((each) => each.username === username)?.id ?? "";
  await grantRole(app.s, idOf("0002"), "admin", actingAs("command line"));
  const routes = app.hono.routes.filter(({ method, path }) => method === "GET" && !path.startsWith("/assets/"));
  const pages: OpenedPage[] = [];
  for (const [who, person] of Object.entries({ visitor: app.person({}, headers), user, administrator })) {
    for (const path of new Set(routes.map((route) => queried(route.path, who, idOf("0001"))))) {
      const { status, html } = await person.opens(path);
      if (status < 300 && html.startsWith("<!DOCTYPE html>")) pages.push({ who: who as OpenedPage["who"], person, path, html });
    }
  }
  return { pages, data: ["0001@example.com", "0002@example.com", "0001", "0002", ...users.map(({ id }) => id)] };
}

/** Logged-in users would be redirected from login and sign-up; the page of a user needs an ID. */
function queried(path: string, who: string, id: string): string {
  if (path === "/admin/user") return `${path}?id=${id}`;
  return who === "visitor" ? path : path.replace(/^\/(?:login|signup)$/, "$&?switch=1");
}
