/**
 * The report of `zmtp conform` for people, for programs, and for those who collect results of tests.
 *
 * @module
 */
import type { Precondition } from '../../testing/conformance/case.ts';
import { isFailure, type Report } from '../../testing/conformance/report.ts';
import type { Outcome } from '../../testing/conformance/runner.ts';

/** The option that says that a precondition holds. */
export const OPTION_FOR: Readonly<Record<Precondition, string>> = {
  echo: '--echo',
  sends: '--sends',
  obeys: '--obeys',
  heartbeats: '--heartbeats',
  handshakeTime: '--handshake-interval MS',
  maxFrameSize: '--max-message-size BYTES',
  authenticates: '--authenticates',
};

/** One word for how a case ended. */
export function wordFor(outcome: Outcome, isStrict: boolean): 'ok' | 'FAIL' | 'differs' | 'skip' {
  if (outcome.verdict === 'passed') return 'ok';
  if (outcome.verdict === 'skipped') return 'skip';
  return isFailure(outcome, isStrict) ? 'FAIL' : 'differs';
}

export function sourceOf({ case: { severity, rfc, heading } }: Outcome): string {
  return `${severity}; ${rfc}, ${heading}`;
}

/** Who the peer is, in a line. */
export function describePeer({ peer }: Report): string {
  const ping = peer.answersPing ? '' : ', and does not answer PING';
  return `${peer.endpoint}: a ${peer.side} ${peer.type} that speaks ZMTP ${peer.version} with ${peer.mechanism}${ping}`;
}

export function summarize({ counts }: Report): string {
  const { passed, failed, differ, skipped } = counts;
  return `${passed} passed, ${failed} failed, ${differ} differ, ${skipped} skipped`;
}

function reasonOf({ reason }: Outcome): string {
  return reason === undefined ? '' : `needs ${OPTION_FOR[reason as Precondition]}`;
}

/** For people: a line for each case, more for those that failed. */
export function asText(report: Report, isStrict: boolean): string {
  const lines = [describePeer(report), ''];
  for (const { name, outcomes } of report.areas) {
    lines.push(name);
    for (const outcome of outcomes) {
      const { id, title } = outcome.case;
      const skipped = outcome.verdict === 'skipped' ? ` (${reasonOf(outcome)})` : '';
      lines.push(`  ${wordFor(outcome, isStrict).padEnd(8)}${id.padEnd(6)}${title}${skipped}`);
      if (outcome.verdict !== 'failed') continue;
      const more = [`expected  ${outcome.expected}`, `got       ${outcome.got}`, sourceOf(outcome)];
      lines.push(...more.map((line) => `${' '.repeat(16)}${line}`));
    }
    lines.push('');
  }
  lines.push(summarize(report), '');
  return lines.join('\n');
}

/** For programs. */
export function asJson(report: Report, isStrict: boolean): string {
  const results = report.areas.flatMap(({ name, outcomes }) =>
    outcomes.map((outcome) => {
      const { id, title, rfc, heading, severity } = outcome.case;
      const { verdict, expected, got } = outcome;
      return {
        id,
        area: name,
        title,
        rfc,
        heading,
        severity,
        verdict,
        ...(verdict === 'failed' && { isFailure: isFailure(outcome, isStrict), expected, got }),
        ...(verdict === 'skipped' && { reason: reasonOf(outcome) }),
        milliseconds: Math.round(outcome.duration),
      };
    }),
  );
  const { peer, counts, holds } = report;
  return `${JSON.stringify({ peer, holds, counts, results }, undefined, 2)}\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** Text for XML and HTML. What a peer sends is shown, so no character may mean anything there. */
export function escape(text: string): string {
  return (
    text
      .replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '')
      // oxlint-disable-next-line no-control-regex -- those that XML forbids even as entities
      .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD')
  );
}

/** For continuous integration: JUnit's XML. A deviation that is no failure is told in the case's output. */
export function asJunit(report: Report, isStrict: boolean): string {
  const suites = report.areas.map(({ name, outcomes }) => {
    const failures = outcomes.filter((outcome) => isFailure(outcome, isStrict)).length;
    const skipped = outcomes.filter(({ verdict }) => verdict === 'skipped').length;
    const cases = outcomes.map((outcome) => {
      const { id, title } = outcome.case;
      const open = `    <testcase classname="${escape(name)}" name="${escape(`${id} ${title}`)}" time="${(outcome.duration / 1000).toFixed(3)}"`;
      const inside = junitBody(outcome, isStrict);
      return inside === '' ? `${open}/>` : `${open}>${inside}</testcase>`;
    });
    return [
      `  <testsuite name="${escape(name)}" tests="${outcomes.length}" failures="${failures}" errors="0" skipped="${skipped}">`,
      ...cases,
      '  </testsuite>',
    ].join('\n');
  });
  const name = escape(describePeer(report));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${name}">\n${suites.join('\n')}\n</testsuites>\n`;
}

function junitBody(outcome: Outcome, isStrict: boolean): string {
  if (outcome.verdict === 'passed') return '';
  if (outcome.verdict === 'skipped') return `<skipped message="${escape(reasonOf(outcome))}"/>`;
  const what = escape(`expected ${outcome.expected}\ngot ${outcome.got}\n${sourceOf(outcome)}`);
  return isFailure(outcome, isStrict)
    ? `<failure message="${escape(`expected ${outcome.expected}`)}">${what}</failure>`
    : `<system-out>${what}</system-out>`;
}
