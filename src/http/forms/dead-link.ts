/** Renders the page of an emailed link that cannot be used. */
import { at, html } from "../../ui/html.ts";
import type { Page } from "../../ui/page.ts";
import type { Context } from "../context.ts";
import { translator } from "../request/locale.ts";
import { messages } from "./form.messages.ts";

interface DeadLink {
  /** The message in JSON. */
  readonly problem: string;
  readonly intro: string;
  /** What the visitor can do now; the first is the main one. Links without a path are left out. */
  readonly actions: readonly { readonly path: string | undefined; readonly text: string }[];
}

/** For a link that has expired or was already used. */
export function deadLinkPage(c: Context, { problem, intro, actions }: DeadLink): Page {
  const title = translator(c, messages)("deadLink");
  const buttons = actions.flatMap(({ path, text }, i) =>
    path === undefined ? [] : html`<a class="button${i === 0 ? "" : " secondary"}" href="${at(path)}">${text}</a>\n`,
  );
  return {
    title,
    width: "narrow",
    hasErrors: true,
    json: { error: { code: "dead-link", message: problem } },
    body: html`<h1>${title}</h1>
<p>${intro}</p>
${buttons.length === 0 ? "" : html`<p class="actions">${buttons}</p>`}`,
  };
}
