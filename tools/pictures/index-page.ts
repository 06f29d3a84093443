/** Renders the page to look through pictures, filtered without scripts. */
import { html } from "../../src/ui/html.ts";

export interface Picture {
  readonly state: string;
  readonly language: string;
  readonly width: number;
  readonly scheme: string;
  /** Relative to the page. */
  readonly path: string;
}

export function indexPage(pictures: readonly Picture[]): string {
  const languages = distinct(pictures.map(({ language }) => language));
  const widths = distinct(pictures.map(({ width }) => String(width)));
  const schemes = distinct(pictures.map(({ scheme }) => scheme));
  const states = distinct(pictures.map(({ state }) => state));
  return String(html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Pictures of ${states.length} pages and emails</title>
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; }
header { position: sticky; inset-block-start: 0; display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; padding: 0.75rem 1.5rem; background: Canvas; border-block-end: 1px solid GrayText; }
fieldset { display: flex; gap: 0.75rem; margin: 0; padding: 0; border: 0; }
legend { float: inline-start; padding-inline-end: 0.75rem; font-weight: 600; }
nav { columns: 14rem; padding: 1rem 1.5rem; }
nav a { display: block; }
section { padding: 0 1.5rem; scroll-margin-block-start: 4rem; }
section > div { display: flex; flex-wrap: wrap; align-items: start; gap: 1rem; }
figure { margin: 0; }
img { max-inline-size: min(100%, 640px); block-size: auto; border: 1px solid GrayText; }
img[width="390"] { max-inline-size: 260px; }
${[...filters("language", languages), ...filters("width", widths), ...filters("scheme", schemes)]}
</style>
</head>
<body>
<header>
${[choice("language", languages), choice("width", widths), choice("scheme", schemes)]}
</header>
<nav aria-label="States">${states.map((state) => html`<a href="#${state}">${state}</a>`)}</nav>
${states.map(
  (state) => html`<section id="${state}"><h2>${state}</h2><div>
${pictures.filter((each) => each.state === state).map(figure)}</div></section>
`,
)}
</body>
</html>
`);
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}

function choice(name: string, values: readonly string[]) {
  return html`<fieldset><legend>${name}</legend>${["all", ...values].map(
    (value) => html`<label><input type="radio" name="${name}" value="${value}"${value === "all" ? html` checked` : ""}> ${value}</label>`,
  )}</fieldset>
`;
}

function filters(name: string, values: readonly string[]) {
  return values.map(
    (value) =>
      html`body:has(input[name=${name}][value=${html`"${value}"`}]:checked) figure:not([data-${name}=${html`"${value}"`}]) { display: none; }
`,
  );
}

function figure({ state, language, width, scheme, path }: Picture) {
  return html`<figure data-language="${language}" data-width="${width}" data-scheme="${scheme}"><a href="${path}"><img src="${path}" width="${width}" alt="${state}, ${language}, ${width} px, ${scheme}" loading="lazy"></a></figure>
`;
}
