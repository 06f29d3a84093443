/** Formats the results as text, JSON or HTML. */
import { html } from "../ui/html.ts";
import type { Report, Result } from "./probe.ts";

const marks = { pass: "pass", fail: "FAIL", skipped: "-" } as const;

export function reportAsText(report: Report): string {
  const width = Math.max(...report.results.map(({ id }) => id.length));
  const lines = report.results.map((result) => {
    const { id, outcome, observed, risk } = result;
    return `${marks[outcome].padEnd(4)}  ${id.padEnd(width)}  ${observed}${outcome === "fail" ? ` ${risk}` : ""}`;
  });
  return [...lines, "", report.account, formatSummary(report)].join("\n");
}

export function reportAsJson({ results, ...report }: Report): unknown {
  return { ...report, passed: count(results, "pass"), failed: count(results, "fail"), skipped: count(results, "skipped"), results };
}

/** A self-contained HTML page without scripts. */
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
<title>Security checks of ${host}: ${formatSummary(report)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Security checks of ${host}</h1>
<p><strong>${formatSummary(report)}</strong></p>
<p>${account}</p>
<p class="why">${site}, <time datetime="${when}">${when.slice(0, 16).replace("T", " ")} UTC</time></p>
<ul>
${worstFirst(results).map(
  ({ id, description, risk, asvs, outcome, observed }) => html`<li class="${outcome}">
<h2><span>${outcome}</span> ${description}</h2>
<p>${observed}</p>
<p class="why">${risk} <small>${id} · ASVS ${asvs.join(", ")}</small></p>
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

function formatSummary({ results, requests, isComplete }: Report): string {
  const [failed, passed, left] = [count(results, "fail"), count(results, "pass"), count(results, "skipped")];
  const counts = `${failed} of ${results.length} checks failed, ${passed} passed, ${left} skipped.`;
  return `${counts} ${requests} ${requests === 1 ? "request" : "requests"} sent.${isComplete ? "" : " The run was incomplete."}`;
}

function worstFirst(results: readonly Result[]): readonly Result[] {
  const order = ["fail", "skipped", "pass"];
  return results.toSorted((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
}

function count(results: readonly Result[], wanted: Result["outcome"]): number {
  return results.filter(({ outcome }) => outcome === wanted).length;
}
