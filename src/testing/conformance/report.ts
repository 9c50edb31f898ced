/**
 * What a run has found.
 *
 * @module
 */
import type { Precondition } from './case.ts';
import type { Outcome, Run } from './runner.ts';
import { AREAS } from './suite.ts';

export type Report = {
  readonly peer: {
    readonly endpoint: string;
    readonly side: 'bound' | 'connecting';
    readonly type: string;
    /** `3.1` */
    readonly version: string;
    readonly mechanism: string;
    readonly answersPing: boolean;
  };
  readonly holds: readonly Precondition[];
  readonly counts: Readonly<Record<'passed' | 'failed' | 'differ' | 'skipped', number>>;
  /** By area, in the order of the suite. */
  readonly areas: readonly { readonly name: string; readonly outcomes: readonly Outcome[] }[];
};

/** Whether a deviation is one that an RFC forbids, or, when the run is `strict`, any. */
export function isFailure({ verdict, case: { severity } }: Outcome, isStrict: boolean): boolean {
  return verdict === 'failed' && (isStrict || severity === 'must');
}

export function makeReport(run: Run, outcomes: readonly Outcome[], isStrict: boolean): Report {
  const byCase = new Map(outcomes.map((outcome) => [outcome.case, outcome]));
  const count = (test: (outcome: Outcome) => boolean): number => outcomes.filter(test).length;
  const failed = count((outcome) => isFailure(outcome, isStrict));
  return {
    peer: {
      endpoint: run.target.endpoint,
      side: run.target.side,
      type: run.subject.type,
      version: `3.${run.subject.minor}`,
      mechanism: run.security.mechanism,
      answersPing: run.subject.answersPing,
    },
    holds: [...run.holds],
    counts: {
      passed: count(({ verdict }) => verdict === 'passed'),
      failed,
      differ: count(({ verdict }) => verdict === 'failed') - failed,
      skipped: count(({ verdict }) => verdict === 'skipped'),
    },
    areas: AREAS.map(({ name, cases }) => ({
      name,
      outcomes: cases.flatMap((one) => byCase.get(one) ?? []),
    })).filter((area) => area.outcomes.length > 0),
  };
}
