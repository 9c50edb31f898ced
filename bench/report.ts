/**
 * Writes `RESULTS.md` from the rows of the last runs: `npm run bench:report`.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readLatestRows } from './rows.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { verdicts } from './targets.ts';
import { markdown, resultRows, settingLines, verdictRows } from './text.ts';

const FILE = fileURLToPath(new URL('RESULTS.md', import.meta.url));

const rows = readLatestRows();

/** Where and of what the rows were measured, once for all runs that have that in common. */
function settings(): string[] {
  const timesOf = new Map<string, Set<string>>();
  for (const row of rows) {
    const quick = row.isQuick ? ['quick: short samples, few repetitions'] : [];
    const lines = [...settingLines(row), ...quick].map((line) => `- ${line}`).join('\n');
    timesOf.set(lines, (timesOf.get(lines) ?? new Set()).add(row.time));
  }
  return [...timesOf].map(([lines, times]) => {
    const [first = '', last = first] = [[...times].toSorted()[0], [...times].toSorted().at(-1)];
    return `${first === last ? `Run ${first}` : `${times.size} runs, ${first} to ${last}`}:\n\n${lines}`;
  });
}

function scenarioSections(): string[] {
  return SCENARIOS.flatMap((scenario) => {
    const own = rows.filter((row) => row.scenario === scenario.name);
    const [first] = own;
    if (first === undefined) return [];
    const repetitions = new Set(own.map(({ repetition }) => repetition)).size;
    const origin = `\`npm run bench -- --only ${scenario.name}\`, run ${first.time}, ${repetitions} ${repetitions === 1 ? 'repetition' : 'repetitions'}${first.isQuick ? ', quick' : ''}`;
    return [`### ${scenario.title}`, `${origin}:`, markdown(resultRows(scenario, own), 2)];
  });
}

function text(): string {
  const results = verdicts(rows);
  const met = results.filter(({ isMet }) => isMet).length;
  return [
    '# Results',
    'Written by `npm run bench:report` from the last run of each scenario. A figure is the median of the repetitions,' +
      ' with the least and the greatest; a ratio is taken within each repetition first. Ratios count, figures move from' +
      ' machine to machine.',
    ...settings(),
    `## Targets\n\n${met} of ${results.length} reached. For the others [README.md](README.md#what-stands-in-the-way) has the` +
      ' profile: where the time goes, and how far away the floor is.',
    markdown(verdictRows(rows), 3),
    '## Scenarios',
    ...scenarioSections(),
  ].join('\n\n');
}

if (rows.length === 0) {
  console.error('There are no rows in bench/results: run `npm run bench` first.');
  process.exitCode = 1;
} else {
  writeFileSync(FILE, `${text()}\n`);
  console.log(`${FILE}: ${rows.length} rows`);
}
