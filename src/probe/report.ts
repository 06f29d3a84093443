/** What came of the checks, for a terminal, for programs and for a page. */
import { html } from "../ui/html.ts";
import type { Report, Result } from "./probe.ts";

const marks = { pass: "pass", fail: "FAIL", "not tried": "-" } as const;

export function reportInWords(report: Report): string {
  const width = Math.max(...report.results.map(({ id }) => id.length));
  const lines = report.results.map((result) => {
    const { id, outcome, saw, matters } = result;
    return `${marks[outcome].padEnd(4)}  ${id.padEnd(width)}  ${saw}${outcome === "fail" ? ` ${matters}` : ""}`;
  });
  return [...lines, "", report.account, inSum(report)].join("\n");
}

export function reportAsJson({ results, ...report }: Report): unknown {
  return { ...report, passed: count(results, "pass"), failed: count(results, "fail"), notTried: count(results, "not tried"), results };
}

/** A page of its own, without scripts and without anything from elsewhere. */
export function reportAsPage(report: Report): string {
  const { site, at, account, results } = report;
  const { host } = new URL(site);
  const when = new Date(at).toISOString();
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Attacks on ${host}: ${inSum(report)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Attacks on ${host}</h1>
<p><strong>${inSum(report)}</strong></p>
<p>${account}</p>
<p class="why">${site}, <time datetime="${when}">${when.slice(0, 16).replace("T", " ")} UTC</time></p>
<ul>
${worstFirst(results).map(
  ({ id, tries, matters, asvs, outcome, saw }) => html`<li class="${outcome.replace(" ", "-")}">
<h2><span>${outcome}</span> ${tries}</h2>
<p>${saw}</p>
<p class="why">${matters} <small>${id} · ASVS ${asvs.join(", ")}</small></p>
</li>`,
)}
</ul>
</main>
</body>
</html>
`;
  return page.toString();
}

const style = `
:root { color-scheme: light dark; --line: light-dark(#d0d7de, #3d444d); --good: light-dark(#1a7f37, #3fb950); --bad: light-dark(#b3261e, #ff8078); --quiet: light-dark(#57606a, #9ea7b3); }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; padding: 1.5rem 1rem; overflow-wrap: anywhere; }
main { max-width: 46rem; margin: auto; }
ul { list-style: none; padding: 0; }
li { border-top: 1px solid var(--line); padding: .75rem 0; }
h2 { font-size: 1rem; margin: 0; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 span { display: block; font-size: .875rem; color: var(--quiet); }
h2 span::first-letter { text-transform: uppercase; }
.pass h2 span { color: var(--good); }
.fail h2 span { color: var(--bad); }
p { margin: .25rem 0; }
.why { color: var(--quiet); }
`;

function inSum({ results, requests, isWhole }: Report): string {
  const [failed, passed, left] = [count(results, "fail"), count(results, "pass"), count(results, "not tried")];
  const what = `${failed === 0 ? "No check" : `${failed} of ${results.length} checks`} failed, ${passed} passed, ${left} could not be tried.`;
  return `${what} ${requests} ${requests === 1 ? "request was" : "requests were"} sent.${isWhole ? "" : " It did not come to its end."}`;
}

function worstFirst(results: readonly Result[]): readonly Result[] {
  const order = ["fail", "not tried", "pass"];
  return results.toSorted((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
}

function count(results: readonly Result[], wanted: Result["outcome"]): number {
  return results.filter(({ outcome }) => outcome === wanted).length;
}
