/**
 * REQ/REP round trips over tcp loopback: this package (as built), libzmq through npm `zeromq`, and
 * an echo over bare `node:net` as the floor. Each contender has two processes, one that asks and
 * one that answers.
 *
 *     npm run build && npx tsx bench/round-trip.ts [--quick] [--check]
 *
 * `--quick` takes fewer round trips, after a short warm-up that leaves the JIT compiler work to do;
 * `--check` ends with 1 when a target is missed;
 * `--contenders net,zmtp`, `--repetitions 9`, `--count 10000` and `--placements free` change what
 * is measured.
 *
 * Where the two processes run matters more than what they do. Waking a process on the same
 * processor takes a few microseconds, waking one on an idle other processor takes ten times as
 * long, and left alone the scheduler changes its mind within a run. So there are placements:
 *
 * - `apart`: the asking process has processor 0, the answering one processor 1. Steady.
 * - `together`: both have processor 0. Steady; next to no waking, so it shows what the code costs.
 * - `free`: as the scheduler likes, which is how programs run. Jumps between the two above.
 *
 * Each target names the placement it is for. Against bare `net`, single-threaded too, that is
 * `apart`; against libzmq it is `free`, because one processor for libzmq and its I/O thread is not
 * how libzmq is meant to run. The other ratios are printed without a verdict.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import {
  canPin,
  inTurn,
  Peer,
  percentile,
  printed,
  type Spread,
  setting,
  spread,
  table,
  writeRows,
} from './harness.ts';

const SIZES = [10, 128, 1024];
const PLACEMENTS = { apart: [0, 1], together: [0, 0], free: [undefined, undefined] } as const;
const SLICES = 6; // each contender comes first, second and third twice within a repetition
const SLICE_START = 20; // round trips at the start of a slice that do not count: it was idle
const TARGETS = [
  { contender: 'zmtp', against: 'net', atMost: 1.15, judged: 'apart' },
  { contender: 'zmtp', against: 'zeromq', atMost: 0.6, judged: 'free' },
];

type Placement = keyof typeof PLACEMENTS;

function isPlacement(name: string): name is Placement {
  return name in PLACEMENTS;
}

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    contenders: { type: 'string', default: 'net,zeromq,zmtp' },
    placements: { type: 'string' },
    repetitions: { type: 'string' },
    count: { type: 'string' },
  },
});
const contenders = options.contenders.split(',');
const pinnable = options.quick ? 'apart,free' : 'apart,together,free';
const placements = (options.placements ?? (canPin ? pinnable : 'free'))
  .split(',')
  .filter(isPlacement);
const repetitions = Number(options.repetitions ?? 5);
const count = Math.ceil(Number(options.count ?? (options.quick ? 480 : 2400)) / SLICES) * SLICES;
const warmUp = options.quick ? 1500 : 6000;

type Result = {
  placement: Placement;
  contender: string;
  size: number;
  p50: number[];
  p99: number[];
};
const results: Result[] = placements.flatMap((placement) =>
  SIZES.flatMap((size) =>
    contenders.map((contender) => ({ placement, contender, size, p50: [], p99: [] })),
  ),
);

type Pair = { contender: string; client: Peer; server: Peer };

async function start(contender: string, placement: Placement): Promise<Pair> {
  const [clientCpu, serverCpu] = PLACEMENTS[placement];
  const [client, server] = await Promise.all([
    Peer.start(`round-trip/${contender}`, clientCpu),
    Peer.start(`round-trip/${contender}`, serverCpu),
  ]);
  await client.call('connect', await server.call('serve'));
  return { contender, client, server };
}

async function measure({ client }: Pair, size: number, trips: number): Promise<Float64Array> {
  const times = await client.call('measure', size, SLICE_START + trips);
  return (times as Float64Array).subarray(SLICE_START); // what every peer returns
}

/** New processes, warmed up; then all sizes, the contenders taking turns in slices. */
async function repeat(repetition: number, placement: Placement): Promise<void> {
  const pairs = await Promise.all(contenders.map((contender) => start(contender, placement)));
  try {
    for (let slice = 0; slice < SLICES; slice++) {
      for (const pair of pairs) {
        for (const size of SIZES) await measure(pair, size, warmUp / SLICES / SIZES.length);
      }
    }

    for (const size of SIZES) {
      const times = new Map(contenders.map((contender) => [contender, [] as number[]]));
      for (let slice = 0; slice < SLICES; slice++) {
        for (const pair of inTurn(pairs, repetition + slice)) {
          const sliceTimes = await measure(pair, size, count / SLICES);
          times.get(pair.contender)?.push(...sliceTimes);
        }
      }
      for (const result of results) {
        if (result.placement !== placement || result.size !== size) continue;
        const sorted = Float64Array.from(times.get(result.contender) ?? []).toSorted();
        result.p50.push(percentile(sorted, 0.5) * 1000);
        result.p99.push(percentile(sorted, 0.99) * 1000);
      }
    }
  } finally {
    for (const { client, server } of pairs) {
      client.stop();
      server.stop();
    }
  }
}

