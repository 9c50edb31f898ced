/**
 * The code that runs for every message, part by part, against the baseline that is committed.
 *
 *     npm run bench:micro                    all cases
 *     npm run bench:micro -- --only decode   those whose names contain it
 *     npm run bench:micro -- --update        and writes the baseline
 *
 * A figure is a ratio: the time of the case over the time of a calibration loop that runs beside it (see measure.ts), so
 * that it means the same on machines of one kind. Faster or slower is a case whose middle half of samples does not touch
 * that of the baseline, and whose median has moved by more than 5 %.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../text.ts';
import { MICRO_CASES } from './cases.ts';

/** The middle half of the samples, and its median. */
type Quartiles = { readonly low: number; readonly median: number; readonly high: number };
type Baseline = Readonly<Record<string, Quartiles>>;

const BASELINE = new URL('baseline.json', import.meta.url);
const MEASURE = fileURLToPath(new URL('measure.ts', import.meta.url));
const NOTICEABLE = 0.05;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    update: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});

function measure(name: string): Quartiles {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', MEASURE, name],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
  return JSON.parse(stdout) as Quartiles;
}

function compare(now: Quartiles, before: Quartiles | undefined): string {
  if (before === undefined) return 'new';
  const change = now.median / before.median - 1;
  const percent = `${(Math.abs(change) * 100).toFixed(0)} %`;
  if (change > NOTICEABLE && now.low > before.high) return `SLOWER by ${percent}`;
  if (change < -NOTICEABLE && now.high < before.low) return `faster by ${percent}`;
  return '';
}

const baseline: Baseline = existsSync(BASELINE)
  ? (JSON.parse(readFileSync(BASELINE, 'utf8')) as Baseline)
  : {};
const results: Record<string, Quartiles> = {};
const rows = [['case', 'ratio', 'middle half', 'baseline', '']];
for (const { name } of MICRO_CASES.filter(({ name }) => name.includes(options.only))) {
  const now = measure(name);
  const before = baseline[name];
  results[name] = now;
  rows.push([
    name,
    now.median.toFixed(3),
    `${now.low.toFixed(3)}–${now.high.toFixed(3)}`,
    before?.median.toFixed(3) ?? '–',
    compare(now, before),
  ]);
}
console.log(table(rows, 1));
if (options.update) {
  const rounded = Object.entries({ ...baseline, ...results }).map(([name, quartiles]) => [
    name,
    Object.fromEntries(
      Object.entries(quartiles).map(([key, value]) => [key, Number(value.toFixed(4))]),
    ),
  ]);
  writeFileSync(BASELINE, `${JSON.stringify(Object.fromEntries(rounded), null, 2)}\n`);
  console.log(`\n${fileURLToPath(BASELINE)} written`);
}
if (options.check && rows.some((row) => row.at(-1)?.startsWith('SLOWER'))) process.exitCode = 1;
