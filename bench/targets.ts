/**
 * What this package is to reach, as ratios against others in the same run: the one table of targets.
 *
 * @module
 */
import type { Contender } from './contenders.ts';
import type { Measurement } from './rows.ts';
import { type Spread, spread } from './statistics.ts';

export type Target = {
  readonly scenario: string;
  readonly metric: string;
  /** The cases it is for; all if left out. */
  readonly cases?: readonly string[];
  /** What the value of this package is divided by: a contender, another case of its own, or nothing. */
  readonly against?: Contender | { readonly case: string };
} & ({ readonly atMost: number } | { readonly atLeast: number });

const SMALL = ['10 B', '128 B'];

/**
 * Round trips are judged with each process on a processor of its own against bare `net`, which is single-threaded too;
 * and against libzmq where the scheduler puts them, because one processor for libzmq and its I/O thread is not how
 * libzmq is meant to run.
 */
export const TARGETS: readonly Target[] = [
  { scenario: 'round-trip-apart', metric: 'p50', against: 'net', atMost: 1.15 },
  { scenario: 'round-trip-free', metric: 'p50', against: 'zeromq', atMost: 0.6 },
  { scenario: 'round-trip-free', metric: 'p50', against: 'libzmq', atMost: 1 },
  { scenario: 'push-pull', metric: 'rate', cases: SMALL, against: 'libzmq', atLeast: 1.5 },
  { scenario: 'push-pull', metric: 'rate', cases: SMALL, against: 'zeromq', atLeast: 12 },
  { scenario: 'push-pull', metric: 'rate', cases: ['1 KiB'], against: 'libzmq', atLeast: 2 },
  { scenario: 'push-pull', metric: 'rate', cases: ['1 KiB'], against: 'zeromq', atLeast: 4 },
  { scenario: 'push-pull', metric: 'rate', cases: ['64 KiB'], against: 'net', atLeast: 0.9 },
  { scenario: 'push-pull', metric: 'rate', cases: ['1 MiB'], against: 'libzmq', atLeast: 1 },
  { scenario: 'push-pull', metric: 'rate', cases: ['1 MiB'], against: 'zeromq', atLeast: 1 },
  { scenario: 'push-pull-curve', metric: 'rate', cases: ['10 B'], against: 'zeromq', atLeast: 1 },
  { scenario: 'pub-sub', metric: 'rate', against: 'zeromq', atLeast: 6 },
  {
    scenario: 'subscriptions',
    metric: 'rate',
    cases: ['100,000 topics'],
    against: { case: '1 topic' },
    atLeast: 0.7,
  },
  { scenario: 'dealer-router', metric: 'rate', against: 'zeromq', atLeast: 6 },
  { scenario: 'inproc', metric: 'rate', cases: ['10 B'], against: 'libzmq', atLeast: 1 },
  { scenario: 'connections', metric: 'memory each', against: 'zeromq', atMost: 1 },
  { scenario: 'import', metric: 'time', against: 'zeromq', atMost: 1 },
  { scenario: 'size', metric: 'minified + gzip', atMost: 30_000 },
];

/** How a target stands in one case. */
export type Verdict = {
  readonly target: Target;
  readonly case: string;
  /** The ratio, or the value itself where there is nothing to divide by. */
  readonly ratio: Spread;
  readonly isMet: boolean;
};

/** The ratio of this package to another contender, or to another case of its own, repetition by repetition. */
export function ratioOf(
  measurements: readonly Measurement[],
  at: { readonly scenario: string; readonly case: string; readonly metric: string },
  against: Target['against'],
): Spread | undefined {
  const select = (contender: Contender, name: string): Map<number, number> =>
    new Map(
      measurements
        .filter(
          (one) =>
            one.scenario === at.scenario &&
            one.metric === at.metric &&
            one.case === name &&
            one.contender === contender,
        )
        .map(({ repetition, value }) => [repetition, value]),
    );
  const ours = select('zmtp', at.case);
  if (against === undefined) return ours.size === 0 ? undefined : spread([...ours.values()]);
  const theirs =
    typeof against === 'string' ? select(against, at.case) : select('zmtp', against.case);
  const ratios = [...ours].flatMap(([repetition, value]) => {
    const other = theirs.get(repetition);
    return other === undefined ? [] : [value / other];
  });
  return ratios.length === 0 ? undefined : spread(ratios);
}

export function verdicts(measurements: readonly Measurement[]): Verdict[] {
  return TARGETS.flatMap((target) => {
    const { scenario, metric, cases, against } = target;
    const names = measurements.filter((one) => one.scenario === scenario).map((one) => one.case);
    return [...new Set(names)]
      .filter((name) => cases?.includes(name) ?? true)
      .flatMap((name): Verdict[] => {
        const ratio = ratioOf(measurements, { scenario, case: name, metric }, against);
        if (ratio === undefined) return [];
        const isMet =
          'atMost' in target ? ratio.median <= target.atMost : ratio.median >= target.atLeast;
        return [{ target, case: name, ratio, isMet }];
      });
  });
}

/** The contenders that the targets of a scenario need. */
export function targetContenders(scenario: string): Contender[] {
  const others = TARGETS.filter((target) => target.scenario === scenario).map(
    ({ against }) => against,
  );
  return ['zmtp', ...others.filter((against) => typeof against === 'string')];
}