const common = setting('round-trip');
const { zmtp, zeromq, libzmq } = common.versions;
const began = performance.now();
console.log('REQ/REP round trips, tcp loopback, two processes each, in microseconds:');
console.log(`median (least-greatest) of ${repetitions} repetitions with ${count} round trips each`);
console.log(`zmtp ${zmtp} (${common.commit ?? 'no commit'}), zeromq ${zeromq} (libzmq ${libzmq})`);
console.log(`Node ${common.node}, ${common.machine}, ${common.cores} x ${common.cpu}\n`);

for (let repetition = 0; repetition < repetitions; repetition++) {
  for (const placement of placements) await repeat(repetition, placement);
}

const rows: object[] = results.map(({ placement, contender, size, p50, p99 }) => ({
  placement,
  contender,
  size,
  repetitions,
  count,
  unit: 'µs',
  p50: spread(p50),
  p99: spread(p99),
}));
console.log(
  table(
    [
      ['placement', 'size', 'contender', 'p50', 'p99'],
      ...results.map(({ placement, contender, size, p50, p99 }) => [
        placement,
        `${size} B`,
        contender,
        printed(spread(p50), 1),
        printed(spread(p99), 1),
      ]),
    ],
    3,
  ),
);

const verdicts: string[][] = [];
let isMissed = false;
for (const { contender, against, atMost, judged } of TARGETS) {
  for (const { placement, size, p50 } of results.filter((row) => row.contender === contender)) {
    const floor = results.find(
      (row) => row.contender === against && row.placement === placement && row.size === size,
    )?.p50;
    if (floor === undefined) continue; // left out by --contenders
    const ratio: Spread = spread(p50.map((time, i) => time / (floor[i] ?? Number.NaN)));
    const isJudged = placement === judged;
    const isMet = ratio.median <= atMost;
    isMissed ||= isJudged && !isMet;
    const compared = `${contender} / ${against}`;
    rows.push({
      placement,
      ratio: compared,
      size,
      repetitions,
      count,
      ...(isJudged && { atMost, isMet }),
      p50: ratio,
    });
    verdicts.push([
      compared,
      placement,
      `${size} B`,
      printed(ratio, 2),
      isJudged ? `at most ${atMost.toFixed(2)}: ${isMet ? 'met' : 'MISSED'}` : '',
    ]);
  }
}
if (verdicts.length > 0) {
  const header = ['ratio at p50', 'placement', 'size', 'measured', 'target'];
  console.log(`\n${table([header, ...verdicts], 3)}`);
}
console.log(
  `\n${((performance.now() - began) / 1000).toFixed(1)} s, rows in ${writeRows(common, rows)}`,
);
if (options.check && isMissed) process.exitCode = 1;
