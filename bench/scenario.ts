/**
 * What a scenario says: who takes part, in which cases, what is measured, and how the processes are set up.
 *
 * @module
 */
import type { Contender } from './contenders.ts';
import { percentile } from './statistics.ts';

/** One line of a scenario's table, such as a message size. */
export type Case = {
  readonly name: string;
  /** What the scenario makes of it. */
  readonly args: readonly number[];
  /** Bytes of one message, where bytes per second say something. */
  readonly bytes?: number;
  /** Who takes part, if not all. */
  readonly contenders?: readonly Contender[];
};

/** One number that comes out of the values of one repetition. */
export type Metric = {
  readonly name: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly of: (values: readonly number[]) => number;
};

/** How much effort is made. */
export type Plan = {
  readonly repetitions: number;
  /** How many repetitions the same processes take part in before new ones are started and warmed up. */
  readonly repetitionsPerStart: number;
  /** Repetitions of scenarios whose processes can take part in one only. */
  readonly oneShotRepetitions: number;
  /** Seconds of work that do not count, for each case and contender, before those that do. */
  readonly warmUp: number;
  /** Seconds of work that count. */
  readonly sample: number;
  /** Round trips of one repetition. */
  readonly roundTrips: number;
  /** Processes started one after the other to measure how long one takes. */
  readonly processes: number;
};

/** A contender's processes, set up and connected. */
export type Rig = {
  readonly warm?: (one: Case) => Promise<void>;
  readonly measure: (one: Case) => Promise<readonly number[]>;
};

export type Scenario = {
  readonly name: string;
  readonly title: string;
  readonly contenders: readonly Contender[];
  readonly cases: readonly Case[];
  readonly metrics: readonly Metric[];
  /** Whether the same processes serve all cases, one after the other; else each case has its own. */
  readonly isShared: boolean;
  /** How often a contender has its turn within a repetition, for each case; 1 if left out. */
  readonly slices?: number;
  /** Whether a process can take part in one repetition only. */
  readonly isOneShot?: boolean;
  /** Repetitions, where more show nothing new. */
  readonly repetitions?: number;
  /** Whether two processors to pin processes to are needed. */
  readonly isPinned?: boolean;
  readonly start: (contender: Contender, plan: Plan, first: Case) => Promise<Rig>;
};

const first = (values: readonly number[]): number => values[0] ?? Number.NaN;
const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

export const RATE: Metric = { name: 'rate', unit: 'msg/s', better: 'more', of: first };
export const TRIP_TIMES: readonly Metric[] = [
  { name: 'p50', unit: 'µs', better: 'less', of: (times) => percentile(sorted(times), 0.5) * 1000 },
  {
    name: 'p99',
    unit: 'µs',
    better: 'less',
    of: (times) => percentile(sorted(times), 0.99) * 1000,
  },
];
