/**
 * Results as text: numbers with their units, and tables for a terminal and for Markdown.
 *
 * @module
 */
import { CONTENDERS } from './contenders.ts';
import type { Measurement, Setting } from './rows.ts';
import type { Scenario } from './scenario.ts';
import { type Spread, spread } from './statistics.ts';
import { ratioOf, type Target, type Verdict, verdicts } from './targets.ts';

/** Three digits that count, and a letter for thousands. */
export function short(value: number): string {
  for (const [limit, letter] of [
    [1e9, ' G'],
    [1e6, ' M'],
    [1e3, ' k'],
  ] as const) {
    if (Math.abs(value) >= limit) return `${digits(value / limit)}${letter}`;
  }
  return digits(value);
}

function digits(value: number): string {
  const places = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(places);
}

/** `12.3 (11.9–14.0)` */
function printed({ median, min, max }: Spread, print: (value: number) => string): string {
  return min === max ? print(median) : `${print(median)} (${print(min)}–${print(max)})`;
}

/** Columns as wide as their widest cell; all but the first `left` columns are aligned right. */
export function table(rows: readonly (readonly string[])[], left: number): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i < left ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('   ')
      .trimEnd();
  return rows.map(line).join('\n');
}

function markdownLine(row: readonly string[]): string {
  return `| ${row.join(' | ')} |`;
}

export function markdown(rows: readonly (readonly string[])[], left: number): string {
  const [header = [], ...rest] = rows;
  const rule = `|${header.map((_, i) => (i < left ? '---' : '---:')).join('|')}|`;
  return [markdownLine(header), rule, ...rest.map(markdownLine)].join('\n');
}

/** A line for every case, metric and contender of a scenario; two columns on the left. */
export function resultRows(
  scenario: Scenario,
  measurements: readonly Measurement[],
): readonly string[][] {
  const rows = [['', 'contender', 'median (least–greatest)', '', 'zmtp against it']];
  for (const one of scenario.cases) {
    for (const metric of scenario.metrics) {
      for (const contender of CONTENDERS) {
        const at = { scenario: scenario.name, case: one.name, metric: metric.name };
        const values = measurements.filter(
          (row) =>
            row.scenario === at.scenario &&
            row.case === at.case &&
            row.metric === at.metric &&
            row.contender === contender,
        );
        if (values.length === 0) continue;
        const { unit } = metric;
        const value = spread(values.map((row) => row.value));
        const ratio = contender === 'zmtp' ? undefined : ratioOf(measurements, at, contender);
        const isBandwidth = one.bytes !== undefined && unit === 'msg/s' && one.bytes >= 4096;
        rows.push([
          scenario.metrics.length > 1 ? `${one.name}, ${metric.name}` : one.name,
          contender,
          `${printed(value, short)} ${unit}`,
          isBandwidth ? `${short(value.median * (one.bytes ?? 0))}B/s` : '',
          ratio === undefined ? '' : `${printed(ratio, (x) => x.toFixed(2))} ×`,
        ]);
      }
    }
  }
  const hasBandwidth = rows.some((row) => row[3] !== '');
  return hasBandwidth ? rows : rows.map((row) => row.toSpliced(3, 1));
}

/** A line for every target and case; three columns on the left. */
export function verdictRows(measurements: readonly Measurement[]): readonly string[][] {
  return [
    ['scenario', 'case', 'against', 'measured', 'target', ''],
    ...verdicts(measurements).map(({ target, case: name, ratio, isMet }: Verdict) => [
      `${target.scenario} ${target.metric}`,
      name,
      opponent(target),
      target.against === undefined
        ? printed(ratio, short)
        : `${printed(ratio, (x) => x.toFixed(2))} ×`,
      goal(target),
      isMet ? 'reached' : 'NOT REACHED',
    ]),
  ];
}

function opponent({ against }: Target): string {
  if (against === undefined) return '–';
  return typeof against === 'string' ? against : against.case;
}

function goal(target: Target): string {
  const [sign, value] = 'atMost' in target ? ['≤', target.atMost] : ['≥', target.atLeast];
  return target.against === undefined ? `${sign} ${short(value)}` : `${sign} ${value.toFixed(2)} ×`;
}

/** Machine and versions, a line each. */
export function settingLines(setting: Setting): string[] {
  const { machine, cores, cpu, node, versions, commit } = setting;
  return [
    `${machine}, ${cores} × ${cpu}`,
    `Node ${node}, zmtp ${versions.zmtp ?? '?'} (commit ${commit ?? 'unknown'}), ` +
      `npm zeromq ${versions.zeromq ?? '–'}, libzmq from C ${versions.libzmq ?? '–'}, ` +
      `pyzmq ${versions.pyzmq ?? '–'}`,
  ];
}
