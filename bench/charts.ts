/**
 * Draws the charts of the README from the rows of the last runs, as SVG that reads on light and dark ground:
 * `npm run bench:report`.
 *
 * A chart has a group for each case and a bar for each contender. Within a group the longest bar is the best or the
 * slowest of its own case, because cases lie orders of magnitude apart and only contenders are to be compared.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { CONTENDERS, type Contender } from './contenders.ts';
import { readLatestRows, type Row } from './rows.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { spread } from './statistics.ts';
import { short } from './text.ts';

const FOLDER = new URL('../doc/charts/', import.meta.url);
/** Scenario, metric and what is better. */
const CHARTS = [
  ['push-pull', 'rate', 'longer is better'],
  ['round-trip-free', 'p50', 'shorter is better'],
  ['pub-sub', 'rate', 'longer is better'],
  ['dealer-router', 'rate', 'longer is better'],
  ['inproc', 'rate', 'longer is better'],
  ['connections', 'memory each', 'shorter is better'],
] as const;

const LABELS: Readonly<Record<Contender, string>> = {
  zmtp: 'zmtp',
  zeromq: 'npm zeromq',
  libzmq: 'libzmq (C)',
  pyzmq: 'pyzmq',
  net: 'node:net alone',
};

const WIDTH = 720;
const BAR = 16;
const GAP = 4;
const LEFT = 190;
const RIGHT = 120;
const TOP = 52;

/** Grey and blue that stand out on white and on black; text takes the colour of its ground. */
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .note { fill: #656d76; }
  .bar { fill: #9aa4af; }
  .own { fill: #2f81f7; }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .note { fill: #8d96a0; } .bar { fill: #6e7781; } }
`;

type Bar = { readonly contender: Contender; readonly median: number; readonly unit: string };

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function barsOf(rows: readonly Row[], name: string): Bar[] {
  return CONTENDERS.flatMap((contender) => {
    const own = rows.filter((row) => row.case === name && row.contender === contender);
    const [first] = own;
    if (first === undefined) return [];
    return [{ contender, unit: first.unit, median: spread(own.map((row) => row.value)).median }];
  });
}

function chart(title: string, note: string, rows: readonly Row[]): string {
  const parts: string[] = [];
  let y = TOP;
  for (const name of new Set(rows.map((row) => row.case))) {
    const bars = barsOf(rows, name);
    const longest = Math.max(...bars.map(({ median }) => median));
    parts.push(`<text x="0" y="${y + 12}" font-weight="600">${escape(name)}</text>`);
    for (const { contender, median, unit } of bars) {
      const width = Math.max(1, (median / longest) * (WIDTH - LEFT - RIGHT));
      const kind = contender === 'zmtp' ? 'own' : 'bar';
      const value = `${short(median)} ${unit}`;
      parts.push(
        `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${LABELS[contender]}</text>`,
        `<rect class="${kind}" x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`,
        `<text class="note" x="${(LEFT + width + 6).toFixed(1)}" y="${y + 12}">${escape(value)}</text>`,
      );
      y += BAR + GAP;
    }
    y += 2 * GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<text class="title" x="0" y="16">${escape(title)}</text>`,
    `<text class="note" x="0" y="36">${escape(note)}</text>`,
    ...parts,
    '</svg>',
  ].join('\n');
}

mkdirSync(FOLDER, { recursive: true });
const rows = readLatestRows();
for (const [name, metric, better] of CHARTS) {
  const title = SCENARIOS.find((scenario) => scenario.name === name)?.title ?? name;
  const own = rows.filter((row) => row.scenario === name && row.metric === metric);
  const [first] = own;
  if (first === undefined) {
    console.log(`doc/charts/${name}.svg: no rows, not drawn`);
    continue;
  }
  const note = `${metric}, ${better}, each case in its own scale; Node ${first.node}, ${first.cores} × ${first.cpu}`;
  writeFileSync(new URL(`${name}.svg`, FOLDER), `${chart(title, note, own)}\n`);
  console.log(`doc/charts/${name}.svg`);
}
