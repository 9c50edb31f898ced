/**
 * The report of `zmtp conform` as a page that needs nothing else.
 *
 * @module
 */
import type { Report } from '../../testing/conformance/report.ts';
import type { Outcome } from '../../testing/conformance/runner.ts';
import { describePeer, escape, OPTION_FOR, sourceOf, summarize, wordFor } from './forms.ts';
import type { Precondition } from '../../testing/conformance/case.ts';

const STYLE = `
:root { color-scheme: light dark; --ok: #1a7f37; --bad: #cf222e; --odd: #9a6700; --dim: #6e7781; }
@media (prefers-color-scheme: dark) { :root { --ok: #3fb950; --bad: #f85149; --odd: #d29922; --dim: #8b949e; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td { padding: .25rem .6rem .25rem 0; vertical-align: top; border-bottom: 1px solid #8883; }
td:first-child, td:nth-child(2) { white-space: nowrap; font-family: ui-monospace, monospace; }
.ok { color: var(--ok); } .FAIL { color: var(--bad); font-weight: bold; } .differs { color: var(--odd); }
.skip, small { color: var(--dim); }
code { font-size: 90%; overflow-wrap: anywhere; }
`;

/** A whole page. */
export function asHtml(report: Report, isStrict: boolean): string {
  const areas = report.areas.map(
    ({ name, outcomes }) =>
      `<h2>${escape(name)}</h2>\n<table>\n${outcomes.map((outcome) => row(outcome, isStrict)).join('\n')}\n</table>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>ZMTP conformance: ${escape(report.peer.type)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>ZMTP conformance</h1>
<p>${escape(describePeer(report))}</p>
<p><strong>${escape(summarize(report))}</strong></p>
${areas.join('\n')}
</body>
</html>
`;
}

function row(outcome: Outcome, isStrict: boolean): string {
  const word = wordFor(outcome, isStrict);
  const { id, title } = outcome.case;
  return `<tr><td class="${word}">${word}</td><td>${escape(id)}</td><td>${escape(title)}${more(outcome)}</td></tr>`;
}

function more(outcome: Outcome): string {
  const source = `<br><small>${escape(sourceOf(outcome))}</small>`;
  if (outcome.verdict === 'passed') return source;
  if (outcome.verdict === 'skipped') {
    return `<br><small>needs ${escape(OPTION_FOR[outcome.reason as Precondition])}</small>`;
  }
  return `<br>expected <code>${escape(`${outcome.expected}`)}</code><br>got <code>${escape(`${outcome.got}`)}</code>${source}`;
}
